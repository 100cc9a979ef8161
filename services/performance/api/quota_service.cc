#include "services/performance/api/quota_service.h"

#include <vector>

#include "services/performance/api/references.h"
#include "services/performance/store/quota_store.h"
#include "shared/resource/shared_shapes.h"

namespace salesops::performance::api {
namespace {

using domain::Quota;
using resource::Changed;
using resource::IdOf;
using resource::NameOf;
using salesops::api::FromDate;
using salesops::api::FromDecimal;
using salesops::api::ToDate;
using salesops::api::ToDecimal;

void ToProto(const Quota& quota, v1::Quota* proto) {
  proto->set_payee(quota.payee);
  proto->mutable_measure()->set_measure(static_cast<v1::Measure>(quota.measure));
  proto->mutable_measure()->set_imported_measure(quota.imported_measure);
  proto->set_fiscal_calendar(NameOf("fiscalCalendars", quota.calendar_id));
  proto->set_level(static_cast<v1::PeriodLevel>(quota.level));
  proto->set_fiscal_year(quota.fiscal_year);
  proto->set_number(quota.number);
  *proto->mutable_start_date() = ToDate(quota.start_date);
  *proto->mutable_end_date() = ToDate(quota.end_date);
  *proto->mutable_amount() = ToDecimal(quota.amount);
  proto->set_currency_code(quota.currency);
  for (const domain::RampStep& step : quota.ramp) {
    v1::RampStep* item = proto->add_ramp();
    *item->mutable_start_date() = ToDate(step.start_date);
    *item->mutable_share() = ToDecimal(step.share);
  }
  *proto->mutable_ramped_amount() = ToDecimal(domain::RampedAmount(quota));
  resource::ToProto(quota.external_keys, proto->mutable_external_keys());
}

void FromProto(const v1::Quota& proto, Quota* quota) {
  quota->payee = proto.payee();
  quota->seller_id = domain::SellerIdOf(proto.payee());
  quota->measure = static_cast<domain::Measure>(proto.measure().measure());
  quota->imported_measure = proto.measure().imported_measure();
  quota->calendar_id = IdOf(proto.fiscal_calendar());
  quota->level = static_cast<domain::PeriodLevel>(proto.level());
  quota->fiscal_year = proto.fiscal_year();
  quota->number = proto.number();
  quota->start_date = FromDate(proto.start_date());
  quota->end_date = FromDate(proto.end_date());
  quota->amount = FromDecimal(proto.amount());
  quota->currency = proto.currency_code();
  for (const v1::RampStep& step : proto.ramp()) {
    quota->ramp.push_back({FromDate(step.start_date()), FromDecimal(step.share())});
  }
  quota->external_keys = resource::FromProto(proto.external_keys());
}

resource::Kind<v1::Quota, Quota> QuotaKind(const roster::Roster* roster) {
  resource::Kind<v1::Quota, Quota> kind;
  kind.table = &store::Quotas();
  kind.to_proto = ToProto;
  kind.from_proto = FromProto;
  kind.owner = &Quota::seller_id;
  kind.owner_column = "r.seller_id";
  kind.check = [roster](rpc::CallContext&, mysql::Transaction&,
                        std::vector<Changed<Quota>>& changes) {
    for (const auto& change : changes) {
      domain::CheckQuota(*change.after, change.violations);
      const bool same = change.before != nullptr && change.before->payee == change.after->payee;
      if (!same) CheckPayee(*roster, change.after->payee, "payee", change.violations);
    }
    return absl::OkStatus();
  };
  return kind;
}

}  // namespace

QuotaService::QuotaService(const resource::Environment& environment, const roster::Roster* roster)
    : quotas_(environment, QuotaKind(roster)) {}

rpc::Binding QuotaService::Bind() {
  rpc::Binding binding("salesops.performance.v1.QuotaService");
  quotas_.BindTo(binding);
  return binding;
}

}  // namespace salesops::performance::api
