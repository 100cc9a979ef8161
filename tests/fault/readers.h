#pragma once

// Readers over HTTP, who count what fails. They never try again.
//
// Thread-safety: a Readers object is used by one thread; its own threads are inside.

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/stack/http_client.h"

namespace salesops::stack {

class Readers {
 public:
  // Each thread asks for the targets in turn until Finish.
  Readers(const HttpClient& http, std::vector<std::string> targets, int threads);
  ~Readers() { Finish(); }

  // Ends them; the answers that were not 200.
  std::vector<std::string> Finish();
  int64_t calls() const { return calls_; }

 private:
  void Run(const HttpClient& http);

  const std::vector<std::string> targets_;
  std::atomic<bool> stopping_{false};
  std::atomic<int64_t> calls_{0};
  std::mutex mutex_;
  std::vector<std::string> failures_;
  std::vector<std::thread> threads_;
};

}  // namespace salesops::stack
