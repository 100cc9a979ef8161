#pragma once

// The command line of salesopsctl: every command and option, once. What it runs, the man page and
// the completion of shells all come from here, so that none of them can grow stale.
//
//   CommandLine line;
//   return line.Run(argc, argv);
//
// Thread-safety: one thread; at most one Run.

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tools/salesopsctl/session.h"

namespace CLI {
class App;
}

namespace salesops::ctl {

class CommandLine {
 public:
  CommandLine();
  ~CommandLine();
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  // The exit code.
  int Run(int argc, char** argv);

  CLI::App& app();

 private:
  // Says what is wrong with the command line; the exit code.
  int Misused(const std::string& what, int argc, char** argv);
  // For the scripts of shells: candidates for the last word.
  int Completes(std::vector<std::string> words);

  struct Parts;
  const std::unique_ptr<Parts> parts_;
};

// Options may be written with underscores as with hyphens, and by two older names: --as_of_time is
// --as-of, --validate_only is --dry-run. Values are left alone.
std::vector<std::string> Normalized(const std::vector<std::string>& arguments);

}  // namespace salesops::ctl
