#pragma once

// JSON that is built piece by piece and printed with its members in the order they were added, so
// that the same contracts always give the same document.

#include "nlohmann/json.hpp"

namespace salesops::gateway::reference {

using Json = nlohmann::ordered_json;

}  // namespace salesops::gateway::reference
