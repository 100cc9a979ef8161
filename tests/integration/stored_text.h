#pragma once

// Where a schema holds a text, in whatever column of whatever table: "contact.phone",
// "outbox.payload".
//
//   EXPECT_THAT(ColumnsThatHold(pipeline_.database(), "+86 139 1111"), IsEmpty());

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "shared/base/context.h"
#include "shared/mysql/database.h"

namespace salesops {

inline std::vector<std::string> ColumnsThatHold(mysql::Database& database,
                                                const std::string& text) {
  const base::DeadlineContext soon(absl::Now() + absl::Seconds(20));
  const auto columns = database.Read(soon, [](mysql::Connection& c) {
    return c.Query(
        "SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = "
        "DATABASE() AND (DATA_TYPE LIKE '%char' OR DATA_TYPE LIKE '%text' OR DATA_TYPE LIKE "
        "'%blob' OR DATA_TYPE LIKE '%binary' OR DATA_TYPE = 'json') LIMIT 5000",
        {}, [](mysql::Row& row) { return std::make_pair(row.String(0), row.String(1)); });
  });
  EXPECT_TRUE(columns.ok()) << columns.status();
  std::vector<std::string> holding;
  if (!columns.ok()) return holding;
  for (const auto& [table, column] : *columns) {
    const std::string sql =
        absl::StrCat("SELECT COUNT(*) FROM `", table, "` WHERE LOCATE(CAST(? AS BINARY), CAST(`",
                     column, "` AS BINARY)) > 0");
    const auto rows = database.Read(soon, [&](mysql::Connection& c) {
      return c.QueryOne(sql, {text}, [](mysql::Row& row) { return row.Int64(0); });
    });
    EXPECT_TRUE(rows.ok()) << table << "." << column << ": " << rows.status();
    if (rows.ok() && rows->value_or(0) > 0) holding.push_back(absl::StrCat(table, ".", column));
  }
  return holding;
}

}  // namespace salesops
