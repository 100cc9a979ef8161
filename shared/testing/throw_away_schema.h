#pragma once

// A schema of its own for a test, on the server that SALESOPS_TEST_DATABASE names
// (mysql://user:password@127.0.0.1:port, a user who may create schemas and users), and a user with
// the rights a running service has: to read and write rows of this schema and nothing else. Both
// are dropped at the end.
//
//   class AccountStoreTest : public testing::Test {
//     testing::ThrowAwaySchema schema_{{PipelineMigrations()}};
//     MysqlAccountStore store_{schema_.database()};
//   };
//
// Making a schema takes some 10 ms and its migrations more: a suite with many tests shares one
// (SetUpTestSuite) and deletes rows between them.
//
// Without the variable a test does not pass: the constructor throws, which GoogleTest reports as a
// failure that says what to do. (It may throw because only tests use it.)
//
// Thread-safety: make and destroy it on one thread; database() is safe from any thread.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "shared/mysql/database.h"
#include "shared/mysql/migrations.h"
#include "shared/testing/namespace.h"

namespace salesops::testing {

// The server of a URL like the above, with no schema chosen; INVALID_ARGUMENT if it is malformed.
absl::StatusOr<mysql::DatabaseOptions> ParseDatabaseUrl(absl::string_view url);

class ThrowAwaySchema {
 public:
  // Applies the migrations, if any, as the administrator.
  explicit ThrowAwaySchema(const std::vector<mysql::MigrationSet>& migrations = {});
  ~ThrowAwaySchema();
  ThrowAwaySchema(const ThrowAwaySchema&) = delete;
  ThrowAwaySchema& operator=(const ThrowAwaySchema&) = delete;

  // Signs in as the schema's user.
  const mysql::DatabaseOptions& options() const { return options_; }
  mysql::Database& database() { return *database_; }

  // Runs one statement in the schema as the server's administrator, in autocommit; throws if it
  // fails. For what a test needs and a service may not do: CREATE TABLE, KILL, LOCK TABLES.
  void Execute(const std::string& sql, const mysql::Params& params = {});
  // Signs in as the administrator, in the schema.
  mysql::Database& administrator() { return *administrator_; }

 private:
  void Create();
  void Drop() noexcept;

  std::unique_ptr<mysql::Database> administrator_;
  mysql::DatabaseOptions options_;
  std::unique_ptr<mysql::Database> database_;
};

}  // namespace salesops::testing
