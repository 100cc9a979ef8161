#pragma once

// The only source of the current time. Tests replace it (shared/testing/fake_clock.h).
//
// Thread-safety: implementations are safe to call from any thread.

#include "absl/time/time.h"

namespace salesops::base {

class Clock {
 public:
  virtual ~Clock() = default;
  // UTC, cut to whole microseconds, which is what the database keeps.
  virtual absl::Time Now() const = 0;
};

// The machine's clock. Lives for the whole process.
const Clock& SystemClock();

}  // namespace salesops::base
