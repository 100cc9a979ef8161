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
// work, token verifier, roster read model, event sequencer, audit, admin port, housekeeping.
// A service starts while its database is down and says so on /readyz; it refuses to start below
// its schema.
//
// Exit codes: 0 drained or migrated, 1 could not start (the log says why), 2 bad flags.
//
// Thread-safety: Run is called once, from main.

#include <functional>
#include <string>
#include <vector>

#include "shared/base/clock.h"
#include "shared/config/config.h"
#include "shared/mysql/migrations.h"
#include "shared/resource/standard_methods.h"
#include "shared/roster/roster.h"
#include "shared/rpc/binding.h"

namespace salesops::service {

// What API classes are built from; lives as long as the process serves.
struct Frame {
  resource::Environment environment;
  const roster::Roster* roster = nullptr;
  const base::Clock* clock = nullptr;
};

struct Definition {
  std::string name;     // of the binary, of its proto package and of its client certificate
  std::string summary;  // first line of --help
  mysql::MigrationSet migrations;
  // The service's own API classes; EventService and AuditService are added.
  std::function<std::vector<rpc::Binding>(Frame&)> bind;
  // Own flags, beside the common ones.
  std::function<void(config::Flags&)> add_flags;
  // Runs after --migrate: what must exist before anybody can call. Must change nothing twice.
  std::function<absl::Status(const resource::Environment&, const base::Clock&)> bootstrap;
};

int Run(int argc, char** argv, const Definition& definition);

}  // namespace salesops::service
