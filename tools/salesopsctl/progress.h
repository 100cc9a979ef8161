#pragma once

// A line that tells how far long work is: bar, rate, time left. On a terminal it redraws itself,
// elsewhere it says a line every half minute and one at the end.
//
//   Progress progress("opportunities", 8800, /*already=*/0);
//   progress.Set(500);
//   progress.Done();   // "opportunities  8800 rows in 3.1 s (2838 rows/s)"
//
// Thread-safety: one thread.

#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace salesops::ctl {

// What of the work is done: `already` rows were when it began, `done` are now. A total below 0 is
// not known.
struct Advance {
  int64_t already = 0, done = 0, total = -1;
  absl::Duration elapsed;
};

// "accounts  [######........] 500/1200 rows  250 rows/s  3 s left"
std::string ProgressText(const std::string& what, const Advance& advance);
// "accounts  1200 rows in 4.8 s (250 rows/s)", without the rows that were done already
std::string SummaryText(const std::string& what, const Advance& advance);

class Progress {
 public:
  Progress(std::string what, int64_t total, int64_t already = 0);
  void Set(int64_t done);
  void Done();
  // Takes the line away, if it is shown, and says nothing more.
  void Clear() const;

 private:
  Advance Now() const;

  const std::string what_;
  const bool terminal_;
  const absl::Time started_;
  absl::Time told_;
  Advance advance_;
};

// While it lives, an interrupt (Ctrl-C) ends the process with exit code 130 after saying `advice`,
// which must outlive it.
class InterruptAdvice {
 public:
  explicit InterruptAdvice(const char* advice);
  ~InterruptAdvice();
  InterruptAdvice(const InterruptAdvice&) = delete;
  InterruptAdvice& operator=(const InterruptAdvice&) = delete;
};

}  // namespace salesops::ctl
