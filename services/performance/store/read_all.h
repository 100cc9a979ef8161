#pragma once

// Every row of a query of a table, page by page.
//
// Thread-safety: a function that uses the connection it is given.

#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "shared/records/table.h"
#include "shared/status/macros.h"

namespace salesops::performance::store {

// `query.limit` is ignored.
template <class T>
absl::StatusOr<std::vector<T>> ReadAll(const records::Table<T>& table, mysql::Connection& c,
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

}  // namespace salesops::performance::store
