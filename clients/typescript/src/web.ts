// The client for browsers: what they trust decides about certificates, and the gateway's CORS
// settings about the pages that may call it.
//
//   const salesops = createSalesOps({ baseUrl: location.origin, token: () => session.token() });

import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { type CallRules, followRules } from "./calls.js";
import { type SalesOps, salesOpsOn } from "./salesops.js";

export * from "./exports.js";

export interface Options extends CallRules {
  /** The gateway's HTTP address, or location.origin behind the same host. */
  baseUrl: string;
}

export function createSalesOps(options: Options): SalesOps {
  return salesOpsOn(
    createGrpcWebTransport({
      baseUrl: options.baseUrl,
      interceptors: [followRules(options, randomUuid)],
    }),
  );
}

// crypto.randomUUID is there on https pages only.
function randomUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
