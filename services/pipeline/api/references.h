#pragma once

// Rules about references to what another service owns, answered from the read model.
//
// Thread-safety: pure functions.

#include <string>

#include "shared/base/violation.h"
#include "shared/roster/roster.h"

namespace salesops::pipeline::api {

// An empty id is no reference. The read model is at most seconds behind organization.
inline void CheckSeller(const roster::Roster& roster, const std::string& seller_id,
                        const std::string& field, base::Violations* violations) {
  if (seller_id.empty() || roster.HasSeller(seller_id)) return;
  violations->Add(field, "BAD_REFERENCE",
                  "no seller \"sellers/" + seller_id +
                      "\" is known here; create it in organization first (it arrives in seconds)");
}

}  // namespace salesops::pipeline::api
