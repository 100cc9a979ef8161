#include "shared/auth/access.h"

#include "absl/strings/match.h"

namespace salesops::auth {

bool PermissionMatches(absl::string_view granted, absl::string_view permission) {
  if (permission.empty()) return false;
  if (granted == "*" || granted == permission) return true;
  // "pipeline.*" keeps its point, so that it never covers "pipelines.…".
  if (!absl::EndsWith(granted, ".*")) return false;
  granted.remove_suffix(1);
  return permission.size() > granted.size() && absl::StartsWith(permission, granted);
}

RowScope Access::ScopeOf(absl::string_view permission) const {
  RowScope scope;
  for (const GrantedScope& grant : grants_) {
    for (const std::string& granted : grant.permissions) {
      if (!PermissionMatches(granted, permission)) continue;
      if (grant.scope.all) return RowScope::All();  // nothing can widen it
      scope.Add(grant.scope);
      break;
    }
  }
  return scope;
}

}  // namespace salesops::auth
