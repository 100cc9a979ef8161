#include "services/organization/domain/access.h"

#include <algorithm>

namespace salesops::organization::domain {

void CheckGrant(const Grant& grant, base::Violations* violations) {
  const bool by_department = grant.scope == GrantScope::kDepartment;
  if (by_department && grant.department_id.empty()) {
    violations->Add("department", "REQUIRED", "must be set with scope SCOPE_DEPARTMENT");
  }
  if (!by_department && !grant.department_id.empty()) {
    violations->Add("department", "NOT_ALLOWED", "must be empty unless scope is SCOPE_DEPARTMENT");
  }
}

bool GivesEverything(const AccessRole& role) {
  return std::find(role.permissions.begin(), role.permissions.end(), kEverything) !=
         role.permissions.end();
}

void Administration::Put(const AccessRole& role) {
  if (!role.meta.archive_time && GivesEverything(role)) {
    roles_.insert(role.id);
  } else {
    roles_.erase(role.id);
  }
}

void Administration::Put(const Grant& grant) {
  if (!grant.meta.archive_time && grant.scope == GrantScope::kAll) {
    grants_[grant.id] = grant.role_id;
  } else {
    grants_.erase(grant.id);
  }
}

bool Administration::HasAdministrator() const {
  return std::any_of(grants_.begin(), grants_.end(),
                     [this](const auto& grant) { return roles_.count(grant.second) > 0; });
}

}  // namespace salesops::organization::domain
