#include "tools/salesopsctl/progress.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "tools/salesopsctl/exit_code.h"
#include "tools/salesopsctl/token_claims.h"

namespace salesops::ctl {
namespace {

constexpr int kWidth = 30;
constexpr absl::Duration kRedrawEvery = absl::Milliseconds(100);
constexpr absl::Duration kSayEvery = absl::Seconds(30);

double Rate(const Advance& advance) {
  return static_cast<double>(advance.done - advance.already) /
         std::max(0.001, absl::ToDoubleSeconds(advance.elapsed));
}

std::atomic<const char*> interrupt_advice{nullptr};

void OnInterrupt(int) {
  const char* advice = interrupt_advice.load();
  // Only what a signal handler may do.
  if (advice != nullptr && write(STDERR_FILENO, advice, strlen(advice)) < 0) _exit(1);
  _exit(static_cast<int>(ExitCode::kInterrupted));
}

}  // namespace

std::string ProgressText(const std::string& what, const Advance& advance) {
  const double rate = Rate(advance);
  if (advance.total < 0) {
    return absl::StrFormat("%-14s %d rows  %.0f rows/s", what, advance.done, rate);
  }
  const double part =
      advance.total > 0 ? std::min(1.0, static_cast<double>(advance.done) / advance.total) : 1.0;
  const int full = static_cast<int>(part * kWidth);
  const std::string left =
      rate > 0 ? absl::StrCat("  ", SpanText(absl::Seconds((advance.total - advance.done) / rate)),
                              " left")
               : "";
  return absl::StrFormat("%-14s [%s%s] %d/%d rows  %.0f rows/s%s", what, std::string(full, '#'),
                         std::string(kWidth - full, '.'), advance.done, advance.total, rate, left);
}

std::string SummaryText(const std::string& what, const Advance& advance) {
  return absl::StrFormat("%-20s %d rows in %.1f s (%.0f rows/s)", what,
                         advance.done - advance.already, absl::ToDoubleSeconds(advance.elapsed),
                         Rate(advance));
}

Progress::Progress(std::string what, int64_t total, int64_t already)
    : what_(std::move(what)),
      terminal_(isatty(STDERR_FILENO) != 0),
      started_(absl::Now()),
      told_(started_),
      advance_{already, already, total, absl::ZeroDuration()} {}

Advance Progress::Now() const {
  Advance now = advance_;
  now.elapsed = absl::Now() - started_;
  return now;
}

void Progress::Set(int64_t done) {
  advance_.done = done;
  const absl::Time now = absl::Now();
  if (now - told_ < (terminal_ ? kRedrawEvery : kSayEvery)) return;
  told_ = now;
  const std::string text = ProgressText(what_, Now());
  std::fputs((terminal_ ? "\r" + text + "\x1b[K" : text + "\n").c_str(), stderr);
}

void Progress::Done() {
  std::fputs(((terminal_ ? "\r\x1b[K" : "") + SummaryText(what_, Now()) + "\n").c_str(), stderr);
}

void Progress::Clear() const {
  if (terminal_) std::fputs("\r\x1b[K", stderr);
}

InterruptAdvice::InterruptAdvice(const char* advice) {
  interrupt_advice = advice;
  struct sigaction action = {};
  action.sa_handler = OnInterrupt;
  sigaction(SIGINT, &action, nullptr);
}

InterruptAdvice::~InterruptAdvice() {
  signal(SIGINT, SIG_DFL);
  interrupt_advice = nullptr;
}

}  // namespace salesops::ctl
