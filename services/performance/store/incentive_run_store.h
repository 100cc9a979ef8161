#pragma once

// Where runs and the incentive ledger are kept: tables `incentive_run` and `incentive_entry`.
//
// A run is begun by whoever calculates a period, and held until it is complete or its lease is
// over; then the next one begins anew. Its entries count once it is complete.
//
// Thread-safety: free functions that use the connection they are given.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/performance/domain/incentives/ledger.h"
#include "services/performance/domain/run_inputs.h"
#include "shared/mysql/database.h"

namespace salesops::performance::store {

// Which run of which period; ids.
struct RunKey {
  std::string plan_id;
  std::string period_id;
  int run = 0;
};

struct IncentiveRun {
  RunKey key;
  std::string holder;
  absl::Time lease_until;
  int64_t position = 0;  // of the service's own log: everything until it is what it sees
  absl::Time as_of_time;
  std::string version_id;  // of the plan
  int engine_version = 0;
  domain::RunInputs inputs;
};

// Begins a run with the next number of its period, which it puts into `run`. The caller holds the
// lock of the plan. A run that is held at `now` is FAILED_PRECONDITION, reason CALCULATION_RUNNING;
// one whose lease is over will never be complete.
absl::Status BeginRun(mysql::Transaction& tx, absl::Time now, IncentiveRun* run);
// Locks the run and moves the end of its lease. UNAVAILABLE, reason CALCULATION_LOST, if it is no
// longer held by its holder.
absl::Status RenewRun(mysql::Transaction& tx, const IncentiveRun& run, absl::Time lease_until);
// From here on its entries count; after RenewRun.
absl::Status CompleteRun(mysql::Transaction& tx, const IncentiveRun& run);
// Gives a run up, if it is still held: the next one need not wait for the end of its lease.
absl::Status AbandonRun(mysql::Transaction& tx, const IncentiveRun& run);
// NOT_FOUND is an error of the database's contents: INTERNAL.
absl::StatusOr<IncentiveRun> GetRun(mysql::Connection& c, const RunKey& key);

// Adds entries [begin, end) of those that the run adds; parents are places among all of these.
absl::Status AddEntries(mysql::Transaction& tx, const RunKey& key,
                        const std::vector<domain::Entry>& entries, size_t begin, size_t end);

// The ledger of a period after the run, of one payee ("sellers/7") or of all: what complete runs
// added, by payee, in order.
absl::StatusOr<std::vector<domain::Entry>> LedgerOf(mysql::Connection& c, const RunKey& key,
                                                    const std::optional<std::string>& payee);

}  // namespace salesops::performance::store
