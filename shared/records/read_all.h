#pragma once

// Whole lists, for stores whose rules look at all rows of a parent.
//
// Thread-safety: a function that uses the connection it is given.

#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "shared/mysql/database.h"
#include "shared/records/table.h"
#include "shared/status/macros.h"

namespace salesops::records {

// Every row of a query, page by page; `query.limit` is ignored.
template <class T>
absl::StatusOr<std::vector<T>> ReadAll(mysql::Connection& c, const Table<T>& table,
                                       ListQuery query) {
  std::vector<T> all;
  query.limit = 1000;
  do {
    ASSIGN_OR_RETURN(Page<T> page, table.List(c, query));
    for (T& row : page.rows) all.push_back(std::move(row));
    query.after = page.next;
  } while (query.after);
  return all;
}

}  // namespace salesops::records
