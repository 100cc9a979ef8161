#pragma once

// One call through the HTTP door: what is known of it from the moment its request has been read,
// and the only ways to answer it. Each answer carries the common headers and is recorded once.
//
//   auto call = std::make_unique<HttpCall>(edge, std::move(exchange), contracts, trace);
//   call->set_route(route);
//   RETURN … call->Refuse(status);      or      call->Answer(payload);
//
// Thread-safety: one thread at a time.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/edge.h"
#include "gateway/http_server.h"
#include "gateway/inbound_call.h"
#include "gateway/message_reader.h"
#include "gateway/route_table.h"
#include "gateway/trace_context.h"

namespace salesops::gateway {

inline constexpr char kJson[] = "application/json";
inline constexpr char kJsonLines[] = "application/x-ndjson";
inline constexpr char kHttpBody[] = "google.api.HttpBody";

// What a response message is in HTTP.
struct Payload {
  std::string content_type;
  std::string content;
  std::string entity_tag;  // empty: none
  std::string position;    // of a message of a stream that can be resumed; empty: none
};

// INTERNAL if the message is none of the route's type, or compressed, which nobody asked for.
absl::StatusOr<Payload> PayloadOf(const Route& route, const FramedMessage& message);

// An error in the form of AIP-193, without the headers of a call.
HttpResponse ErrorResponse(const absl::Status& status, int http_code);

void AddTraceHeaders(const TraceContext& trace, HttpHeaders& headers);

class HttpCall : public InboundCall {
 public:
  HttpCall(const Edge& edge, std::shared_ptr<HttpExchange> exchange,
           std::shared_ptr<const Contracts> contracts, TraceContext trace);

  void set_route(const Route* route) {
    route_ = route;
    set_method(route->method);
  }
  const Route& route() const { return *route_; }

  // ---- towards the service
  absl::StatusOr<ServiceLinks*> FindLinksOf(const std::vector<std::string>& variables) const;
  // Those of the service's initial metadata that callers see.
  void TakeReturnedHeaders(const HeaderList& metadata);

  // ---- towards the caller
  // `http_code` 0 = the one of the status.
  void Refuse(const absl::Status& status, int http_code = 0, HttpHeaders extra = {});
  void Answer(Payload payload);
  void StartStream(const std::string& content_type, bool compressed);
  // Whether the caller would rather have content of that type compressed.
  bool MayCompress(absl::string_view content_type) const;

 private:
  int CodeOf(const absl::Status& status) const;
  void AddCommonHeaders(HttpHeaders& headers) const;

  const Route* route_ = nullptr;
  HttpHeaders returned_headers_;
};

}  // namespace salesops::gateway
