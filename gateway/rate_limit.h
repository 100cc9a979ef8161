#pragma once

// How many calls may pass in a second, for each key (a caller) on its own.
//
//   RateLimit limit({.per_second = 100, .burst = 200});
//   if (auto wait = limit.Take("alice", now)) → refuse, and say to come back after *wait
//
// The generic cell rate algorithm (ITU-T I.371): one time for each key, the moment at which its
// bucket will be full again; keys whose bucket is full are forgotten.
//
// Thread-safety: safe from any thread.

#include <array>
#include <mutex>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace salesops::gateway {

class RateLimit {
 public:
  struct Options {
    double per_second = 0;  // 0 = no limit
    int burst = 1;          // calls that may come at once after a rest; at least 1
  };

  explicit RateLimit(const Options& options);

  // Nothing if the call may pass; otherwise how long to wait for the next one.
  std::optional<absl::Duration> Take(absl::string_view key, absl::Time now);

  // Keys whose bucket is not full, and some whose bucket has filled since.
  size_t size() const;

 private:
  struct Shard {
    mutable std::mutex mu;
    absl::flat_hash_map<std::string, absl::Time> full_at;
    size_t sweep_at = 1024;
  };
  Shard& ShardOf(absl::string_view key);

  const bool limited_;
  const absl::Duration interval_;  // between calls in the long run
  const absl::Duration slack_;     // how far ahead of that a burst may be
  std::array<Shard, 8> shards_;
};

}  // namespace salesops::gateway
