// What both entry points give.

export { Code } from "@connectrpc/connect";
export { type CallRules, followRules, type Token } from "./calls.js";
export { isPassing, SalesOpsError, type Violation } from "./errors.js";
export { type ItemOf, listAll } from "./pages.js";
export { type SalesOps, salesOpsOn } from "./salesops.js";
export {
  type EventsClient,
  LogChangedError,
  payloadOf,
  watchBatches,
  watchEvents,
  type WatchOptions,
} from "./watch.js";
