#include "services/pipeline/store/opportunity_store.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "nlohmann/json.hpp"
#include "services/pipeline/store/deal_parts_json.h"
#include "shared/roster/sql/team_sql.h"
#include "shared/status/status.h"

namespace salesops::pipeline::domain {

// What is done and decided on a deal as JSON columns, most of them empty text; found by
// argument-dependent lookup from records::JsonCol.
using nlohmann::json;

std::string ToJson(const std::vector<StepCompletion>& completions) {
  if (completions.empty()) return "";
  json list = json::array();
  for (const StepCompletion& done : completions) {
    list.push_back({{"step", done.step},
                    {"by", done.actor},
                    {"at_us", absl::ToUnixMicros(done.complete_time)},
                    {"evidence", done.evidence}});
  }
  return list.dump();
}

void FromJson(const std::string& text, std::vector<StepCompletion>* completions) {
  completions->clear();
  if (text.empty()) return;
  for (const json& item : json::parse(text, nullptr, false)) {
    completions->push_back({item.value("step", ""), item.value("by", ""),
                            absl::FromUnixMicros(item.value("at_us", int64_t{0})),
                            item.value("evidence", "")});
  }
}

std::string ToJson(const std::vector<Approval>& approvals) {
  if (approvals.empty()) return "";
  json list = json::array();
  for (const Approval& approval : approvals) {
    json item = {
        {"rule", approval.rule},         {"state", static_cast<int>(approval.state)},
        {"by", approval.requester},      {"at_us", absl::ToUnixMicros(approval.request_time)},
        {"note", approval.request_note}, {"basis", approval.basis}};
    if (approval.decide_time) {
      item["decider"] = approval.decider;
      item["decided_us"] = absl::ToUnixMicros(*approval.decide_time);
      item["decision_note"] = approval.decision_note;
    }
    list.push_back(std::move(item));
  }
  return list.dump();
}

void FromJson(const std::string& text, std::vector<Approval>* approvals) {
  approvals->clear();
  if (text.empty()) return;
  for (const json& item : json::parse(text, nullptr, false)) {
    Approval& approval = approvals->emplace_back();
    approval.rule = item.value("rule", "");
    approval.state = static_cast<ApprovalState>(item.value("state", 0));
    approval.requester = item.value("by", "");
    approval.request_time = absl::FromUnixMicros(item.value("at_us", int64_t{0}));
    approval.request_note = item.value("note", "");
    approval.basis = item.value("basis", std::map<std::string, std::string>());
    if (!item.contains("decided_us")) continue;
    approval.decider = item.value("decider", "");
    approval.decide_time = absl::FromUnixMicros(item.value("decided_us", int64_t{0}));
    approval.decision_note = item.value("decision_note", "");
  }
}

}  // namespace salesops::pipeline::domain

namespace salesops::pipeline::store {

using domain::Opportunity;
using domain::StageTransition;
using records::Col;
using records::JsonCol;
using records::Key;
using salesops::api::ColumnType;

namespace {

constexpr int kMostGroups = 10000;

// The owner's team on the close date, on `today` for an open deal; empty if there is none. The day
// stands in the text: it is a civil date of ours, never a caller's text.
std::string TeamExpression(base::CivilDay today) {
  const std::string day = absl::StrCat("COALESCE(r.close_date, '", base::FormatDay(today), "')");
  return roster::TeamOnDaySql("r.owner_id", day);
}

// SQL of a group_by field of the contract.
std::string GroupExpression(const std::string& field, base::CivilDay today) {
  if (field == "team") return TeamExpression(today);
  if (field == "owner") return "r.owner_id";
  if (field == "account") return "r.account_id";
  if (field == "process_version") return "CONCAT(r.process_id, '/versions/', r.version_id)";
  if (field == "currency") return "COALESCE(r.amount_currency, '')";
  if (field == "open_month") return "DATE_FORMAT(r.open_date, '%Y-%m')";
  if (field == "close_month") return "COALESCE(DATE_FORMAT(r.close_date, '%Y-%m'), '')";
  if (field == "expected_close_month") {
    return "COALESCE(DATE_FORMAT(r.expected_close_date, '%Y-%m'), '')";
  }
  if (field == "state") return "CAST(r.state AS CHAR)";
  if (field == "forecast_category") return "CAST(r.forecast_category AS CHAR)";
  return "r." + field;  // stage, source
}

}  // namespace

const records::Table<Opportunity>& Opportunities() {
  static const auto* table = [] {
    std::vector<records::Column<Opportunity>> columns = {
        Key("id", &Opportunity::id),
        Col("display_name", &Opportunity::display_name),
        Col("account_id", &Opportunity::account_id),
        Col("owner_id", &Opportunity::owner_id),
        Col("process_id", &Opportunity::process_id),
        Col("version_id", &Opportunity::version_id),
        Col("stage", &Opportunity::stage),
        Col("state", &Opportunity::state),
        Col("open_date", &Opportunity::open_date),
        Col("expected_close_date", &Opportunity::expected_close_date),
        Col("close_date", &Opportunity::close_date),
        Col("source", &Opportunity::source),
        Col("outcome_reason", &Opportunity::outcome_reason),
        Col("stage_entered_time", &Opportunity::stage_entered_time),
        JsonCol("external_keys", &Opportunity::external_keys),
        JsonCol("attributes", &Opportunity::attributes),
        JsonCol("step_completions", &Opportunity::step_completions),
        JsonCol("approvals", &Opportunity::approvals),
    };
    for (auto& column : records::MoneyCols("amount", &Opportunity::amount)) {
      columns.push_back(std::move(column));
    }
    columns.push_back(Col("forecast_category", &Opportunity::forecast_category));
    columns.push_back(JsonCol("line_items", &Opportunity::line_items));
    columns.push_back(JsonCol("contact_roles", &Opportunity::contact_roles));
    columns.push_back(JsonCol("splits", &Opportunity::splits));
    columns.push_back(JsonCol("competitors", &Opportunity::competitor_ids));
    records::Table<Opportunity>::Options options;
    options.indexes = {"opportunity_owner", "opportunity_account", "opportunity_open_date",
                       "opportunity_stage_open_date", "opportunity_state_open_date"};
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId, .name_prefix = "opportunities/"}},
        {"display_name", {.sql = "r.display_name"}},
        {"account", {.sql = "r.account_id", .type = ColumnType::kId, .name_prefix = "accounts/"}},
        {"owner", {.sql = "r.owner_id", .type = ColumnType::kId, .name_prefix = "sellers/"}},
        {"process_version",
         {.sql = "r.version_id",
          .type = ColumnType::kId,
          .orderable = false,
          .custom = "CONCAT('salesProcesses/', r.process_id, '/versions/', r.version_id) = ?"}},
        {"stage", {.sql = "r.stage", .type = ColumnType::kId}},
        {"state",
         {.sql = "r.state",
          .type = ColumnType::kEnum,
          .enum_values = {{"STATE_OPEN", 1}, {"STATE_WON", 2}, {"STATE_LOST", 3}}}},
        {"amount", {.sql = "r.amount_value", .type = ColumnType::kDecimal, .nullable = true}},
        // The column is ASCII and a literal may not be: MySQL refuses to make it so.
        {"amount.currency_code",
         {.sql = "r.amount_currency",
          .nullable = true,
          .custom = "CONVERT(r.amount_currency USING utf8mb4) COLLATE utf8mb4_bin = ?"}},
        {"open_date", {.sql = "r.open_date", .type = ColumnType::kDay}},
        {"expected_close_date",
         {.sql = "r.expected_close_date", .type = ColumnType::kDay, .nullable = true}},
        {"close_date", {.sql = "r.close_date", .type = ColumnType::kDay, .nullable = true}},
        {"source", {.sql = "r.source"}},
        {"stage_entered_time", {.sql = "r.stage_entered_time", .type = ColumnType::kTime}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
        {"forecast_category",
         {.sql = "r.forecast_category",
          .type = ColumnType::kEnum,
          .enum_values = {{"FORECAST_CATEGORY_PIPELINE", 1},
                          {"FORECAST_CATEGORY_BEST_CASE", 2},
                          {"FORECAST_CATEGORY_COMMIT", 3},
                          {"FORECAST_CATEGORY_OMITTED", 4},
                          {"FORECAST_CATEGORY_CLOSED", 5}}}},
    };
    return new records::Table<Opportunity>("opportunity", std::move(options), std::move(columns));
  }();
  return *table;
}

const records::Table<StageTransition>& StageTransitions() {
  static const auto* table = [] {
    records::Table<StageTransition>::Options options;
    options.history = false;
    options.default_order = "transition_time";
    options.indexes = {"stage_transition_time"};
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId}},
        {"from_stage", {.sql = "r.from_stage", .type = ColumnType::kId}},
        {"to_stage", {.sql = "r.to_stage", .type = ColumnType::kId}},
        {"kind",
         {.sql = "r.kind",
          .type = ColumnType::kEnum,
          .enum_values = {{"KIND_CREATE", 1},
                          {"KIND_ADVANCE", 2},
                          {"KIND_REGRESS", 3},
                          {"KIND_WIN", 4},
                          {"KIND_LOSE", 5},
                          {"KIND_REOPEN", 6},
                          {"KIND_MOVE_VERSION", 7}}}},
        {"transition_time", {.sql = "r.transition_time", .type = ColumnType::kTime}},
        {"actor", {.sql = "r.actor"}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
    };
    return new records::Table<StageTransition>(
        "stage_transition", std::move(options),
        {Key("opportunity_id", &StageTransition::opportunity_id), Key("id", &StageTransition::id),
         Col("from_stage", &StageTransition::from_stage),
         Col("to_stage", &StageTransition::to_stage), Col("kind", &StageTransition::kind),
         Col("transition_time", &StageTransition::transition_time),
         Col("actor", &StageTransition::actor), Col("reason", &StageTransition::reason),
         Col("override_reason", &StageTransition::override_reason),
         JsonCol("unmet_criteria", &StageTransition::unmet_criteria)});
  }();
  return *table;
}

salesops::api::Column TeamColumn(base::CivilDay today) {
  return {.sql = "r.owner_id",
          .type = ColumnType::kId,
          .orderable = false,
          .name_prefix = "teams/",
          .custom = TeamExpression(today) + " = ?"};
}

salesops::api::Predicate TransitionsOf(const std::set<std::string>& seller_ids) {
  salesops::api::Predicate predicate{
      "r.opportunity_id IN (SELECT o.id FROM opportunity o WHERE o.owner_id IN (''", {}};
  for (const std::string& id : seller_ids) {
    predicate.sql += ",?";
    predicate.params.push_back(id);
  }
  predicate.sql += "))";
  return predicate;
}

absl::StatusOr<std::vector<OpportunityGroup>> Aggregate(mysql::Connection& c,
                                                        const Aggregation& aggregation) {
  mysql::Params params;
  std::vector<std::string> keys;
  for (const std::string& field : aggregation.group_by) {
    keys.push_back(absl::StrCat(GroupExpression(field, aggregation.today), " AS g", keys.size()));
  }
  // One row per group and currency; the currencies of a group are put together below.
  std::vector<std::string> group = {"c"};
  std::vector<std::string> order;
  for (size_t i = 0; i < keys.size(); ++i) order.push_back(absl::StrCat("g", i));
  group.insert(group.end(), order.begin(), order.end());
  order.push_back("c");
  std::string sql =
      absl::StrCat("SELECT ", absl::StrJoin(keys, ", "), keys.empty() ? "" : ", ",
                   "COALESCE(r.amount_currency, '') AS c, COUNT(*), SUM(r.amount_value), "
                   "MIN(CASE WHEN r.state = 1 THEN r.open_date END) FROM ");
  std::string where = " WHERE r.archive_time IS NULL";
  if (aggregation.as_of_position) {
    absl::StrAppend(&sql,
                    "opportunity_history r JOIN event_log f ON f.outbox_seq = r.recorded_from "
                    "LEFT JOIN event_log t ON t.outbox_seq = r.recorded_to");
    absl::StrAppend(&where, " AND f.position <= ? AND (t.position IS NULL OR t.position > ?)");
    params.push_back(*aggregation.as_of_position);
    params.push_back(*aggregation.as_of_position);
  } else {
    absl::StrAppend(&sql, "opportunity r");
  }
  for (const salesops::api::Predicate& predicate : aggregation.where) {
    absl::StrAppend(&where, " AND (", predicate.sql, ")");
    params.insert(params.end(), predicate.params.begin(), predicate.params.end());
  }
  absl::StrAppend(&sql, where, " GROUP BY ", absl::StrJoin(group, ", "), " ORDER BY ",
                  absl::StrJoin(order, ", "), " LIMIT ", kMostGroups + 1);

  std::vector<OpportunityGroup> groups;
  const int n = static_cast<int>(aggregation.group_by.size());
  RETURN_IF_ERROR(c.ForEach(sql, params, [&](mysql::Row& row) {
    std::vector<std::string> values;
    for (int i = 0; i < n; ++i) values.push_back(row.String(i));
    if (groups.empty() || groups.back().values != values) groups.emplace_back().values = values;
    OpportunityGroup& group = groups.back();
    group.count += row.Int64(n + 1);
    const std::string currency = row.String(n);
    if (std::optional<base::Decimal> sum = row.OptionalDecimal(n + 2); sum && !currency.empty()) {
      const int digits = base::MinorDigits(currency).value_or(2);
      group.amounts.push_back({currency, sum->Round(digits, base::Rounding::kHalfAwayFromZero)});
    }
    if (std::optional<base::CivilDay> oldest = row.OptionalDay(n + 3);
        oldest && (!group.oldest_open_date || *oldest < *group.oldest_open_date)) {
      group.oldest_open_date = oldest;
    }
  }));
  if (groups.size() > kMostGroups) {
    return status::FailedPrecondition(
        "TOO_MANY_GROUPS", "group_by",
        "more than 10,000 groups; narrow the filter or group by fewer fields");
  }
  return groups;
}

absl::StatusOr<std::vector<std::string>> LockOpenDeals(mysql::Transaction& tx,
                                                       const std::string& process_id,
                                                       const std::string& version_id,
                                                       const std::string& after, int limit) {
  return tx.Query(
      "SELECT id FROM opportunity WHERE process_id = ? AND version_id = ? AND state = 1 AND "
      "archive_time IS NULL AND id > ? ORDER BY id LIMIT ? FOR UPDATE",
      {process_id, version_id, after, limit}, [](mysql::Row& row) { return row.String(0); });
}

}  // namespace salesops::pipeline::store
