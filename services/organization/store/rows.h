#pragma once

// What several stores of organization share: guards and the state of referenced rows.
//
// Thread-safety: functions use the connection they are given.

#include <map>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "shared/mysql/database.h"

namespace salesops::organization::store {

// What one change must hold while it checks rules over rows that others write.
inline constexpr char kTeamTree[] = "teams";       // who is below whom
inline constexpr char kReporting[] = "reporting";  // who reports to whom
inline constexpr char kAccess[] = "access";        // that somebody can always administer

absl::Status LockGuard(mysql::Transaction& tx, const std::string& guard);

// Which of `ids` exist in a table: id -> archived. They cannot be archived before the transaction
// ends.
absl::StatusOr<std::map<std::string, bool>> FindReferenced(mysql::Transaction& tx,
                                                           const std::string& table,
                                                           const std::set<std::string>& ids);

// "(?,?,?)" for `values`, which are appended to `params`. An empty list gives "(NULL)": nothing is
// in it.
std::string InList(const std::set<std::string>& values, mysql::Params* params);

}  // namespace salesops::organization::store
