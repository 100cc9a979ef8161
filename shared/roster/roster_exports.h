#pragma once

// The whole roster from organization's exports, all as of one moment: what a read model is rebuilt
// from when the event log no longer reaches back to its beginning.
//
// Thread-safety: the function is safe from any thread; it blocks for the calls.

#include "absl/status/statusor.h"
#include "shared/events/consumer.h"
#include "shared/rpc/channel.h"

namespace salesops::roster {

absl::StatusOr<events::Consumer::Snapshot> FetchRoster(rpc::Channel& organization);

}  // namespace salesops::roster
