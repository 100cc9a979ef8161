#pragma once

// A line that tells how far long work is: bar, rate, time left. On a terminal it redraws itself,
// elsewhere it stays silent until the end.
//
//   Progress progress("opportunities", 8800);
//   progress.Set(500);
//   progress.Done();   // "opportunities  8,800 rows in 3.1 s (2,838 rows/s)"
//
// Thread-safety: one thread.

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace salesops::ctl {

class Progress {
 public:
  Progress(std::string what, int64_t total);
  void Set(int64_t done);
  void Done();

 private:
  const std::string what_;
  const int64_t total_;
  const bool terminal_;
  const absl::Time started_;
  absl::Time drawn_;
  int64_t done_ = 0;
};

}  // namespace salesops::ctl
