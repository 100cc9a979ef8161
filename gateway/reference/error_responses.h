#pragma once

// The error answers of a route, as OpenAPI responses: the body of AIP-193, what the gateway itself
// may answer, and what the contract promises.
//
// Thread-safety: belongs to one thread, as its SchemaWriter does.

#include <vector>

#include "gateway/reference/declared_errors.h"
#include "gateway/reference/json_tree.h"
#include "gateway/reference/schema_writer.h"
#include "gateway/route_table.h"

namespace salesops::gateway::reference {

// Adds the error responses of the route to `responses`, by their HTTP codes.
void AddErrorResponses(const Route& route, const std::vector<DeclaredError>& declared,
                       Json& responses);

// {"Error": …, …}: what the responses refer to below components/schemas, and below
// components/responses.
Json ErrorSchemas(SchemaWriter& schemas);
Json SharedErrorResponses();

}  // namespace salesops::gateway::reference
