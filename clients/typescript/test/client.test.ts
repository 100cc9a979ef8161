// The client against services that live in this process.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RetryInfoSchema,
} from "../src/gen/google/rpc/error_details_pb.js";
import {
  EventSchema,
  type WatchEventsRequest,
  WatchEventsResponseSchema,
} from "../src/gen/salesops/events/v1/event_pb.js";
import {
  AccountSchema,
  AccountService,
  type CreateAccountRequest,
  CreateAccountRequestSchema,
  ListAccountsResponseSchema,
} from "../src/gen/salesops/pipeline/v1/account_pb.js";
import {
  AccountCreatedSchema,
  EventService,
} from "../src/gen/salesops/pipeline/v1/events_pb.js";
import {
  type CallRules,
  listAll,
  LogChangedError,
  payloadOf,
  SalesOpsError,
  salesOpsOn,
  watchBatches,
  watchEvents,
} from "../src/node.js";
import { followRules } from "../src/calls.js";
import { randomUUID } from "node:crypto";

type Accounts = Parameters<Parameters<typeof createRouterTransport>[0]>[0];

function clientOf(routes: (router: Accounts) => void, rules: CallRules = {}) {
  const interceptors = [followRules({ pause: async () => {}, ...rules }, randomUUID)];
  return salesOpsOn(createRouterTransport(routes, { transport: { interceptors } }));
}

function failing(code: Code, seconds?: number) {
  const details =
    seconds === undefined
      ? []
      : [{ desc: RetryInfoSchema, value: { retryDelay: { seconds: BigInt(seconds), nanos: 1 } } }];
  return new ConnectError("no", code, undefined, details);
}

async function failureOf(call: Promise<unknown>): Promise<SalesOpsError> {
  try {
    await call;
  } catch (error) {
    assert(error instanceof SalesOpsError, String(error));
    return error;
  }
  assert.fail("the call should have failed");
}

describe("errors", () => {
  const salesops = clientOf((router) => {
    router.service(AccountService, {
      createAccount() {
        throw new ConnectError("the request is invalid in 2 places: a; b", Code.InvalidArgument, { "x-request-id": "req-7" }, [
          {
            desc: BadRequestSchema,
            value: {
              fieldViolations: [
                { field: "account.display_name", description: "is required", reason: "REQUIRED" },
                { field: "account.owner", description: "must be a name", reason: "BAD_REFERENCE" },
              ],
            },
          },
          {
            desc: ErrorInfoSchema,
            value: { reason: "INVALID_FIELDS", domain: "salesops", metadata: { name: "accounts/7" } },
          },
        ]);
      },
      getAccount() {
        throw failing(Code.Unavailable, 3);
      },
    });
  });

  it("say every violation with its field", async () => {
    const error = await failureOf(salesops.pipeline.accounts.createAccount({}));
    assert.equal(error.code, Code.InvalidArgument);
    assert.equal(error.reason, "INVALID_FIELDS");
    assert.deepEqual({ ...error.about }, { name: "accounts/7" });
    assert.equal(error.requestId, "req-7");
    assert.deepEqual(error.violationsOf("account.owner"), [
      { field: "account.owner", description: "must be a name", reason: "BAD_REFERENCE" },
    ]);
    assert.equal(
      error.message,
      "[invalid_argument] the request is invalid in 2 places\n" +
        "  account.display_name: is required (REQUIRED)\n" +
        "  account.owner: must be a name (BAD_REFERENCE)",
    );
  });

  it("say when to try again", async () => {
    const error = await failureOf(salesops.pipeline.accounts.getAccount({ name: "accounts/1" }));
    assert.equal(error.retryAfterMs, 3001);
    assert.deepEqual(error.violations, []);
  });
});

describe("calls", () => {
  it("carry the token of the moment", async () => {
    const seen: (string | null)[] = [];
    let turn = 0;
    const salesops = clientOf(
      (router) =>
        router.service(AccountService, {
          getAccount(_, context) {
            seen.push(context.requestHeader.get("authorization"));
            return {};
          },
        }),
      { token: async () => `t${++turn}\n` },
    );
    await salesops.pipeline.accounts.getAccount({});
    await salesops.pipeline.accounts.getAccount({});
    assert.deepEqual(seen, ["Bearer t1", "Bearer t2"]);
  });

  const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

  it("that write carry a request id of their own, and the caller's if there is one", async () => {
    const seen: CreateAccountRequest[] = [];
    const salesops = clientOf((router) =>
      router.service(AccountService, {
        createAccount(request) {
          seen.push(request);
          return {};
        },
      }),
    );
    const request = create(CreateAccountRequestSchema, { account: { displayName: "A" } });
    await salesops.pipeline.accounts.createAccount(request);
    await salesops.pipeline.accounts.createAccount(request);
    await salesops.pipeline.accounts.createAccount({ ...request, requestId: "mine" });
    assert.match(seen[0]!.requestId, uuid);
    assert.match(seen[1]!.requestId, uuid);
    assert.notEqual(seen[0]!.requestId, seen[1]!.requestId);
    assert.equal(seen[0]!.account?.displayName, "A");
    assert.equal(seen[2]!.requestId, "mine");
    assert.equal(request.requestId, "", "the caller's message is left alone");
  });

  it("are made again with the same request id when the service asks for it", async () => {
    const ids: string[] = [];
    const pauses: number[] = [];
    const salesops = clientOf(
      (router) =>
        router.service(AccountService, {
          createAccount(request) {
            ids.push(request.requestId);
            if (ids.length < 3) throw failing(Code.ResourceExhausted, 1);
            return { name: "accounts/1" };
          },
        }),
      { pause: async (ms) => void pauses.push(ms) },
    );
    const account = await salesops.pipeline.accounts.createAccount({});
    assert.equal(account.name, "accounts/1");
    assert.deepEqual(pauses, [1001, 1001]);
    assert.equal(new Set(ids).size, 1);
  });

  it("are not made again without that, too often, or after too long a delay", async () => {
    let calls = 0;
    let error = failing(Code.Unavailable);
    const salesops = clientOf((router) =>
      router.service(AccountService, {
        getAccount() {
          ++calls;
          throw error;
        },
      }),
    );
    for (const [failure, expected] of [
      [failing(Code.Unavailable), 1],
      [failing(Code.NotFound), 1],
      [failing(Code.Unavailable, 1), 3],
      [failing(Code.ResourceExhausted, 3600), 1],
    ] as const) {
      calls = 0;
      error = failure;
      await failureOf(salesops.pipeline.accounts.getAccount({}));
      assert.equal(calls, expected);
    }
  });
});

describe("listAll", () => {
  it("reads every page, and none before it is wanted", async () => {
    const asked: string[] = [];
    const salesops = clientOf((router) =>
      router.service(AccountService, {
        listAccounts(request) {
          asked.push(request.pageToken);
          assert.equal(request.filter, "sector = 'x'");
          const page = Number(request.pageToken || 0);
          return create(ListAccountsResponseSchema, {
            // An empty page in the middle is nothing special.
            accounts: page === 1 ? [] : [{ name: `accounts/${page}a` }, { name: `accounts/${page}b` }],
            nextPageToken: page < 2 ? String(page + 1) : "",
          });
        },
      }),
    );
    const list = () =>
      listAll(salesops.pipeline.accounts.listAccounts, { filter: "sector = 'x'" });
    const names: string[] = [];
    for await (const account of list()) names.push(account.name);
    assert.deepEqual(names, ["accounts/0a", "accounts/0b", "accounts/2a", "accounts/2b"]);
    assert.deepEqual(asked, ["", "1", "2"]);
    for await (const account of list()) {
      assert.equal(account.name, "accounts/0a");
      break;
    }
    assert.equal(asked.length, 4);
  });
});

describe("watchEvents", () => {
  const account = create(AccountSchema, { name: "accounts/1", displayName: "A" });
  const event = (position: number) =>
    create(EventSchema, {
      position: BigInt(position),
      type: AccountCreatedSchema.typeName,
      payload: toBinary(AccountCreatedSchema, create(AccountCreatedSchema, { account })),
    });
  const batch = (position: number, events: number[], logId = "log-1") =>
    create(WatchEventsResponseSchema, {
      position: BigInt(position),
      events: events.map(event),
      logId,
    });

  // Each call takes the next script: what to send, then how to end.
  function scripted(scripts: { send?: ReturnType<typeof batch>[]; end?: ConnectError }[]) {
    const asked: WatchEventsRequest[] = [];
    const salesops = clientOf((router) =>
      router.service(EventService, {
        async *watchEvents(request) {
          asked.push(request);
          const script = scripts.shift();
          assert(script, "one call too many");
          yield* script.send ?? [];
          if (script.end) throw script.end;
        },
      }),
    );
    return { events: salesops.pipeline.events, asked };
  }

  it("goes on after the last batch when the stream ends or breaks", async () => {
    const pauses: number[] = [];
    const { events, asked } = scripted([
      { send: [batch(7, [6, 7])] },
      { end: failing(Code.Unavailable) },
      { end: failing(Code.Unavailable, 5) },
      { send: [batch(9, []), batch(12, [12])], end: failing(Code.DeadlineExceeded) },
      { send: [batch(13, [13])], end: failing(Code.OutOfRange) },
    ]);
    const seen: bigint[] = [];
    const all = async () => {
      const options = { after: 5n, types: ["x"], pause: async (ms: number) => void pauses.push(ms) };
      for await (const { position } of watchEvents(events, options)) seen.push(position);
    };
    assert.equal((await failureOf(all())).code, Code.OutOfRange);
    assert.deepEqual(seen, [6n, 7n, 12n, 13n]);
    assert.deepEqual(
      asked.map((request) => request.afterPosition),
      [5n, 7n, 7n, 7n, 12n],
    );
    assert.deepEqual(asked[4]!.types, ["x"]);
    assert.equal(pauses.length, 2);
    assert(pauses[0]! >= 100 && pauses[0]! <= 200);
    assert.equal(pauses[1], 5001);
  });

  it("stops when the log is another one", async () => {
    const { events } = scripted([{ send: [batch(7, [7])] }, { send: [batch(7, [], "log-2")] }]);
    const watching = (async () => {
      for await (const _ of watchBatches(events)) continue;
    })();
    await assert.rejects(watching, (error: unknown) => {
      assert(error instanceof LogChangedError);
      assert.deepEqual([error.before, error.now], ["log-1", "log-2"]);
      return true;
    });
  });

  it("ends with its signal", async () => {
    const ending = new AbortController();
    const { events } = scripted([{ send: [batch(7, [6, 7])] }]);
    const seen: bigint[] = [];
    for await (const { position } of watchEvents(events, { signal: ending.signal })) {
      seen.push(position);
      ending.abort();
    }
    assert.deepEqual(seen, [6n, 7n]);
  });

  it("gives payloads of the types it knows", () => {
    const payload = payloadOf(event(1));
    assert.equal(payload?.$typeName, "salesops.pipeline.v1.AccountCreated");
    assert.deepEqual((payload as { account?: unknown }).account, account);
    assert.equal(payloadOf(create(EventSchema, { type: "salesops.later.v1.Other" })), undefined);
  });

});
