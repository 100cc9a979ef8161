#include "shared/mysql/migrations.h"

#include <gmock/gmock.h>

#include <thread>

#include "migrations/mysql_test_fruit.h"
#include "shared/mysql/test_server.h"

namespace salesops::mysql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

MigrationSet Set(std::vector<std::string> files) {
  MigrationSet set{"shop", {}};
  for (std::string& sql : files) {
    const int number = static_cast<int>(set.migrations.size()) + 1;
    set.migrations.push_back({number, absl::StrCat("000", number, ".sql"), std::move(sql)});
  }
  return set;
}

TEST(SplitStatementsTest, CutsAtSemicolonsThatEndALine) {
  EXPECT_THAT(SplitStatements("-- why;\nINSERT INTO t\nVALUES (';');\n\nSELECT 1;  \nSELECT 2"),
              ElementsAre("INSERT INTO t\nVALUES (';')", "SELECT 1", "SELECT 2"));
  EXPECT_THAT(SplitStatements(""), IsEmpty());
  EXPECT_THAT(SplitStatements(";\n-- nothing\n"), IsEmpty());
}

TEST(EmbeddedMigrationsTest, HoldTheFilesByteForByte) {
  const MigrationSet& set = MysqlTestFruitMigrations();
  EXPECT_EQ(set.component, "fruit");
  ASSERT_EQ(set.migrations.size(), 2);
  EXPECT_EQ(set.migrations[0].number, 1);
  EXPECT_EQ(set.migrations[0].file, "0001_fruit.sql");
  EXPECT_THAT(set.migrations[0].sql, HasSubstr("-- A comment; with a semicolon;\n"));
  EXPECT_THAT(set.migrations[1].sql, HasSubstr(R"('a;b\\c', 1.5);)"));
  EXPECT_THAT(set.migrations[1].sql, HasSubstr("'苹果 ${not_a_variable} @x@ [1]'"));
}

class MigrationsTest : public DatabaseTest {};

TEST_F(MigrationsTest, AppliesEachFileOnce) {
  EXPECT_EQ(CheckMigrated(*db_, Within(), {MysqlTestFruitMigrations()}).code(),
            absl::StatusCode::kFailedPrecondition);
  for (int i = 0; i < 2; ++i) {
    const absl::Status status = Migrate(*db_, Within(), {MysqlTestFruitMigrations()});
    ASSERT_TRUE(status.ok()) << status << status::LogDetail(status);
  }
  EXPECT_TRUE(CheckMigrated(*db_, Within(), {MysqlTestFruitMigrations()}).ok());
  EXPECT_EQ(Count("fruit"), 2);
  EXPECT_EQ(Count("schema_migration WHERE applied_at IS NOT NULL"), 2);
}

TEST_F(MigrationsTest, AppliesOnlyWhatIsMissing) {
  ASSERT_TRUE(Migrate(*db_, Within(), {Set({"CREATE TABLE a (x INT);"})}).ok());
  const MigrationSet next = Set({"CREATE TABLE a (x INT);", "CREATE TABLE b (x INT);"});
  const absl::Status before = CheckMigrated(*db_, Within(), {next});
  EXPECT_EQ(status::Reason(before), "NOT_MIGRATED");
  EXPECT_THAT(before.ToString(), HasSubstr("missing"));
  ASSERT_TRUE(Migrate(*db_, Within(), {next}).ok());
  EXPECT_TRUE(CheckMigrated(*db_, Within(), {next}).ok());
}

TEST_F(MigrationsTest, ToleratesANewerSchema) {
  const MigrationSet newer = Set({"CREATE TABLE a (x INT);", "CREATE TABLE b (x INT);"});
  ASSERT_TRUE(Migrate(*db_, Within(), {newer}).ok());
  const MigrationSet older = Set({"CREATE TABLE a (x INT);"});
  EXPECT_TRUE(CheckMigrated(*db_, Within(), {older}).ok());
  EXPECT_TRUE(Migrate(*db_, Within(), {older}).ok());
}

TEST_F(MigrationsTest, RefusesAChangedFile) {
  ASSERT_TRUE(Migrate(*db_, Within(), {Set({"CREATE TABLE a (x INT);"})}).ok());
  const MigrationSet changed = Set({"CREATE TABLE a (x BIGINT);"});
  EXPECT_EQ(status::Reason(Migrate(*db_, Within(), {changed})), "MIGRATION_CHANGED");
  EXPECT_EQ(status::Reason(CheckMigrated(*db_, Within(), {changed})), "MIGRATION_CHANGED");
  const MigrationSet longer = Set({"CREATE TABLE a (x INT);\nCREATE TABLE b (x INT);"});
  EXPECT_EQ(status::Reason(Migrate(*db_, Within(), {longer})), "MIGRATION_CHANGED");
}

TEST_F(MigrationsTest, ContinuesAFileThatFailedHalfWay) {
  EXPECT_FALSE(
      Migrate(*db_, Within(), {Set({"CREATE TABLE a (x INT);\nCREATE TABLE b (oops);"})}).ok());
  EXPECT_EQ(status::Reason(CheckMigrated(*db_, Within(), {Set({"CREATE TABLE a (x INT);"})})),
            "NOT_MIGRATED");
  const absl::Status again =
      Migrate(*db_, Within(), {Set({"CREATE TABLE a (x INT);\nCREATE TABLE b (x INT);"})});
  ASSERT_TRUE(again.ok()) << again << status::LogDetail(again);
  EXPECT_EQ(Count("b"), 0);
}

TEST_F(MigrationsTest, KeepsComponentsApartAndInOrder) {
  MigrationSet events{"events", {{1, "0001.sql", "CREATE TABLE e (x INT);"}}};
  MigrationSet service{"service", {{1, "0001.sql", "INSERT INTO e VALUES (1);"}}};
  ASSERT_TRUE(Migrate(*db_, Within(), {events, service}).ok());
  EXPECT_EQ(Count("e"), 1);
}

TEST_F(MigrationsTest, RefusesNumbersWithAGap) {
  MigrationSet gap{"shop", {{2, "0002.sql", "CREATE TABLE a (x INT);"}}};
  EXPECT_FALSE(Migrate(*db_, Within(), {gap}).ok());
}

TEST_F(MigrationsTest, OnlyOneOfManyReplicasApplies) {
  const MigrationSet set =
      Set({"CREATE TABLE a (x INT);", "INSERT INTO a SELECT SLEEP(0.2) FROM DUAL;"});
  std::vector<std::thread> replicas;
  std::vector<absl::Status> results(4);
  for (absl::Status& result : results) {
    replicas.emplace_back([&] { result = Migrate(*db_, Within(), {set}); });
  }
  for (std::thread& replica : replicas) replica.join();
  for (const absl::Status& result : results) EXPECT_TRUE(result.ok()) << result;
  EXPECT_EQ(Count("a"), 1);
}

TEST_F(MigrationsTest, WaitsForTheLockNoLongerThanItsContext) {
  const std::string name = absl::StrCat("migrate:", options_.name);
  const absl::Status held = admin_->Read(Within(), [&](Connection& c) -> absl::Status {
    const auto got =
        c.QueryOne("SELECT GET_LOCK(?, 0)", {name}, [](Row& row) { return row.Int64(0); });
    EXPECT_EQ(got->value_or(0), 1);
    const absl::Status status =
        Migrate(*db_, Within(absl::Seconds(1)), {Set({"CREATE TABLE a (x INT);"})});
    EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded) << status;
    return c.QueryOne("SELECT RELEASE_LOCK(?)", {name}, [](Row& row) { return row.Int64(0); })
        .status();
  });
  EXPECT_TRUE(held.ok()) << held;
}

}  // namespace
}  // namespace salesops::mysql
