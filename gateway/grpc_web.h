#pragma once

// gRPC-Web on the HTTP door, so that browsers and the TypeScript client call the methods of the
// contracts as they are: POST /<package.Service>/<Method> with application/grpc-web or
// application/grpc-web+proto. Messages pass as bytes, nothing is parsed. All kinds of calls are
// served; the messages of a request are read whole before the call begins.
//
//   if (IsGrpcWeb(exchange->request())) return ServeGrpcWeb(edge, std::move(exchange));
//
// How a call ended stands in the trailer frame, always in the body, with the HTTP code 200. Refused
// in HTTP's own terms: another verb (405), application/grpc-web-text and codecs other than proto
// (415).
//
// Thread-safety: belongs to the thread of the exchange's loop; the call then keeps itself.

#include <memory>

#include "gateway/edge.h"
#include "gateway/http_server.h"

namespace salesops::gateway {

// True if the content type says so; the path decides nothing.
bool IsGrpcWeb(const HttpRequest& request);

void ServeGrpcWeb(const Edge& edge, std::shared_ptr<HttpExchange> exchange);

}  // namespace salesops::gateway
