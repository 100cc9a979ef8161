#pragma once

// salesops.organization.v1.AbsenceService.
//
// Thread-safety: safe from any thread.

#include "salesops/organization/v1/absence.pb.h"
#include "services/organization/domain/absence.h"
#include "shared/resource/resource.h"
#include "shared/rpc/binding.h"

namespace salesops::organization::api {

class AbsenceService {
 public:
  explicit AbsenceService(const resource::Environment& environment);
  rpc::Binding Bind();

 private:
  resource::Resource<v1::Absence, domain::Absence> absences_;
};

}  // namespace salesops::organization::api
