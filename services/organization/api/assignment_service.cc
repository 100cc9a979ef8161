#include "services/organization/api/assignment_service.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "salesops/organization/v1/events.pb.h"
#include "services/organization/api/assignment_rules.h"
#include "services/organization/api/request_time.h"
#include "services/organization/domain/day_ranges.h"
#include "services/organization/store/assignment_store.h"
#include "services/organization/store/seller_store.h"
#include "shared/base/id.h"
#include "shared/resource/shared_shapes.h"
#include "shared/status/status.h"

namespace salesops::organization::api {
namespace {

using domain::Assignment;
using resource::IdOf;
using resource::NameOf;
using resource::Write;

void ToProto(const Assignment& assignment, v1::Assignment* proto) {
  proto->set_team(NameOf("teams", assignment.team_id));
  proto->set_job_role(NameOf("jobRoles", assignment.job_role_id));
  proto->set_manager(NameOf("sellers", assignment.manager_id));
  proto->set_region(assignment.region);
  *proto->mutable_share() = salesops::api::ToDecimal(assignment.share);
  SetDays(assignment.days(), proto);
  resource::ToProto(assignment.external_keys, proto->mutable_external_keys());
  proto->set_kind(static_cast<v1::Assignment::Kind>(assignment.kind));
  if (!assignment.home_id.empty()) {
    proto->set_home_assignment(
        absl::StrCat("sellers/", assignment.home_seller_id, "/assignments/", assignment.home_id));
  }
}

void FromProto(const v1::Assignment& proto, Assignment* assignment) {
  assignment->team_id = IdOf(proto.team());
  assignment->job_role_id = IdOf(proto.job_role());
  assignment->manager_id = IdOf(proto.manager());
  assignment->region = proto.region();
  assignment->share = salesops::api::FromDecimal(proto.share());
  assignment->start_date = salesops::api::FromDate(proto.start_date());
  if (proto.has_end_date()) assignment->end_date = salesops::api::FromDate(proto.end_date());
  assignment->external_keys = resource::FromProto(proto.external_keys());
  if (proto.kind() == v1::Assignment::KIND_SECONDMENT) {
    assignment->kind = domain::AssignmentKind::kSecondment;
  }
  const std::vector<std::string> home = absl::StrSplit(proto.home_assignment(), '/');
  if (home.size() == 4) {
    assignment->home_seller_id = home[1];
    assignment->home_id = home[3];
  }
}

resource::Kind<v1::Assignment, Assignment> AssignmentKind() {
  resource::Kind<v1::Assignment, Assignment> kind;
  kind.table = &store::Assignments();
  kind.to_proto = ToProto;
  kind.from_proto = FromProto;
  kind.key = {&Assignment::seller_id, &Assignment::id};
  kind.owner = &Assignment::seller_id;
  kind.owner_column = "r.seller_id";
  // The shares of one seller are summed over all assignments: changes of them wait for each other.
  kind.lock_first = [](rpc::CallContext&, mysql::Transaction& tx,
                       const std::vector<std::vector<std::string>>& keys) {
    std::vector<std::string> sellers;
    for (const std::vector<std::string>& key : keys) sellers.push_back(key[0]);
    return store::LockSellers(tx, sellers);
  };
  kind.check = CheckAssignments;
  kind.list_predicates = OnEffectiveDate(store::InForceOn);
  return kind;
}

absl::StatusOr<std::vector<Assignment>> GivenInside(const v1::CorrectAssignmentsRequest& request) {
  const base::DayRange days = DaysOf(request);
  base::Violations violations;
  if (days.IsEmpty()) violations.Add("end_date", "BAD_RANGE", "must be after start_date");
  std::vector<Assignment> given;
  for (int i = 0; i < request.assignments_size(); ++i) {
    Assignment& assignment = given.emplace_back();
    FromProto(request.assignments(i), &assignment);
    assignment.seller_id = IdOf(request.parent());
    if (!assignment.days().IsEmpty() && !domain::Covers({days}, assignment.days())) {
      violations.Add(
          absl::StrCat("assignments[", i, "]"), "OUT_OF_RANGE",
          absl::StrCat("must lie inside the corrected range, ", domain::DescribeDays(days)));
    }
    if (assignment.kind == domain::AssignmentKind::kSecondment) {
      violations.Add(absl::StrCat("assignments[", i, "].kind"), "SECONDMENT",
                     "must not be a secondment; create it after the correction");
    }
  }
  if (!violations.empty()) return status::InvalidArgument(violations);
  return given;
}

std::vector<Assignment> ToAssignments(
    const resource::Resource<v1::Assignment, Assignment>& assignments,
    std::map<std::string, Assignment> by_id, const std::vector<Write>& writes) {
  for (const Write& write : writes) {
    const Assignment after = assignments.FromItem(write.after);
    if (after.meta.archive_time) {
      by_id.erase(after.id);
    } else {
      by_id[after.id] = after;
    }
  }
  std::vector<Assignment> list;
  for (auto& [id, assignment] : by_id) list.push_back(std::move(assignment));
  domain::SortByStart(&list);
  return list;
}

}  // namespace

AssignmentService::AssignmentService(const resource::Environment& environment)
    : environment_(environment), assignments_(environment, AssignmentKind()) {}

rpc::Binding AssignmentService::Bind() {
  rpc::Binding binding("salesops.organization.v1.AssignmentService");
  assignments_.BindTo(binding);
  binding.Unary("CorrectAssignments", this, &AssignmentService::CorrectAssignments);
  binding.Unary("ListAssignmentGaps", this, &AssignmentService::ListAssignmentGaps);
  return binding;
}

absl::StatusOr<v1::CorrectAssignmentsResponse> AssignmentService::CorrectAssignments(
    rpc::CallContext& ctx, const v1::CorrectAssignmentsRequest& request) {
  ASSIGN_OR_RETURN(const std::vector<Assignment> given, GivenInside(request));
  return environment_.mutations->Run<v1::CorrectAssignmentsResponse>(
      ctx, request, [&](mysql::Transaction& tx) { return CorrectInside(ctx, tx, request, given); });
}

absl::StatusOr<v1::CorrectAssignmentsResponse> AssignmentService::CorrectInside(
    rpc::CallContext& ctx, mysql::Transaction& tx, const v1::CorrectAssignmentsRequest& request,
    const std::vector<Assignment>& given) {
  const std::string seller_id = IdOf(request.parent());
  RETURN_IF_ERROR(store::LockSellers(tx, {seller_id}));
  ASSIGN_OR_RETURN(const auto seller, store::Sellers().Find(tx, {seller_id}));
  if (!seller) return status::NotFound(request.parent());
  ASSIGN_OR_RETURN(const auto existing, store::AssignmentsOf(tx, {seller_id}));
  const domain::Correction correction =
      domain::Correct(existing, DaysOf(request), given, base::GenerateId);

  std::vector<Write> writes;
  std::vector<std::string> prefixes;
  for (const auto& cut : correction.cut) {
    writes.push_back(assignments_.ChangedRecord(ctx, cut.before, cut.after));
  }
  for (const Assignment& before : correction.withdrawn) {
    Assignment after = before;
    after.meta.archive_time = ctx.start_time();
    writes.push_back(assignments_.ChangedRecord(ctx, before, after));
  }
  prefixes.resize(writes.size() + correction.added.size() - given.size());
  for (Assignment added : correction.added) {
    if (added.id.empty()) added.id = base::GenerateId();
    writes.push_back(assignments_.NewRecord(ctx, std::move(added)));
  }
  for (size_t i = 0; i < given.size(); ++i) {
    prefixes.push_back(absl::StrCat("assignments[", i, "]."));
  }

  std::map<std::string, Assignment> by_id;
  for (const Assignment& assignment : existing) by_id[assignment.id] = assignment;
  v1::CorrectAssignmentsResponse response;
  auto fill_response = [&] {
    response.Clear();
    for (const Assignment& assignment : ToAssignments(assignments_, by_id, writes)) {
      *response.add_assignments() = assignments_.ToProto(assignment);
    }
  };
  RETURN_IF_ERROR(assignments_.WriteTogether(ctx, tx, writes, prefixes, [&] {
    fill_response();
    v1::AssignmentsCorrected corrected;
    corrected.set_seller(request.parent());
    *corrected.mutable_start_date() = request.start_date();
    if (request.has_end_date()) *corrected.mutable_end_date() = request.end_date();
    *corrected.mutable_assignments() = response.assignments();
    corrected.mutable_changed()->add_paths("assignments");
    return events::MakeFact("seller", request.parent(), corrected);
  }));
  if (writes.empty()) fill_response();
  return response;
}

absl::StatusOr<v1::ListAssignmentGapsResponse> AssignmentService::ListAssignmentGaps(
    rpc::CallContext& ctx, const v1::ListAssignmentGapsRequest& request) {
  base::DayRange window{base::CivilDay(1, 1, 1), environment_.Today(ctx) + 1};
  if (request.has_start_date()) window.start = salesops::api::FromDate(request.start_date());
  if (request.has_end_date()) window.end = salesops::api::FromDate(request.end_date());
  if (request.has_end_date() && window.IsEmpty()) {
    return status::InvalidField("end_date", "BAD_RANGE", "must be after start_date");
  }
  const std::string seller_id = IdOf(request.parent());
  v1::ListAssignmentGapsResponse response;
  ASSIGN_OR_RETURN(const std::optional<int64_t> as_of,
                   ResolveAsOf(*environment_.db, ctx, request, &response));
  return environment_.db->ReadSnapshot(
      ctx, [&](mysql::Connection& c) -> absl::StatusOr<v1::ListAssignmentGapsResponse> {
        ASSIGN_OR_RETURN(const auto seller, store::Sellers().Find(c, {seller_id}, false, as_of));
        if (!ctx.scope().Includes(seller_id) || (!seller && !ctx.scope().all)) {
          return status::PermissionDenied(ctx.policy().permission, request.parent());
        }
        if (!seller) return status::NotFound(request.parent());
        ASSIGN_OR_RETURN(const auto assignments, store::AssignmentsOf(c, {seller_id}, as_of));
        v1::ListAssignmentGapsResponse answer = response;
        const std::vector<base::DayRange> employed = domain::DaysOf(seller->employments);
        for (const domain::Gap& gap : domain::FindGaps(employed, assignments, window)) {
          v1::AssignmentGap* item = answer.add_assignment_gaps();
          SetDays(gap.days, item);
          *item->mutable_missing_share() = salesops::api::ToDecimal(gap.missing_share);
        }
        for (const base::DayRange& left :
             domain::FindWithoutLeaveReason(seller->employments, window)) {
          SetDays(left, answer.add_leave_reason_gaps());
        }
        return answer;
      });
}

}  // namespace salesops::organization::api
