#pragma once

// Where access roles and grants are kept, each with its history.

#include <set>
#include <string>
#include <vector>

#include "services/organization/domain/access.h"
#include "shared/records/table.h"

namespace salesops::organization::store {

const records::Table<domain::AccessRole>& AccessRoles();
const records::Table<domain::Grant>& Grants();

// True if an unarchived grant gives the role.
absl::StatusOr<bool> RoleInUse(mysql::Connection& c, const std::string& role_id);

// Every role and grant that matters to whether somebody can administer.
absl::StatusOr<domain::Administration> ReadAdministration(mysql::Connection& c);

// What unarchived grants of unarchived roles give to these members.
struct Granted {
  std::vector<std::string> permissions;
  domain::GrantScope scope = domain::GrantScope::kUnspecified;
  std::string department_id;
};
absl::StatusOr<std::vector<Granted>> GrantedTo(mysql::Connection& c,
                                               const std::set<std::string>& members);

// True if the role was ever given to the member, even by a grant that is archived now.
absl::StatusOr<bool> WasGranted(mysql::Connection& c, const std::string& role_id,
                                const std::string& member);

}  // namespace salesops::organization::store
