#pragma once

// Completion of a half-typed command line, from the definition of the commands and from what the
// contracts and the server know.
//
//   Complete(app, {"list", "oppo"}, session)  -> "opportunities"
//
// A shell asks at every press of a key, so whatever takes long or fails gives no candidates.
//
// Thread-safety: one thread.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/salesopsctl/session.h"

namespace CLI {
class App;
}

namespace salesops::ctl {

// The commands below one, without those that are not for people.
std::vector<std::string> CommandsOf(CLI::App& app);

struct Candidates {
  std::vector<std::string> words;
  bool files = false;  // the shell's own completion of paths
};

// Where candidates that are not in the definition come from.
class CompletionSource {
 public:
  virtual ~CompletionSource() = default;
  virtual std::vector<std::string> Contexts() = 0;
  virtual std::vector<std::string> Collections() = 0;
  virtual std::vector<std::string> Verbs() = 0;
  virtual std::vector<std::string> Methods() = 0;   // "Service.Method"
  virtual std::vector<std::string> Services() = 0;  // that tell events
  virtual std::vector<std::string> Fields(const std::string& collection) = 0;
  // Of the collection that the half-typed name begins with.
  virtual std::vector<std::string> Names(const std::string& prefix) = 0;
};

// `words` are those after the program's name; the last one is being typed.
Candidates Complete(CLI::App& app, const std::vector<std::string>& words, CompletionSource& source);
// With the session's contracts and server.
Candidates Complete(CLI::App& app, const std::vector<std::string>& words, Session& session);

// One candidate a line; a last line ":files" asks for the shell's paths.
std::string CandidatesText(const Candidates& candidates);

// The script for "bash" or "zsh".
absl::StatusOr<std::string> CompletionScript(const std::string& shell);

}  // namespace salesops::ctl
