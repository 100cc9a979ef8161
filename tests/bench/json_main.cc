// How fast one core turns a list response of 1 MiB of JSON from protobuf bytes into that JSON: the
// gateway's way (its descriptors, its parser into an arena, its writer) or protobuf's own (the
// generated class, its JSON printer). Prints "MB/s of JSON, microseconds per response, bytes".

#include <google/protobuf/arena.h>
#include <google/protobuf/util/json_util.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>

#include "absl/strings/str_cat.h"
#include "gateway/descriptor_catalog.h"
#include "gateway/json_writer.h"
#include "salesops/pipeline/v1/opportunity.pb.h"

namespace salesops::bench {
namespace {

using Clock = std::chrono::steady_clock;
namespace v1 = pipeline::v1;

struct Settings {
  std::string descriptors, side = "gateway";
  double seconds = 4, warm_up_seconds = 0.5;
};

// Deals as a company has them: most fields set, some text of other alphabets, a few values of its
// own.
void FillOpportunity(int64_t n, v1::Opportunity& o) {
  const auto set_time = [n](google::protobuf::Timestamp* time) {
    time->set_seconds(1'790'000'000 + n * 61);
    time->set_nanos(static_cast<int32_t>(n % 1'000'000) * 1000);
  };
  o.set_name(absl::StrCat("opportunities/", 100000 + n));
  o.set_display_name(n % 3 == 0 ? absl::StrCat("华东区框架协议 ", n)
                                : absl::StrCat("Framework agreement \"North\" ", n));
  o.set_account(absl::StrCat("accounts/", n % 900));
  o.set_owner(absl::StrCat("sellers/seller-", n % 70));
  o.set_process_version("salesProcesses/standard/versions/v3");
  o.set_stage(n % 2 == 0 ? "proposal" : "qualify");
  o.set_state(v1::Opportunity::STATE_OPEN);
  o.mutable_amount()->set_currency_code("CNY");
  o.mutable_amount()->set_units(10000 + n * 7);
  o.mutable_amount()->set_nanos(n % 4 == 0 ? 500'000'000 : 0);
  o.mutable_open_date()->set_year(2026);
  o.mutable_open_date()->set_month(static_cast<int>(n % 12) + 1);
  o.mutable_open_date()->set_day(static_cast<int>(n % 28) + 1);
  *o.mutable_expected_close_date() = o.open_date();
  o.set_source("trade fair");
  set_time(o.mutable_stage_entered_time());
  v1::ExternalKey& key = *o.add_external_keys();
  key.set_source("crm");
  key.set_key(absl::StrCat("OP-", n));
  (*o.mutable_attributes())["product"].set_string_value("GTX Pro");
  (*o.mutable_attributes())["renewal"].set_bool_value(n % 2 == 0);
  o.set_etag(absl::StrCat(n % 9 + 1));
  set_time(o.mutable_create_time());
  set_time(o.mutable_update_time());
}

// The list response whose JSON is as near to 1 MiB as whole deals allow.
std::string ListResponse() {
  v1::ListOpportunitiesResponse list;
  FillOpportunity(0, *list.add_opportunities());
  std::string json;
  (void)google::protobuf::util::MessageToJsonString(list, &json);
  const int64_t count = (1 << 20) / static_cast<int64_t>(json.size());
  for (int64_t n = 1; n < count; ++n) FillOpportunity(n, *list.add_opportunities());
  return list.SerializeAsString();
}

std::string PrintedByProtobuf(const std::string& bytes) {
  v1::ListOpportunitiesResponse list;
  std::string json;
  if (!list.ParseFromString(bytes)) return "";
  return google::protobuf::util::MessageToJsonString(list, &json).ok() ? json : "";
}

std::string PrintedByGateway(const gateway::Method& method, const std::string& bytes) {
  google::protobuf::Arena arena;
  google::protobuf::Message* list = method.response->New(&arena);
  std::string json;
  if (!list->ParseFromString(bytes)) return "";
  return gateway::WriteJson(*list, json).ok() ? json : "";
}

// Repeats `print` for that time and returns how often it did in a second.
double RateOf(const std::function<std::string()>& print, double seconds) {
  const auto begin = Clock::now();
  std::chrono::duration<double> past{};
  int64_t times = 0;
  do {
    if (print().empty()) return 0;
    ++times;
    past = Clock::now() - begin;
  } while (past.count() < seconds);
  return static_cast<double>(times) / past.count();
}

int Run(const Settings& settings) {
  const auto catalog = gateway::DescriptorCatalog::LoadFolder(settings.descriptors);
  if (!catalog.ok()) {
    std::fprintf(stderr, "%s\n", catalog.status().ToString().c_str());
    return 1;
  }
  const gateway::Method* method =
      catalog->FindMethod("/salesops.pipeline.v1.OpportunityService/ListOpportunities");
  if (method == nullptr) return 1;
  const std::string bytes = ListResponse();
  const std::function<std::string()> print =
      settings.side == "gateway"
          ? std::function<std::string()>([&] { return PrintedByGateway(*method, bytes); })
          : [&] { return PrintedByProtobuf(bytes); };
  const size_t size = print().size();
  RateOf(print, settings.warm_up_seconds);
  const double rate = RateOf(print, settings.seconds);
  if (rate == 0) {
    std::fprintf(stderr, "the response could not be printed\n");
    return 1;
  }
  std::printf("%.1f %.0f %zu\n", rate * static_cast<double>(size) / 1e6, 1e6 / rate, size);
  return 0;
}

}  // namespace
}  // namespace salesops::bench

int main(int argc, char** argv) {
  salesops::bench::Settings s;
  CLI::App app("Protobuf bytes to JSON on one core.");
  app.add_option("--descriptors", s.descriptors, "folder of <service>.binpb files")->required();
  app.add_option("--side", s.side, "")->check(CLI::IsMember({"gateway", "protobuf"}));
  app.add_option("--seconds", s.seconds, "measured time");
  app.add_option("--warm_up", s.warm_up_seconds, "time before it");
  CLI11_PARSE(app, argc, argv);
  return salesops::bench::Run(s);
}
