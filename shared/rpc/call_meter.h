#pragma once

// Counts the calls of one method: how many by code, how long they took, how long they queued.
// Internal to shared/rpc.
//
// Thread-safety: safe from any thread.

#include <array>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "shared/metrics/metrics.h"

namespace salesops::rpc {

class CallMeter {
 public:
  explicit CallMeter(const std::string& method);
  void Count(absl::StatusCode code, absl::Duration latency, absl::Duration queued) const;

 private:
  const std::string method_;
  const metrics::Counter ok_;  // kept at hand; other codes are looked up
  const metrics::Histogram latency_, queued_;
};

}  // namespace salesops::rpc
