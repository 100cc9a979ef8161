#pragma once

// The SQL of one versioned table: current rows, and a history row per version.
//
// A table has its key columns, its value columns, and these, always in this order after them:
//   version BIGINT, create_time DATETIME(6), update_time DATETIME(6), archive_time DATETIME(6)
//   NULL, recorded_from BIGINT  -- outbox seq of the fact that made this version
// and, if it keeps history, a table <name>_history with the same columns and
//   recorded_to BIGINT    -- outbox seq of the fact that replaced it; kOpen while it is current
// with PRIMARY KEY (key…, recorded_from) and one index (list key…, key…, recorded_from) for each
// order that as-of lists use. A table whose rows are many and seldom change keeps only replaced
// versions there: a row is written once instead of twice, and an as-of read looks into both tables
// in one statement, so that it sees one state of them.
//
// Writing happens after events::Append in the same transaction: LAST_INSERT_ID() is the seq.
// An as-of read at position P sees the versions whose fact's position <= P and whose successor's
// position is not. Rows of a table without history never change: they are seen from their fact on.
//
// Nothing changes a version that is stored but its recorded_to, once, and Rewrite, which erases who
// a person is.
//
// records::Table<T> gives it types; only Table uses this class.
//
// Thread-safety: immutable after construction.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "shared/api/filter.h"
#include "shared/api/page_token.h"
#include "shared/mysql/database.h"

namespace salesops::records {

inline constexpr int64_t kOpen = 9223372036854775807;

struct ListQuery {
  // Leading key columns that must have these values (the parent's ids); "-" = any.
  std::vector<std::string> parent;
  std::vector<api::Predicate> where;      // all must hold
  std::vector<api::OrderTerm> order;      // the key columns follow
  std::optional<api::PageCursor> after;   // continue after this row
  std::optional<int64_t> as_of_position;  // nullopt = current rows
  bool show_archived = false;
  int limit = 50;
};

// The versions of one row that as-of reads at a position and before it can see, newest first.
struct RevisionQuery {
  mysql::Params key;  // whole
  int64_t as_of_position = 0;
  std::optional<int64_t> before;  // only versions whose recorded_from is less
  int limit = 50;
};

class RawTable {
 public:
  // A later page of a list is read by one of the secondary `indexes` or the primary key. Left to
  // itself, MariaDB compares a range of half the table with a scan of all of it, drops the range
  // and walks the list from its first page (page 1,000 of 1 M rows: 3.0 ms instead of 0.4).
  RawTable(std::string name, std::vector<std::string> key_columns,
           std::vector<std::string> value_columns, bool history,
           const std::vector<std::string>& indexes = {}, bool only_replaced = false);

  const std::string& name() const { return name_; }
  // Key, value and the version columns in the order in which rows are read and written.
  const std::vector<std::string>& columns() const { return columns_; }
  size_t key_size() const { return key_size_; }

  // `rows`: values of columns() without recorded_from. The i-th row's version was made by the fact
  // with seq LAST_INSERT_ID() + facts[i].
  absl::Status Insert(mysql::Transaction& tx, const std::vector<mysql::Params>& rows,
                      const std::vector<int64_t>& facts) const;
  // Replaces the version `version - 1` (the row carries the new number) made by the fact with seq
  // `recorded_from`. ABORTED (ETAG_MISMATCH) if the current row is of another version.
  absl::Status Update(mysql::Transaction& tx, const mysql::Params& row, int64_t version,
                      int64_t recorded_from, int64_t fact = 0) const;

  // One row by its whole key; `visit` is not called if there is none.
  absl::Status Get(mysql::Connection& c, const mysql::Params& key, bool for_update,
                   std::optional<int64_t> as_of_position,
                   const std::function<void(mysql::Row&)>& visit) const;
  // Rows by their keys, in key order; missing ones are left out.
  absl::Status BatchGet(mysql::Connection& c, const std::vector<mysql::Params>& keys,
                        bool for_update, std::optional<int64_t> as_of_position,
                        const std::function<void(mysql::Row&)>& visit) const;
  // At most query.limit + 1 rows, so that the caller sees whether there are more.
  absl::Status List(mysql::Connection& c, const ListQuery& query,
                    const std::function<void(mysql::Row&)>& visit) const;

  // At most query.limit + 1 versions. After columns() a row has: when its fact was sequenced, when
  // its successor's was (NULL if that is after the position, or there is none), and the type and
  // actor of its fact (NULL once the outbox is purged of it). Needs keeps_history().
  absl::Status Revisions(mysql::Connection& c, const RevisionQuery& query,
                         const std::function<void(mysql::Row&)>& visit) const;
  bool keeps_history() const { return history_; }

  // Every stored version of one row, locked: the current one, then those of the history (which may
  // hold the current one again).
  absl::Status Versions(mysql::Transaction& tx, const mysql::Params& key,
                        const std::function<void(mysql::Row&)>& visit) const;
  // Puts the values of `row` in the place of those of one version, wherever it is stored; its key,
  // version and times stay.
  absl::Status Rewrite(mysql::Transaction& tx, const mysql::Params& row,
                       int64_t recorded_from) const;

  // The position in columns() of a column, or -1.
  int IndexOf(const std::string& column) const;

 private:
  // Where versions are read from, and the condition that makes them those that are seen.
  struct Part {
    std::string from;   // the table as r, last
    std::string where;  // empty, or begins with " AND "
    mysql::Params params;
    bool current = false;  // its rows are those of the table, not of its history
  };
  std::vector<Part> PartsOf(std::optional<int64_t> as_of_position) const;
  absl::Status KeepReplaced(mysql::Transaction& tx, const mysql::Params& key, int64_t version,
                            int64_t fact) const;

  std::string name_;
  std::vector<std::string> columns_;
  size_t key_size_;
  bool history_;
  bool only_replaced_;
  std::string later_pages_;  // FORCE INDEX of current rows; empty = none
  std::string select_list_;
  std::string insert_list_;
  std::string update_sql_;
  std::string rewrite_sql_;  // after "UPDATE <table>"
};

}  // namespace salesops::records
