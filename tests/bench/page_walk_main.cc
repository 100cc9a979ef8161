// Walks a filtered and ordered list of opportunities to its page 1,000, then reads that page and
// the first one in turns. Prints one line per run: median ms of the deep page, median ms of the
// first.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "salesops/pipeline/v1/opportunity.pb.h"
#include "shared/rpc/channel.h"

namespace salesops::bench {
namespace {

namespace v1 = pipeline::v1;

struct Settings {
  std::string target, ca, token_file;
  int page = 1000;
  int runs = 5;
  int reads = 101;
};

class Reader {
 public:
  explicit Reader(const Settings& s) : channel_(rpc::OpenChannel(s.target, {"", "", s.ca})) {
    std::ifstream in(s.token_file);
    options_.token.assign(std::istreambuf_iterator<char>(in), {});
    options_.wait_for_ready = true;
  }

  absl::StatusOr<v1::ListOpportunitiesResponse> Read(const std::string& page_token) {
    v1::ListOpportunitiesRequest request;
    request.set_page_size(50);
    request.set_filter("state = STATE_OPEN");
    request.set_order_by("open_date");
    request.set_page_token(page_token);
    return rpc::CallUnary<v1::ListOpportunitiesResponse>(
        *channel_, "/salesops.pipeline.v1.OpportunityService/ListOpportunities", request, options_);
  }

  // Milliseconds; negative = failed.
  double Time(const std::string& page_token) {
    const absl::Time begin = absl::Now();
    if (!Read(page_token).ok()) return -1;
    return absl::ToDoubleMilliseconds(absl::Now() - begin);
  }

 private:
  std::shared_ptr<rpc::Channel> channel_;
  rpc::CallOptions options_;
};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

int Walk(const Settings& s) {
  Reader reader(s);
  std::string token;
  for (int page = 1; page < s.page; ++page) {
    auto response = reader.Read(token);
    if (!response.ok() || response->next_page_token().empty()) {
      std::fprintf(stderr, "the list ends at page %d: %s\n", page,
                   response.status().ToString().c_str());
      return 1;
    }
    token = response->next_page_token();
  }
  for (int run = 0; run < s.runs; ++run) {
    std::vector<double> first, deep;
    for (int i = 0; i < s.reads; ++i) {
      first.push_back(reader.Time(""));
      deep.push_back(reader.Time(token));
      if (first.back() < 0 || deep.back() < 0) return 1;
    }
    std::printf("%.3f %.3f\n", Median(deep), Median(first));
  }
  return 0;
}

}  // namespace
}  // namespace salesops::bench

int main(int argc, char** argv) {
  salesops::bench::Settings s;
  CLI::App app("Reads deep pages.");
  app.add_option("--target", s.target, "host:port")->required();
  app.add_option("--ca", s.ca, "CA of the server; absent = no TLS");
  app.add_option("--token_file", s.token_file, "bearer token")->required();
  app.add_option("--page", s.page, "the deep page");
  app.add_option("--runs", s.runs, "");
  CLI11_PARSE(app, argc, argv);
  return salesops::bench::Walk(s);
}
