// The client against the real suite, whose gateway is at SALESOPS_URL. tests/e2e starts both.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, connect, type Socket, type AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { create } from "@bufbuild/protobuf";
import { ImportAccountsRequestSchema } from "../src/gen/salesops/pipeline/v1/account_pb.js";
import {
  Code,
  createSalesOps,
  listAll,
  payloadOf,
  type SalesOps,
  SalesOpsError,
  watchEvents,
} from "../src/node.js";
import { createSalesOps as createForBrowsers } from "../src/web.js";

const { SALESOPS_URL: baseUrl = "", SALESOPS_TOKEN: token = "", SALESOPS_CA: caFile = "" } =
  process.env;
const absent = baseUrl === "" && process.env["CI"] !== "true";
const skip = absent ? "SALESOPS_URL names no gateway; ctest -R e2e starts one" : false;

async function failureOf(call: Promise<unknown>): Promise<SalesOpsError> {
  try {
    await call;
  } catch (error) {
    assert(error instanceof SalesOpsError, String(error));
    return error;
  }
  assert.fail("the call should have failed");
}

/** A way to the gateway that can be cut: TLS passes through it, so the name is still localhost. */
async function cuttableWay() {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(new URL(baseUrl).port), "127.0.0.1");
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on("error", () => other.destroy());
      one.on("close", () => open.delete(one));
    }
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    cut() {
      for (const socket of open) socket.destroy();
    },
    close() {
      this.cut();
      server.close();
    },
  };
}

describe("the suite", { skip, timeout: 120_000 }, () => {
  let salesops: SalesOps;
  let ca: Buffer;

  before(() => {
    ca = readFileSync(caFile);
    salesops = createSalesOps({ baseUrl, token, ca });
  });

  const createAccounts = (prefix: string, count: number, by: SalesOps = salesops) =>
    by.pipeline.accounts.batchCreateAccounts({
      requests: Array.from({ length: count }, (_, i) => ({
        accountId: `${prefix}-${i}`,
        account: { displayName: `${prefix} ${i}`, industry: prefix },
      })),
    });

  it("creates, reads, changes and archives", async () => {
    const { accounts } = salesops.pipeline;
    const account = await accounts.createAccount({
      accountId: "ts-life",
      account: { displayName: "华为", employeeCount: 7 },
    });
    assert.equal(account.name, "accounts/ts-life");
    assert.deepEqual(await accounts.getAccount({ name: account.name }), account);
    const changed = await accounts.updateAccount({
      account: { name: account.name, grade: "A", etag: account.etag },
      updateMask: { paths: ["grade"] },
    });
    assert.equal(changed.grade, "A");
    assert.equal(changed.displayName, "华为");
    const late = await failureOf(
      accounts.updateAccount({
        account: { name: account.name, grade: "B", etag: account.etag },
        updateMask: { paths: ["grade"] },
      }),
    );
    assert.equal(late.code, Code.Aborted);
    assert.equal(late.reason, "ETAG_MISMATCH");
    const archived = await accounts.archiveAccount({ name: account.name });
    assert(archived.archiveTime);
  });

  it("answers the same request id with the same response", async () => {
    const requestId = "3b241101-e2bb-4255-8caf-4136c566a962";
    const create = () =>
      salesops.pipeline.accounts.createAccount({ requestId, account: { displayName: "once" } });
    assert.equal((await create()).name, (await create()).name);
  });

  it("says everything that is wrong with a request", async () => {
    const error = await failureOf(
      salesops.pipeline.accounts.createAccount({
        account: { website: "x", foundedYear: 20000, owner: "7" },
      }),
    );
    assert.equal(error.code, Code.InvalidArgument);
    assert.deepEqual(
      error.violations.map(({ field }) => field).sort(),
      ["account.display_name", "account.founded_year", "account.owner", "account.website"],
    );
    assert.equal(error.violationsOf("account.display_name")[0]?.reason, "REQUIRED");
    assert.match(error.message, /\n {2}account\.display_name: is required \(REQUIRED\)\n/);
    assert.match(error.requestId, /^[0-9a-f]{32}$/);
  });

  it("says who may not call", async () => {
    const unknown = createSalesOps({ baseUrl, token: "nonsense", ca });
    const call = unknown.pipeline.accounts.getAccount({ name: "accounts/1" });
    assert.equal((await failureOf(call)).code, Code.Unauthenticated);
  });

  it("lists all pages", async () => {
    await createAccounts("tspage", 7);
    const names: string[] = [];
    const all = listAll(salesops.pipeline.accounts.listAccounts, {
      filter: 'industry = "tspage"',
      orderBy: "name desc",
      pageSize: 3,
    });
    for await (const account of all) names.push(account.name);
    assert.deepEqual(
      names,
      [6, 5, 4, 3, 2, 1, 0].map((i) => `accounts/tspage-${i}`),
    );
  });

  it("streams both ways", async () => {
    async function* parts() {
      yield create(ImportAccountsRequestSchema, {
        part: { case: "options", value: { source: "ts" } },
      });
      yield create(ImportAccountsRequestSchema, {
        part: {
          case: "batch",
          value: {
            rows: [
              { rowNumber: 1n, account: { name: "accounts/ts-in", displayName: "In", industry: "tsin" } },
              { rowNumber: 2n, account: { name: "accounts/ts-bad" } },
            ],
          },
        },
      });
    }
    const replies = [];
    for await (const reply of salesops.pipeline.accounts.importAccounts(parts())) {
      replies.push(reply);
    }
    assert.equal(replies.length, 2);
    assert.equal(replies[1]?.createdCount, 1);
    assert.deepEqual(
      replies[1]?.failures.map(({ rowNumber, field }) => [rowNumber, field]),
      [[2n, "account.display_name"]],
    );
    const exported = [];
    const request = { filter: 'industry = "tsin"' };
    for await (const part of salesops.pipeline.accounts.exportAccounts(request)) {
      exported.push(...part.accounts.map(({ name }) => name));
    }
    assert.deepEqual(exported, ["accounts/ts-in"]);
  });

  it("watches events across a broken connection, none lost and none twice", async () => {
    const way = await cuttableWay();
    const ending = new AbortController();
    after(() => way.close());
    const watcher = createSalesOps({ baseUrl: way.url, token, ca });
    const seen: string[] = [];
    const positions: bigint[] = [];
    await createAccounts("tswatch-a", 3);
    const options = { signal: ending.signal, types: ["salesops.pipeline.v1.AccountCreated"] };
    for await (const event of watchEvents(watcher.pipeline.events, options)) {
      positions.push(event.position);
      if (!event.aggregate.startsWith("accounts/tswatch-")) continue;
      const fact = payloadOf(event) as { account?: { name: string } } | undefined;
      assert.equal(fact?.account?.name, event.aggregate);
      seen.push(event.aggregate);
      if (seen.length === 3) {
        way.cut();
        await createAccounts("tswatch-b", 3);
      }
      if (seen.length === 6) ending.abort();
    }
    assert.deepEqual(
      [...seen].sort(),
      ["a-0", "a-1", "a-2", "b-0", "b-1", "b-2"].map((id) => `accounts/tswatch-${id}`),
    );
    assert.deepEqual(positions, [...new Set(positions)].sort((a, b) => Number(a - b)));
  });

  it("works as browsers call it, over fetch", async () => {
    const browser = createForBrowsers({ baseUrl, token });
    await createAccounts("tsweb", 2, browser);
    const exported: string[] = [];
    const request = { filter: 'industry = "tsweb"' };
    for await (const part of browser.pipeline.accounts.exportAccounts(request)) {
      exported.push(...part.accounts.map(({ name }) => name));
    }
    assert.deepEqual(exported, ["accounts/tsweb-0", "accounts/tsweb-1"]);
    const error = await failureOf(browser.pipeline.accounts.getAccount({ name: "accounts/none" }));
    assert.equal(error.code, Code.NotFound);
  });
});
