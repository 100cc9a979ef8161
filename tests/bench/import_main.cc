// Imports new won deals into pipeline, 500 in a batch, and prints deals/s. Each deal has an
// external key and becomes one opportunity, one history row, two stage transitions and one event.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "salesops/pipeline/v1/opportunity.pb.h"
#include "shared/rpc/channel.h"

namespace salesops::bench {
namespace {

namespace v1 = pipeline::v1;
constexpr int kRowsInBatch = 500;

struct Settings {
  std::string target, ca, token_file, prefix;
  int count = 10000;
};

void SetDay(int year, int month, int day, google::type::Date* date) {
  date->set_year(year);
  date->set_month(month);
  date->set_day(day);
}

// Made before the clock starts: what is measured is the server.
std::vector<v1::ImportOpportunitiesRequest> Parts(const Settings& s) {
  std::vector<v1::ImportOpportunitiesRequest> parts(1);
  parts[0].mutable_options()->set_source("bench");
  for (int n = 0; n < s.count; ++n) {
    if (n % kRowsInBatch == 0) parts.emplace_back();
    v1::ImportedOpportunity& row = *parts.back().mutable_batch()->add_rows();
    row.set_row_number(n + 1);
    v1::Opportunity& o = *row.mutable_opportunity();
    o.set_display_name(absl::StrCat("Imported deal ", n));
    o.set_account("accounts/bench");
    o.set_owner("sellers/bench");
    o.set_process_version("salesProcesses/bench/versions/v1");
    o.set_stage("won");
    o.mutable_amount()->set_currency_code("CNY");
    o.mutable_amount()->set_units(10000 + n % 90000);
    o.set_source("fair");
    SetDay(2025, 1 + n % 6, 1 + n % 28, o.mutable_open_date());
    SetDay(2025, 7 + n % 6, 1 + n % 28, o.mutable_close_date());
    auto* key = o.add_external_keys();
    key->set_source("bench");
    key->set_key(absl::StrCat(s.prefix, "-", n));
  }
  return parts;
}

int Import(const Settings& s) {
  std::ifstream in(s.token_file);
  const std::string token{std::istreambuf_iterator<char>(in), {}};
  const std::vector<v1::ImportOpportunitiesRequest> parts = Parts(s);
  const auto channel = rpc::OpenChannel(s.target, {.cert = "", .key = "", .ca = s.ca});
  size_t next = 0;
  int64_t created = 0;
  std::string complaint;
  const absl::Time begin = absl::Now();
  const absl::Status status = channel->Exchange(
      "/salesops.pipeline.v1.OpportunityService/ImportOpportunities",
      [&](google::protobuf::Message* request) {
        if (next == parts.size()) return false;
        request->CopyFrom(parts[next++]);
        return true;
      },
      v1::ImportOpportunitiesRequest::default_instance(),
      v1::ImportOpportunitiesResponse::default_instance(),
      {.token = token, .timeout = absl::Minutes(30), .wait_for_ready = true},
      [&](const google::protobuf::Message& message) {
        const auto& response = static_cast<const v1::ImportOpportunitiesResponse&>(message);
        created += response.created_count();
        if (response.failures_size() > 0) complaint = response.failures(0).ShortDebugString();
        return true;
      });
  const double seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  if (!status.ok() || created != s.count) {
    std::fprintf(stderr, "%lld of %d deals were created: %s %s\n", static_cast<long long>(created),
                 s.count, status.ToString().c_str(), complaint.c_str());
    return 1;
  }
  std::printf("%.1f\n", s.count / seconds);
  return 0;
}

}  // namespace
}  // namespace salesops::bench

int main(int argc, char** argv) {
  salesops::bench::Settings s;
  CLI::App app("Imports deals into pipeline.");
  app.add_option("--target", s.target, "host:port")->required();
  app.add_option("--ca", s.ca, "CA of the server; absent = no TLS");
  app.add_option("--token_file", s.token_file, "bearer token")->required();
  app.add_option("--prefix", s.prefix, "of the external keys; new = all deals are new")->required();
  app.add_option("--count", s.count, "deals");
  CLI11_PARSE(app, argc, argv);
  return salesops::bench::Import(s);
}
