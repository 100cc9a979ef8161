// Loads a gRPC server with one kind of call and prints "calls/s, median ms, p99 ms".

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "tests/bench/closed_loop.h"
#include "tests/bench/requests.h"

int main(int argc, char** argv) {
  using namespace salesops::bench;  // NOLINT(google-build-using-namespace): this file is its main
  LoadOptions load;
  RequestOptions requests;
  std::string call_name, token_file;
  CLI::App app("Closed-loop load of the bench.");
  app.add_option("--target", load.target, "host:port")->required();
  app.add_option("--call", call_name,
                 "get_opportunity, create_opportunity, advance_opportunity, create_seller")
      ->required();
  app.add_option("--ca", load.ca, "CA of the server; absent = no TLS")->check(CLI::ExistingFile);
  app.add_option("--token_file", token_file, "bearer token")->check(CLI::ExistingFile);
  app.add_option("--in_flight", load.in_flight, "calls under way")->check(CLI::Range(1, 1000));
  app.add_option("--connections", load.connections, "connections")->check(CLI::Range(1, 64));
  app.add_option("--seconds", load.seconds, "measured time");
  app.add_option("--warm_up", load.warm_up_seconds, "time before it");
  app.add_option("--count", load.most_calls, "calls to make, instead of a time");
  app.add_option("--rate", load.calls_per_second, "calls a second at most; 0 = no limit");
  app.add_option("--ids", requests.ids, "opportunities that may be read");
  app.add_flag("--chosen_ids", requests.chosen_ids, "create opportunities/bench-0, bench-1 …");
  CLI11_PARSE(app, argc, argv);
  if (!token_file.empty()) {
    std::ifstream in(token_file);
    load.bearer_token.assign(std::istreambuf_iterator<char>(in), {});
  }
  const auto call = CallNamed(call_name, requests);
  if (!call) {
    std::fprintf(stderr, "--call: there is no call '%s'\n", call_name.c_str());
    return 2;
  }
  const LoadResult result = RunLoad(load, call->method, call->request);
  if (result.failed > 0) {
    std::fprintf(stderr, "%lld calls failed, the first with: %s\n",
                 static_cast<long long>(result.failed), result.first_error.c_str());
    return 1;
  }
  std::printf("%.1f %.3f %.3f\n", result.calls_per_second(), result.median_ms, result.p99_ms);
  return 0;
}
