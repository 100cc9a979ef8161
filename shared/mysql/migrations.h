#pragma once

// Forward-only schema changes.
//
// A component (the service itself, or a shared library that owns tables, such as "events") brings
// a numbered list of files; the table schema_migration records (component, number, checksum,
// applied_at). Run by `--migrate`, under GET_LOCK named by schema. A service refuses to start below
// its newest number and tolerates newer ones (expand, then contract).
//
// Schema changes cannot be rolled back, so the record is kept per statement: a file that failed
// half-way is continued after the statements that were done, once what failed is corrected. Give a
// Database for migrations a `longest_statement` that the longest ALTER fits into.
//
// The files are compiled in: `salesops_migrations(NAME COMPONENT … FILES …)` in CMake generates
// `const mysql::MigrationSet& <Name>Migrations()`.
//
// Thread-safety: pure values and functions.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "shared/base/context.h"
#include "shared/mysql/database.h"

namespace salesops::mysql {

struct Migration {
  int number = 0;
  std::string file;  // "0001_accounts.sql"
  std::string sql;   // statements separated by ';' at a line's end; one statement each where DDL
};

struct MigrationSet {
  std::string component;
  std::vector<Migration> migrations;  // numbers 1, 2, 3 …
};

// The statements of a file: cut after a ';' at a line's end, without lines that are comments.
std::vector<std::string> SplitStatements(absl::string_view sql);

// Applies what is missing, in the order of `sets`. FAILED_PRECONDITION if an applied file changed.
absl::Status Migrate(Database& db, const base::Context& ctx, const std::vector<MigrationSet>& sets);

// OK if every migration of `sets` is applied; FAILED_PRECONDITION naming what is missing.
absl::Status CheckMigrated(Database& db, const base::Context& ctx,
                           const std::vector<MigrationSet>& sets);

}  // namespace salesops::mysql
