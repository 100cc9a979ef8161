#pragma once

// The frame of a service process: everything between main and the API classes that is the same for
// every service. A service's main names its migrations and builds its bindings:
//
//   int main(int argc, char** argv) {
//     salesops::service::Definition service;
//     service.name = "pipeline";
//     service.migrations = salesops::PipelineMigrations();
//     service.bind = [](Frame& frame) { … return bindings; };
//     return salesops::service::Run(argc, argv, service);
//   }
//
// Run reads flags and environment (`--help` lists them), then either migrates (`--migrate`) or
// serves until SIGTERM: request database and worker pool, a second small database for background
// work, token verifier, roster and the service's own read models, event sequencer, audit, admin
// port, housekeeping.
// A service starts while its database is down and says so on /readyz; it refuses to start below
// its schema.
//
// Exit codes: 0 drained or migrated, 1 could not start (the log says why), 2 bad flags.
//
// Thread-safety: Run is called once, from main.

#include <functional>
#include <string>
#include <vector>

#include "salesops/events/v1/event.pb.h"
#include "shared/base/clock.h"
#include "shared/config/config.h"
#include "shared/events/consumer.h"
#include "shared/mysql/migrations.h"
#include "shared/resource/standard_methods.h"
#include "shared/roster/roster.h"
#include "shared/rpc/binding.h"
#include "shared/rpc/channel.h"

namespace salesops::service {

// What API classes are built from; lives as long as the process serves.
struct Frame {
  resource::Environment environment;
  const roster::Roster* roster = nullptr;
  const base::Clock* clock = nullptr;
};

// What a service keeps of a peer's facts in its own schema, beside the roster; see
// shared/events/consumer.h. What `apply` tells by facts of its own is sequenced soon after.
struct ReadModel {
  std::string name;                // key of its row in consumer_position, label of its lag
  std::string peer;                // "pipeline": whose facts; its address is the flag of that name
  std::vector<std::string> types;  // of the facts; empty = all
  std::function<absl::Status(const resource::Environment&, mysql::Transaction&,
                             const salesops::events::v1::Event&)>
      apply;
  events::Consumer::Reset reset;
  // The peer's state when its log no longer reaches back far enough; absent = that is an error.
  std::function<absl::StatusOr<events::Consumer::Snapshot>(const resource::Environment&,
                                                           rpc::Channel&)>
      snapshot;
};

struct Definition {
  std::string name;     // of the binary, of its proto package and of its client certificate
  std::string summary;  // first line of --help
  mysql::MigrationSet migrations;
  // The service's own API classes; EventService and AuditService are added.
  std::function<std::vector<rpc::Binding>(Frame&)> bind;
  // Followed while the service serves; it serves, and is ready, without them.
  std::vector<ReadModel> read_models;
  // Own flags, beside the common ones.
  std::function<void(config::Flags&)> add_flags;
  // Runs after --migrate: what must exist before anybody can call. Must change nothing twice.
  std::function<absl::Status(const resource::Environment&, const base::Clock&)> bootstrap;
};

int Run(int argc, char** argv, const Definition& definition);

}  // namespace salesops::service
