#pragma once

// A clock that moves only when it is told to.
//
//   testing::FakeClock clock(absl::FromUnixSeconds(1'700'000'000));
//   Service service(clock);
//   clock.Advance(absl::Minutes(5));
//
// Thread-safety: safe from any thread.

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "shared/base/clock.h"
#include "shared/testing/namespace.h"

namespace salesops::testing {

class FakeClock final : public base::Clock {
 public:
  // Starts at 2026-03-02 09:00 UTC, a Monday, unless told otherwise.
  explicit FakeClock(absl::Time now = absl::FromUnixSeconds(1'772'442'000))
      : micros_(absl::ToUnixMicros(now)) {}

  absl::Time Now() const override { return absl::FromUnixMicros(micros_.load()); }
  void Set(absl::Time now) { micros_.store(absl::ToUnixMicros(now)); }
  void Advance(absl::Duration by) { micros_.fetch_add(absl::ToInt64Microseconds(by)); }

 private:
  std::atomic<int64_t> micros_;
};

}  // namespace salesops::testing
