#include "services/performance/api/measure_value_service.h"

#include <vector>

#include "services/performance/api/references.h"
#include "services/performance/store/measure_value_store.h"
#include "shared/resource/shared_shapes.h"

namespace salesops::performance::api {
namespace {

using domain::MeasureValueRecord;
using resource::Changed;
using salesops::api::FromDate;
using salesops::api::FromDecimal;
using salesops::api::ToDate;
using salesops::api::ToDecimal;

void ToProto(const MeasureValueRecord& value, v1::MeasureValue* proto) {
  proto->set_subject(value.subject);
  proto->set_measure(value.measure);
  *proto->mutable_start_date() = ToDate(value.start_date);
  *proto->mutable_end_date() = ToDate(value.end_date);
  *proto->mutable_value() = ToDecimal(value.value);
  resource::ToProto(value.external_keys, proto->mutable_external_keys());
}

void FromProto(const v1::MeasureValue& proto, MeasureValueRecord* value) {
  value->subject = proto.subject();
  value->seller_id = domain::SellerIdOf(proto.subject());
  value->measure = proto.measure();
  value->start_date = FromDate(proto.start_date());
  value->end_date = FromDate(proto.end_date());
  value->value = FromDecimal(proto.value());
  value->external_keys = resource::FromProto(proto.external_keys());
}

resource::Kind<v1::MeasureValue, MeasureValueRecord> MeasureValueKind(
    const roster::Roster* roster) {
  resource::Kind<v1::MeasureValue, MeasureValueRecord> kind;
  kind.table = &store::MeasureValues();
  kind.to_proto = ToProto;
  kind.from_proto = FromProto;
  kind.owner = &MeasureValueRecord::seller_id;
  kind.owner_column = "r.seller_id";
  kind.check = [roster](rpc::CallContext&, mysql::Transaction&,
                        std::vector<Changed<MeasureValueRecord>>& changes) {
    for (const auto& change : changes) {
      domain::CheckMeasureValue(*change.after, change.violations);
      const bool same = change.before != nullptr && change.before->subject == change.after->subject;
      if (!same) CheckPayee(*roster, change.after->subject, "subject", change.violations);
    }
    return absl::OkStatus();
  };
  return kind;
}

}  // namespace

MeasureValueService::MeasureValueService(const resource::Environment& environment,
                                         const roster::Roster* roster)
    : measure_values_(environment, MeasureValueKind(roster)) {}

rpc::Binding MeasureValueService::Bind() {
  rpc::Binding binding("salesops.performance.v1.MeasureValueService");
  measure_values_.BindTo(binding);
  return binding;
}

}  // namespace salesops::performance::api
