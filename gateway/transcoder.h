#pragma once

// The HTTP door: finds the rpc of a request, binds it, calls the service, and writes the answer.
//
//   Transcoder transcoder(edge);
//   HttpServer::Start(options, [&](auto exchange) { transcoder.Handle(std::move(exchange)); });
//
// A unary answer is JSON (or what an HttpBody holds). A server stream is NDJSON: a line
// {"result":…} for each message and, if it fails, a last line {"error":…}; a stream that fails
// before its first message is an ordinary error. A request stream is an NDJSON body; all of its
// lines are read before the call begins, so a broken line changes nothing. Errors have the form of
// AIP-193. Every answer carries x-request-id and traceparent.
//
// Thread-safety: safe from any thread.

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
  const Edge& edge_;
  std::atomic<bool> serving_{true};
};

}  // namespace salesops::gateway
