#include "tools/salesopsctl/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

namespace salesops::ctl {

Progress::Progress(std::string what, int64_t total)
    : what_(std::move(what)),
      total_(total),
      terminal_(isatty(STDERR_FILENO) != 0),
      started_(absl::Now()) {}

void Progress::Set(int64_t done) {
  done_ = done;
  const absl::Time now = absl::Now();
  if (!terminal_ || now - drawn_ < absl::Milliseconds(100)) return;
  drawn_ = now;
  constexpr int kWidth = 30;
  const double part = total_ > 0 ? std::min(1.0, static_cast<double>(done) / total_) : 1.0;
  const double seconds = std::max(0.001, absl::ToDoubleSeconds(now - started_));
  const double rate = done / seconds;
  const int full = static_cast<int>(part * kWidth);
  absl::FPrintF(stderr, "\r%-14s [%s%s] %d/%d rows  %.0f rows/s  %.0f s left ", what_,
                std::string(full, '#'), std::string(kWidth - full, '.'), done, total_, rate,
                rate > 0 ? (total_ - done) / rate : 0.0);
}

void Progress::Done() {
  const double seconds = std::max(0.001, absl::ToDoubleSeconds(absl::Now() - started_));
  absl::FPrintF(stderr, "%s%-20s %d rows in %.1f s (%.0f rows/s)\n", terminal_ ? "\r\x1b[K" : "",
                what_, done_, seconds, done_ / seconds);
}

}  // namespace salesops::ctl
