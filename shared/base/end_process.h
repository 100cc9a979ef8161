#pragma once

// How a program that uses gRPC ends: with what it wrote flushed, and without destructors of
// statics. gRPC 1.51 keeps threads (its event engine, executors, the watcher of certificate files)
// that nothing joins before exit(): with a channel just closed they still run while exit() takes
// the statics of its libraries apart, and now and then one touches what is gone: SIGSEGV after the
// last line of a run that did all it should.
//
//   int main(int argc, char** argv) { base::EndProcess(Run(argc, argv)); }

#include <cstdio>
#include <cstdlib>
#include <iostream>

namespace salesops::base {

[[noreturn]] inline void EndProcess(int exit_code) {
  std::cout.flush();
  std::fflush(nullptr);
  std::_Exit(exit_code);
}

}  // namespace salesops::base
