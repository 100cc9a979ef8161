#pragma once

// Somebody at a shell with salesopsctl: a home of their own, and what a command said on each of its
// two outputs.
//
//   Terminal ann(stack);
//   ann.Run({"login", "--server", …}, token);
//   EXPECT_EQ(ann.Run({"whoami"}).code, 0);
//
// Thread-safety: one thread.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "tests/stack/process.h"
#include "tests/stack/stack.h"

namespace salesops::stack {

struct Said {
  int code = -1;
  std::string out, err;

  nlohmann::json Json() const { return nlohmann::json::parse(out, nullptr, false); }
  std::vector<std::string> Lines() const;
};

class Terminal {
 public:
  explicit Terminal(const Stack& stack) : stack_(stack) {}

  // Signed in by the environment, as Stack::Ctl is.
  Terminal& AsAdmin();
  void Set(const std::string& variable, const std::string& value) { variables_[variable] = value; }

  Said Run(const std::vector<std::string>& arguments, const std::string& input = "") const;
  // Left running; its outputs are in files.
  struct Running {
    std::unique_ptr<Process> process;
    std::string out, err;
  };
  Running Start(const std::vector<std::string>& arguments) const;
  // A script of a shell ("bash") in the same environment; $CTL is the client.
  Said Shell(const std::string& shell, const std::string& script) const;

  std::string home() const { return home_.path(); }
  std::string File(const std::string& name) const { return home_.path() + "/" + name; }
  // Where the client keeps its things.
  std::string config() const { return home() + "/config/salesops"; }
  std::string state() const { return home() + "/state/salesops"; }

 private:
  std::vector<std::string> Environment() const;
  std::vector<std::string> Command(const std::vector<std::string>& arguments, const std::string& in,
                                   const std::string& out, const std::string& err) const;

  const Stack& stack_;
  TemporaryFolder home_;
  std::map<std::string, std::string> variables_;
};

std::string ClientProgram();

}  // namespace salesops::stack
