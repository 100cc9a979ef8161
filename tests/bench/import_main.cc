// Imports into pipeline, 500 rows in a batch, and prints rows/s. What is imported is new: won
// deals, each with an external key, or activities, each of an account, a contact and a deal of
// theirs.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "salesops/pipeline/v1/activity.pb.h"
#include "salesops/pipeline/v1/opportunity.pb.h"
#include "shared/rpc/channel.h"

namespace salesops::bench {
namespace {

namespace v1 = pipeline::v1;
constexpr int kRowsInBatch = 500;

struct Settings {
  std::string target, ca, token_file, prefix;
  std::string collection = "opportunities";
  int count = 10000;
  int customers = 10000;
};

void SetDay(int year, int month, int day, google::type::Date* date) {
  date->set_year(year);
  date->set_month(month);
  date->set_day(day);
}

template <class Resource>
void AddKey(const Settings& s, int n, Resource* resource) {
  auto* key = resource->add_external_keys();
  key->set_source("bench");
  key->set_key(absl::StrCat(s.prefix, "-", n));
}

// Becomes one opportunity, one history row, two stage transitions and one event.
void Fill(const Settings& s, int n, v1::ImportedOpportunity* row) {
  v1::Opportunity& o = *row->mutable_opportunity();
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
  AddKey(s, n, &o);
}

// Becomes one activity and one event.
void Fill(const Settings& s, int n, v1::ImportedActivity* row) {
  const std::string customer = absl::StrCat("crm-", n * int64_t{7919} % s.customers);
  v1::Activity& a = *row->mutable_activity();
  a.set_display_name(absl::StrCat("Imported activity ", n));
  a.set_kind(static_cast<v1::Activity::Kind>(1 + n % 7));
  a.set_direction(static_cast<v1::Activity::Direction>(1 + n % 3));
  constexpr int64_t kFirstSecond = 1'735'689'600;  // 2025-01-01
  a.mutable_start_time()->set_seconds(kFirstSecond + n * int64_t{60});
  a.mutable_end_time()->set_seconds(kFirstSecond + n * int64_t{60} + 1800);
  a.set_owner("sellers/bench");
  a.set_account(absl::StrCat("accounts/", customer));
  a.set_contact(absl::StrCat("contacts/", customer));
  a.set_opportunity(absl::StrCat("opportunities/", customer));
  a.add_participants()->set_seller("sellers/bench");
  a.add_participants()->set_contact(a.contact());
  a.mutable_participants(1)->set_address("+86 10 5555 0100");
  a.set_outcome(v1::Activity::OUTCOME_REACHED);
  std::string& text = *a.mutable_description();
  for (int i = 0; i < 8; ++i) text += "谈了价格和交期，下周再约。";
  a.set_source("call centre");
  AddKey(s, n, &a);
}

// The n-th part of an import: the options, then the batches; false after the last.
template <class Request>
bool FillPart(const Settings& s, int part, Request* request) {
  if (part == 0) {
    request->mutable_options()->set_source("bench");
    return true;
  }
  const int begin = (part - 1) * kRowsInBatch;
  for (int n = begin; n < s.count && n < begin + kRowsInBatch; ++n) {
    auto* row = request->mutable_batch()->add_rows();
    row->set_row_number(n + 1);
    Fill(s, n, row);
  }
  return begin < s.count;
}

template <class Request, class Response>
int Import(const Settings& s, const char* method) {
  std::ifstream in(s.token_file);
  const std::string token{std::istreambuf_iterator<char>(in), {}};
  const auto channel = rpc::OpenChannel(s.target, {.cert = "", .key = "", .ca = s.ca});
  int next = 0;
  int64_t created = 0;
  std::string complaint;
  const absl::Time begin = absl::Now();
  const absl::Status status = channel->Exchange(
      method,
      [&](google::protobuf::Message* request) {
        return FillPart(s, next++, static_cast<Request*>(request));
      },
      Request::default_instance(), Response::default_instance(),
      {.token = token, .timeout = absl::Minutes(30), .wait_for_ready = true},
      [&](const google::protobuf::Message& message) {
        const auto& response = static_cast<const Response&>(message);
        created += response.created_count();
        if (response.failures_size() > 0) complaint = response.failures(0).ShortDebugString();
        return true;
      });
  const double seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  if (!status.ok() || created != s.count) {
    std::fprintf(stderr, "%lld of %d rows were created: %s %s\n", static_cast<long long>(created),
                 s.count, status.ToString().c_str(), complaint.c_str());
    return 1;
  }
  std::printf("%.1f\n", s.count / seconds);
  return 0;
}

}  // namespace
}  // namespace salesops::bench

int main(int argc, char** argv) {
  namespace bench = salesops::bench;
  namespace v1 = salesops::pipeline::v1;
  bench::Settings s;
  CLI::App app("Imports rows into pipeline.");
  app.add_option("--target", s.target, "host:port")->required();
  app.add_option("--ca", s.ca, "CA of the server; absent = no TLS");
  app.add_option("--token_file", s.token_file, "bearer token")->required();
  app.add_option("--prefix", s.prefix, "of the external keys; new = all rows are new")->required();
  app.add_option("--collection", s.collection, "what to import")
      ->check(CLI::IsMember({"opportunities", "activities"}));
  app.add_option("--count", s.count, "rows");
  app.add_option("--customers", s.customers, "accounts crm-0 … that activities are spread over");
  CLI11_PARSE(app, argc, argv);
  if (s.collection == "activities") {
    return bench::Import<v1::ImportActivitiesRequest, v1::ImportActivitiesResponse>(
        s, "/salesops.pipeline.v1.ActivityService/ImportActivities");
  }
  return bench::Import<v1::ImportOpportunitiesRequest, v1::ImportOpportunitiesResponse>(
      s, "/salesops.pipeline.v1.OpportunityService/ImportOpportunities");
}
