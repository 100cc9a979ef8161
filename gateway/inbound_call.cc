#include "gateway/inbound_call.h"

#include <chrono>
#include <optional>
#include <utility>

#include "gateway/call_metadata.h"
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

absl::Status InboundCall::PrepareClient() {
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
  client_.set_deadline(
      std::chrono::system_clock::now() +
      absl::ToChronoMicroseconds(AllowedTimeout(asked, !method_->unary(), edge_.limits)));
  Forward("authorization");
  for (const std::string& name : edge_.forwarded_headers) Forward(name);
  client_.AddMetadata("x-request-id", trace_.request_id);
  client_.AddMetadata("traceparent", trace_.traceparent);
  return absl::OkStatus();
}

// Adds the values of one request header to the metadata; an illegal one is left out.
void InboundCall::Forward(const std::string& name) {
  for (absl::string_view value : request().HeaderValues(name)) {
    if (IsLegalMetadata(name, value)) client_.AddMetadata(name, std::string(value));
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
