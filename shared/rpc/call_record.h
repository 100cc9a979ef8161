#pragma once

// What is known about a call when it ends, for its log line and for metrics.
//
// Thread-safety: CallObserver is told from many threads at once.

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace salesops::rpc {

struct CallRecord {
  absl::string_view method;  // "/salesops.pipeline.v1.AccountService/GetAccount"
  std::string principal;     // "user:alice", "service:pipeline" or empty
  std::string via;           // service that made the call for a user; empty if the user did
  std::string peer;          // "ipv4:127.0.0.1:4711"
  absl::string_view traceparent;
  const absl::Status* status = nullptr;  // with LogDetail; what the client sees has none
  absl::Duration latency;                // arrival to answer
  absl::Duration queued;                 // of it, waiting for the first worker
  int64_t received = 0, sent = 0;        // messages
};

class CallObserver {
 public:
  virtual ~CallObserver() = default;
  virtual void Finished(const CallRecord& record) = 0;
};

}  // namespace salesops::rpc
