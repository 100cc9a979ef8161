#pragma once

// Access roles and grants as kinds of resource: their messages and their rules.
//
// Thread-safety: pure functions.

#include "salesops/organization/v1/access.pb.h"
#include "services/organization/domain/access.h"
#include "shared/resource/resource.h"

namespace salesops::organization::api {

resource::Kind<v1::AccessRole, domain::AccessRole> AccessRoleKind();
resource::Kind<v1::Grant, domain::Grant> GrantKind();

}  // namespace salesops::organization::api
