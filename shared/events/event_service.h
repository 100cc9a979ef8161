#pragma once

// Serves WatchEvents of any service, from its own event log.
//
//   bindings.push_back(events::BindEventService("salesops.pipeline.v1.EventService", db));
//
// Thread-safety: safe from any thread.

#include "shared/mysql/database.h"
#include "shared/rpc/binding.h"

namespace salesops::events {

// A step reads at most 200 facts. The first response comes at once, so that a consumer learns the
// log_id; an idle stream sends a heartbeat every 5 s. A stream ends itself after about a minute, or
// a second before its deadline, and the consumer resumes.
rpc::Binding BindEventService(const char* service_full_name, mysql::Database* db);

}  // namespace salesops::events
