#pragma once

// What a reference must know of the row that it names, without reading the whole record.
//
// Thread-safety: pure functions; reads through the connection they are given.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "shared/mysql/database.h"
#include "shared/status/macros.h"

namespace salesops::pipeline::store {

// The rows of `table` with one of `ids`, by id. `State` has a member `archived`; `read` fills the
// rest from `columns`, which begin at 2. One query for up to 1,000 ids.
template <class State, class Read>
absl::StatusOr<std::map<std::string, State>> FindRows(mysql::Connection& c, const char* table,
                                                      const char* columns,
                                                      const std::vector<std::string>& ids,
                                                      Read read) {
  constexpr size_t kMostIds = 1000;
  std::map<std::string, State> found;
  for (size_t begin = 0; begin < ids.size(); begin += kMostIds) {
    const size_t end = std::min(ids.size(), begin + kMostIds);
    const std::string marks = absl::StrJoin(std::vector<std::string>(end - begin, "?"), ",");
    RETURN_IF_ERROR(c.ForEach(absl::StrCat("SELECT id, archive_time", columns, " FROM ", table,
                                           " WHERE id IN (", marks, ") LIMIT ", end - begin),
                              mysql::Params(ids.begin() + begin, ids.begin() + end),
                              [&](mysql::Row& row) {
                                State& state = found[row.String(0)];
                                state.archived = !row.IsNull(1);
                                read(row, &state);
                              }));
  }
  return found;
}

}  // namespace salesops::pipeline::store
