#include "services/pipeline/api/competitor_service.h"

#include "services/pipeline/store/competitor_store.h"
#include "shared/resource/shared_shapes.h"

namespace salesops::pipeline::api {
namespace {

using domain::Competitor;

void ToProto(const Competitor& competitor, v1::Competitor* proto) {
  proto->set_display_name(competitor.display_name);
  proto->set_website(competitor.website);
  proto->set_strengths(competitor.strengths);
  proto->set_weaknesses(competitor.weaknesses);
  resource::ToProto(competitor.external_keys, proto->mutable_external_keys());
  resource::ToProto(competitor.attributes, proto->mutable_attributes());
}

void FromProto(const v1::Competitor& proto, Competitor* competitor) {
  competitor->display_name = proto.display_name();
  competitor->website = proto.website();
  competitor->strengths = proto.strengths();
  competitor->weaknesses = proto.weaknesses();
  competitor->external_keys = resource::FromProto(proto.external_keys());
  competitor->attributes = resource::FromProto(proto.attributes());
}

resource::Kind<v1::Competitor, Competitor> CompetitorKind() {
  resource::Kind<v1::Competitor, Competitor> kind;
  kind.table = &store::Competitors();
  kind.to_proto = ToProto;
  kind.from_proto = FromProto;
  return kind;
}

}  // namespace

CompetitorService::CompetitorService(const resource::Environment& environment)
    : competitors_(environment, CompetitorKind()) {}

rpc::Binding CompetitorService::Bind() {
  rpc::Binding binding("salesops.pipeline.v1.CompetitorService");
  competitors_.BindTo(binding);
  return binding;
}

}  // namespace salesops::pipeline::api
