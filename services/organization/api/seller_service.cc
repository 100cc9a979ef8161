#include "services/organization/api/seller_service.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/organization/api/references.h"
#include "services/organization/api/request_time.h"
#include "services/organization/domain/day_ranges.h"
#include "services/organization/store/assignment_store.h"
#include "services/organization/store/seller_store.h"
#include "shared/resource/shared_shapes.h"
#include "shared/status/status.h"

namespace salesops::organization::api {
namespace {

using domain::Seller;
using resource::Changed;
using resource::NameOf;
using Changes = std::vector<Changed<Seller>>;

void ToProto(const Seller& seller, v1::Seller* proto) {
  proto->set_display_name(seller.display_name);
  proto->set_employee_number(seller.employee_number);
  proto->set_subject(seller.subject);
  proto->set_email(seller.email);
  proto->set_phone(seller.phone);
  for (const base::DayRange& days : seller.employments) SetDays(days, proto->add_employments());
  resource::ToProto(seller.external_keys, proto->mutable_external_keys());
}

void FromProto(const v1::Seller& proto, Seller* seller) {
  seller->display_name = proto.display_name();
  seller->employee_number = proto.employee_number();
  seller->subject = proto.subject();
  seller->email = proto.email();
  seller->phone = proto.phone();
  for (const v1::Employment& item : proto.employments())
    seller->employments.push_back(DaysOf(item));
  seller->external_keys = resource::FromProto(proto.external_keys());
}

absl::Status CheckUnused(mysql::Transaction& tx, const Changed<Seller>& change,
                         base::CivilDay today) {
  ASSIGN_OR_RETURN(const bool in_use, store::SellerInUse(tx, change.after->id, today));
  if (in_use) {
    Refuse(change.write, status::FailedPrecondition(
                             "IN_USE", NameOf("sellers", change.after->id),
                             "there is an assignment of this seller, or with this seller as "
                             "manager, today or later; end those first"));
  }
  return absl::OkStatus();
}

// Employment that is taken back must not leave an assignment without it. The seller's row is
// locked, as by every change of an assignment.
absl::Status CheckAssignmentsCovered(mysql::Transaction& tx, const Changes& changes) {
  std::map<std::string, const Changed<Seller>*> changed;
  std::set<std::string> ids;
  for (const Changed<Seller>& change : changes) {
    if (!change.before || change.before->employments == change.after->employments) continue;
    changed[change.after->id] = &change;
    ids.insert(change.after->id);
  }
  ASSIGN_OR_RETURN(const auto assignments, store::AssignmentsOf(tx, ids));
  for (const domain::Assignment& assignment : assignments) {
    const Changed<Seller>& change = *changed[assignment.seller_id];
    if (domain::Covers(change.after->employments, assignment.days())) continue;
    const std::string seller = NameOf("sellers", assignment.seller_id);
    Refuse(change.write, status::FailedPrecondition(
                             "OUTSIDE_EMPLOYMENT", seller,
                             absl::StrCat(seller, "/assignments/", assignment.id, " (",
                                          domain::DescribeDays(assignment.days()),
                                          ") would lie outside employment; change it first")));
  }
  return absl::OkStatus();
}

absl::Status CheckSellers(base::CivilDay today, mysql::Transaction& tx, Changes& changes) {
  for (const Changed<Seller>& change : changes) {
    if (change.write->verb == "Archived") {
      RETURN_IF_ERROR(CheckUnused(tx, change, today));
    } else {
      domain::CheckRanges(change.after->employments, "employments", change.violations);
    }
  }
  return CheckAssignmentsCovered(tx, changes);
}

absl::Status StoreEmployments(rpc::CallContext&, mysql::Transaction& tx, Changes& changes) {
  std::vector<std::pair<const Seller*, int64_t>> sellers;
  for (const Changed<Seller>& change : changes) sellers.emplace_back(change.after, change.fact);
  return store::InsertEmployments(tx, sellers);
}

resource::Kind<v1::Seller, Seller> SellerKind(const resource::Environment& environment) {
  resource::Kind<v1::Seller, Seller> kind;
  kind.table = &store::Sellers();
  kind.to_proto = ToProto;
  kind.from_proto = FromProto;
  kind.owner = &Seller::id;  // sellers see themselves, managers their reports
  kind.owner_column = "r.id";
  kind.check = [environment](rpc::CallContext& ctx, mysql::Transaction& tx, Changes& changes) {
    return CheckSellers(environment.Today(ctx), tx, changes);
  };
  kind.after_store = StoreEmployments;
  kind.list_predicates = OnEffectiveDate(store::EmployedOn);
  return kind;
}

}  // namespace

SellerService::SellerService(const resource::Environment& environment)
    : sellers_(environment, SellerKind(environment)) {}

rpc::Binding SellerService::Bind() {
  rpc::Binding binding("salesops.organization.v1.SellerService");
  sellers_.BindTo(binding);
  return binding;
}

}  // namespace salesops::organization::api
