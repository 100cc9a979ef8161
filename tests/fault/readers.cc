#include "tests/fault/readers.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace salesops::stack {

Readers::Readers(const HttpClient& http, std::vector<std::string> targets, int threads)
    : targets_(std::move(targets)) {
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this, http] { Run(http); });
  }
}

std::vector<std::string> Readers::Finish() {
  stopping_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  return failures_;
}

void Readers::Run(const HttpClient& http) {
  for (size_t n = 0; !stopping_; ++n) {
    const std::string& target = targets_[n % targets_.size()];
    const HttpClient::Response answer = http.Get(target);
    ++calls_;
    if (answer.code == 200) continue;
    std::lock_guard<std::mutex> lock(mutex_);
    failures_.push_back(absl::StrCat(target, ": ", answer.code, " ", answer.body));
  }
}

}  // namespace salesops::stack
