#include "tests/ctl/terminal.h"

#include <atomic>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace salesops::stack {
namespace {

std::string Unique(const std::string& folder, const std::string& what) {
  static std::atomic<int> number{0};
  return absl::StrCat(folder, "/", what, "-", number++);
}

}  // namespace

std::vector<std::string> Said::Lines() const {
  return absl::StrSplit(out, '\n', absl::SkipEmpty());
}

std::string ClientProgram() { return BuildFolder() + "/tools/salesopsctl/salesopsctl"; }

Terminal& Terminal::AsAdmin() {
  variables_["SALESOPS_SERVER"] = stack_.gateway_grpc_address();
  variables_["SALESOPS_CA"] = stack_.ca();
  variables_["SALESOPS_TOKEN"] = stack_.AdminToken();
  return *this;
}

std::vector<std::string> Terminal::Environment() const {
  // The tester's own settings must not reach the client.
  std::map<std::string, std::string> all = {{"HOME", home()},
                                            {"XDG_CONFIG_HOME", home() + "/config"},
                                            {"XDG_CACHE_HOME", home() + "/cache"},
                                            {"XDG_STATE_HOME", home() + "/state"},
                                            {"SALESOPS_SERVER", ""},
                                            {"SALESOPS_CA", ""},
                                            {"SALESOPS_TOKEN", ""},
                                            {"SALESOPS_TOKEN_FILE", ""},
                                            {"SALESOPS_CONTEXT", ""},
                                            {"SALESOPS_DESCRIPTORS", ""},
                                            {"SALESOPS_OUTPUT", ""},
                                            {"CTL", ClientProgram()}};
  for (const auto& [name, value] : variables_) all[name] = value;
  std::vector<std::string> settings;
  for (const auto& [name, value] : all) settings.push_back(absl::StrCat(name, "=", value));
  return settings;
}

std::vector<std::string> Terminal::Command(const std::vector<std::string>& arguments,
                                           const std::string& in, const std::string& out,
                                           const std::string& err) const {
  // env(1) replaces what the tester's own environment says: a second entry of the same name would
  // be read by some programs and not by others.
  std::vector<std::string> command = {"/usr/bin/env"};
  const std::vector<std::string> settings = Environment();
  command.insert(command.end(), settings.begin(), settings.end());
  const std::string redirect = R"(in=$1; out=$2; err=$3; shift 3
    exec "$@" <"$in" >"$out" 2>"$err")";
  for (const std::string& word :
       {std::string("/bin/sh"), std::string("-c"), redirect, std::string("sh"), in, out, err}) {
    command.push_back(word);
  }
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

Said Terminal::Run(const std::vector<std::string>& arguments, const std::string& input) const {
  const std::string in = Unique(home(), "in"), out = Unique(home(), "out"),
                    err = Unique(home(), "err");
  WriteFile(in, input);
  std::vector<std::string> words = {ClientProgram()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const Finished done = RunToEnd(Command(words, in, out, err), home(), {}, absl::Minutes(5));
  return {done.code, ReadFile(out), ReadFile(err)};
}

Terminal::Running Terminal::Start(const std::vector<std::string>& arguments) const {
  Running running;
  running.out = Unique(home(), "out");
  running.err = Unique(home(), "err");
  std::vector<std::string> words = {ClientProgram()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  running.process =
      Process::Start(Command(words, "/dev/null", running.out, running.err), Unique(home(), "log"));
  return running;
}

Said Terminal::Shell(const std::string& shell, const std::string& script) const {
  const std::string out = Unique(home(), "out"), err = Unique(home(), "err");
  const Finished done = RunToEnd(Command({shell, "-c", script}, "/dev/null", out, err), home());
  return {done.code, ReadFile(out), ReadFile(err)};
}

}  // namespace salesops::stack
