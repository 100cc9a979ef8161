#pragma once

// Serves WatchEvents of any service, from its own event log.
//
//   bindings.push_back(events::BindEventService("salesops.pipeline.v1.EventService", db));
//
// Thread-safety: safe from any thread.

#include "shared/mysql/database.h"
#include "shared/rpc/binding.h"

namespace salesops::events {

// A step reads at most 200 facts; an idle stream sends a heartbeat every 5 s.
rpc::Binding BindEventService(const char* service_full_name, mysql::Database* db);

}  // namespace salesops::events
