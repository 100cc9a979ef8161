#pragma once

// Rules about references to what organization owns, answered from the read model of its roster. It
// is at most seconds behind.
//
// Thread-safety: pure functions over a roster.

#include <string>

#include "absl/strings/str_cat.h"
#include "services/performance/domain/measure_value.h"
#include "shared/base/violation.h"
#include "shared/resource/shared_shapes.h"
#include "shared/roster/roster.h"

namespace salesops::performance::api {

// `payee` is "sellers/7" or "teams/3"; an empty one is no reference.
inline void CheckPayee(const roster::Roster& roster, const std::string& payee,
                       const std::string& field, base::Violations* violations) {
  if (payee.empty()) return;
  const std::string id = resource::IdOf(payee);
  if (domain::SellerIdOf(payee).empty() ? roster.HasTeam(id) : roster.HasSeller(id)) return;
  violations->Add(field, "BAD_REFERENCE",
                  absl::StrCat("refers to ", payee,
                               ", which is not known here; create it in organization first (it "
                               "arrives in seconds)"));
}

}  // namespace salesops::performance::api
