#pragma once

// Where departments and job roles are kept, each with its history.

#include "services/organization/domain/department.h"
#include "services/organization/domain/job_role.h"
#include "shared/records/table.h"

namespace salesops::organization::store {

const records::Table<domain::Department>& Departments();
const records::Table<domain::JobRole>& JobRoles();

}  // namespace salesops::organization::store
