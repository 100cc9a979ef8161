#include "shared/mysql/statement_rules.h"

#include <gmock/gmock.h>

namespace salesops::mysql {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(WhyRefusedTest, TransactionsAndSettingsBelongToTheLibrary) {
  for (const char* sql :
       {"BEGIN", "begin;", "START TRANSACTION", " COMMIT", "ROLLBACK TO x", "SET autocommit = 0",
        "USE other", "LOCK TABLES t READ", "/* why */ commit", "-- why\nCOMMIT",
        "# why\nSAVEPOINT x", "XA START 1"}) {
    EXPECT_THAT(WhyRefused(sql), HasSubstr("belong to")) << sql;
  }
}

TEST(WhyRefusedTest, SchemaChangesCommitTheTransaction) {
  for (const char* sql : {"CREATE TABLE t (x INT)", "alter table t add y int", "DROP TABLE t",
                          "TRUNCATE t", "RENAME TABLE a TO b"}) {
    EXPECT_THAT(WhyRefused(sql), HasSubstr("schema change")) << sql;
    EXPECT_TRUE(IsSchemaChange(sql)) << sql;
  }
  EXPECT_FALSE(IsSchemaChange("INSERT INTO t VALUES ('DROP TABLE t')"));
}

TEST(WhyRefusedTest, ComparisonsOfRowsScanTheIndex) {
  for (const char* sql :
       {"SELECT 1 FROM t WHERE (t, id) > (?, ?) LIMIT 2", "SELECT 1 FROM t WHERE (a,b)<=(?,?)",
        "SELECT 1 FROM t WHERE x = 1 AND (f(a, b), b) >= (SELECT 1, 2)",
        "SELECT 1 FROM t WHERE NOT (a, (b)) < (1, 2)"}) {
    EXPECT_THAT(WhyRefused(sql), HasSubstr("whole index")) << sql;
  }
}

TEST(WhyRefusedTest, ReturningIsOfOneServerOnly) {
  EXPECT_THAT(WhyRefused("INSERT INTO t VALUES (1) RETURNING id"), HasSubstr("RETURNING"));
}

TEST(WhyRefusedTest, LetsOrdinaryStatementsPass) {
  for (const char* sql :
       {"SELECT id FROM t WHERE t >= ? AND (t > ? OR id > ?) ORDER BY t, id LIMIT 51",
        "SELECT 1 FROM t WHERE COALESCE(a, b) > (c + d)", "SELECT 1 FROM t WHERE (a + b) > (c, d)",
        "SELECT 1 FROM t WHERE (a, b) IN ((1, 2), (3, 4))", "SELECT 1 FROM t WHERE (a, b) = (1, 2)",
        "INSERT INTO t (a, b) VALUES (?, ?)", "UPDATE t SET commit_time = ?",
        "SELECT '(a, b) > (c, d)', \"RETURNING\", `returning` FROM t",
        "(SELECT 1) UNION (SELECT 2)", "WITH x AS (SELECT 1) SELECT * FROM x",
        "SELECT 'it''s', 'a\\'b' FROM t", "SELECT 1 -- (a, b) > (c, d)\n", "SELECT 1 /* COMMIT */",
        "", "'", "/*"}) {
    EXPECT_THAT(WhyRefused(sql), IsEmpty()) << sql;
  }
}

}  // namespace
}  // namespace salesops::mysql
