// The facts of a service, from a position on, for as long as one wants.
//
//   for await (const event of watchEvents(salesops.pipeline.events, { after: position })) {
//     const fact = payloadOf(event);
//     …apply it and store event.position in one transaction
//   }

import {
  createRegistry,
  fromBinary,
  type Message,
  type MessageInitShape,
} from "@bufbuild/protobuf";
import type { CallOptions } from "@connectrpc/connect";
import { wait } from "./calls.js";
import { asSalesOpsError, isPassing } from "./errors.js";
import type {
  Event,
  WatchEventsRequestSchema,
  WatchEventsResponse,
} from "./gen/salesops/events/v1/event_pb.js";
import { file_salesops_organization_v1_events } from "./gen/salesops/organization/v1/events_pb.js";
import { file_salesops_performance_v1_events } from "./gen/salesops/performance/v1/events_pb.js";
import { file_salesops_pipeline_v1_events } from "./gen/salesops/pipeline/v1/events_pb.js";

/** The EventService of any service. */
export interface EventsClient {
  watchEvents(
    request: MessageInitShape<typeof WatchEventsRequestSchema>,
    options?: CallOptions,
  ): AsyncIterable<WatchEventsResponse>;
}

export interface WatchOptions {
  /** The last position that was applied; 0 or absent starts from the beginning. */
  after?: bigint;
  /** The log that position belongs to, if known; see LogChangedError. */
  logId?: string;
  /** Full names of the payload types wanted; absent = all. */
  types?: string[];
  partition?: number;
  /** Ends the iteration. */
  signal?: AbortSignal;
  /** Waits; tests pass their own. */
  pause?: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** The service was restored from a backup: what was built from its events must be built again. */
export class LogChangedError extends Error {
  override readonly name = "LogChangedError";
  constructor(
    readonly before: string,
    readonly now: string,
  ) {
    super(`the log of events is another one (${now}, was ${before}): rebuild from an export`);
  }
}

/**
 * Batches of events and heartbeats (batches without events, whose position may have moved on). A
 * stream that ends or breaks is opened again after the last batch; errors that would only come again
 * (OUT_OF_RANGE: the events were purged) are thrown.
 */
export async function* watchBatches(
  client: EventsClient,
  options: WatchOptions = {},
): AsyncGenerator<WatchEventsResponse, void, undefined> {
  const { types = [], partition = 0, signal, pause = wait } = options;
  let { after: position = 0n, logId = "" } = options;
  for (let failures = 0; !signal?.aborted; ) {
    let asked = 0;
    try {
      const call = client.watchEvents({ partition, types, afterPosition: position }, { signal });
      for await (const batch of call) {
        if (logId !== "" && batch.logId !== logId) throw new LogChangedError(logId, batch.logId);
        logId = batch.logId;
        position = batch.position;
        failures = -1; // what ends after it has given something is opened again at once
        yield batch;
      }
    } catch (caught) {
      if (caught instanceof LogChangedError) throw caught;
      if (signal?.aborted) return;
      const error = asSalesOpsError(caught);
      if (!isPassing(error)) throw error;
      asked = error.retryAfterMs ?? 0;
    }
    if (++failures > 0) await pause(Math.max(asked, backoffMs(failures)), signal);
  }
}

/** The events of watchBatches, one at a time. */
export async function* watchEvents(
  client: EventsClient,
  options: WatchOptions = {},
): AsyncGenerator<Event, void, undefined> {
  for await (const batch of watchBatches(client, options)) yield* batch.events;
}

const payloads = createRegistry(
  file_salesops_organization_v1_events,
  file_salesops_performance_v1_events,
  file_salesops_pipeline_v1_events,
);

/**
 * What happened: the payload of an event, to be told apart by `$typeName`. Undefined for a type that
 * this version of the client does not know.
 */
export function payloadOf(event: Event): Message | undefined {
  const type = payloads.getMessage(event.type);
  return type && fromBinary(type, event.payload);
}

// 0.2 s, 0.4 s … up to 10 s, a random half of it, so that many watchers do not come back together.
function backoffMs(failures: number): number {
  return Math.min(10_000, 100 * 2 ** Math.min(failures, 10)) * (0.5 + Math.random() / 2);
}
