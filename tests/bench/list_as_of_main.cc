// Reads first pages of lists of opportunities as of random instants and as they are now, in turns:
// the open ones by open date, and all in the default order. Prints one line per run: median ms of
// the past and of now of the first list, then of the second.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "salesops/pipeline/v1/opportunity.pb.h"
#include "shared/rpc/channel.h"

namespace salesops::bench {
namespace {

namespace v1 = pipeline::v1;

constexpr int kPage = 50;

struct Settings {
  std::string target, ca, token_file;
  int64_t from_us = 0, until_us = 0;
  int runs = 5;
  int reads = 101;
};

struct List {
  const char* filter;
  const char* order_by;
};

class Reader {
 public:
  explicit Reader(const Settings& s) : channel_(rpc::OpenChannel(s.target, {"", "", s.ca})) {
    std::ifstream in(s.token_file);
    options_.token.assign(std::istreambuf_iterator<char>(in), {});
    options_.wait_for_ready = true;
  }

  // Milliseconds; negative = failed. 0 = now.
  double Time(const List& list, int64_t as_of_us) {
    v1::ListOpportunitiesRequest request;
    request.set_page_size(kPage);
    request.set_filter(list.filter);
    request.set_order_by(list.order_by);
    if (as_of_us != 0) {
      request.mutable_as_of_time()->set_seconds(as_of_us / 1'000'000);
      request.mutable_as_of_time()->set_nanos(static_cast<int32_t>(as_of_us % 1'000'000) * 1000);
    }
    const absl::Time begin = absl::Now();
    auto response = rpc::CallUnary<v1::ListOpportunitiesResponse>(
        *channel_, "/salesops.pipeline.v1.OpportunityService/ListOpportunities", request, options_);
    const double took = absl::ToDoubleMilliseconds(absl::Now() - begin);
    if (response.ok() && response->opportunities_size() == kPage) return took;
    std::fprintf(stderr, "\"%s\" as of %lld us: %d rows, %s\n", list.filter,
                 static_cast<long long>(as_of_us),
                 response.ok() ? response->opportunities_size() : 0,
                 response.status().ToString().c_str());
    return -1;
  }

 private:
  std::shared_ptr<rpc::Channel> channel_;
  rpc::CallOptions options_;
};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

int Measure(const Settings& s) {
  const List lists[] = {{"state = STATE_OPEN", "open_date"}, {"", ""}};
  Reader reader(s);
  std::mt19937_64 random(20261123);
  std::uniform_int_distribution<int64_t> instant(s.from_us, s.until_us);
  for (int run = 0; run <= s.runs; ++run) {  // the first one warms up
    for (const List& list : lists) {
      std::vector<double> past, now;
      for (int i = 0; i < s.reads; ++i) {
        now.push_back(reader.Time(list, 0));
        past.push_back(reader.Time(list, instant(random)));
        if (now.back() < 0 || past.back() < 0) return 1;
      }
      if (run > 0) std::printf("%.3f %.3f ", Median(past), Median(now));
    }
    if (run > 0) std::printf("\n");
  }
  return 0;
}

}  // namespace
}  // namespace salesops::bench

int main(int argc, char** argv) {
  salesops::bench::Settings s;
  CLI::App app("Reads lists as of the past.");
  app.add_option("--target", s.target, "host:port")->required();
  app.add_option("--ca", s.ca, "CA of the server; absent = no TLS");
  app.add_option("--token_file", s.token_file, "bearer token")->required();
  app.add_option("--from", s.from_us, "the first instant, microseconds since 1970")->required();
  app.add_option("--until", s.until_us, "the last one")->required();
  app.add_option("--runs", s.runs, "");
  CLI11_PARSE(app, argc, argv);
  return salesops::bench::Measure(s);
}
