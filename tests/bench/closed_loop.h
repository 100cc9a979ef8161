#pragma once

// A closed-loop load generator: a fixed number of unary calls is in flight, and each answer starts
// the next call. Figure and floor of the bench are measured with this same code.
//
//   LoadResult result = RunLoad({.target = "127.0.0.1:9101", .seconds = 4}, kGet,
//                               [](int64_t n) { return GetRequest(n).SerializeAsString(); });
//
// It uses the callback API and bytes, so that little of the two cores goes to the generator.
//
// Thread-safety: RunLoad blocks its caller; `next_request` is called from gRPC's threads, by
// several at a time.

#include <cstdint>
#include <functional>
#include <string>

namespace salesops::bench {

struct LoadOptions {
  std::string target;        // host:port
  std::string ca;            // path (PEM); empty = plaintext
  std::string bearer_token;  // empty = none
  int in_flight = 64;
  int connections = 4;
  double warm_up_seconds = 0.5;
  double seconds = 4;
  int64_t most_calls = 0;       // ends after this many calls; 0 = after `seconds`
  double calls_per_second = 0;  // starts calls at this pace at most; 0 = as fast as answers come
};

struct LoadResult {
  int64_t calls = 0;  // that succeeded, warm-up left out
  int64_t failed = 0;
  std::string first_error;
  double seconds = 0;
  double median_ms = 0;
  double p99_ms = 0;

  double calls_per_second() const { return seconds > 0 ? static_cast<double>(calls) / seconds : 0; }
};

// `method` as in "/package.Service/Method"; `next_request(n)` gives the bytes of the n-th request.
LoadResult RunLoad(const LoadOptions& options, const std::string& method,
                   const std::function<std::string(int64_t)>& next_request);

}  // namespace salesops::bench
