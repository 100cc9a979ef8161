#include "services/performance/store/incentive_period_store.h"

#include <algorithm>
#include <utility>

#include "nlohmann/json.hpp"
#include "shared/records/read_all.h"

namespace salesops::performance::domain {
namespace {

using nlohmann::json;

json Parse(const std::string& text) { return json::parse(text, nullptr, false); }

}  // namespace

// Found by records::JsonCol. Empty text = there is none.
std::string ToJson(const std::optional<PeriodCalculation>& c) {
  if (!c) return "";
  return json{{"run", c->run},
              {"version", c->version_id},
              {"by", c->calculator},
              {"as_of_us", absl::ToUnixMicros(c->as_of_time)},
              {"end_us", absl::ToUnixMicros(c->end_time)},
              {"engine", c->engine_version},
              {"facts", c->fact_count},
              {"statements", c->statement_count},
              {"entries", c->entry_count},
              {"total", c->total_amount.ToCanonicalString()},
              {"currency", c->currency}}
      .dump();
}

void FromJson(const std::string& text, std::optional<PeriodCalculation>* calculation) {
  calculation->reset();
  const json object = Parse(text);
  if (!object.is_object()) return;
  PeriodCalculation& c = calculation->emplace();
  c.run = object.value("run", 0);
  c.version_id = object.value("version", "");
  c.calculator = object.value("by", "");
  c.as_of_time = absl::FromUnixMicros(object.value("as_of_us", int64_t{0}));
  c.end_time = absl::FromUnixMicros(object.value("end_us", int64_t{0}));
  c.engine_version = object.value("engine", 0);
  c.fact_count = object.value("facts", int64_t{0});
  c.statement_count = object.value("statements", int64_t{0});
  c.entry_count = object.value("entries", int64_t{0});
  c.total_amount = base::Decimal::Parse(object.value("total", "0")).value_or(base::Decimal());
  c.currency = object.value("currency", "");
}

std::string ToJson(const std::optional<PeriodSignature>& signature) {
  if (!signature) return "";
  return json{{"by", signature->signer},
              {"at_us", absl::ToUnixMicros(signature->sign_time)},
              {"note", signature->note}}
      .dump();
}

void FromJson(const std::string& text, std::optional<PeriodSignature>* signature) {
  signature->reset();
  const json object = Parse(text);
  if (!object.is_object()) return;
  *signature = {object.value("by", ""), absl::FromUnixMicros(object.value("at_us", int64_t{0})),
                object.value("note", "")};
}

}  // namespace salesops::performance::domain

namespace salesops::performance::store {

using domain::IncentivePeriod;
using records::Col;
using records::JsonCol;
using records::Key;

const records::Table<IncentivePeriod>& IncentivePeriods() {
  static const auto* table = [] {
    using salesops::api::ColumnType;
    records::Table<IncentivePeriod>::Options options;
    options.indexes = {"incentive_period_start"};
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId}},
        {"state",
         {.sql = "r.state",
          .type = ColumnType::kEnum,
          .enum_values = {{"STATE_OPEN", 1},
                          {"STATE_CALCULATED", 2},
                          {"STATE_REVIEWED", 3},
                          {"STATE_APPROVED", 4},
                          {"STATE_CLOSED", 5},
                          {"STATE_PAID", 6}}}},
        {"start_date", {.sql = "r.start_date", .type = ColumnType::kDay}},
        {"end_date", {.sql = "r.end_date", .type = ColumnType::kDay}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<IncentivePeriod>(
        "incentive_period", std::move(options),
        {Key("plan_id", &IncentivePeriod::plan_id), Key("id", &IncentivePeriod::id),
         Col("start_date", &IncentivePeriod::start_date),
         Col("end_date", &IncentivePeriod::end_date),
         Col("description", &IncentivePeriod::description), Col("state", &IncentivePeriod::state),
         JsonCol("calculation", &IncentivePeriod::calculation),
         JsonCol("review", &IncentivePeriod::review),
         JsonCol("approval", &IncentivePeriod::approval),
         JsonCol("reopening", &IncentivePeriod::reopening),
         Col("close_time", &IncentivePeriod::close_time),
         Col("pay_time", &IncentivePeriod::pay_time),
         Col("payment_reference", &IncentivePeriod::payment_reference),
         JsonCol("external_keys", &IncentivePeriod::external_keys)});
  }();
  return *table;
}

absl::StatusOr<std::vector<IncentivePeriod>> PeriodsOfPlan(mysql::Connection& c,
                                                           const std::string& plan_id) {
  records::ListQuery query;
  query.parent = {plan_id};
  ASSIGN_OR_RETURN(std::vector<IncentivePeriod> periods,
                   records::ReadAll(c, IncentivePeriods(), std::move(query)));
  std::sort(periods.begin(), periods.end(), [](const IncentivePeriod& a, const IncentivePeriod& b) {
    return a.start_date < b.start_date;
  });
  return periods;
}

}  // namespace salesops::performance::store
