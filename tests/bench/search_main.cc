// Searches accounts by name, one query after the other, and prints the 99th percentile of a round
// of all queries in ms, and its median. The queries are those of kQueries: names of two characters
// and longer ones, words that nearly every name has, single characters, parts of English words,
// words in another order, and one that nothing fits.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "salesops/pipeline/v1/account.pb.h"
#include "shared/rpc/channel.h"

namespace salesops::bench {
namespace {

namespace v1 = pipeline::v1;

constexpr const char* kQueries[] = {
    "华瑞",     "鑫泰电子",     "上海",   "有限公司",       "北京 科技",    "德",
    "广州华泰", "瑞丰 贸易",    "公司",   "深圳鑫达科技",   "不存在的名字", "杭州泰",
    "acme",     "nova systems", "global", "blue star 1234", "inc",          "systems nova",
    "orion te", "zzzz",         "s",      "pioneer",        "acme 777",     "ＡＣＭＥ"};

struct Settings {
  std::string target, ca, token_file;
  int rounds = 20;
  int runs = 5;
};

int Search(const Settings& s) {
  auto channel = rpc::OpenChannel(s.target, {"", "", s.ca});
  rpc::CallOptions options;
  std::ifstream in(s.token_file);
  options.token.assign(std::istreambuf_iterator<char>(in), {});
  options.wait_for_ready = true;
  for (int run = 0; run <= s.runs; ++run) {  // the first one warms up
    std::vector<double> took;
    for (int round = 0; round < s.rounds; ++round) {
      for (const char* query : kQueries) {
        v1::SearchAccountsRequest request;
        request.set_query(query);
        const absl::Time begin = absl::Now();
        auto response = rpc::CallUnary<v1::SearchAccountsResponse>(
            *channel, "/salesops.pipeline.v1.AccountService/SearchAccounts", request, options);
        if (!response.ok()) {
          std::fprintf(stderr, "%s: %s\n", query, response.status().ToString().c_str());
          return 1;
        }
        took.push_back(absl::ToDoubleMilliseconds(absl::Now() - begin));
        if (run == 0 && round == 0) {
          std::fprintf(stderr, "    %-20s %3d found, %.1f ms\n", query, response->results_size(),
                       took.back());
        }
      }
    }
    std::sort(took.begin(), took.end());
    if (run > 0) std::printf("%.2f %.2f\n", took[took.size() * 99 / 100], took[took.size() / 2]);
  }
  return 0;
}

}  // namespace
}  // namespace salesops::bench

int main(int argc, char** argv) {
  salesops::bench::Settings s;
  CLI::App app("Searches accounts by name.");
  app.add_option("--target", s.target, "host:port")->required();
  app.add_option("--ca", s.ca, "CA of the server; absent = no TLS");
  app.add_option("--token_file", s.token_file, "bearer token")->required();
  app.add_option("--runs", s.runs, "");
  CLI11_PARSE(app, argc, argv);
  return salesops::bench::Search(s);
}
