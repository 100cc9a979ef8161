#pragma once

// What the contracts say about a resource, message, enum, service or method, for people and, as
// JSON, for programs.
//
//   ASSIGN_OR_RETURN(ordered_json account, DescriptionOf(catalog, "accounts"));
//   std::cout << DescriptionText(account);
//
// Thread-safety: pure functions.

#include <string>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "tools/salesopsctl/catalog.h"

namespace salesops::ctl {

// `what` is a collection, a type, a service or a method, short or full.
absl::StatusOr<nlohmann::ordered_json> DescriptionOf(const Catalog& catalog,
                                                     const std::string& what);

// Comments are wrapped at `width` columns.
std::string DescriptionText(const nlohmann::ordered_json& description, int width = 100);

// Text broken at spaces, each line behind `indent` spaces, with a line end after the last.
std::string Wrapped(const std::string& text, int indent, int width);

}  // namespace salesops::ctl
