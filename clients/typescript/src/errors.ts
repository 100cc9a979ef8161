// Errors as people and programs read them: what the service says in its error details, taken apart.
//
//   try { … } catch (error) {
//     if (error instanceof SalesOpsError && error.reason === "ETAG_MISMATCH") …
//   }

import { Code, ConnectError } from "@connectrpc/connect";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RetryInfoSchema,
} from "./gen/google/rpc/error_details_pb.js";

/** One thing that is wrong with a request. */
export interface Violation {
  /** Path of the field in the request, in the contract's spelling: "account.display_name". */
  field: string;
  /** What to do, in words: "is required". */
  description: string;
  /** The same for programs: "REQUIRED". */
  reason: string;
}

/**
 * A failed call. `code` says the kind (Code.NotFound …), `message` everything in words, one line for
 * each violation.
 */
export class SalesOpsError extends ConnectError {
  // Connect takes any error called "ConnectError" for one of its own and passes those on as they are;
  // so this class keeps the name, and says itself what its instances are.
  static override [Symbol.hasInstance](value: unknown): boolean {
    return Function.prototype[Symbol.hasInstance].call(this, value);
  }

  /** Why, for programs: "ETAG_MISMATCH"; empty if the service gave no reason. */
  readonly reason: string;
  /** What the reason is about, such as the names of resources. */
  readonly about: Readonly<Record<string, string>>;
  /** Everything that is wrong with the request; empty for other errors. */
  readonly violations: readonly Violation[];
  /** How long to wait before trying again; undefined if the service did not say. */
  readonly retryAfterMs: number | undefined;
  /** Names this call in the logs of the services. */
  readonly requestId: string;

  constructor(from: ConnectError) {
    const violations = from
      .findDetails(BadRequestSchema)
      .flatMap((detail) => detail.fieldViolations)
      .map(({ field, description, reason }) => ({ field, description, reason }));
    const [info] = from.findDetails(ErrorInfoSchema);
    const [retry] = from.findDetails(RetryInfoSchema);
    super(inWords(from.rawMessage, violations), from.code, from.metadata, undefined, from.cause);
    this.details = from.details;
    this.reason = info?.reason ?? "";
    this.about = info?.metadata ?? {};
    this.violations = violations;
    this.retryAfterMs = retry?.retryDelay
      ? Number(retry.retryDelay.seconds) * 1000 + Math.ceil(retry.retryDelay.nanos / 1e6)
      : undefined;
    this.requestId = from.metadata.get("x-request-id") ?? "";
  }

  /** The violations of one field. */
  violationsOf(field: string): Violation[] {
    return this.violations.filter((violation) => violation.field === field);
  }
}

/** Any error of a call as a SalesOpsError. */
export function asSalesOpsError(error: unknown): SalesOpsError {
  return error instanceof SalesOpsError ? error : new SalesOpsError(ConnectError.from(error));
}

/** True if the same call may succeed later without being changed. */
export function isPassing(error: SalesOpsError): boolean {
  return (
    error.retryAfterMs !== undefined ||
    [Code.Unavailable, Code.DeadlineExceeded, Code.ResourceExhausted, Code.Aborted].includes(
      error.code,
    )
  );
}

function inWords(message: string, violations: Violation[]): string {
  // The service's own summary repeats the first few; the whole list is better.
  const headline = violations.length > 0 ? message.replace(/:.*$/s, "") : message;
  return [headline, ...violations.map((v) => `  ${v.field}: ${v.description} (${v.reason})`)].join(
    "\n",
  );
}
