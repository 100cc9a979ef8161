#pragma once

// Calls that are repeated until they are acknowledged, and what became of every try.
//
//   Insistence insistence;
//   if (insistence.Insist("CreateAccount", [&] { return channel.Call(…); })) …
//
// Each try sends the same request with the same request_id, so that a write has one effect whatever
// became of the first answers.
//
// Thread-safety: safe from any thread.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace salesops::stack {

class Insistence {
 public:
  // Tries until it succeeds. False if it is given up: the answer says that another try would fare
  // no better, or it is too late; the write then counts as lost.
  bool Insist(const std::string& what, const std::function<absl::Status()>& try_once);

  // What is under way is brought to its end until then; nothing new should begin.
  void FinishUntil(absl::Time end);
  bool finishing() const { return finishing_; }

  int64_t acknowledged() const { return acknowledged_; }
  int64_t calls() const { return calls_; }
  int64_t failed() const { return failed_; }
  // True once `more` calls have been acknowledged since now.
  bool Progress(int64_t more, absl::Duration limit) const;
  // How tries failed, by status code; one message of each.
  std::map<absl::StatusCode, std::string> failures() const;
  // Writes that were never acknowledged.
  std::vector<std::string> lost() const;

 private:
  std::atomic<bool> finishing_{false};
  std::atomic<int64_t> acknowledged_{0}, calls_{0}, failed_{0};
  mutable std::mutex mutex_;
  absl::Time end_ = absl::InfiniteFuture();
  std::map<absl::StatusCode, std::string> failures_;
  std::vector<std::string> lost_;
};

}  // namespace salesops::stack
