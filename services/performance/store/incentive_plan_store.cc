#include "services/performance/store/incentive_plan_store.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "services/performance/store/plan_rules_json.h"

namespace salesops::performance::domain {

// What was found and who approved, as JSON columns; found by argument-dependent lookup from
// records::JsonCol.
namespace {

using nlohmann::json;

json Parse(const std::string& text) {
  return json::parse(text, nullptr, /*allow_exceptions=*/false);
}

}  // namespace

std::string ToJson(const std::vector<Finding>& findings) {
  json list = json::array();
  for (const Finding& finding : findings) {
    list.push_back({{"kind", static_cast<int>(finding.kind)},
                    {"blocks", finding.blocks},
                    {"field", finding.field},
                    {"text", finding.message}});
  }
  return list.dump();
}

void FromJson(const std::string& text, std::vector<Finding>* findings) {
  findings->clear();
  for (const json& item : Parse(text)) {
    if (!item.is_object()) continue;
    findings->push_back({static_cast<FindingKind>(item.value("kind", 0)),
                         item.value("blocks", false), item.value("field", ""),
                         item.value("text", "")});
  }
}

std::string ToJson(const std::vector<PlanApproval>& approvals) {
  json list = json::array();
  for (const PlanApproval& approval : approvals) {
    list.push_back({{"by", approval.approver},
                    {"at_us", absl::ToUnixMicros(approval.approve_time)},
                    {"note", approval.note}});
  }
  return list.dump();
}

void FromJson(const std::string& text, std::vector<PlanApproval>* approvals) {
  approvals->clear();
  for (const json& item : Parse(text)) {
    if (!item.is_object()) continue;
    approvals->push_back({item.value("by", ""),
                          absl::FromUnixMicros(item.value("at_us", int64_t{0})),
                          item.value("note", "")});
  }
}

}  // namespace salesops::performance::domain

namespace salesops::performance::store {
namespace {

using domain::IncentivePlan;
using domain::IncentivePlanVersion;
using records::Col;
using records::JsonCol;
using records::Key;
using salesops::api::ColumnType;

// "(?,?,?)" for ids, which are appended to `params`.
std::string InList(const std::set<std::string>& ids, mysql::Params* params) {
  std::string list = "(";
  for (const std::string& id : ids) {
    absl::StrAppend(&list, list.size() > 1 ? ",?" : "?");
    params->push_back(id);
  }
  return list + ")";
}

}  // namespace

const records::Table<IncentivePlan>& IncentivePlans() {
  static const auto* table = [] {
    records::Table<IncentivePlan>::Options options;
    options.indexes = {"incentive_plan_display_name", "incentive_plan_update_time"};
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId, .name_prefix = "incentivePlans/"}},
        {"display_name", {.sql = "r.display_name"}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<IncentivePlan>(
        "incentive_plan", std::move(options),
        {Key("id", &IncentivePlan::id), Col("display_name", &IncentivePlan::display_name),
         Col("description", &IncentivePlan::description),
         JsonCol("external_keys", &IncentivePlan::external_keys)});
  }();
  return *table;
}

const records::Table<IncentivePlanVersion>& IncentivePlanVersions() {
  static const auto* table = [] {
    records::Table<IncentivePlanVersion>::Options options;
    options.fields = {
        {"name", {.sql = "CONCAT('incentivePlans/',r.plan_id,'/versions/',r.id)"}},
        {"state",
         {.sql = "r.state",
          .type = ColumnType::kEnum,
          .enum_values = {{"STATE_DRAFT", 1},
                          {"STATE_LINTED", 2},
                          {"STATE_SIMULATED", 3},
                          {"STATE_APPROVED", 4},
                          {"STATE_ACTIVE", 5},
                          {"STATE_RETIRED", 6}}}},
        {"start_date", {.sql = "r.start_date", .type = ColumnType::kDay}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<IncentivePlanVersion>(
        "incentive_plan_version", std::move(options),
        {Key("plan_id", &IncentivePlanVersion::plan_id), Key("id", &IncentivePlanVersion::id),
         Col("start_date", &IncentivePlanVersion::start_date),
         JsonCol("rules", &IncentivePlanVersion::rules),
         Col("description", &IncentivePlanVersion::description),
         Col("state", &IncentivePlanVersion::state),
         JsonCol("authors", &IncentivePlanVersion::authors),
         JsonCol("findings", &IncentivePlanVersion::findings),
         Col("lint_time", &IncentivePlanVersion::lint_time),
         JsonCol("approvals", &IncentivePlanVersion::approvals),
         Col("simulate_time", &IncentivePlanVersion::simulate_time),
         Col("activate_time", &IncentivePlanVersion::activate_time),
         Col("retire_time", &IncentivePlanVersion::retire_time),
         JsonCol("external_keys", &IncentivePlanVersion::external_keys)});
  }();
  return *table;
}

absl::Status LockPlans(mysql::Transaction& tx, const std::vector<std::string>& plan_ids) {
  const std::set<std::string> ids(plan_ids.begin(), plan_ids.end());
  if (ids.empty()) return absl::OkStatus();
  mysql::Params params;
  const std::string list = InList(ids, &params);
  return tx.ForEach(absl::StrCat("SELECT id FROM incentive_plan WHERE id IN ", list,
                                 " ORDER BY id LIMIT ", ids.size(), " FOR UPDATE"),
                    params, [](mysql::Row&) {});
}

absl::StatusOr<std::map<std::string, bool>> FindPlans(mysql::Transaction& tx,
                                                      const std::vector<std::string>& ids) {
  std::map<std::string, bool> found;
  const std::set<std::string> distinct(ids.begin(), ids.end());
  if (distinct.empty()) return found;
  mysql::Params params;
  const std::string list = InList(distinct, &params);
  RETURN_IF_ERROR(
      tx.ForEach(absl::StrCat("SELECT id, archive_time FROM incentive_plan WHERE id IN ", list,
                              " ORDER BY id LIMIT ", distinct.size(), " LOCK IN SHARE MODE"),
                 params, [&](mysql::Row& row) { found[row.String(0)] = !row.IsNull(1); }));
  return found;
}

absl::StatusOr<std::string> OtherActiveOn(mysql::Connection& c,
                                          const IncentivePlanVersion& version) {
  ASSIGN_OR_RETURN(
      const std::optional<std::string> id,
      c.QueryOne(
          "SELECT id FROM incentive_plan_version WHERE plan_id = ? AND id <> ? AND state = ? "
          "AND start_date = ? AND archive_time IS NULL ORDER BY id LIMIT 1",
          {version.plan_id, version.id, static_cast<int64_t>(domain::PlanState::kActive),
           version.start_date},
          [](mysql::Row& row) { return row.String(0); }));
  if (!id) return std::string();
  return absl::StrCat("incentivePlans/", version.plan_id, "/versions/", *id);
}

absl::StatusOr<std::optional<IncentivePlanVersion>> VersionInForce(
    mysql::Connection& c, const std::string& plan_id, base::CivilDay day,
    std::optional<int64_t> as_of_position) {
  records::ListQuery query;
  query.parent = {plan_id};
  query.where.push_back({"r.state = ? AND r.start_date <= ?",
                         {static_cast<int64_t>(domain::PlanState::kActive), day}});
  salesops::api::OrderTerm newest;
  newest.field = "start_date";
  newest.column = IncentivePlanVersions().fields().at("start_date");
  newest.descending = true;
  query.order.push_back(newest);
  query.as_of_position = as_of_position;
  query.limit = 1;
  ASSIGN_OR_RETURN(records::Page<IncentivePlanVersion> page,
                   IncentivePlanVersions().List(c, query));
  std::optional<IncentivePlanVersion> version;
  if (!page.rows.empty()) version = std::move(page.rows[0]);
  return version;
}

}  // namespace salesops::performance::store
