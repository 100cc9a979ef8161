#pragma once

// The HTTP door: finds the rpc of a request, binds it, calls the service, and writes the answer.
//
//   Transcoder transcoder(edge);
//   HttpServer::Start(options, edge.upstreams->loops(),
//                     [&](auto exchange) { transcoder.Handle(std::move(exchange)); });
//
// A unary answer is JSON (or what an HttpBody holds), with its etag as ETag, and 304 if the caller
// has it; stream_transcoding.h says what streams are. A request stream is an NDJSON body; all of
// its lines are read before the call begins, so a broken line changes nothing. If-Match is the etag
// of the request. Bodies may be packed with gzip both ways. Errors have the form of AIP-193. Every
// answer carries x-request-id and traceparent. gRPC-Web and CORS preflights are answered here too.
//
// Thread-safety: Handle belongs to the thread of the exchange's loop; the rest is safe from any.

#include <atomic>
#include <memory>

#include "absl/strings/string_view.h"
#include "gateway/edge.h"
#include "gateway/http_server.h"

namespace salesops::gateway {

class Transcoder {
 public:
  explicit Transcoder(const Edge& edge) : edge_(edge) {}

  void Handle(std::shared_ptr<HttpExchange> exchange);

  // What GET /healthz says; set to false when the drain begins.
  void SetServing(bool serving) { serving_ = serving; }

  // For HttpServer::Options::refusal.
  static HttpResponse Refusal(int code, absl::string_view message);

 private:
  HttpResponse Healthz(const EventLoop& loop) const;

  const Edge& edge_;
  std::atomic<bool> serving_{true};
};

}  // namespace salesops::gateway
