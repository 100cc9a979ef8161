#include "shared/rpc/call_meter.h"

namespace salesops::rpc {
namespace {

metrics::Counter ByCode(const std::string& method, const std::string& code) {
  return metrics::GetCounter("salesops_calls_total", "Finished calls",
                             {{"method", method}, {"code", code}});
}

}  // namespace

CallMeter::CallMeter(const std::string& method)
    : method_(method),
      ok_(ByCode(method, "OK")),
      latency_(metrics::GetHistogram("salesops_call_seconds", "Time from arrival to answer",
                                     metrics::LatencyBuckets(), {{"method", method}})),
      queued_(metrics::GetHistogram("salesops_call_queue_seconds",
                                    "Time from arrival to the first worker",
                                    metrics::LatencyBuckets(), {{"method", method}})) {}

void CallMeter::Count(absl::StatusCode code, absl::Duration latency, absl::Duration queued) const {
  if (code == absl::StatusCode::kOk) {
    ok_.Increment();
  } else {
    ByCode(method_, absl::StatusCodeToString(code)).Increment();
  }
  latency_.Observe(latency);
  queued_.Observe(queued);
}

}  // namespace salesops::rpc
