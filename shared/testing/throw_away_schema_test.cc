#include "shared/testing/throw_away_schema.h"

#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>

#include "shared/base/clock.h"
#include "shared/base/context.h"
#include "shared/testing/status_matchers.h"

namespace salesops::testing {
namespace {

// Takes the variable away for one scope.
class WithoutTestDatabase {
 public:
  WithoutTestDatabase() {
    if (const char* url = std::getenv(kName)) saved_ = url;
    unsetenv(kName);
  }
  ~WithoutTestDatabase() {
    if (saved_) setenv(kName, saved_->c_str(), 1);
  }

 private:
  static constexpr char kName[] = "SALESOPS_TEST_DATABASE";
  std::optional<std::string> saved_;
};

absl::StatusOr<std::optional<int64_t>> Number(mysql::Database& database, const std::string& sql) {
  const base::DeadlineContext ctx(base::SystemClock().Now() + absl::Seconds(30));
  return database.Read(ctx, [&](mysql::Connection& c) {
    return c.QueryOne(sql, {}, [](mysql::Row& row) { return row.Int64(0); });
  });
}

absl::Status Do(mysql::Database& database, const std::string& sql) {
  const base::DeadlineContext ctx(base::SystemClock().Now() + absl::Seconds(30));
  return database.Read(
      ctx, [&](mysql::Connection& c) -> absl::Status { return c.Execute(sql).status(); });
}

TEST(ThrowAwaySchemaTest, FailsWithWordsWithoutAServer) {
  const WithoutTestDatabase without;
  try {
    ThrowAwaySchema schema;
    FAIL() << "made a schema without a server";
  } catch (const std::runtime_error& e) {
    EXPECT_THAT(e.what(), HasSubstr("tools/dev test"));
  }
}

TEST(ThrowAwaySchemaTest, ItsUserReadsAndWritesRowsAndSeesNothingElse) {
  ThrowAwaySchema schema;
  ThrowAwaySchema other;
  schema.Execute("CREATE TABLE t (id BIGINT PRIMARY KEY)");
  EXPECT_OK(Do(schema.database(), "INSERT INTO t (id) VALUES (7)"));
  EXPECT_THAT(Do(schema.database(), "DROP TABLE t"), Not(IsOk()));
  other.Execute("CREATE TABLE secret (id BIGINT PRIMARY KEY)");
  EXPECT_THAT(Number(schema.database(), "SELECT id FROM t"), IsOkAndHolds(Optional(7)));
  EXPECT_THAT(Number(schema.database(), "SELECT COUNT(*) FROM " + other.options().name + ".secret"),
              Not(IsOk()));
}

TEST(ThrowAwaySchemaTest, LeavesNothingBehind) {
  std::string name;
  {
    ThrowAwaySchema schema;
    name = schema.options().name;
  }
  ThrowAwaySchema observer;
  observer.Execute("CREATE DATABASE `" + name + "`");  // the name is free again
  observer.Execute("DROP DATABASE `" + name + "`");
}

TEST(ThrowAwaySchemaTest, AppliesMigrations) {
  const mysql::MigrationSet set{
      "fruit", {{1, "0001_fruit.sql", "CREATE TABLE fruit (id BIGINT PRIMARY KEY);\n"}}};
  ThrowAwaySchema schema({set});
  EXPECT_THAT(Number(schema.database(), "SELECT COUNT(*) FROM fruit"), IsOkAndHolds(Optional(0)));
}

TEST(DatabaseUrlTest, Parses) {
  ASSERT_OK_AND_ASSIGN(const mysql::DatabaseOptions options,
                       ParseDatabaseUrl("mysql://root:p@ss:word@127.0.0.1:3307"));
  EXPECT_EQ(options.user, "root");
  EXPECT_EQ(options.password, "p@ss:word");
  EXPECT_EQ(options.host, "127.0.0.1");
  EXPECT_EQ(options.port, 3307);
  for (const char* bad : {"", "root:x@h:1", "mysql://root@h:1", "mysql://root:x@h",
                          "mysql://root:x@h:0", "mysql://:x@h:1", "mysql://root:x@:1"}) {
    EXPECT_THAT(ParseDatabaseUrl(bad), StatusIs(absl::StatusCode::kInvalidArgument)) << bad;
  }
}

}  // namespace
}  // namespace salesops::testing
