#pragma once

// salesops.organization.v1.DepartmentService and JobRoleService.
//
// Thread-safety: safe from any thread.

#include "salesops/organization/v1/department.pb.h"
#include "salesops/organization/v1/job_role.pb.h"
#include "services/organization/domain/department.h"
#include "services/organization/domain/job_role.h"
#include "shared/resource/resource.h"
#include "shared/rpc/binding.h"

namespace salesops::organization::api {

class DepartmentService {
 public:
  explicit DepartmentService(const resource::Environment& environment);
  rpc::Binding Bind();

 private:
  resource::Resource<v1::Department, domain::Department> departments_;
};

class JobRoleService {
 public:
  explicit JobRoleService(const resource::Environment& environment);
  rpc::Binding Bind();

 private:
  resource::Resource<v1::JobRole, domain::JobRole> job_roles_;
};

}  // namespace salesops::organization::api
