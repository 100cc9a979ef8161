#pragma once

// Access roles and grants: who may do what, on which rows.
//
// Thread-safety: values and pure functions.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "shared/base/attribute.h"
#include "shared/base/violation.h"
#include "shared/records/meta.h"

namespace salesops::organization::domain {

struct AccessRole {
  std::string id;
  records::Meta meta;

  std::string display_name;
  std::string description;
  std::vector<std::string> permissions;  // exact, "prefix.*" or "*"
  std::vector<base::ExternalKey> external_keys;
};

enum class GrantScope : int { kUnspecified = 0, kAll = 1, kDepartment = 2, kOwnAndReports = 3 };

struct Grant {
  std::string id;
  records::Meta meta;

  std::string role_id;
  std::string member;  // "subject:S", "group:G" or "allAuthenticated"
  GrantScope scope = GrantScope::kUnspecified;
  std::string department_id;  // with kDepartment; else empty
  std::vector<base::ExternalKey> external_keys;
};

inline constexpr char kEverything[] = "*";
inline constexpr char kEverybody[] = "allAuthenticated";

// The department is set exactly if the scope is one: REQUIRED, NOT_ALLOWED.
void CheckGrant(const Grant& grant, base::Violations* violations);

// True if whoever holds the role may do everything.
bool GivesEverything(const AccessRole& role);

// Which grants make somebody an administrator: unarchived, scope ALL, of an unarchived role that
// gives everything.
class Administration {
 public:
  void Put(const AccessRole& role);
  void Put(const Grant& grant);
  bool HasAdministrator() const;

 private:
  std::set<std::string> roles_;                // give everything
  std::map<std::string, std::string> grants_;  // reach everything: grant -> role
};

}  // namespace salesops::organization::domain
