#include "gateway/inbound_call.h"

#include <chrono>
#include <optional>
#include <utility>

#include "gateway/call_metadata.h"
#include "gateway/upstream_errors.h"
#include "gateway/upstreams.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::gateway {

InboundCall::InboundCall(const Edge& edge, std::shared_ptr<HttpExchange> exchange,
                         std::shared_ptr<const Contracts> contracts, TraceContext trace,
                         Protocol protocol)
    : edge_(edge),
      exchange_(std::move(exchange)),
      contracts_(std::move(contracts)),
      trace_(std::move(trace)),
      protocol_(protocol),
      started_(edge.clock->Now()) {}

absl::Status InboundCall::Admit() {
  ASSIGN_OR_RETURN(principal_, edge_.Admit(*method_, request().HeaderValues("authorization")));
  return absl::OkStatus();
}

absl::StatusOr<ServiceCall::Request> InboundCall::ServiceRequest() const {
  std::optional<absl::Duration> asked;
  if (const absl::string_view text = request().Header("x-request-timeout"); !text.empty()) {
    asked = ParseRequestTimeout(text);
    if (!asked) {
      return status::InvalidField("x-request-timeout", "INVALID_TIMEOUT",
                                  "must be seconds such as 2.5");
    }
  } else if (const absl::string_view text = request().Header("grpc-timeout"); !text.empty()) {
    asked = ParseGrpcTimeout(text);
    if (!asked) {
      return status::InvalidField("grpc-timeout", "INVALID_TIMEOUT",
                                  "must be digits and a unit such as 500m");
    }
  }
  ServiceCall::Request call;
  call.path = method_->path;
  call.deadline = std::chrono::steady_clock::now() +
                  absl::ToChronoNanoseconds(AllowedTimeout(asked, !method_->unary(), edge_.limits));
  call.only_reads = contracts_->only_reads[method_->index];
  Forward("authorization", call.metadata);
  for (const std::string& name : edge_.forwarded_headers) Forward(name, call.metadata);
  AddUniqueField(call.metadata, "x-request-id", trace_.request_id);
  AddUniqueField(call.metadata, "traceparent", trace_.traceparent);
  return call;
}

absl::StatusOr<ServiceLinks*> InboundCall::FindLinks(absl::string_view service) const {
  if (ServiceLinks* links = edge_.upstreams->Find(exchange_->loop(), service)) return links;
  return UpstreamUnknown();
}

// Adds the values of one request header to the metadata; an illegal one is left out.
void InboundCall::Forward(absl::string_view name, H2Fields& metadata) const {
  for (absl::string_view value : request().HeaderValues(name)) {
    if (IsLegalMetadata(name, value)) AddField(metadata, name, value);
  }
}

void InboundCall::Record(const absl::Status& status, int64_t response_bytes) const {
  CallRecord record;
  record.protocol = protocol_;
  if (method_ != nullptr) {
    record.method = method_->path;
    record.metrics = &contracts_->metrics[method_->index];
  }
  record.status = &status;
  record.subject = principal_.subject;
  record.trace_id = trace_.trace_id();
  record.request_id = trace_.request_id;
  record.peer = request().peer;
  record.took = edge_.clock->Now() - started_;
  record.request_bytes = static_cast<int64_t>(request().body.size());
  record.response_bytes = response_bytes;
  RecordCall(record);
}

}  // namespace salesops::gateway
