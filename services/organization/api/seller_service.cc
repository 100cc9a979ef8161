#include "services/organization/api/seller_service.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/organization/api/references.h"
#include "services/organization/api/reporting_lines.h"
#include "services/organization/api/request_time.h"
#include "services/organization/domain/day_ranges.h"
#include "services/organization/store/absence_store.h"
#include "services/organization/store/assignment_store.h"
#include "services/organization/store/seller_store.h"
#include "shared/resource/shared_shapes.h"
#include "shared/status/status.h"

namespace salesops::organization::api {
namespace {

using domain::Employment;
using domain::Seller;
using resource::Changed;
using resource::NameOf;
using salesops::api::FromTimestamp;
using salesops::api::ToTimestamp;
using Changes = std::vector<Changed<Seller>>;

void ToProto(const Seller& seller, v1::Seller* proto) {
  proto->set_display_name(seller.display_name);
  proto->set_employee_number(seller.employee_number);
  proto->set_subject(seller.subject);
  proto->set_email(seller.email);
  proto->set_phone(seller.phone);
  for (const Employment& employment : seller.employments) {
    v1::Employment* item = proto->add_employments();
    SetDays(employment.days, item);
    item->set_leave_reason(static_cast<v1::Employment::LeaveReason>(employment.leave_reason));
    item->set_leave_note(employment.leave_note);
    if (employment.regretted) item->set_regretted(*employment.regretted);
  }
  resource::ToProto(seller.external_keys, proto->mutable_external_keys());
  if (seller.erase_time) *proto->mutable_erase_time() = ToTimestamp(*seller.erase_time);
}

void FromProto(const v1::Seller& proto, Seller* seller) {
  seller->display_name = proto.display_name();
  seller->employee_number = proto.employee_number();
  seller->subject = proto.subject();
  seller->email = proto.email();
  seller->phone = proto.phone();
  for (const v1::Employment& item : proto.employments()) {
    Employment& employment = seller->employments.emplace_back();
    employment.days = DaysOf(item);
    employment.leave_reason = static_cast<domain::LeaveReason>(item.leave_reason());
    employment.leave_note = item.leave_note();
    if (item.has_regretted()) employment.regretted = item.regretted();
  }
  seller->external_keys = resource::FromProto(proto.external_keys());
  if (proto.has_erase_time()) seller->erase_time = FromTimestamp(proto.erase_time());
}

// The days of employment stay: pay and attainment are computed with them.
void Erase(v1::Seller* seller) {
  seller->set_display_name(resource::kErasedName);
  seller->clear_employee_number();
  seller->clear_subject();
  seller->clear_email();
  seller->clear_phone();
  for (v1::Employment& employment : *seller->mutable_employments()) {
    employment.clear_leave_reason();
    employment.clear_leave_note();
    employment.clear_regretted();
  }
}

// The seller's row is locked, as by every change of the seller's assignments.
absl::Status CheckHasLeft(mysql::Transaction& tx, const Seller& seller, base::CivilDay today) {
  ASSIGN_OR_RETURN(bool stays, store::SellerInUse(tx, seller.id, today));
  for (const Employment& employment : seller.employments) {
    stays |= !employment.days.end || *employment.days.end > today;
  }
  if (!stays) return absl::OkStatus();
  return status::FailedPrecondition(
      "STILL_EMPLOYED", NameOf("sellers", seller.id),
      "employment has not ended, or there is an assignment of this seller, or with this seller as "
      "manager, today or later; end those first");
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

// Employment that is taken back must not leave an assignment or an absence without it. The seller's
// row is locked, as by every change of those.
void RefuseIfOutside(const Changed<Seller>& change, const std::string& name,
                     const base::DayRange& days) {
  if (domain::Covers(domain::DaysOf(change.after->employments), days)) return;
  Refuse(change.write,
         status::FailedPrecondition("OUTSIDE_EMPLOYMENT", NameOf("sellers", change.after->id),
                                    absl::StrCat(name, " (", domain::DescribeDays(days),
                                                 ") would lie outside employment; change it "
                                                 "first")));
}

absl::Status CheckStillEmployed(mysql::Transaction& tx, const Changes& changes) {
  std::map<std::string, const Changed<Seller>*> changed;
  std::set<std::string> ids;
  for (const Changed<Seller>& change : changes) {
    if (!change.before ||
        domain::DaysOf(change.before->employments) == domain::DaysOf(change.after->employments)) {
      continue;
    }
    changed[change.after->id] = &change;
    ids.insert(change.after->id);
  }
  ASSIGN_OR_RETURN(const auto assignments, store::AssignmentsOf(tx, ids));
  for (const domain::Assignment& item : assignments) {
    RefuseIfOutside(*changed[item.seller_id],
                    absl::StrCat("sellers/", item.seller_id, "/assignments/", item.id),
                    item.days());
  }
  ASSIGN_OR_RETURN(const auto absences, store::AbsencesOf(tx, ids));
  for (const domain::Absence& item : absences) {
    RefuseIfOutside(*changed[item.seller_id],
                    absl::StrCat("sellers/", item.seller_id, "/absences/", item.id), item.days());
  }
  return absl::OkStatus();
}

absl::Status CheckSellers(base::CivilDay today, mysql::Transaction& tx, Changes& changes) {
  for (const Changed<Seller>& change : changes) {
    if (change.write->verb == "Archived") {
      RETURN_IF_ERROR(CheckUnused(tx, change, today));
    } else {
      domain::CheckEmployments(change.after->employments, change.violations);
    }
  }
  return CheckStillEmployed(tx, changes);
}

absl::Status StoreEmployments(rpc::CallContext&, mysql::Transaction& tx, Changes& changes) {
  std::vector<std::pair<const Seller*, int64_t>> sellers;
  for (const Changed<Seller>& change : changes) sellers.emplace_back(change.after, change.fact);
  return store::InsertEmployments(tx, sellers);
}

// Of a list: those employed on a day, those of whom it is not said why they left.
absl::StatusOr<std::vector<salesops::api::Predicate>> Asked(
    base::CivilDay today, const google::protobuf::Message& request) {
  std::vector<salesops::api::Predicate> predicates;
  if (const auto day = EffectiveDate(request)) predicates.push_back(store::EmployedOn(*day));
  if (resource::GetBool(request, "missing_leave_reason")) {
    predicates.push_back(store::LeftWithoutReason(today));
  }
  return predicates;
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
  kind.list_predicates = [environment](rpc::CallContext& ctx,
                                       const google::protobuf::Message& request) {
    return Asked(environment.Today(ctx), request);
  };
  kind.erase = Erase;
  return kind;
}

}  // namespace

SellerService::SellerService(const resource::Environment& environment)
    : environment_(environment), sellers_(environment, SellerKind(environment)) {}

rpc::Binding SellerService::Bind() {
  rpc::Binding binding("salesops.organization.v1.SellerService");
  sellers_.BindTo(binding);
  binding.Unary("GetManagerChain", this, &SellerService::GetManagerChain);
  binding.Unary("ListReports", this, &SellerService::ListReports);
  binding.Unary("EraseSeller", this, &SellerService::Erase);
  return binding;
}

absl::StatusOr<v1::Seller> SellerService::Erase(rpc::CallContext& ctx,
                                                const v1::EraseSellerRequest& request) {
  return environment_.mutations->Run<v1::Seller>(
      ctx, request, [&](mysql::Transaction& tx) -> absl::StatusOr<v1::Seller> {
        ASSIGN_OR_RETURN(
            v1::Seller erased,
            sellers_.EraseInside(ctx, tx, request.name(), request.etag(),
                                 [&](mysql::Transaction& inside, const Seller& seller) {
                                   return CheckHasLeft(inside, seller, environment_.Today(ctx));
                                 }));
        RETURN_IF_ERROR(store::EraseTraces(tx, resource::IdOf(request.name())));
        return erased;
      });
}

absl::StatusOr<v1::GetManagerChainResponse> SellerService::GetManagerChain(
    rpc::CallContext& ctx, const v1::GetManagerChainRequest& request) {
  return ReadManagerChain(ctx, environment_, request);
}

absl::StatusOr<v1::ListReportsResponse> SellerService::ListReports(
    rpc::CallContext& ctx, const v1::ListReportsRequest& request) {
  return ReadReports(ctx, environment_, request);
}

}  // namespace salesops::organization::api
