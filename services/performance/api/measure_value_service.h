#pragma once

// salesops.performance.v1.MeasureValueService.
//
// Thread-safety: safe from any thread.

#include "salesops/performance/v1/measure_value.pb.h"
#include "services/performance/domain/measure_value.h"
#include "shared/resource/resource.h"
#include "shared/roster/roster.h"
#include "shared/rpc/binding.h"

namespace salesops::performance::api {

class MeasureValueService {
 public:
  MeasureValueService(const resource::Environment& environment, const roster::Roster* roster);
  rpc::Binding Bind();

 private:
  resource::Resource<v1::MeasureValue, domain::MeasureValueRecord> measure_values_;
};

}  // namespace salesops::performance::api
