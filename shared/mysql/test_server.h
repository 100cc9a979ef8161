#pragma once

// For the tests of this folder: a schema of their own on the server that SALESOPS_TEST_DATABASE
// (mysql://user:password@127.0.0.1:port) names, dropped at the end.
//
// Thread-safety: used by one thread.

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "shared/base/context.h"
#include "shared/base/id.h"
#include "shared/mysql/database.h"
#include "shared/status/status.h"

namespace salesops::mysql {

// A context with `left` of time from now.
inline base::DeadlineContext Within(absl::Duration left = absl::Seconds(30)) {
  return base::DeadlineContext(absl::Now() + left);
}

// How to reach the server; nullopt if the environment names none.
inline std::optional<DatabaseOptions> TestServer() {
  const char* url = std::getenv("SALESOPS_TEST_DATABASE");
  if (url == nullptr) return std::nullopt;
  absl::string_view rest(url);
  rest.remove_prefix(std::min(rest.size(), absl::string_view("mysql://").size()));
  const size_t at = rest.rfind('@');
  const absl::string_view login = rest.substr(0, at);
  const absl::string_view address = rest.substr(at + 1);
  const size_t colon = address.rfind(':');
  DatabaseOptions options;
  options.user = std::string(login.substr(0, login.find(':')));
  options.password = std::string(login.substr(login.find(':') + 1));
  options.host = std::string(address.substr(0, colon));
  if (!absl::SimpleAtoi(address.substr(colon + 1), &options.port)) return std::nullopt;
  options.name = "information_schema";
  return options;
}

class DatabaseTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::optional<DatabaseOptions> server = TestServer();
    if (!server) {
      FAIL() << "this test needs a database: run it through tools/dev test, or set "
                "SALESOPS_TEST_DATABASE";
    }
    admin_ = *Database::Create(*server);
    options_ = *server;
    options_.name = absl::StrCat("mysql_test_", base::GenerateId());
    Admin(absl::StrCat("CREATE DATABASE ", options_.name, " CHARACTER SET utf8mb4"));
    db_ = *Database::Create(options_);
  }

  void TearDown() override {
    if (admin_ == nullptr) return;
    db_.reset();
    Admin(absl::StrCat("DROP DATABASE ", options_.name));
  }

  void Admin(const std::string& sql) {
    const absl::Status status = admin_->Read(
        Within(), [&](Connection& c) -> absl::Status { return c.Execute(sql).status(); });
    ASSERT_TRUE(status.ok()) << status << " " << status::LogDetail(status);
  }

  // In autocommit, on the database under test.
  void Do(const std::string& sql, const Params& params = {}) {
    const absl::StatusOr<int64_t> rows =
        db_->Read(Within(), [&](Connection& c) { return c.Execute(sql, params); });
    ASSERT_TRUE(rows.ok()) << rows.status() << " " << status::LogDetail(rows.status());
  }

  // One number, seen through a connection of its own.
  int64_t Number(const std::string& sql) { return Number(*admin_, sql); }

  static int64_t Number(Database& db, const std::string& sql) {
    const absl::StatusOr<std::optional<int64_t>> n = db.Read(Within(), [&](Connection& c) {
      return c.QueryOne(sql, {}, [](Row& row) { return row.Int64(0); });
    });
    EXPECT_TRUE(n.ok()) << n.status() << " " << status::LogDetail(n.status());
    return n.ok() ? n->value_or(-1) : -1;
  }

  int64_t Count(const std::string& table) {
    return Number(absl::StrCat("SELECT COUNT(*) FROM ", options_.name, ".", table));
  }

  DatabaseOptions options_;
  std::unique_ptr<Database> admin_;
  std::unique_ptr<Database> db_;
};

}  // namespace salesops::mysql
