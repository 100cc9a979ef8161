#pragma once

// A copy of organization's facts (sellers, assignments, teams, access roles, grants) in the schema
// of the service that uses it, kept by a consumer, and an in-memory view of it that answers "who
// may do what on whose rows" without blocking. Every service has one, organization included.
//
//   auto roster = Roster::Start(db, channel, clock, zone);
//   server_dependencies.access = roster.get();
//
// Row scope: OWN_AND_REPORTS = the principal's seller and every seller whose chain of `manager`
// assignments, as of today in the company's zone, reaches it; DEPARTMENT = the sellers assigned
// today to a team of the department; ALL = everything. A change of organization takes effect here
// within 5 s (asserted by a test).
//
// Tables (migration component "roster"): roster_seller, roster_assignment, roster_secondment,
// roster_team, roster_team_placement, roster_access_role, roster_grant, roster_department; ids, not
// names; dates as in organization's contracts; no archived assignments or grants. Stores of the
// service may join roster_assignment for team filters; the team of a seller on a day is
// TeamOnDaySql (sql/team_sql.h).
//
// While the tables are filled from nothing (first contact, a rebuild) the view before answers;
// Lookup is UNAVAILABLE (ACCESS_UNKNOWN) if there is none.
//
// Thread-safety: safe from any thread.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "shared/auth/access.h"
#include "shared/base/civil.h"
#include "shared/base/clock.h"
#include "shared/events/consumer.h"
#include "shared/mysql/database.h"
#include "shared/mysql/migrations.h"
#include "shared/rpc/channel.h"

namespace salesops::roster {

class Roster : public auth::AccessDirectory {
 public:
  struct Options {
    absl::TimeZone zone;                        // the company's; decides "today"
    absl::Duration refresh = absl::Seconds(1);  // how often other replicas' progress is noticed
    std::function<void(const absl::Status&)> on_error;  // following failed; it will be tried again
  };
  // `db` is for background work. `organization` is the roster's own channel (stopping cancels its
  // calls); it may be null in tests that write the tables.
  static std::unique_ptr<Roster> Start(mysql::Database* db,
                                       std::shared_ptr<rpc::Channel> organization,
                                       const base::Clock* clock, const Options& options);

  // Reads the tables again now (tests, and after a rebuild).
  virtual absl::Status Refresh() = 0;
  // True once the tables have been read, empty or not: what readiness may wait for, also in
  // organization, whose roster follows itself.
  virtual bool loaded() const = 0;
  // True if the seller exists and is not archived, so that it may be newly referenced.
  virtual bool HasSeller(const std::string& seller_id) const = 0;
  // The same of a team.
  virtual bool HasTeam(const std::string& team_id) const = 0;
  // The teams below and including `team_id` on a day.
  virtual std::vector<std::string> TeamAndBelow(const std::string& team_id,
                                                base::CivilDay day) const = 0;
  // The sellers assigned to any of the teams on a day.
  virtual std::vector<std::string> SellersOf(const std::vector<std::string>& team_ids,
                                             base::CivilDay day) const = 0;
  virtual const events::Consumer* consumer() const = 0;
};

const mysql::MigrationSet& Migrations();

}  // namespace salesops::roster
