#include "services/performance/api/plan_assignment_service.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/performance/api/references.h"
#include "services/performance/store/incentive_plan_store.h"
#include "services/performance/store/plan_assignment_store.h"
#include "shared/api/convert.h"
#include "shared/resource/shared_shapes.h"
#include "shared/status/macros.h"

namespace salesops::performance::api {
namespace {

using domain::PlanAssignment;
using resource::Changed;
using resource::IdOf;
using resource::NameOf;

void ToProto(const PlanAssignment& assignment, v1::PlanAssignment* proto) {
  proto->set_incentive_plan(NameOf("incentivePlans", assignment.plan_id));
  proto->set_payee(NameOf("sellers", assignment.payee_id));
  *proto->mutable_start_date() = salesops::api::ToDate(assignment.start_date);
  if (assignment.end_date) {
    *proto->mutable_end_date() = salesops::api::ToDate(*assignment.end_date);
  }
  resource::ToProto(assignment.external_keys, proto->mutable_external_keys());
}

void FromProto(const v1::PlanAssignment& proto, PlanAssignment* assignment) {
  assignment->plan_id = IdOf(proto.incentive_plan());
  assignment->payee_id = IdOf(proto.payee());
  assignment->start_date = salesops::api::FromDate(proto.start_date());
  if (proto.has_end_date()) assignment->end_date = salesops::api::FromDate(proto.end_date());
  assignment->external_keys = resource::FromProto(proto.external_keys());
}

// Lists with an `effective_date` show only what is in force on it.
absl::StatusOr<std::vector<salesops::api::Predicate>> OnEffectiveDate(
    rpc::CallContext&, const google::protobuf::Message& request) {
  std::vector<salesops::api::Predicate> predicates;
  const google::protobuf::Message* asked = resource::GetMessage(request, "effective_date");
  if (asked == nullptr) return predicates;
  google::type::Date date;
  date.CopyFrom(*asked);
  predicates.push_back(store::AssignedOn(salesops::api::FromDate(date)));
  return predicates;
}

// Plans that are newly named exist and are not archived.
absl::Status CheckPlans(mysql::Transaction& tx, std::vector<Changed<PlanAssignment>>& changes) {
  const auto names_newly = [](const Changed<PlanAssignment>& change) {
    return change.before == nullptr || change.before->plan_id != change.after->plan_id;
  };
  std::vector<std::string> ids;
  for (const auto& change : changes) {
    if (names_newly(change)) ids.push_back(change.after->plan_id);
  }
  ASSIGN_OR_RETURN(const auto plans, store::FindPlans(tx, ids));
  for (auto& change : changes) {
    if (!names_newly(change)) continue;
    const auto plan = plans.find(change.after->plan_id);
    if (plan == plans.end()) {
      change.violations->Add("incentive_plan", "BAD_REFERENCE",
                             absl::StrCat("refers to incentivePlans/", change.after->plan_id,
                                          ", which does not exist"));
    } else if (plan->second) {
      change.violations->Add("incentive_plan", "ARCHIVED",
                             "refers to an archived incentive plan; unarchive it or name another");
    }
  }
  return absl::OkStatus();
}

// What the payees of all changes will have: what is stored, with the changes in its place.
absl::StatusOr<std::vector<PlanAssignment>> AfterAll(
    mysql::Transaction& tx, const std::vector<Changed<PlanAssignment>>& changes) {
  std::vector<std::string> payees;
  std::map<std::string, const PlanAssignment*> changed;
  for (const auto& change : changes) {
    payees.push_back(change.after->payee_id);
    changed[change.after->id] = change.after;
  }
  ASSIGN_OR_RETURN(const std::vector<PlanAssignment> stored,
                   store::PlanAssignmentsOfPayees(tx, payees));
  std::vector<PlanAssignment> all;
  for (const PlanAssignment& assignment : stored) {
    if (changed.count(assignment.id) == 0) all.push_back(assignment);
  }
  for (const auto& [id, assignment] : changed) all.push_back(*assignment);
  return all;
}

std::string Described(const base::DayRange& days) {
  return absl::StrCat("from ", base::FormatDay(days.start),
                      days.end ? " to before " + base::FormatDay(*days.end) : " on");
}

absl::Status CheckOverlaps(mysql::Transaction& tx, std::vector<Changed<PlanAssignment>>& changes) {
  ASSIGN_OR_RETURN(const std::vector<PlanAssignment> all, AfterAll(tx, changes));
  for (auto& change : changes) {
    const PlanAssignment* other = domain::FindOverlapping(*change.after, all);
    if (other == nullptr) continue;
    change.violations->Add(
        "start_date", "OVERLAPPING",
        absl::StrCat("must have no day in common with planAssignments/", other->id,
                     ", which assigns the same plan to the same payee ", Described(other->days()),
                     "; end that one first"));
  }
  return absl::OkStatus();
}

}  // namespace

PlanAssignmentService::PlanAssignmentService(const resource::Environment& environment,
                                             const roster::Roster* roster)
    : roster_(roster), assignments_(environment, [this] {
        resource::Kind<v1::PlanAssignment, PlanAssignment> kind;
        kind.table = &store::PlanAssignments();
        kind.to_proto = ToProto;
        kind.from_proto = FromProto;
        kind.owner = &PlanAssignment::payee_id;
        kind.owner_column = "r.payee_id";
        kind.lock_first = [](rpc::CallContext&, mysql::Transaction& tx,
                             const std::vector<std::vector<std::string>>&) {
          return store::LockPlanAssignments(tx);
        };
        kind.check = [this](rpc::CallContext&, mysql::Transaction& tx, Changes& changes) {
          return Check(tx, changes);
        };
        kind.list_predicates = OnEffectiveDate;
        return kind;
      }()) {}

rpc::Binding PlanAssignmentService::Bind() {
  rpc::Binding binding("salesops.performance.v1.PlanAssignmentService");
  assignments_.BindTo(binding);
  return binding;
}

absl::Status PlanAssignmentService::Check(mysql::Transaction& tx, Changes& changes) const {
  CheckPayees(changes);
  for (auto& change : changes) domain::CheckPlanAssignment(*change.after, change.violations);
  RETURN_IF_ERROR(CheckPlans(tx, changes));
  return CheckOverlaps(tx, changes);
}

void PlanAssignmentService::CheckPayees(Changes& changes) const {
  for (auto& change : changes) {
    const std::string& payee = change.after->payee_id;
    const bool same = change.before != nullptr && change.before->payee_id == payee;
    if (!same) CheckPayee(*roster_, NameOf("sellers", payee), "payee", change.violations);
  }
}

}  // namespace salesops::performance::api
