#pragma once

// salesops.pipeline.v1.ActivityService.
//
// Thread-safety: safe from any thread.

#include "salesops/pipeline/v1/activity.pb.h"
#include "services/pipeline/domain/activity.h"
#include "shared/resource/resource.h"
#include "shared/roster/roster.h"
#include "shared/rpc/binding.h"

namespace salesops::pipeline::api {

class ActivityService {
 public:
  using Activities = resource::Resource<v1::Activity, domain::Activity>;

  ActivityService(const resource::Environment& environment, const roster::Roster* roster);
  rpc::Binding Bind();
  // For changes of activities in transactions of others.
  Activities& activities() { return activities_; }

 private:
  Activities activities_;
};

}  // namespace salesops::pipeline::api
