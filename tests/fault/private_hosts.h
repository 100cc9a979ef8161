#pragma once

// Several addresses under one host name, for some processes alone.
//
//   PrivateHosts hosts({"127.0.0.2 a.test", "127.0.0.3 a.test"});
//   Stack stack(Stack::Options{.gateway_wrapper = hosts.wrapper()});
//
// Thread-safety: immutable after construction.

#include <string>
#include <vector>

#include "tests/stack/stack.h"

namespace salesops::stack {

class PrivateHosts {
 public:
  // Lines of /etc/hosts.
  explicit PrivateHosts(const std::vector<std::string>& lines);

  // Runs a command where /etc/hosts has these lines as well.
  const std::vector<std::string>& wrapper() const { return wrapper_; }
  // Why that does not work here; empty if it does. It needs root.
  const std::string& problem() const { return problem_; }

 private:
  TemporaryFolder folder_;
  std::vector<std::string> wrapper_;
  std::string problem_;
};

}  // namespace salesops::stack
