#pragma once

// The roster_* tables: applying organization's facts to them, emptying them, reading them.
//
// Thread-safety: free functions that use the connection they are given.

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "salesops/events/v1/event.pb.h"
#include "salesops/organization/v1/access.pb.h"
#include "salesops/organization/v1/assignment.pb.h"
#include "salesops/organization/v1/department.pb.h"
#include "salesops/organization/v1/seller.pb.h"
#include "salesops/organization/v1/team.pb.h"
#include "shared/mysql/database.h"
#include "shared/roster/roster_view.h"

namespace salesops::roster {

// The name of the read model in consumer_position.
inline constexpr char kReadModel[] = "roster";

// One fact of organization; types that the roster does not need are passed over.
absl::Status ApplyEvent(mysql::Transaction& tx, const salesops::events::v1::Event& event);
absl::Status EmptyTables(mysql::Transaction& tx);

// The state of one resource; what is archived and would only be dead weight is taken away.
absl::Status Store(mysql::Transaction& tx, const organization::v1::Department& department);
absl::Status Store(mysql::Transaction& tx, const organization::v1::Team& team);
absl::Status Store(mysql::Transaction& tx, const organization::v1::Seller& seller);
absl::Status Store(mysql::Transaction& tx, const organization::v1::Assignment& assignment);
absl::Status Store(mysql::Transaction& tx, const organization::v1::AccessRole& role);
absl::Status Store(mysql::Transaction& tx, const organization::v1::Grant& grant);

// How far the tables are.
struct Progress {
  std::string log_id;  // empty = organization has never been heard of here
  int64_t position = 0;
  friend bool operator==(const Progress&, const Progress&) = default;
};
absl::StatusOr<Progress> ReadProgress(mysql::Connection& c);
absl::StatusOr<RosterRows> ReadRows(mysql::Connection& c);

}  // namespace salesops::roster
