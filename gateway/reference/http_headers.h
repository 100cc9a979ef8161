#pragma once

// What HTTP adds to a call beside parameters and bodies: entity tags with their conditions, and the
// place where a stream of events goes on. A route has them if its messages have the fields that
// they stand for (entity_tag.h, event_stream.h).
//
// Thread-safety: pure functions.

#include "gateway/reference/json_tree.h"
#include "gateway/route_table.h"

namespace salesops::gateway::reference {

void AddHeaderParameters(const Route& route, Json& parameters);

// The tag of a good answer; 304 and 412.
void AddConditionalResponses(const Route& route, Json& responses);

// An example of the stream as Server-Sent Events, of `example` as the message; with ids if it can
// be resumed.
std::string EventStreamExample(const Route& route, const Json& example);

// What the above refers to below components/parameters, components/headers.
Json SharedHeaderParameters();
Json SharedHeaders();

}  // namespace salesops::gateway::reference
