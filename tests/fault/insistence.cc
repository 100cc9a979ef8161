#include "tests/fault/insistence.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/stack/stack.h"

namespace salesops::stack {
namespace {

// True if the same request would get the same answer again.
bool IsFinal(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kUnimplemented:
      return true;
    default:
      return false;
  }
}

}  // namespace

bool Insistence::Insist(const std::string& what, const std::function<absl::Status()>& try_once) {
  for (;;) {
    const absl::Status status = try_once();
    ++calls_;
    if (status.ok()) {
      ++acknowledged_;
      return true;
    }
    ++failed_;
    {
      const std::string words = absl::StrCat(what, ": ", status.ToString());
      std::lock_guard<std::mutex> lock(mutex_);
      failures_.emplace(status.code(), words);
      if (IsFinal(status.code()) || absl::Now() > end_) {
        lost_.push_back(words);
        return false;
      }
    }
    absl::SleepFor(absl::Milliseconds(20));
  }
}

void Insistence::FinishUntil(absl::Time end) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    end_ = end;
  }
  finishing_ = true;
}

bool Insistence::Progress(int64_t more, absl::Duration limit) const {
  const int64_t goal = acknowledged_ + more;
  return Eventually(limit, [&] { return acknowledged_ >= goal; });
}

std::map<absl::StatusCode, std::string> Insistence::failures() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return failures_;
}

std::vector<std::string> Insistence::lost() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return lost_;
}

}  // namespace salesops::stack
