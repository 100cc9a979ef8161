// The gateway that one would write with Connect and fastify instead of ours: GET of an opportunity as
// HTTP/JSON in front of pipeline's gRPC. Two processes, as there are two cores; connections are kept
// on both sides, TLS on both, one HTTP/2 connection of each process to the service. It does less than
// ours: no check of the token (which is passed on), no log, no metrics, no limits, one route.
//
//   node gateway.js --port 7401 --upstream https://localhost:9104 --cert c.pem --key k.pem --ca ca.pem

import cluster from "node:cluster";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { create, toJson } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import fastify from "fastify";
import {
  GetOpportunityRequestSchema,
  OpportunitySchema,
  OpportunityService,
} from "./gen/salesops/pipeline/v1/opportunity_pb.js";

const text = { type: "string" };
const { values: options } = parseArgs({
  options: { port: text, upstream: text, cert: text, key: text, ca: text, processes: text },
});

const httpCodes = new Map([
  [Code.InvalidArgument, 400],
  [Code.Unauthenticated, 401],
  [Code.PermissionDenied, 403],
  [Code.NotFound, 404],
  [Code.ResourceExhausted, 429],
  [Code.Unavailable, 503],
  [Code.DeadlineExceeded, 504],
]);

function serve() {
  const opportunities = createClient(
    OpportunityService,
    createGrpcTransport({
      baseUrl: options.upstream,
      nodeOptions: { ca: readFileSync(options.ca) },
      acceptCompression: [],
    }),
  );
  const app = fastify({
    https: { cert: readFileSync(options.cert), key: readFileSync(options.key) },
    logger: false,
  });
  app.get("/pipeline/v1/opportunities/:id", async (request) => {
    const message = create(GetOpportunityRequestSchema, {
      name: `opportunities/${request.params.id}`,
    });
    const headers = { authorization: request.headers.authorization ?? "" };
    return toJson(OpportunitySchema, await opportunities.getOpportunity(message, { headers }));
  });
  app.setErrorHandler((error, _, reply) => {
    const failure = ConnectError.from(error);
    const code = httpCodes.get(failure.code) ?? 500;
    reply.code(code).send({ error: { code, status: Code[failure.code], message: failure.rawMessage } });
  });
  app.listen({ host: "127.0.0.1", port: Number(options.port) });
}

if (cluster.isPrimary) {
  for (let i = 0; i < Number(options.processes ?? 2); ++i) cluster.fork();
  // A process that ends is a failed run, not one to be replaced.
  cluster.on("exit", () => process.exit(1));
  process.on("SIGTERM", () => process.exit(0));
} else {
  process.on("disconnect", () => process.exit(0));
  serve();
}
