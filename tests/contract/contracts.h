#pragma once

// The proto services of the suite, read from the descriptor sets that the gateway loads, so that a
// service or a method is tested by being there.
//
// Thread-safety: pure functions.

#include <string>
#include <vector>

namespace salesops::contract {

// "salesops.pipeline.v1.AccountService" and the like, by name.
std::vector<std::string> ProtoServices();

}  // namespace salesops::contract
