#pragma once

// A real process of a test. It dies with this object, and with the test however the test ends.
//
//   auto pipeline = Process::Start({binary, "--listen", address}, folder + "/pipeline.log");
//   pipeline->Signal(SIGSTOP);
//
// Start it from a thread that outlives it (the main one): Linux kills the child when the thread
// that made it ends.
//
// Thread-safety: one thread at a time.

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace salesops::stack {

class Process {
 public:
  // Its words are added to `log`. `environment` is added to the test's own.
  static std::unique_ptr<Process> Start(const std::vector<std::string>& command,
                                        const std::string& log,
                                        const std::vector<std::string>& environment = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  bool Running();
  void Signal(int signal);
  // The exit code, 128 + the signal that ended it; nullopt if it still runs after `limit`.
  std::optional<int> Wait(absl::Duration limit);
  // SIGKILL, and waits until it is gone.
  void Kill();
  pid_t pid() const { return pid_; }

 private:
  explicit Process(pid_t pid) : pid_(pid) {}

  pid_t pid_;
  std::optional<int> ended_;
};

// Runs a command to its end; `out` is what it wrote, errors included.
struct Finished {
  int code = -1;
  std::string out;
};
Finished RunToEnd(const std::vector<std::string>& command, const std::string& folder,
                  const std::vector<std::string>& environment = {},
                  absl::Duration limit = absl::Minutes(2));

std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, const std::string& text);

}  // namespace salesops::stack
