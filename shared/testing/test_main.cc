// main() of every test program. It ends as the suite's own programs do (end_process.h): gRPC's
// threads run on while exit() takes statics apart, and a run whose tests all passed would now and
// then end with SIGSEGV.
#include <gtest/gtest.h>

#include "shared/base/end_process.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/lsan_interface.h>
#define SALESOPS_LOOKS_FOR_LEAKS
#endif
#endif

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  int exit_code = RUN_ALL_TESTS();
#ifdef SALESOPS_LOOKS_FOR_LEAKS
  // What the sanitizer would do at exit.
  if (__lsan_do_recoverable_leak_check() != 0 && exit_code == 0) exit_code = 1;
#endif
  salesops::base::EndProcess(exit_code);
}
