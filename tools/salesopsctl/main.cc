// salesopsctl: the command-line client, driven by the contracts.
#include <signal.h>

#include <cstdlib>

#include "shared/base/end_process.h"
#include "tools/salesopsctl/command_line.h"

int main(int argc, char** argv) {
  // A reader that has seen enough (`| head`) is told by a failed write.
  signal(SIGPIPE, SIG_IGN);
  // What gRPC would log is told in words of our own.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  salesops::ctl::CommandLine line;
  salesops::base::EndProcess(line.Run(argc, argv));
}
