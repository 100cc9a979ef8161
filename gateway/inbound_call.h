#pragma once

// What every call that comes in by HTTP/1.1 has, whatever its body is: who calls, what the service
// is told of it, and the record at its end.
//
//   InboundCall call(edge, std::move(exchange), contracts, trace, Protocol::kHttp);
//   call.set_method(method);
//   RETURN_IF_ERROR(call.Admit());
//   ASSIGN_OR_RETURN(ServiceCall::Request request, call.ServiceRequest());
//
// Thread-safety: one thread at a time.

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gateway/call_metrics.h"
#include "gateway/edge.h"
#include "gateway/http_server.h"
#include "gateway/service_call.h"
#include "gateway/trace_context.h"
#include "shared/auth/principal.h"

namespace salesops::gateway {

class InboundCall {
 public:
  InboundCall(const Edge& edge, std::shared_ptr<HttpExchange> exchange,
              std::shared_ptr<const Contracts> contracts, TraceContext trace, Protocol protocol);

  const Edge& edge() const { return edge_; }
  const HttpRequest& request() const { return exchange_->request(); }
  HttpExchange& exchange() const { return *exchange_; }
  const Contracts& contracts() const { return *contracts_; }
  const TraceContext& trace() const { return trace_; }

  void set_method(const Method* method) { method_ = method; }
  const Method& method() const { return *method_; }

  // Whether the caller may go on.
  absl::Status Admit();
  // What the service is called with, but for the messages; points into this call. A browser sends
  // many headers that are nobody's metadata: the edge's list decides.
  absl::StatusOr<ServiceCall::Request> ServiceRequest() const;
  // The way to that service from the thread of the exchange, on which this is called.
  absl::StatusOr<ServiceLinks*> FindLinks(absl::string_view service) const;
  // Once, at the end.
  void Record(const absl::Status& status, int64_t response_bytes) const;

 private:
  void Forward(absl::string_view name, H2Fields& metadata) const;

  const Edge& edge_;
  const std::shared_ptr<HttpExchange> exchange_;
  const std::shared_ptr<const Contracts> contracts_;
  const TraceContext trace_;
  const Protocol protocol_;
  const absl::Time started_;
  const CallInFlight in_flight_;
  const Method* method_ = nullptr;
  auth::Principal principal_;
};

}  // namespace salesops::gateway
