#!/usr/bin/env node
// Keeps tests/golden/error_messages.md: the words of every error that a caller can get, read out of
// the sources of the product, so that a change of them is seen, and read, in review. Words also have
// to keep the rules below, which a person would otherwise find out one complaint at a time.
//
//   tests/error_messages.mjs [--write] [FOLDER]       (default: this repository)
//
// Exit code 1: the file is not what the sources say, or words break a rule; --write renews the file.
//
// It knows the constructors of shared/status, Violations::Add and absl's own errors, and follows the
// words from there: into literals, StrCat, +, ?:, constants, local variables, functions that return
// text, and out to the callers of functions that pass words on. What it cannot follow is a {hole},
// named after the last name in the expression. It reads tokens, not C++: code that hides words from
// it should be written plainer.
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOTS = ["shared", "services", "gateway"];
const NOT_PRODUCT = /_(test|bench|fuzz|main)\.cc$|_fixture\.h$|^shared\/testing\/|\/testdata\//;
const GOLDEN = "tests/golden/error_messages.md";
const MOST_FORMS = 40; // of one message, where several places decide its words

// Words that go through a std::function or a struct before they meet a constructor.
const RELAYS = [
  {
    file: "gateway/http_server.cc",
    name: "Refuse",
    words: 1,
    code: "INVALID_ARGUMENT",
    reason: "MALFORMED_REQUEST",
  },
];

const FIELD = "INVALID_ARGUMENT of a field";
const WHOLE = "INVALID_ARGUMENT of no field";
const UNMET = "FAILED_PRECONDITION in its list";
const NO_REASON = "no reason of their own";

// How each constructor takes code, reason and words: an argument's place, or what it always is.
const CONSTRUCTORS = {
  Make: { code: 0, reason: 1, words: 2 },
  InvalidField: { code: FIELD, reason: 1, words: 2 },
  AlreadyExists: { code: "ALREADY_EXISTS", reason: "ALREADY_EXISTS", words: 1 },
  FailedPrecondition: { code: "FAILED_PRECONDITION", reason: 0, words: 2 },
  Unauthenticated: { code: "UNAUTHENTICATED", reason: 0, words: 1 },
  Exhausted: { code: "RESOURCE_EXHAUSTED", reason: 0, words: 1 },
  Unavailable: { code: "UNAVAILABLE", reason: 0, words: 1 },
};
// Words that no caller gets: they make a transaction roll back, and are taken off again.
const SIGNALS = new Set(["DRY_RUN\n", `${NO_REASON}\nvalidated only`]);

// ---- tokens

const TOKEN = new RegExp(
  [
    /(\s+|\/\/[^\n]*|\/\*[^]*?\*\/)/, // 1: nothing
    /R"([^(\s]*)\(([^]*?)\)\2"/, // 3: raw text
    /"((?:[^"\\\n]|\\.)*)"/, // 4: text
    /('(?:[^'\\\n]|\\.)+')/, // 5: a character
    /([A-Za-z_]\w*)/, // 6: a name
    /(\d(?:[\w.]|'\w)*)/, // 7: a number
    /(::|->|&&|\|\||[=!<>+\-*/]=|<<|[^])/, // 8: a sign
  ]
    .map((part) => part.source)
    .join("|"),
  "gy",
);
const ESCAPES = { n: "\\n", t: "\\t", r: "\\r", '"': '"', "\\": "\\", "'": "'" };

function tokens(source) {
  // Preprocessor lines but includes hold no words, and their macros are not C++.
  const text = source.replace(/^[ \t]*#(?:\\\n|[^\n])*/gm, "");
  const list = [];
  for (const m of text.matchAll(TOKEN)) {
    if (m[1] !== undefined) continue;
    if (m[3] !== undefined) list.push({ kind: "text", v: m[3] });
    else if (m[4] !== undefined) {
      list.push({ kind: "text", v: m[4].replace(/\\(.)/g, (all, c) => ESCAPES[c] ?? all) });
    } else if (m[5] !== undefined) list.push({ kind: "char", v: m[5] });
    else if (m[6] !== undefined) list.push({ kind: "name", v: m[6] });
    else if (m[7] !== undefined) list.push({ kind: "number", v: m[7] });
    else list.push({ kind: "sign", v: m[8] });
  }
  return list;
}

const CLOSES = { "(": ")", "[": "]", "{": "}" };

function pair(list) {
  const open = [];
  list.forEach((token, i) => {
    if (token.kind !== "sign") return;
    if (token.v in CLOSES) open.push(i);
    else if (token.v === ")" || token.v === "]" || token.v === "}") {
      const begin = open.pop();
      if (begin === undefined) return;
      list[begin].mate = i;
      token.mate = begin;
    }
  });
}

const is = (token, v) => token !== undefined && token.kind === "sign" && token.v === v;
const isName = (token) => token !== undefined && token.kind === "name";

// [begin, end) cut at a sign of its own level; with `angles`, <…> is a level too.
function split(list, begin, end, sign, angles = false) {
  const parts = [];
  let from = begin;
  let depth = 0;
  for (let i = begin; i < end; ++i) {
    if (list[i].kind !== "sign") continue;
    if (list[i].v in CLOSES && list[i].mate !== undefined) i = list[i].mate;
    else if (angles && list[i].v === "<") ++depth;
    else if (angles && list[i].v === ">") --depth;
    else if (list[i].v === sign && depth <= 0) {
      parts.push([from, i]);
      from = i + 1;
    }
  }
  if (from < end || parts.length > 0) parts.push([from, end]);
  return parts;
}

// ---- functions

const AFTER_PARAMETERS = new Set(["const", "override", "final", "noexcept", "mutable"]);
const NOT_FUNCTIONS = new Set("if for while switch catch return sizeof decltype".split(" "));

function parameterNames(list, begin, end) {
  return split(list, begin, end, ",", true).map(([from, to]) => {
    const [[, before]] = split(list, from, to, "=");
    for (let i = before - 1; i >= from; --i) if (isName(list[i])) return list[i].v;
    return "";
  });
}

// Every function and named lambda that has a body here.
function functionsOf(list) {
  const found = [];
  list.forEach((token, open) => {
    if (!is(token, "(") || token.mate === undefined) return;
    let body = token.mate + 1;
    while (isName(list[body]) && AFTER_PARAMETERS.has(list[body].v)) ++body;
    let text = false; // what a lambda says after -> is not looked at
    let fixed = false;
    if (is(list[body], "->")) {
      while (body < list.length && !is(list[body], "{") && !is(list[body], ";")) ++body;
    }
    if (!is(list[body], "{") || list[body].mate === undefined) return;
    let name = "";
    const before = list[open - 1];
    if (isName(before)) {
      if (NOT_FUNCTIONS.has(before.v)) return;
      name = before.v;
      let i = open - 2;
      while (is(list[i], "::") && isName(list[i - 1])) i -= 2;
      const type = [];
      while (isName(list[i]) || is(list[i], "::") || is(list[i], "*") || is(list[i], "&")) {
        type.push(list[i--].v);
      }
      fixed = type.includes("char");
      text = fixed || type.includes("string") || type.includes("string_view");
    } else if (is(before, "]") && is(list[before.mate - 1], "=") && isName(list[before.mate - 2])) {
      name = list[before.mate - 2].v;
    } else if (!is(before, "]")) {
      return;
    }
    const parameters = parameterNames(list, open + 1, token.mate);
    found.push({ name, text, fixed, parameters, begin: body, end: list[body].mate });
  });
  return found;
}

// ---- the tree

function read(root) {
  const paths = [];
  const walk = (folder) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) walk(path);
      else if (/\.(cc|h)$/.test(path) && !NOT_PRODUCT.test(path)) paths.push(path);
    }
  };
  for (const folder of ROOTS) if (existsSync(join(root, folder))) walk(folder);
  const files = new Map();
  for (const path of paths.sort()) {
    const source = readFileSync(join(root, path), "utf8");
    const list = tokens(source);
    pair(list);
    files.set(path, {
      path,
      list,
      includes: new Set([...source.matchAll(/^#include "([^"]+)"/gm)].map((m) => m[1])),
      functions: functionsOf(list),
      names: new Set(list.filter(isName).map((t) => t.v)),
    });
  }
  return files;
}

// "services/pipeline/domain/lead.cc" is of "pipeline", "shared/api/filter.cc" of "shared/api".
function component(path) {
  const [first, second] = path.split("/");
  return first === "services" ? second : first === "shared" ? `${first}/${second}` : first;
}

// ---- words

// A parameter of the function around stands in words as \1name\2 until a call says what it is.
const marker = (name) => `\u0001${name}\u0002`;
const MARKER = /\u0001(\w*)\u0002/g;
const plain = (words) => words.replace(MARKER, "{$1}");
const hasText = (words) => /[A-Za-z]/.test(words.replace(MARKER, "").replace(/\{[^}]*\}/g, ""));
const substitute = (words, bound) => words.replace(MARKER, (all, name) => bound.get(name) ?? `{${name}}`);

function product(lists, join) {
  let all = [[]];
  for (const list of lists) {
    all = all.flatMap((some) => list.map((one) => [...some, one])).slice(0, MOST_FORMS);
  }
  return [...new Set(all.map(join))];
}

const PASSES = new Set(["string", "string_view", "move", "Text"]);
const NOT_NAMES = new Set(
  "size front back value str string begin end get text list true false absl std status base domain".split(" "),
);

class Words {
  constructor(files) {
    this.files = files;
  }

  // The forms that the expression [begin, end) of a file can take.
  of(file, begin, end, depth = 0) {
    const { list } = file;
    while (is(list[begin], "(") && list[begin].mate === end - 1) {
      ++begin;
      --end;
    }
    if (begin >= end || depth > 6) return [this.hole(list, begin, end)];
    const question = split(list, begin, end, "?");
    if (question.length > 1) {
      const [[, from]] = question;
      const [[yes, colon]] = split(list, from + 1, end, ":");
      const one = this.of(file, yes, colon, depth + 1);
      return [...new Set([...one, ...this.of(file, colon + 1, end, depth + 1)])];
    }
    const sums = split(list, begin, end, "+");
    if (sums.length > 1) {
      const parts = sums.map(([from, to]) => this.of(file, from, to, depth + 1));
      const text = list.slice(begin, end).some((t) => t.kind === "text");
      if (text || parts.flat().some(hasText)) return product(parts, (p) => p.join(""));
      return [this.hole(list, begin, end)];
    }
    if (list.slice(begin, end).every((t) => t.kind === "text")) {
      return [list.slice(begin, end).map((t) => t.v).join("")];
    }
    if (end - begin === 1 && list[begin].kind === "number") return [list[begin].v];
    if (end - begin === 1 && list[begin].kind === "char") return [list[begin].v.slice(1, -1)];
    return (
      this.call(file, begin, end, depth) ??
      this.name(file, begin, end, depth) ?? [this.hole(list, begin, end)]
    );
  }

  call(file, begin, end, depth) {
    const { list } = file;
    let at = begin;
    while (isName(list[at]) && is(list[at + 1], "::")) at += 2;
    const open = at + 1;
    const opens = is(list[open], "(") || is(list[open], "{");
    if (!isName(list[at]) || !opens || list[open].mate !== end - 1) return null;
    const name = list[at].v;
    const given = split(list, open + 1, end - 1, ",");
    if (name === "StrCat") {
      return product(given.map(([from, to]) => this.of(file, from, to, depth + 1)), (p) => p.join(""));
    }
    if (PASSES.has(name) && given.length > 0) return this.of(file, ...given[0], depth + 1);
    const [home, called] = this.textFunction(file, name);
    if (called === undefined) return null;
    const returned = this.returns(home, called, depth + 1);
    if (!returned.some(hasText)) return null;
    const values = given.map(([from, to]) => this.of(file, from, to, depth + 1));
    return [...new Set(returned.flatMap((words) => this.bind(words, called.parameters, values)))];
  }

  // A function of this file that returns text; one of an included file, if its words are fixed.
  textFunction(file, name) {
    const here = file.functions.find((f) => f.text && f.name === name);
    if (here !== undefined) return [file, here];
    for (const header of file.includes) {
      const other = this.files.get(header.replace(/\.h$/, ".cc"));
      const there = other?.functions.find((f) => f.fixed && f.name === name);
      if (there !== undefined) return [other, there];
    }
    return [];
  }

  returns(file, called, depth) {
    const { list } = file;
    const all = new Set();
    for (let i = called.begin; i < called.end && depth < 6; ++i) {
      if (!isName(list[i]) || list[i].v !== "return" || is(list[i + 1], "{")) continue;
      let end = i + 1;
      while (end < called.end && !is(list[end], ";")) {
        end = is(list[end], "(") || is(list[end], "{") ? list[end].mate + 1 : end + 1;
      }
      for (const words of this.of(file, i + 1, end, depth)) all.add(words);
    }
    return [...all];
  }

  // Words with parameters, for a call that gives these values.
  bind(words, parameters, values) {
    const used = [...new Set([...words.matchAll(MARKER)].map((m) => m[1]))];
    // Where a call gives no words, the parameter's name says best what stands there.
    const places = used.map((name) =>
      (values[parameters.indexOf(name)] ?? [""]).map((v) => (/^(\{[^}]*\})?$/.test(v) ? `{${name}}` : v)),
    );
    return product(places, (p) => substitute(words, new Map(used.map((name, i) => [name, p[i]]))));
  }

  name(file, begin, end, depth) {
    const { list } = file;
    while (isName(list[begin]) && is(list[begin + 1], "::")) begin += 2;
    if (end - begin !== 1 || !isName(list[begin])) return null;
    const name = list[begin].v;
    const around = this.around(file, begin);
    for (const f of around) {
      const local = this.locals(file, f, name, begin, depth);
      if (local !== null) return local;
      if (f.name !== "" && f.parameters.includes(name)) return [marker(name)];
    }
    return /^k[A-Z]/.test(name) ? this.constant(file, name) : null;
  }

  // The functions around a place, the innermost first.
  around(file, at) {
    return file.functions.filter((f) => f.begin < at && at < f.end).sort((a, b) => b.begin - a.begin);
  }

  // What is assigned to a local variable before it is used, if that is words.
  locals(file, f, name, before, depth) {
    const { list } = file;
    const all = new Set();
    for (let i = f.begin; i < before; ++i) {
      const member = is(list[i - 1], ".") || is(list[i - 1], "->");
      if (!isName(list[i]) || list[i].v !== name || member) continue;
      let value = null;
      if (is(list[i + 1], "=")) {
        let end = i + 2;
        while (end < f.end && !is(list[end], ";") && !is(list[end], ")")) {
          end = list[end].mate > end ? list[end].mate + 1 : end + 1;
        }
        value = [i + 2, end];
      } else if (isName(list[i - 1]) && is(list[i + 1], "(") && PASSES.has(list[i - 1].v)) {
        value = [i + 2, list[i + 1].mate];
      }
      if (value !== null && end(value) <= before) {
        for (const words of this.of(file, ...value, depth + 1)) if (hasText(words)) all.add(words);
      }
    }
    return all.size > 0 ? [...all] : null;

    function end([, to]) {
      return to;
    }
  }

  constant(file, name) {
    const included = [...file.includes].map((p) => this.files.get(p)).filter(Boolean);
    for (const { list, names } of [file, ...included, ...this.files.values()]) {
      if (!names.has(name)) continue;
      for (let i = 0; i < list.length; ++i) {
        if (!isName(list[i]) || list[i].v !== name) continue;
        let value = i + 1;
        if (is(list[value], "[")) value = list[value].mate + 1;
        if (!is(list[value], "=")) continue;
        let last = value + 1;
        while (list[last].kind === "text") ++last;
        if (last > value + 1) return [list.slice(value + 1, last).map((t) => t.v).join("")];
        if (list[value + 1].kind === "number" && is(list[value + 2], ";")) return [list[value + 1].v];
      }
    }
    return null;
  }

  // {day} for base::FormatDay(above->day), {messages} for messages.size().
  hole(list, begin, end) {
    for (let i = end - 1; i >= begin; --i) {
      if (!isName(list[i]) || NOT_NAMES.has(list[i].v)) continue;
      const called = is(list[i + 1], "(") && /^[A-Z]/.test(list[i].v);
      if (called && list.slice(begin, i).some((t) => isName(t) && !NOT_NAMES.has(t.v))) continue;
      return `{${list[i].v.replace(/_$/, "")}}`;
    }
    return "{…}";
  }
}

// ---- errors

const REASON = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/;
const codeName = (words) => words.replace(/^k/, "").replace(/([a-z])([A-Z])/g, "$1_$2").toUpperCase();

class Errors {
  constructor(files) {
    this.files = files;
    this.words = new Words(files);
    this.lines = new Map(); // "code\nreason\nwords" -> the components that say so
    this.passedOn = []; // {file, f, code, reason, words}: functions that pass words on
  }

  collect() {
    for (const file of this.files.values()) this.places(file);
    // Callers of callers, until nothing new is found.
    const known = new Set();
    for (let i = 0; i < this.passedOn.length; ++i) {
      const one = this.passedOn[i];
      const key = [one.file.path, one.f.begin, one.code, one.reason, one.words].join("\n");
      if (known.has(key)) continue;
      known.add(key);
      if (!this.callsOf(one)) this.keep(one.file, one.code, one.reason, one.words);
    }
    return this.lines;
  }

  places(file) {
    const { list, path } = file;
    for (let i = 0; i + 1 < list.length; ++i) {
      if (is(list[i], "{") && list[i].mate !== undefined) this.pairOf(file, i);
      if (!isName(list[i]) || !is(list[i + 1], "(") || list[i + 1].mate === undefined) continue;
      const { v: name } = list[i];
      const given = split(list, i + 2, list[i + 1].mate, ",");
      const relay = RELAYS.find((r) => r.file === path && r.name === name);
      if (relay !== undefined && given.length > relay.words && !this.declares(list, i)) {
        const words = this.words.of(file, ...given[relay.words]);
        this.add(file, i, { code: relay.code, reason: [relay.reason], words });
        continue;
      }
      const ours = is(list[i - 1], "::") && list[i - 2].v === "status";
      const itself = path === "shared/status/status.cc" && name === "Make" && !this.declares(list, i);
      if ((ours || itself) && name in CONSTRUCTORS) this.constructed(file, i, CONSTRUCTORS[name], given);
      else if (name === "Add" && given.length === 3) this.violation(file, i, given);
      else if (/^[A-Z]\w*Error$/.test(name) && is(list[i - 1], "::") && list[i - 2].v === "absl") {
        const code = codeName(name.slice(0, -5));
        if (code === "INTERNAL" || given.length !== 1) continue; // those words stay in the log
        this.add(file, i, { code, reason: [NO_REASON], words: this.words.of(file, ...given[0]) });
      }
    }
  }

  // `absl::Status Make(absl::StatusCode code, …)` is no call.
  declares(list, at) {
    return isName(list[at - 1]) && list[at - 1].v !== "return";
  }

  constructed(file, at, how, given) {
    const { list } = file;
    const take = (place) => this.words.of(file, ...given[place]);
    if (given.length <= how.words) return;
    let code = how.code;
    if (typeof code === "number") {
      const [from, to] = given[code];
      code = /^k[A-Z]/.test(list[to - 1].v) && from < to ? codeName(list[to - 1].v) : "any code";
    }
    const reason = typeof how.reason === "number" ? take(how.reason) : [how.reason];
    this.add(file, at, { code, reason, words: take(how.words) });
  }

  violation(file, at, given) {
    const { list } = file;
    const reason = this.words.of(file, ...given[1]);
    const of = isName(list[at - 2]) ? list[at - 2].v : "";
    if (this.declares(list, at)) return;
    if (!reason.every((r) => REASON.test(r)) && !/violations|prefixed|broken/.test(of)) return;
    const [from, to] = given[0];
    const whole = to - from === 1 && list[from].kind === "text" && list[from].v === "";
    this.add(file, at, { code: whole ? WHOLE : FIELD, reason, words: this.words.of(file, ...given[2]) });
  }

  // {"REASON", words} as one of several unmet preconditions.
  pairOf(file, open) {
    const { list } = file;
    const given = split(list, open + 1, list[open].mate, ",");
    if (given.length !== 2 || given[0][1] - given[0][0] !== 1) return;
    const reason = list[given[0][0]];
    if (reason.kind !== "text" || !REASON.test(reason.v)) return;
    const words = this.words.of(file, ...given[1]);
    if (!words.some((w) => /\s/.test(w) && hasText(w))) return;
    this.add(file, open, { code: UNMET, reason: [reason.v], words });
  }

  add(file, at, { code, reason, words }) {
    for (const r of reason) {
      for (const w of words) {
        const names = [...(r + w).matchAll(MARKER)].map((m) => m[1]);
        const f = this.words.around(file, at).find((f) => names.some((n) => f.parameters.includes(n)));
        if (names.length > 0 && f !== undefined && f.name !== "") {
          this.passedOn.push({ file, f, code, reason: r, words: w });
        } else {
          this.keep(file, code, r, w);
        }
      }
    }
  }

  // Adds what the callers of a function that passes words on say; false if nobody calls it.
  callsOf({ file, f, code, reason, words }) {
    const constructor = file.path === "shared/status/status.cc";
    // Their calls have been seen as such.
    if (constructor && f.name in CONSTRUCTORS) return true;
    let called = false;
    const header = file.path.replace(/\.cc$/, ".h");
    const shown = this.files.get(header)?.names.has(f.name);
    const used = [...(reason + words).matchAll(MARKER)].map((m) => f.parameters.indexOf(m[1]));
    for (const other of this.files.values()) {
      if (!other.names.has(f.name)) continue;
      if (other !== file && !constructor && !(shown && other.includes.has(header))) continue;
      const { list } = other;
      for (let i = 1; i + 1 < list.length; ++i) {
        if (!isName(list[i]) || list[i].v !== f.name || !is(list[i + 1], "(")) continue;
        const ours = is(list[i - 1], "::") && list[i - 2].v === "status";
        if (other !== file && constructor && !ours) continue;
        if (this.declares(list, i)) continue;
        const given = split(list, i + 2, list[i + 1].mate, ",");
        if (given.length === 0 || given.length > f.parameters.length) continue;
        if (used.some((n) => n >= given.length)) continue;
        // The name of a resource, however it was put together, is one thing to the reader.
        const values = given
          .map(([from, to]) => this.words.of(other, from, to))
          .map((forms) => (constructor ? forms.filter((v) => / /.test(plain(v))) : forms));
        called = true;
        this.add(other, i, {
          code,
          reason: this.words.bind(reason, f.parameters, values.map(orHole)),
          words: this.words.bind(words, f.parameters, values.map(orHole)),
        });
      }
    }
    return called;

    function orHole(forms) {
      return forms.length > 0 ? forms : [""];
    }
  }

  keep(file, code, reason, words) {
    if (SIGNALS.has(`${reason}\n${words}`) || file.path === "shared/base/violation.h") return;
    const key = [code, plain(reason), plain(words)].join("\n");
    if (!this.lines.has(key)) this.lines.set(key, new Set());
    this.lines.get(key).add(component(file.path));
  }
}

// ---- what is kept

const INTRODUCTION = `# What errors say

Every error that a caller of this suite can get: its code, its reason, which programs may rely on,
and its words, which people read, with the parts of the product that say them in brackets. What
stands in {braces} is filled in. The words of a field's violation go on after the field's name.

A person reads each line once, when it is new or changed: does it say, to somebody who sees only
this, what is wrong and what to do next? \`tests/error_messages.mjs --write\` renews this file from
the sources; the test \`error_messages.mjs\` fails as long as it is not what they say.
`;

const NOTES = {
  [FIELD]: "Under the reason INVALID_FIELDS, each violation has a reason of its own.",
  [WHOLE]: "The same, of a whole request, body, query or row.",
  [UNMET]: "What GATE_NOT_MET lists, each with a reason of its own.",
};
const NO_REASON_NOTE = `Made without a reason: most are read in the log or on the terminal of whoever starts the suite, the
rest become part of other words above, or get the name of their code as the reason.`;

const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

function sorted(lines) {
  const entries = [...lines].map(([key, components]) => {
    const [code, reason, words] = key.split("\n");
    return { code, reason, words, components: [...components].sort() };
  });
  return entries.sort(
    (a, b) => compare(a.code, b.code) || compare(a.reason, b.reason) || compare(a.words, b.words),
  );
}

function written(entries) {
  const out = [INTRODUCTION];
  const part = (title, note, list, head) => {
    if (list.length === 0) return;
    out.push(`## ${title}\n`);
    if (note) out.push(`${note}\n`);
    out.push("```text");
    list.forEach((e, i) => {
      if (i === 0 || list[i - 1][head] !== e[head]) out.push(e[head]);
      out.push(`  ${e.words}  [${e.components.join(", ")}]`);
    });
    out.push("```\n");
  };
  for (const code of [...new Set(entries.map((e) => e.code))]) {
    const list = entries.filter((e) => e.code === code && e.reason !== NO_REASON);
    part(code, NOTES[code], list, "reason");
  }
  const without = entries.filter((e) => e.reason === NO_REASON);
  part("Without a reason", NO_REASON_NOTE, without, "code");
  return out.join("\n").trimEnd() + "\n";
}

// ---- rules

const GOES_ON =
  /^(must|is|has|was|needs|refers|names|belongs|stands|lies|repeats|differs|cannot|does|of|column)\b|^\{/;

const INSIDE =
  /\b(SQL|MySQL|MariaDB|InnoDB|protobuf|nullptr|exception|errno|thread|mutex|absl|std|enum)\b/i;

const RULES = [
  ["has no words", (e) => e.words === ""],
  ["begins with a capital letter", (e) => /^[A-Z][a-z]/.test(e.words)],
  ["ends with a full stop or a space, or begins with one", (e) => /[.\s]$|^[.\s]/.test(e.words)],
  ["has an exclamation mark", (e) => /!(?!=)/.test(e.words)],
  ["has two spaces, or one before a comma", (e) => /  | [,;]/.test(e.words.replace(/\\n +/g, ""))],
  [
    "calls something bad, invalid or wrong without saying what is wanted",
    (e) =>
      /\b(bad|invalid|illegal|wrong|incorrect|unexpected|malformed|error|failed)\b/i.test(e.words) &&
      !/\b(must|expected|such as)\b|[:;]/.test(e.words),
  ],
  ["blames the reader or begs pardon", (e) => /\b(please|sorry|oops|unfortunately)\b/i.test(e.words)],
  [
    "speaks of the inside of the program",
    (e) =>
      e.reason !== NO_REASON &&
      INSIDE.test(e.words),
  ],
  [
    "says neither what is the case nor what to do next: at least four words",
    (e) => e.code === "FAILED_PRECONDITION" && e.reason !== NO_REASON && e.words.split(" ").length < 4,
  ],
  [
    "does not say to try again, or how to go on",
    (e) =>
      (e.code === "ABORTED" || e.code === "UNAVAILABLE") &&
      e.reason !== NO_REASON &&
      !/\b(again|repeat|resume|go on|ask)\b/.test(e.words),
  ],
  [
    "does not go on after the name of its field (must …, is …, has …)",
    (e) => e.code === FIELD && e.reason !== "INVALID_JSON" && !GOES_ON.test(e.words),
  ],
  [
    "has a reason that is not UPPER_SNAKE",
    (e) => e.reason !== NO_REASON && !/^\{/.test(e.reason) && !REASON.test(e.reason),
  ],
];
// The request is invalid, and then each violation is said.
const EXCEPTIONS = new Set(["the request is invalid", "the request is invalid in {violations} places"]);

function broken(entries) {
  const found = [];
  for (const entry of entries) {
    for (const [what, breaks] of RULES) {
      if (!breaks(entry) || EXCEPTIONS.has(entry.words)) continue;
      found.push(`${what}:\n  ${entry.reason}: ${entry.words}  [${entry.components.join(", ")}]`);
    }
  }
  const codes = new Map();
  for (const { code, reason } of entries) {
    if (code === FIELD || code === WHOLE || code === UNMET || !REASON.test(reason)) continue;
    if (!codes.has(reason)) codes.set(reason, new Set());
    codes.get(reason).add(code);
  }
  for (const [reason, under] of codes) {
    if (under.size < 2) continue;
    found.push(`${reason} stands under ${[...under].join(" and ")}: a reason has one code`);
  }
  return found;
}

// Lines of one that the other lacks, in their order, with the heads they stand under.
function difference(from, to) {
  const marked = (text, others, sign) => {
    const known = new Set(others.split("\n"));
    let head = "";
    const out = [];
    for (const line of text.split("\n")) {
      if (/^[^ `]/.test(line)) head = line;
      if (line.startsWith("  ") && !known.has(line)) out.push(`${sign} ${head}:${line.slice(1)}`);
      else if (line !== "" && !line.startsWith("  ") && !known.has(line)) out.push(`${sign} ${line}`);
    }
    return out;
  };
  const lines = [...marked(from, to, "-"), ...marked(to, from, "+")];
  return lines.length > 0 ? lines : ["the same lines in another order or place"];
}

// ---- main

const given = process.argv.slice(2);
const root = resolve(
  given.find((a) => !a.startsWith("--")) ?? join(dirname(fileURLToPath(import.meta.url)), ".."),
);
const entries = sorted(new Errors(read(root)).collect());
const text = written(entries);
const golden = join(root, GOLDEN);
if (given.includes("--write")) {
  mkdirSync(dirname(golden), { recursive: true });
  writeFileSync(golden, text);
}
const kept = existsSync(golden) ? readFileSync(golden, "utf8") : "";

const problems = broken(entries);
if (problems.length > 0) {
  console.log(`Words of errors that break a rule:\n\n${problems.join("\n")}\n`);
}
if (text !== kept) {
  console.log(`${GOLDEN} (-) is not what the sources say (+):\n\n${difference(kept, text).join("\n")}\n`);
  console.log("If the new words are meant, and read well: tests/error_messages.mjs --write");
}
process.exitCode = problems.length > 0 || text !== kept ? 1 : 0;
if (process.exitCode === 0) console.log(`${entries.length} messages of errors are as kept and keep the rules`);
