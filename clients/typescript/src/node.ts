// The client for Node.
//
//   const salesops = createSalesOps({
//     baseUrl: "https://localhost:7401",
//     token: await readFile("var/token", "utf8"),
//     ca: await readFile("var/dev/tls/ca.pem"),
//   });
//   const deal = await salesops.pipeline.opportunities.getOpportunity({ name: "opportunities/7" });

import { randomUUID } from "node:crypto";
import { Agent } from "node:https";
import { createGrpcWebTransport } from "@connectrpc/connect-node";
import { type CallRules, followRules } from "./calls.js";
import { type SalesOps, salesOpsOn } from "./salesops.js";

export * from "./exports.js";

export interface Options extends CallRules {
  /** The gateway's HTTP address. */
  baseUrl: string;
  /** The authority that signed its certificate, PEM; absent = those that Node trusts. */
  ca?: string | Buffer;
}

export function createSalesOps(options: Options): SalesOps {
  // Connections are kept, and no more of them than a gateway is glad to have from one caller.
  const agent = new Agent({ ca: options.ca, keepAlive: true, maxSockets: 64 });
  const secure = new URL(options.baseUrl).protocol === "https:";
  return salesOpsOn(
    createGrpcWebTransport({
      baseUrl: options.baseUrl,
      httpVersion: "1.1",
      interceptors: [followRules(options, randomUUID)],
      ...(secure ? { nodeOptions: { agent } } : {}),
    }),
  );
}
