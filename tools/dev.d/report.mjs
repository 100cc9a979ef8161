// The demo's report, asked from the gateway over HTTP/JSON: a funnel, win rate by team, the oldest
// open deals; and, for an export that was loaded, whether its own numbers come back.
//   node report.mjs https://localhost:PORT TODAY [FILE-OF-EXPECTED-NUMBERS]      SALESOPS_TOKEN=…
import { readFileSync } from "node:fs";

const [base, today, expectedFile] = process.argv.slice(2);

async function call(method, path, body) {
  const response = await fetch(base + path, {
    method,
    headers: {
      authorization: `Bearer ${process.env.SALESOPS_TOKEN}`,
      "content-type": "application/json",
    },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}

// Every group as {stage: …, team: …, count, amounts: {CNY: …}}.
async function aggregate(group_by, filter = "") {
  const query = new URLSearchParams({ filter });
  for (const field of group_by) query.append("group_by", field);
  const answer = await call("GET", `/pipeline/v1/opportunities:aggregate?${query}`);
  return (answer.groups ?? []).map((group) => ({
    ...Object.fromEntries((group.values ?? []).map((v) => [v.field, v.value ?? ""])),
    count: Number(group.count ?? 0),
    amounts: Object.fromEntries(
      (group.amounts ?? []).map((m) => [m.currencyCode, Number(m.units ?? 0) + (m.nanos ?? 0) / 1e9]),
    ),
  }));
}

// Chinese characters take two cells of a terminal.
const width = (text) => [...text].reduce((n, c) => n + (c.codePointAt(0) >= 0x1100 ? 2 : 1), 0);
const pad = (text, cells, right) => {
  const space = " ".repeat(Math.max(0, cells - width(text)));
  return right ? space + text : text + space;
};

function table(title, header, rows) {
  const right = header.map((_, i) => rows.every((row) => /^[-\d.,% ]*( [A-Z]{3})?$/.test(row[i])));
  const cells = header.map((h, i) => Math.max(width(h), ...rows.map((row) => width(row[i]))));
  const line = (row) => "  " + row.map((c, i) => pad(c, cells[i], right[i])).join("  ").trimEnd();
  console.log(`\n${title}\n${[header, ...rows].map(line).join("\n")}`);
}

const number = (n) => Math.round(n).toLocaleString("en-US");
const money = (amounts) =>
  Object.entries(amounts ?? {}).map(([currency, n]) => `${number(n)} ${currency}`).join(" + ") || "-";
const day = (d) =>
  d ? [d.year, d.month, d.day].map((n) => String(n).padStart(2, "0")).join("-") : "";
const percent = (part, whole) => (whole ? `${((100 * part) / whole).toFixed(1)} %` : "-");

async function stagesInOrder() {
  const { salesProcesses } = await call("GET", "/pipeline/v1/salesProcesses");
  const version = await call("GET", `/pipeline/v1/${salesProcesses[0].defaultVersion}`);
  return version.stages;
}

async function funnel() {
  const stages = await stagesInOrder();
  const groups = await aggregate(["stage"]);
  const most = Math.max(...groups.map((g) => g.count));
  const rows = stages.map((stage) => {
    const g = groups.find((group) => group.stage === stage.id) ?? { count: 0, amounts: {} };
    const bar = "█".repeat(Math.round((30 * g.count) / most));
    return [stage.displayName, number(g.count), money(g.amounts), bar];
  });
  table("Funnel: where the deals are", ["stage", "deals", "amount", ""], rows);
  return groups;
}

async function winRateByTeam() {
  const groups = await aggregate(["team", "state"], "state != STATE_OPEN");
  const { teams } = await call("GET", "/organization/v1/teams?page_size=1000");
  const names = Object.fromEntries(teams.map((team) => [team.name, team.displayName]));
  const byTeam = new Map();
  for (const g of groups) {
    const team = byTeam.get(g.team) ?? { won: 0, lost: 0, amounts: {} };
    if (g.state.endsWith("WON")) Object.assign(team, { won: g.count, amounts: g.amounts });
    else team.lost = g.count;
    byTeam.set(g.team, team);
  }
  const rows = [...byTeam]
    .sort(([, a], [, b]) => b.won / (b.won + b.lost) - a.won / (a.won + a.lost))
    .map(([team, t]) => [
      names[team] ?? (team || "(no team)"),
      number(t.won),
      number(t.lost),
      percent(t.won, t.won + t.lost),
      money(t.amounts),
    ]);
  table("Win rate by team (the owner's on the day of closing)", ["team", "won", "lost", "rate", "won amount"], rows);
}

async function oldestOpen() {
  const query = new URLSearchParams({
    filter: "state = STATE_OPEN",
    order_by: "open_date",
    page_size: "8",
  });
  const { opportunities = [] } = await call("GET", `/pipeline/v1/opportunities?${query}`);
  const now = Date.parse(today);
  const rows = opportunities.map((o) => [
    o.name,
    o.displayName,
    o.stage,
    o.owner,
    day(o.openDate),
    number((now - Date.parse(day(o.openDate))) / 86400e3),
  ]);
  table(`Oldest open deals, age in days on ${today}`, ["name", "deal", "stage", "owner", "opened", "age"], rows);
}

// Numbers counted from the files themselves against the answers of the suite.
function compare(groups) {
  if (!expectedFile) return true;
  const wonValue = (g) => Object.values(g.amounts).reduce((sum, n) => sum + n, 0);
  let same = true;
  const rows = readFileSync(expectedFile, "utf8").trim().split("\n").map((line) => {
    const [what, expected] = line.split(" ");
    const group = groups.find((g) => g.stage === (what === "won_value" ? "won" : what));
    const found = !group ? 0 : what === "won_value" ? wonValue(group) : group.count;
    same &&= found === Number(expected);
    return [what, number(Number(expected)), number(found), found === Number(expected) ? "same" : "DIFFERENT"];
  });
  table("Counted in the files, and answered by the suite", ["", "files", "suite", ""], rows);
  return same;
}

try {
  const groups = await funnel();
  await winRateByTeam();
  await oldestOpen();
  if (!compare(groups)) process.exit(1);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
