#include "services/performance/store/plan_assignment_store.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shared/records/read_all.h"

namespace salesops::performance::store {
namespace {

using domain::PlanAssignment;
using records::Col;
using records::JsonCol;
using records::Key;
using salesops::api::ColumnType;

}  // namespace

const records::Table<PlanAssignment>& PlanAssignments() {
  static const auto* table = [] {
    records::Table<PlanAssignment>::Options options;
    options.indexes = {"plan_assignment_plan", "plan_assignment_payee",
                       "plan_assignment_update_time"};
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId, .name_prefix = "planAssignments/"}},
        {"incentive_plan",
         {.sql = "r.plan_id", .type = ColumnType::kId, .name_prefix = "incentivePlans/"}},
        {"payee", {.sql = "r.payee_id", .type = ColumnType::kId, .name_prefix = "sellers/"}},
        {"start_date", {.sql = "r.start_date", .type = ColumnType::kDay}},
        {"end_date", {.sql = "r.end_date", .type = ColumnType::kDay, .nullable = true}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<PlanAssignment>(
        "plan_assignment", std::move(options),
        {Key("id", &PlanAssignment::id), Col("plan_id", &PlanAssignment::plan_id),
         Col("payee_id", &PlanAssignment::payee_id), Col("start_date", &PlanAssignment::start_date),
         Col("end_date", &PlanAssignment::end_date),
         JsonCol("external_keys", &PlanAssignment::external_keys)});
  }();
  return *table;
}

absl::Status LockPlanAssignments(mysql::Transaction& tx) {
  ASSIGN_OR_RETURN(
      const auto locked,
      tx.QueryOne("SELECT name FROM consistency_guard WHERE name = 'plan_assignments' FOR UPDATE",
                  {}, [](mysql::Row& row) { return row.String(0); }));
  if (!locked) return status::Internal("consistency_guard has no row for plan_assignments");
  return absl::OkStatus();
}

salesops::api::Predicate AssignedOn(base::CivilDay day) {
  return {"r.start_date <= ? AND (r.end_date IS NULL OR r.end_date > ?)", {day, day}};
}

absl::StatusOr<std::vector<PlanAssignment>> PlanAssignmentsOfPayees(
    mysql::Connection& c, const std::vector<std::string>& payee_ids) {
  const std::set<std::string> ids(payee_ids.begin(), payee_ids.end());
  if (ids.empty()) return std::vector<PlanAssignment>();
  salesops::api::Predicate of_payees{"r.payee_id IN (", {}};
  for (const std::string& id : ids) {
    absl::StrAppend(&of_payees.sql, of_payees.params.empty() ? "?" : ",?");
    of_payees.params.push_back(id);
  }
  of_payees.sql += ")";
  records::ListQuery query;
  query.where.push_back(std::move(of_payees));
  return records::ReadAll(c, PlanAssignments(), std::move(query));
}

absl::StatusOr<std::vector<PlanAssignment>> PlanAssignmentsOfPlan(
    mysql::Connection& c, const std::string& plan_id, const base::DayRange& days,
    std::optional<int64_t> as_of_position) {
  records::ListQuery query;
  query.as_of_position = as_of_position;
  query.where.push_back({"r.plan_id = ?", {plan_id}});
  query.where.push_back({"(r.end_date IS NULL OR r.end_date > ?)", {days.start}});
  if (days.end) query.where.push_back({"r.start_date < ?", {*days.end}});
  ASSIGN_OR_RETURN(std::vector<PlanAssignment> all,
                   records::ReadAll(c, PlanAssignments(), std::move(query)));
  std::sort(all.begin(), all.end(), [](const PlanAssignment& a, const PlanAssignment& b) {
    return std::tie(a.payee_id, a.start_date, a.id) < std::tie(b.payee_id, b.start_date, b.id);
  });
  return all;
}

}  // namespace salesops::performance::store
