// What every call gets: the token, a request id if it writes, another try when the service asks for
// one, and errors that say what is wrong.

import type { DescMessage, Message } from "@bufbuild/protobuf";
import { getOption, hasOption } from "@bufbuild/protobuf";
import type { Interceptor, StreamResponse } from "@connectrpc/connect";
import { asSalesOpsError, type SalesOpsError } from "./errors.js";
import { http } from "./gen/google/api/annotations_pb.js";

/** A token, or where to get the one of this moment; asked before every call. */
export type Token = string | (() => string | Promise<string>);

export interface CallRules {
  token?: Token;
  /**
   * How often a call is made again when the service says that it may be (UNAVAILABLE or
   * RESOURCE_EXHAUSTED with a delay). Only reads and calls with a request id are. Default 2.
   */
  retries?: number;
  /** Waits; tests pass their own. */
  pause?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** The interceptor that carries out the rules. `newId` makes UUIDs. */
export function followRules(rules: CallRules, newId: () => string): Interceptor {
  const { token, retries = 2, pause = wait } = rules;
  return (next) => async (request) => {
    if (token !== undefined) {
      const text = typeof token === "string" ? token : await token();
      request.header.set("authorization", `Bearer ${text.trim()}`);
    }
    if (request.stream) {
      try {
        const response = await next(request);
        return response.stream ? withReadableErrors(response) : response;
      } catch (error) {
        throw asSalesOpsError(error);
      }
    }
    const call = { ...request, message: withRequestId(request.method.input, request.message, newId) };
    const repeatable = isRead(request) || requestIdOf(call.message) !== "";
    for (let tries = 0; ; ++tries) {
      try {
        return await next(call);
      } catch (caught) {
        const error = asSalesOpsError(caught);
        if (!repeatable || tries >= retries || error.retryAfterMs === undefined) throw error;
        await pauseOrGiveUp(error, pause, request.signal);
      }
    }
  };
}

/** Resolves after that time, or when the signal says so. */
export function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    }
    signal?.addEventListener("abort", done);
    if (signal?.aborted) done();
  });
}

const longestPauseMs = 10_000;

async function pauseOrGiveUp(
  error: SalesOpsError,
  pause: NonNullable<CallRules["pause"]>,
  signal: AbortSignal,
) {
  const ms = error.retryAfterMs ?? 0;
  if (ms > longestPauseMs) throw error;
  await pause(ms, signal);
  if (signal.aborted) throw error;
}

/** True for the methods that HTTP reaches by GET. */
function isRead(request: { method: Parameters<typeof hasOption>[0] }): boolean {
  const method = request.method;
  return (
    method.kind === "rpc" && hasOption(method, http) && getOption(method, http).pattern.case === "get"
  );
}

function requestIdOf(message: Message): string {
  return (message as Message & { requestId?: string }).requestId ?? "";
}

/**
 * The message with a request id, if its type has the field and it is empty. The caller's own object
 * is left alone: sent again with another content it must not carry the same id.
 */
function withRequestId<T extends Message>(type: DescMessage, message: T, newId: () => string): T {
  const takesOne = type.field["requestId"]?.scalar !== undefined;
  if (!takesOne || requestIdOf(message) !== "") return message;
  const copy = Object.assign(Object.create(Object.getPrototypeOf(message)) as T, message);
  return Object.assign(copy, { requestId: newId() });
}

function withReadableErrors(response: StreamResponse): StreamResponse {
  async function* messages() {
    try {
      yield* response.message;
    } catch (error) {
      throw asSalesOpsError(error);
    }
  }
  return { ...response, message: messages() };
}
