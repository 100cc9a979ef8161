#pragma once

// What several stores of organization share: guards, the state of referenced rows, whole lists.
//
// Thread-safety: functions use the connection they are given.

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "shared/mysql/database.h"
#include "shared/records/table.h"
#include "shared/status/macros.h"

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

// Every row of a query, page by page; `query.limit` is ignored.
template <class T>
absl::StatusOr<std::vector<T>> ReadAll(mysql::Connection& c, const records::Table<T>& table,
                                       records::ListQuery query) {
  std::vector<T> all;
  query.limit = 1000;
  do {
    ASSIGN_OR_RETURN(records::Page<T> page, table.List(c, query));
    for (T& row : page.rows) all.push_back(std::move(row));
    query.after = page.next;
  } while (query.after);
  return all;
}

}  // namespace salesops::organization::store
