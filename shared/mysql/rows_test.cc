// Values on their way into the database and back.

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <limits>

#include "shared/mysql/test_server.h"

namespace salesops::mysql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

base::Decimal Dec(absl::string_view text) { return *base::Decimal::Parse(text); }

class RowsTest : public DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    if (IsSkipped()) return;
    Do("CREATE TABLE v (k BIGINT PRIMARY KEY, i BIGINT, u BIGINT UNSIGNED, d DOUBLE, b BOOLEAN, "
       "s VARCHAR(200) COLLATE utf8mb4_bin, t LONGTEXT COLLATE utf8mb4_unicode_520_ci, "
       "blob_ LONGBLOB, vb VARBINARY(20), m DECIMAL(38,18), day DATE, at DATETIME(6))");
  }

  // What `get` reads from `column` after `value` was stored in it.
  template <class F>
  auto RoundTrip(const std::string& column, const Value& value, F get) {
    Do("DELETE FROM v");
    Do(absl::StrCat("INSERT INTO v (k, ", column, ") VALUES (1, ?)"), {value});
    return One(absl::StrCat("SELECT ", column, " FROM v"), get);
  }

  template <class F>
  auto One(const std::string& sql, F get, const Params& params = {})
      -> absl::StatusOr<std::invoke_result_t<F, Row&>> {
    auto rows = db_->Read(Within(), [&](Connection& c) { return c.Query(sql, params, get); });
    if (!rows.ok()) return rows.status();
    if (rows->size() != 1) return absl::NotFoundError("not one row");
    return (*rows)[0];
  }

  template <class F>
  std::string Problem(const std::string& sql, F get) {
    const auto result = One(sql, get);
    return result.ok() ? "none" : status::LogDetail(result.status());
  }
};

TEST_F(RowsTest, IntegersKeepTheirValue) {
  for (int64_t n : {int64_t{0}, int64_t{-5}, std::numeric_limits<int64_t>::min(),
                    std::numeric_limits<int64_t>::max()}) {
    EXPECT_EQ(*RoundTrip("i", n, [](Row& r) { return r.Int64(0); }), n);
  }
}

TEST_F(RowsTest, DoublesKeepEveryBit) {
  for (double d : {0.1, -1e-300, 1.7976931348623157e308, 1.0 / 3}) {
    EXPECT_EQ(*RoundTrip("d", d, [](Row& r) { return r.Double(0); }), d);
  }
}

TEST_F(RowsTest, DecimalsKeepEveryDigit) {
  for (const char* text : {"12345678901234567890.123456789012345678", "-0.000000000000000001", "0",
                           "99999999999999999999.999999999999999999"}) {
    EXPECT_EQ(*RoundTrip("m", Dec(text), [](Row& r) { return r.Decimal(0); }), Dec(text)) << text;
  }
}

TEST_F(RowsTest, DecimalsCompareByEveryDigit) {
  const base::Decimal below = Dec("12345678901234567890.123456789012345677");
  const base::Decimal stored = Dec("12345678901234567890.123456789012345678");
  Do("INSERT INTO v (k, m) VALUES (1, ?)", {stored});
  EXPECT_EQ(*One("SELECT CONCAT(m > ?, m >= ?, m = ?, m < ?, m = ?, m BETWEEN ? AND ?, "
                 "m IN (CAST(? AS DECIMAL(38,18)))) FROM v",
                 [](Row& r) { return r.String(0); },
                 {below, stored, stored, stored, below, below, stored, below}),
            "1110010");
}

TEST_F(RowsTest, AnIntegerIsAlsoADecimal) {
  EXPECT_EQ(*One("SELECT 7", [](Row& r) { return r.Decimal(0); }), Dec("7"));
}

TEST_F(RowsTest, BooleansAreZeroOrOne) {
  for (bool b : {true, false}) {
    EXPECT_EQ(*RoundTrip("b", b, [](Row& r) { return r.Bool(0); }), b);
  }
  EXPECT_THAT(Problem("SELECT 2", [](Row& r) { return r.Bool(0); }), HasSubstr("other than 0"));
}

TEST_F(RowsTest, TextKeepsEveryCharacter) {
  const std::string nul("a\0b", 3);
  for (const std::string& s : {std::string(), std::string("苹果 🍏 é '\"\\%_ \n"), nul}) {
    EXPECT_EQ(*RoundTrip("s", s, [](Row& r) { return r.String(0); }), s);
  }
}

TEST_F(RowsTest, LongTextAndLongBytesKeepEveryByte) {
  std::string text, bytes;
  for (int i = 0; i < 400000; ++i) {
    text += static_cast<char>('a' + i % 26);
    bytes += static_cast<char>(i * 31);
  }
  EXPECT_EQ(*RoundTrip("t", text, [](Row& r) { return r.String(0); }), text);
  EXPECT_EQ(*RoundTrip("blob_", Bytes{bytes}, [](Row& r) { return r.Blob(0); }), Bytes{bytes});
}

TEST_F(RowsTest, ShortBytesKeepEveryByte) {
  Bytes all;
  for (int i = 0; i < 256; ++i) all.data += static_cast<char>(i);
  EXPECT_EQ(*RoundTrip("blob_", all, [](Row& r) { return r.Blob(0); }), all);
  const Bytes key{std::string("\0\xff\x80'", 4)};
  EXPECT_EQ(*RoundTrip("vb", key, [](Row& r) { return r.Blob(0); }), key);
  EXPECT_EQ(*One("SELECT COUNT(*) FROM v WHERE vb = ?", [](Row& r) { return r.Int64(0); }, {key}),
            1);
}

TEST_F(RowsTest, DaysAndTimesComeBack) {
  const base::CivilDay day(2028, 2, 29);
  EXPECT_EQ(*RoundTrip("day", day, [](Row& r) { return r.Day(0); }), day);
  const absl::Time whole = absl::FromCivil(absl::CivilSecond(2026, 3, 1, 9), absl::UTCTimeZone());
  // A whole second is the case in which the connector leaves the fraction away.
  for (absl::Time at : {whole, whole + absl::Microseconds(1), whole + absl::Milliseconds(500)}) {
    EXPECT_EQ(*RoundTrip("at", at, [](Row& r) { return r.Time(0); }), at);
  }
}

TEST_F(RowsTest, TheServersClockIsUtc) {
  const absl::Time now = *One("SELECT NOW(6)", [](Row& r) { return r.Time(0); });
  EXPECT_LT(absl::AbsDuration(absl::Now() - now), absl::Minutes(5));
}

TEST_F(RowsTest, NullIsNeverAValue) {
  const char* sql = "SELECT i, d, b, s, blob_, m, day, at FROM v";
  Do("INSERT INTO v (k) VALUES (1)");
  EXPECT_TRUE(*One(sql, [](Row& r) {
    return r.OptionalInt64(0) == std::nullopt && r.OptionalString(3) == std::nullopt &&
           r.OptionalDecimal(5) == std::nullopt && r.OptionalDay(6) == std::nullopt &&
           r.OptionalTime(7) == std::nullopt && r.IsNull(1) && r.IsNull(2) && r.IsNull(4);
  }));
  EXPECT_THAT(Problem(sql, [](Row& r) { return r.Int64(0); }), HasSubstr("column 0 is NULL"));
  EXPECT_THAT(Problem(sql, [](Row& r) { return r.Double(1); }), HasSubstr("column 1 is NULL"));
  EXPECT_THAT(Problem(sql, [](Row& r) { return r.Bool(2); }), HasSubstr("column 2 is NULL"));
  EXPECT_THAT(Problem(sql, [](Row& r) { return r.String(3); }), HasSubstr("column 3 is NULL"));
  EXPECT_THAT(Problem(sql, [](Row& r) { return r.Blob(4); }), HasSubstr("column 4 is NULL"));
  EXPECT_THAT(Problem(sql, [](Row& r) { return r.Decimal(5); }), HasSubstr("column 5 is NULL"));
  EXPECT_THAT(Problem(sql, [](Row& r) { return r.Day(6); }), HasSubstr("column 6 is NULL"));
  EXPECT_THAT(Problem(sql, [](Row& r) { return r.Time(7); }), HasSubstr("column 7 is NULL"));
}

TEST_F(RowsTest, ATypeIsNeverConverted) {
  Do("INSERT INTO v (k, i, d, b, s, blob_, m, day, at) VALUES "
     "(1, 1, 1.5, 1, '1', '1', 1.5, '2026-03-01', '2026-03-01 12:00:00')");
  const auto problem = [&](const char* column, auto get) {
    return Problem(absl::StrCat("SELECT ", column, " FROM v"), get);
  };
  const auto as_int = [](Row& r) { return r.Int64(0); };
  const auto as_double = [](Row& r) { return r.Double(0); };
  const auto as_text = [](Row& r) { return r.String(0); };
  const auto as_bytes = [](Row& r) { return r.Blob(0); };
  const auto as_decimal = [](Row& r) { return r.Decimal(0); };
  const auto as_day = [](Row& r) { return r.Day(0); };
  const auto as_time = [](Row& r) { return r.Time(0); };
  for (const char* column : {"d", "s", "blob_", "m", "day", "at"}) {
    EXPECT_THAT(problem(column, as_int), HasSubstr("not an integer")) << column;
  }
  for (const char* column : {"i", "m", "s"}) {
    EXPECT_THAT(problem(column, as_double), HasSubstr("not a double")) << column;
  }
  for (const char* column : {"i", "d", "m", "day", "at", "blob_"}) {
    EXPECT_THAT(problem(column, as_text), HasSubstr("not text")) << column;
  }
  for (const char* column : {"s", "i"}) {
    EXPECT_THAT(problem(column, as_bytes), HasSubstr("not bytes")) << column;
  }
  for (const char* column : {"d", "s", "at"}) {
    EXPECT_THAT(problem(column, as_decimal), HasSubstr("not a decimal")) << column;
  }
  for (const char* column : {"at", "s", "i"}) {
    EXPECT_THAT(problem(column, as_day), HasSubstr("not a day")) << column;
  }
  for (const char* column : {"day", "s", "i"}) {
    EXPECT_THAT(problem(column, as_time), HasSubstr("not a time")) << column;
  }
}

TEST_F(RowsTest, AColumnThatDoesNotExistIsAMistake) {
  EXPECT_THAT(Problem("SELECT 1", [](Row& r) { return r.Int64(1); }), HasSubstr("does not exist"));
  EXPECT_THAT(Problem("SELECT 1", [](Row& r) { return r.Int64(-1); }), HasSubstr("does not exist"));
  EXPECT_THAT(Problem("SELECT 1", [](Row& r) { return r.IsNull(7) ? 1 : 0; }),
              HasSubstr("does not exist"));
}

TEST_F(RowsTest, AnUnsignedNumberBeyondInt64IsAMistake) {
  Do("INSERT INTO v (k, u) VALUES (1, 18446744073709551615)");
  EXPECT_THAT(Problem("SELECT u FROM v", [](Row& r) { return r.Int64(0); }),
              HasSubstr("beyond int64"));
  Do("UPDATE v SET u = 9223372036854775807");
  EXPECT_EQ(*One("SELECT u FROM v", [](Row& r) { return r.Int64(0); }),
            std::numeric_limits<int64_t>::max());
}

TEST_F(RowsTest, AMistakeOfTheReaderLeavesTheConnectionUsable) {
  Problem("SELECT 'x'", [](Row& r) { return r.Int64(0); });
  EXPECT_EQ(*One("SELECT 'x'", [](Row& r) { return r.String(0); }), "x");
  EXPECT_EQ(db_->stats().broken, 0);
}

TEST_F(RowsTest, ParametersBeyondTheDatabaseAreRefused) {
  for (const Value& value : {Value(std::numeric_limits<double>::infinity()),
                             Value(std::numeric_limits<double>::quiet_NaN()),
                             Value(absl::InfiniteFuture()), Value(base::CivilDay(10000, 1, 1))}) {
    EXPECT_FALSE(One("SELECT ?", [](Row& r) { return r.IsNull(0); }, {value}).ok());
  }
}

// One statement, parameters whose kinds change from execution to execution: what the connector
// keeps of the execution before must never show.
TEST_F(RowsTest, AChangeOfKindNeverSendsOldBytes) {
  Do("INSERT INTO v (k) VALUES (1)");
  const std::string long_text(300000, 'x');
  const std::vector<std::pair<Value, std::string>> values = {
      {std::nullopt, "NULL"},
      {int64_t{-5}, "-5"},
      {long_text, long_text},
      {1.5, "1.5"},
      {"short", "short"},
      {true, "1"},
      {Bytes{long_text}, long_text},
      {Dec("2.50"), "2.50"},
      {base::CivilDay(2026, 3, 1), "2026-03-01"}};
  for (const auto& [first, ignored] : values) {
    for (const auto& [second, expected] : values) {
      const absl::StatusOr<std::vector<std::string>> stored =
          db_->Read(Within(), [&](Connection& c) -> absl::StatusOr<std::vector<std::string>> {
            for (const Value& value : {first, second}) {
              const auto rows = c.Execute("UPDATE v SET t = ? WHERE k = 1", {value});
              if (!rows.ok()) return rows.status();
            }
            return c.Query("SELECT COALESCE(t, 'NULL') FROM v WHERE k = ?", {1},
                           [](Row& r) { return r.String(0); });
          });
      ASSERT_TRUE(stored.ok()) << stored.status() << status::LogDetail(stored.status());
      EXPECT_TRUE(*stored == std::vector<std::string>{expected}) << expected.substr(0, 20);
    }
  }
}

TEST_F(RowsTest, MissingParametersAreNotThoseOfTheExecutionBefore) {
  Do("UPDATE v SET i = ? WHERE k = ?", {1, 2});
  for (const Params& params : {Params{1}, Params{1, 2, 3}, Params{}}) {
    const absl::Status status =
        db_->Read(
               Within(),
               [&](Connection& c) { return c.Execute("UPDATE v SET i = ? WHERE k = ?", params); })
            .status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
    EXPECT_THAT(status::LogDetail(status), HasSubstr("2 parameters expected"));
  }
  Do("UPDATE v SET i = ? WHERE k = ?", {1, 2});
}

TEST_F(RowsTest, AStatementInsideItsOwnResultKeepsBothResults) {
  const absl::StatusOr<std::vector<std::string>> seen =
      db_->Read(Within(), [&](Connection& c) -> absl::StatusOr<std::vector<std::string>> {
        const std::string sql = "SELECT x FROM (SELECT 1 AS x UNION SELECT 2) n WHERE x >= ?";
        std::vector<std::string> pairs;
        absl::Status status = c.ForEach(sql, {1}, [&](Row& outer) {
          const int64_t a = outer.Int64(0);
          const absl::Status inner = c.ForEach(
              sql, {2}, [&](Row& r) { pairs.push_back(absl::StrCat(a, "-", r.Int64(0))); });
          if (!inner.ok()) pairs.push_back(inner.ToString());
          pairs.push_back(absl::StrCat("still ", outer.Int64(0)));
        });
        if (!status.ok()) return status;
        return pairs;
      });
  ASSERT_TRUE(seen.ok()) << seen.status();
  EXPECT_THAT(*seen, ElementsAre("1-2", "still 1", "2-2", "still 2"));
}

TEST_F(RowsTest, AnUpdateToEqualValuesCountsTheRowsItMatched) {
  Do("INSERT INTO v (k, i) VALUES (1, 7)");
  for (int i = 0; i < 2; ++i) {
    const absl::StatusOr<int64_t> rows = db_->Read(
        Within(), [](Connection& c) { return c.Execute("UPDATE v SET i = 7 WHERE k = ?", {1}); });
    EXPECT_EQ(*rows, 1);
  }
}

TEST_F(RowsTest, AResultWithoutLimitIsRefusedRatherThanCut) {
  const std::string digits =
      "(SELECT 0 d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 "
      "UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL "
      "SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)";
  std::string many = absl::StrCat("SELECT 1 FROM ", digits, " a");
  for (const char* alias : {"b", "c", "d", "e"}) absl::StrAppend(&many, " JOIN ", digits, alias);
  const auto count = [&](const std::string& sql) -> absl::StatusOr<int64_t> {
    auto rows = db_->Read(Within(), [&](Connection& c) {
      return c.Query(sql, {}, [](Row& r) { return r.Int64(0); });
    });
    if (!rows.ok()) return rows.status();
    return static_cast<int64_t>(rows->size());
  };
  EXPECT_THAT(status::LogDetail(count(many).status()), HasSubstr("needs a LIMIT"));
  EXPECT_EQ(*count(many + " LIMIT 20000"), 20000);
}

TEST_F(RowsTest, ExecuteAndQueryAreNotMistakenForEachOther) {
  const absl::Status execute =
      db_->Read(Within(), [](Connection& c) { return c.Execute("SELECT 1").status(); });
  EXPECT_THAT(status::LogDetail(execute), HasSubstr("returns rows"));
  const absl::Status query = db_->Read(
      Within(), [](Connection& c) { return c.ForEach("UPDATE v SET i = 1", {}, [](Row&) {}); });
  EXPECT_THAT(status::LogDetail(query), HasSubstr("returns no rows"));
  EXPECT_EQ(*One("SELECT 1", [](Row& r) { return r.Int64(0); }), 1);
}

TEST_F(RowsTest, StrictModeRefusesWhatDoesNotFit) {
  const absl::Status status = db_->Read(Within(), [](Connection& c) {
    return c.Execute("INSERT INTO v (k, s) VALUES (1, ?)", {std::string(201, 'x')}).status();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(Count("v"), 0);
}

TEST_F(RowsTest, StatementsArePreparedOnce) {
  const auto prepares = [](Connection& c) {
    return c
        .QueryOne("SHOW SESSION STATUS LIKE 'Com_stmt_prepare'", {},
                  [](Row& r) { return r.String(1); })
        ->value_or("");
  };
  const absl::Status status = db_->Read(Within(), [&](Connection& c) -> absl::Status {
    EXPECT_TRUE(c.Execute("UPDATE v SET i = ? WHERE k = ?", {1, 1}).ok());
    const std::string before = prepares(c);
    for (int i = 0; i < 10; ++i) {
      EXPECT_TRUE(c.Execute("UPDATE v SET i = ? WHERE k = ?", {std::nullopt, i}).ok());
    }
    EXPECT_EQ(prepares(c), before);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok());
}

TEST_F(RowsTest, TheCacheOfStatementsIsBounded) {
  const auto open_at_server = [](Connection& c) {
    int64_t n = 0;
    EXPECT_TRUE(c.QueryOne("SHOW STATUS LIKE 'Prepared_stmt_count'", {}, [&](Row& r) {
                   return absl::SimpleAtoi(r.String(1), &n);
                 }).ok());
    return n;
  };
  options_.statement_cache = 8;
  db_ = *Database::Create(options_);
  const absl::Status status = db_->Read(Within(), [&](Connection& c) -> absl::Status {
    const int64_t before = open_at_server(c);
    for (int i = 0; i < 100; ++i) {
      EXPECT_TRUE(
          c.QueryOne(absl::StrCat("SELECT ", i), {}, [](Row& r) { return r.Int64(0); }).ok());
    }
    EXPECT_LE(open_at_server(c) - before, 8);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok());
}

TEST_F(RowsTest, AStatementOutlivesAChangeOfItsTable) {
  Do("CREATE TABLE w (k BIGINT PRIMARY KEY, x BIGINT)");
  Do("INSERT INTO w VALUES (1, 7)");
  const absl::Status status = db_->Read(Within(), [](Connection& c) -> absl::Status {
    const auto columns = [&] {
      const auto row = c.QueryOne("SELECT * FROM w WHERE k = ?", {1}, [](Row& r) {
        std::string all = absl::StrCat(r.Int64(0));
        for (int i = 1; i < 3; ++i) absl::StrAppend(&all, " ", r.String(i));
        return all;
      });
      return row.ok() ? row->value_or("") : status::LogDetail(row.status());
    };
    EXPECT_THAT(columns(), HasSubstr("column 1 is BIGINT"));
    EXPECT_TRUE(c.Execute("ALTER TABLE w MODIFY x VARCHAR(400), ADD y TEXT").ok());
    const std::string wide(400, 'w');
    EXPECT_TRUE(c.Execute("UPDATE w SET x = ?, y = 'y'", {wide}).ok());
    EXPECT_EQ(columns(), absl::StrCat("1 ", wide, " y"));
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

RC_GTEST_FIXTURE_PROP(RowsTest, AnyDecimalComesBack, ()) {
  if (db_ == nullptr) return;
  const auto unscaled = *rc::gen::arbitrary<int64_t>();
  const int scale = *rc::gen::inRange(0, 19);
  const base::Decimal decimal = base::Decimal::FromUnscaled(unscaled, scale);
  const auto back =
      One("SELECT CAST(? AS DECIMAL(38,18))", [](Row& r) { return r.Decimal(0); }, {decimal});
  RC_ASSERT(back.ok());
  RC_ASSERT(*back == decimal);
}

}  // namespace
}  // namespace salesops::mysql
