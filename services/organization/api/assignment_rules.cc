#include "services/organization/api/assignment_rules.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/organization/api/employed.h"
#include "services/organization/api/references.h"
#include "services/organization/domain/day_ranges.h"
#include "services/organization/store/assignment_store.h"
#include "services/organization/store/rows.h"
#include "shared/resource/shared_shapes.h"
#include "shared/status/status.h"

namespace salesops::organization::api {
namespace {

using domain::Assignment;
using resource::NameOf;
using Change = resource::Changed<Assignment>;
using ById = std::map<std::string, Assignment>;

bool IsGood(const Change& change) {
  return change.violations->empty() && change.write->refused.ok();
}

// An archived assignment says nothing: no rule is asked of it.
bool Counts(const Change& change) { return !change.after->meta.archive_time; }

void AddReferences(const Change& change, References* references) {
  const Assignment& after = *change.after;
  const Assignment* before = change.before;
  if (!before || before->team_id != after.team_id) {
    references->Add(kTeams, after.team_id, "team", change.write);
  }
  if (!before || before->job_role_id != after.job_role_id) {
    references->Add(kJobRoles, after.job_role_id, "job_role", change.write);
  }
  if (!before || before->manager_id != after.manager_id) {
    references->Add(kSellers, after.manager_id, "manager", change.write);
  }
}

std::string NameOfAssignment(const std::string& seller_id, const std::string& id) {
  return absl::StrCat("sellers/", seller_id, "/assignments/", id);
}

// What is wrong with one seller's assignments taken together; OK if nothing is.
absl::Status Judge(const ById& assignments) {
  std::vector<Assignment> list;
  for (const auto& [id, assignment] : assignments) list.push_back(assignment);
  if (const Assignment* lent = domain::FindOutsideHome(list)) {
    return status::FailedPrecondition(
        "OUTSIDE_HOME_ASSIGNMENT", NameOfAssignment(lent->seller_id, lent->id),
        absl::StrCat("it lends the seller from ", domain::DescribeDays(lent->days()),
                     ", but its home, ", NameOfAssignment(lent->seller_id, lent->home_id),
                     ", is not in force on all of these days; change one of the two"));
  }
  if (const std::optional<domain::ShareOnDay> above = domain::FirstDayAboveOne(list)) {
    return status::FailedPrecondition(
        "SHARES_ABOVE_ONE", NameOf("sellers", list.front().seller_id),
        absl::StrCat("on ", base::FormatDay(above->day), " the shares would sum to ",
                     above->total.ToCanonicalString(), ", more than 1; lower or end one first"));
  }
  return absl::OkStatus();
}

bool IsSecondment(const Assignment& assignment) {
  return assignment.kind == domain::AssignmentKind::kSecondment;
}

// The change is a secondment from what is no regular assignment of the seller.
bool LacksHome(const Change& change, const ById& assignments) {
  if (!Counts(change) || !IsSecondment(*change.after)) return false;
  auto home = assignments.find(change.after->home_id);
  return home == assignments.end() || IsSecondment(home->second);
}

void Put(const Change& change, ById* assignments) {
  if (Counts(change)) {
    (*assignments)[change.after->id] = *change.after;
  } else {
    assignments->erase(change.after->id);
  }
}

// Of one seller. If all changes together break a rule, they are taken one after another, homes
// before secondments, and those that break one then are refused.
void CheckShares(const ById& stored, std::vector<const Change*> changes) {
  ById together = stored;
  for (const Change* change : changes) Put(*change, &together);
  if (Judge(together).ok()) return;
  std::stable_partition(changes.begin(), changes.end(),
                        [](const Change* change) { return !IsSecondment(*change->after); });
  ById taken = stored;
  for (const Change* change : changes) {
    ById with = taken;
    Put(*change, &with);
    absl::Status judgement = Judge(with);
    if (judgement.ok()) {
      taken = std::move(with);
    } else if (LacksHome(*change, with)) {
      change->violations->Add(
          "home_assignment", "BAD_REFERENCE",
          absl::StrCat("must be a regular assignment that is not archived; ",
                       NameOfAssignment(change->after->seller_id, change->after->home_id),
                       " is none"));
    } else {
      Refuse(change->write, std::move(judgement));
    }
  }
}

absl::Status CheckAllShares(mysql::Transaction& tx, const AssignmentChanges& changes) {
  std::set<std::string> sellers;
  std::map<std::string, std::vector<const Change*>> by_seller;
  for (const Change& change : changes) {
    if (!IsGood(change)) continue;
    sellers.insert(change.after->seller_id);
    by_seller[change.after->seller_id].push_back(&change);
  }
  ASSIGN_OR_RETURN(const auto stored, store::AssignmentsOf(tx, sellers));
  std::map<std::string, ById> stored_by_seller;
  for (const Assignment& assignment : stored) {
    stored_by_seller[assignment.seller_id][assignment.id] = assignment;
  }
  for (const auto& [seller, list] : by_seller) CheckShares(stored_by_seller[seller], list);
  return absl::OkStatus();
}

// Nobody reports to themselves, however many managers are between. Whoever writes a manager holds
// the guard, so that two changes cannot close a cycle together.
absl::Status CheckReporting(mysql::Transaction& tx, const AssignmentChanges& changes) {
  std::vector<domain::EdgeChange> edges;
  std::vector<resource::Write*> writes;
  std::set<std::string> start;
  bool reports = false;
  for (const Change& change : changes) {
    if (!IsGood(change)) continue;
    edges.push_back({store::EdgeKey(*change.after), {}});
    writes.push_back(change.write);
    if (!Counts(change)) continue;
    edges.back().edges = domain::ManagerEdges(*change.after);
    for (const domain::DatedEdge& edge : edges.back().edges) {
      start.insert(edge.above);
      reports = true;
    }
    start.insert(change.after->seller_id);
  }
  if (!reports) return absl::OkStatus();
  RETURN_IF_ERROR(store::LockGuard(tx, store::kReporting));
  ASSIGN_OR_RETURN(domain::EdgesByKey stored, store::ManagersFrom(tx, start));
  const auto cycles = domain::ReplaceEdges(std::move(stored), edges);
  for (size_t i = 0; i < cycles.size(); ++i) {
    if (!cycles[i]) continue;
    Refuse(writes[i], status::FailedPrecondition(
                          "MANAGER_CYCLE", absl::StrCat("sellers/", cycles[i]->path.front()),
                          absl::StrCat("the seller would report to themselves from ",
                                       domain::DescribeDays(cycles[i]->days), ": sellers/",
                                       absl::StrJoin(cycles[i]->path, " reports to sellers/"))));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckAssignments(rpc::CallContext&, mysql::Transaction& tx,
                              AssignmentChanges& changes) {
  std::set<std::string> seller_ids;
  for (const Change& change : changes) {
    if (Counts(change)) seller_ids.insert(change.after->seller_id);
  }
  // What is only archived may still be the home of a secondment.
  if (seller_ids.empty()) return CheckAllShares(tx, changes);
  ASSIGN_OR_RETURN(const auto sellers, ReadSellers(tx, seller_ids));
  References references;
  for (const Change& change : changes) {
    if (!Counts(change)) continue;
    domain::CheckAssignment(*change.after, change.violations);
    auto seller = sellers.find(change.after->seller_id);
    CheckEmployed(change.after->seller_id, seller == sellers.end() ? nullptr : &seller->second,
                  change.after->days(), !change.before || change.before->meta.archive_time,
                  change.write);
    AddReferences(change, &references);
  }
  RETURN_IF_ERROR(references.Check(tx));
  RETURN_IF_ERROR(CheckAllShares(tx, changes));
  return CheckReporting(tx, changes);
}

}  // namespace salesops::organization::api
