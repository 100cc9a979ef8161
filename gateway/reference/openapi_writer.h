#pragma once

// The OpenAPI 3.1 document of everything that a gateway serves by HTTP: each route with parameters,
// bodies, answers, errors, permission and examples; each type with its field rules.
//
//   std::string json = WriteOpenApi(routes, comments);
//
// The same contracts always give the same bytes.
//
// Thread-safety: a pure function.

#include <string>

#include "gateway/reference/comments.h"
#include "gateway/route_table.h"

namespace salesops::gateway::reference {

std::string WriteOpenApi(const RouteTable& routes, const Comments& comments);

}  // namespace salesops::gateway::reference
