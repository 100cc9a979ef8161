#pragma once

// The access roles that an installation begins with, so that somebody can give the others:
//   accessRoles/caller   organization.caller.read, granted to allAuthenticated
//   accessRoles/admin    "*", granted to the administrators' group with scope ALL
// What exists already stays as it is, archived or not: a second run changes nothing, and what the
// company took back is not given again.
//
//   RETURN_IF_ERROR(Bootstrap(*db, ctx, clock.Now(), "administrators"));
//
// Thread-safety: safe from any thread; runs at once wait for each other.

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "shared/base/context.h"
#include "shared/mysql/database.h"

namespace salesops::organization::api {

// An empty group makes the role, and grants it to nobody.
absl::Status Bootstrap(mysql::Database& db, const base::Context& ctx, absl::Time now,
                       const std::string& admin_group);

}  // namespace salesops::organization::api
