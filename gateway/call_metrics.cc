#include "gateway/call_metrics.h"

#include "shared/log/log.h"
#include "shared/status/status.h"

namespace salesops::gateway {
namespace {

constexpr char kCalls[] = "salesops_gateway_calls_total";
constexpr char kCallsHelp[] = "Calls that ended, by method, protocol and code";
constexpr std::array<const char*, 3> kProtocols = {"http", "grpc", "grpc-web"};

metrics::Counter CallCounter(const std::string& method, const char* protocol,
                             absl::StatusCode code) {
  return metrics::GetCounter(
      kCalls, kCallsHelp,
      {{"method", method}, {"protocol", protocol}, {"code", absl::StatusCodeToString(code)}});
}

const metrics::Gauge& InFlight() {
  static const metrics::Gauge gauge =
      metrics::GetGauge("salesops_gateway_calls_in_flight", "Calls that have not ended yet");
  return gauge;
}

}  // namespace

MethodMetrics::MethodMetrics(const std::string& method) : method_(method) {
  for (size_t i = 0; i < protocols_.size(); ++i) {
    protocols_[i].ok = CallCounter(method, kProtocols[i], absl::StatusCode::kOk);
    protocols_[i].seconds = metrics::GetHistogram(
        "salesops_gateway_call_seconds", "Time from the arrival of a call to its end",
        metrics::LatencyBuckets(), {{"method", method}, {"protocol", kProtocols[i]}});
  }
}

void MethodMetrics::Count(Protocol protocol, absl::StatusCode code, absl::Duration took) const {
  const auto index = static_cast<size_t>(protocol);
  protocols_[index].seconds.Observe(took);
  if (code == absl::StatusCode::kOk) {
    protocols_[index].ok.Increment();
  } else {
    CallCounter(method_, kProtocols[index], code).Increment();
  }
}

void RecordCall(const CallRecord& record) {
  const absl::StatusCode code = record.status->code();
  if (record.metrics != nullptr) {
    record.metrics->Count(record.protocol, code, record.took);
  } else {
    CallCounter("unknown", kProtocols[static_cast<size_t>(record.protocol)], code).Increment();
  }
  log::CallLine line;
  const std::string code_name = absl::StatusCodeToString(code);
  std::string reason, detail;
  if (code != absl::StatusCode::kOk) {
    reason = status::Reason(*record.status);
    detail = status::LogDetail(*record.status);
  }
  line.method = record.method;
  line.code = code_name;
  line.reason = reason;
  line.detail = detail;
  line.subject = record.subject;
  line.trace_id = record.trace_id;
  line.request_id = record.request_id;
  line.peer = record.peer;
  line.duration = record.took;
  line.request_bytes = record.request_bytes;
  line.response_bytes = record.response_bytes;
  log::Call(line);
}

CallInFlight::CallInFlight() { InFlight().Add(1); }
CallInFlight::~CallInFlight() { InFlight().Add(-1); }

}  // namespace salesops::gateway
