#include "services/performance/store/crediting_rule_store.h"

#include <utility>

#include "nlohmann/json.hpp"
#include "services/performance/store/plan_rules_json.h"

namespace salesops::performance::domain {

// The kinds of facts as a JSON column; found by argument-dependent lookup from records::JsonCol.
std::string ToJson(const std::vector<FactKind>& kinds) {
  nlohmann::json list = nlohmann::json::array();
  for (const FactKind kind : kinds) list.push_back(static_cast<int>(kind));
  return list.dump();
}

void FromJson(const std::string& text, std::vector<FactKind>* kinds) {
  kinds->clear();
  for (const nlohmann::json& item : nlohmann::json::parse(text, nullptr, false)) {
    if (item.is_number_integer()) kinds->push_back(static_cast<FactKind>(item.get<int>()));
  }
}

}  // namespace salesops::performance::domain

namespace salesops::performance::store {

using domain::CreditingRule;
using domain::CreditingRuleRecord;
using records::Col;
using records::JsonCol;
using records::Key;
using salesops::api::ColumnType;

const records::Table<CreditingRuleRecord>& CreditingRules() {
  static const auto* table = [] {
    records::Table<CreditingRuleRecord>::Options options;
    options.indexes = {"crediting_rule_display_name", "crediting_rule_update_time"};
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId, .name_prefix = "creditingRules/"}},
        {"display_name", {.sql = "r.display_name"}},
        {"state",
         {.sql = "r.state",
          .type = ColumnType::kEnum,
          .enum_values = {{"STATE_DRAFT", 1}, {"STATE_APPROVED", 2}}}},
        {"start_date", {.sql = "r.start_date", .type = ColumnType::kDay}},
        {"end_date", {.sql = "r.end_date", .type = ColumnType::kDay, .nullable = true}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<CreditingRuleRecord>(
        "crediting_rule", std::move(options),
        {Key("id", &CreditingRuleRecord::id),
         Col("display_name", &CreditingRuleRecord::display_name),
         Col("reason", &CreditingRuleRecord::reason),
         Col("start_date", &CreditingRuleRecord::start_date),
         Col("end_date", &CreditingRuleRecord::end_date),
         JsonCol("fact_kinds", &CreditingRuleRecord::kinds),
         JsonCol("line_match", &CreditingRuleRecord::match),
         Col("credit_to", &CreditingRuleRecord::to),
         Col("seller_id", &CreditingRuleRecord::seller_id),
         Col("share", &CreditingRuleRecord::share), Col("overlay", &CreditingRuleRecord::overlay),
         Col("state", &CreditingRuleRecord::state),
         JsonCol("authors", &CreditingRuleRecord::authors),
         Col("approver", &CreditingRuleRecord::approver),
         Col("approve_time", &CreditingRuleRecord::approve_time),
         Col("approval_note", &CreditingRuleRecord::approval_note),
         JsonCol("external_keys", &CreditingRuleRecord::external_keys)});
  }();
  return *table;
}

absl::StatusOr<std::vector<CreditingRule>> ApprovedRules(mysql::Connection& c,
                                                         const base::DayRange& days,
                                                         std::optional<int64_t> as_of_position) {
  records::ListQuery query;
  query.as_of_position = as_of_position;
  query.where.push_back({"r.state = ? AND (r.end_date IS NULL OR r.end_date > ?)",
                         {static_cast<int64_t>(domain::CreditingState::kApproved), days.start}});
  if (days.end) query.where.push_back({"r.start_date < ?", {*days.end}});
  query.limit = 10'000;
  ASSIGN_OR_RETURN(const records::Page<CreditingRuleRecord> page, CreditingRules().List(c, query));
  std::vector<CreditingRule> rules;
  for (const CreditingRuleRecord& record : page.rows) rules.push_back(domain::RuleOf(record));
  return rules;
}

}  // namespace salesops::performance::store
