#pragma once

// Counts and logs every call through the gateway, once, when it ends.
//
// Thread-safety: safe from any thread.

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "shared/metrics/metrics.h"

namespace salesops::gateway {

enum class Protocol { kHttp, kGrpc, kGrpcWeb };

// The counters of one method.
class MethodMetrics {
 public:
  explicit MethodMetrics(const std::string& method);
  void Count(Protocol protocol, absl::StatusCode code, absl::Duration took) const;

 private:
  struct PerProtocol {
    metrics::Counter ok;
    metrics::Histogram seconds;
  };
  std::string method_;
  std::array<PerProtocol, 3> protocols_;
};

// What is known when a call ends.
struct CallRecord {
  Protocol protocol = Protocol::kHttp;
  absl::string_view method;                // empty: no method was found
  const MethodMetrics* metrics = nullptr;  // absent: not counted by method
  const absl::Status* status = nullptr;
  absl::string_view subject;
  absl::string_view trace_id;
  absl::string_view request_id;
  absl::string_view peer;
  absl::Duration took;
  int64_t request_bytes = 0;
  int64_t response_bytes = 0;
};

void RecordCall(const CallRecord& record);

// Counts one call in flight for as long as it lives.
class CallInFlight {
 public:
  CallInFlight();
  ~CallInFlight();
  CallInFlight(const CallInFlight&) = delete;
  CallInFlight& operator=(const CallInFlight&) = delete;
};

}  // namespace salesops::gateway
