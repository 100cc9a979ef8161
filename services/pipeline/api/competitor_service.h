#pragma once

// salesops.pipeline.v1.CompetitorService.
//
// Thread-safety: safe from any thread.

#include "salesops/pipeline/v1/competitor.pb.h"
#include "services/pipeline/domain/competitor.h"
#include "shared/resource/resource.h"
#include "shared/rpc/binding.h"

namespace salesops::pipeline::api {

class CompetitorService {
 public:
  explicit CompetitorService(const resource::Environment& environment);
  rpc::Binding Bind();

 private:
  resource::Resource<v1::Competitor, domain::Competitor> competitors_;
};

}  // namespace salesops::pipeline::api
