#include "services/organization/api/absence_service.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/organization/api/employed.h"
#include "services/organization/api/references.h"
#include "services/organization/api/request_time.h"
#include "services/organization/store/absence_store.h"
#include "services/organization/store/assignment_store.h"
#include "services/organization/store/seller_store.h"
#include "shared/resource/shared_shapes.h"
#include "shared/status/status.h"

namespace salesops::organization::api {
namespace {

using domain::Absence;
using resource::NameOf;
using Change = resource::Changed<Absence>;
using Changes = std::vector<Change>;
using ById = std::map<std::string, Absence>;

void ToProto(const Absence& absence, v1::Absence* proto) {
  proto->set_kind(static_cast<v1::Absence::Kind>(absence.kind));
  *proto->mutable_share() = salesops::api::ToDecimal(absence.share);
  SetDays(absence.days(), proto);
  resource::ToProto(absence.external_keys, proto->mutable_external_keys());
}

void FromProto(const v1::Absence& proto, Absence* absence) {
  absence->kind = static_cast<domain::AbsenceKind>(proto.kind());
  absence->share = salesops::api::FromDecimal(proto.share());
  absence->start_date = salesops::api::FromDate(proto.start_date());
  if (proto.has_end_date()) absence->end_date = salesops::api::FromDate(proto.end_date());
  absence->external_keys = resource::FromProto(proto.external_keys());
}

// An archived absence says nothing: no rule is asked of it.
bool Counts(const Change& change) { return !change.after->meta.archive_time; }

void Put(const Change& change, ById* absences) {
  if (Counts(change)) {
    (*absences)[change.after->id] = *change.after;
  } else {
    absences->erase(change.after->id);
  }
}

std::optional<domain::AbsentOnDay> FirstDayAboveOne(const ById& absences) {
  std::vector<Absence> list;
  for (const auto& [id, absence] : absences) list.push_back(absence);
  return domain::FirstDayAbsentAboveOne(list);
}

// Of one seller. If all changes together are too much, they are taken one after another, and those
// that are too much then are refused.
void CheckShares(const ById& stored, const std::vector<const Change*>& changes) {
  ById together = stored;
  for (const Change* change : changes) Put(*change, &together);
  if (!FirstDayAboveOne(together)) return;
  ById taken = stored;
  for (const Change* change : changes) {
    ById with = taken;
    Put(*change, &with);
    const std::optional<domain::AbsentOnDay> above = FirstDayAboveOne(with);
    if (!above) {
      taken = std::move(with);
      continue;
    }
    Refuse(change->write,
           status::FailedPrecondition(
               "ABSENCES_ABOVE_ONE", NameOf("sellers", change->after->seller_id),
               absl::StrCat("on ", base::FormatDay(above->day), " the absences would sum to ",
                            above->total.ToCanonicalString(), ", more than 1; shorten one first")));
  }
}

absl::Status CheckAbsences(rpc::CallContext&, mysql::Transaction& tx, Changes& changes) {
  std::set<std::string> ids;
  for (const Change& change : changes) {
    if (Counts(change)) ids.insert(change.after->seller_id);
  }
  if (ids.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto sellers, ReadSellers(tx, ids));
  std::map<std::string, std::vector<const Change*>> by_seller;
  for (const Change& change : changes) {
    const std::string& seller_id = change.after->seller_id;
    if (Counts(change)) {
      domain::CheckAbsence(*change.after, change.violations);
      auto seller = sellers.find(seller_id);
      CheckEmployed(seller_id, seller == sellers.end() ? nullptr : &seller->second,
                    change.after->days(), !change.before || change.before->meta.archive_time,
                    change.write);
    }
    if (change.violations->empty() && change.write->refused.ok()) {
      by_seller[seller_id].push_back(&change);
    }
  }
  ASSIGN_OR_RETURN(const std::vector<Absence> stored, store::AbsencesOf(tx, ids));
  std::map<std::string, ById> stored_by_seller;
  for (const Absence& absence : stored) stored_by_seller[absence.seller_id][absence.id] = absence;
  for (const auto& [seller, list] : by_seller) CheckShares(stored_by_seller[seller], list);
  return absl::OkStatus();
}

resource::Kind<v1::Absence, Absence> AbsenceKind() {
  resource::Kind<v1::Absence, Absence> kind;
  kind.table = &store::Absences();
  kind.to_proto = ToProto;
  kind.from_proto = FromProto;
  kind.key = {&Absence::seller_id, &Absence::id};
  kind.owner = &Absence::seller_id;
  kind.owner_column = "r.seller_id";
  // The absences of one seller are summed: changes of them wait for each other.
  kind.lock_first = [](rpc::CallContext&, mysql::Transaction& tx,
                       const std::vector<std::vector<std::string>>& keys) {
    std::vector<std::string> sellers;
    for (const std::vector<std::string>& key : keys) sellers.push_back(key[0]);
    return store::LockSellers(tx, sellers);
  };
  kind.check = CheckAbsences;
  kind.list_predicates = OnEffectiveDate(store::InForceOn);
  return kind;
}

}  // namespace

AbsenceService::AbsenceService(const resource::Environment& environment)
    : absences_(environment, AbsenceKind()) {}

rpc::Binding AbsenceService::Bind() {
  rpc::Binding binding("salesops.organization.v1.AbsenceService");
  absences_.BindTo(binding);
  return binding;
}

}  // namespace salesops::organization::api
