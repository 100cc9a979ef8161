#include "tools/salesopsctl/pager.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>

namespace salesops::ctl {

Pager::Pager(bool wanted) {
  if (!wanted || isatty(STDOUT_FILENO) == 0) return;
  const char* named = std::getenv("SALESOPS_PAGER");
  if (named == nullptr) named = std::getenv("PAGER");
  const std::string command = named != nullptr ? named : "less";
  if (command.empty() || command == "cat") return;
  setenv("LESS", "FRSX", /*overwrite=*/0);
  pipe_ = popen(command.c_str(), "we");
  if (pipe_ == nullptr) return;
  std::cout.flush();
  terminal_ = dup(STDOUT_FILENO);
  dup2(fileno(pipe_), STDOUT_FILENO);
}

Pager::~Pager() {
  if (pipe_ == nullptr) return;
  std::cout.flush();
  dup2(terminal_, STDOUT_FILENO);
  close(terminal_);
  pclose(pipe_);
}

}  // namespace salesops::ctl
