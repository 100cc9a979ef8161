#include "shared/testing/throw_away_schema.h"

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "shared/base/clock.h"
#include "shared/base/context.h"
#include "shared/base/id.h"
#include "shared/testing/status_matchers.h"

namespace salesops::testing {
namespace {

// Long enough for migrations on a busy machine.
base::DeadlineContext Soon() {
  return base::DeadlineContext(base::SystemClock().Now() + absl::Minutes(2));
}

void ThrowUnlessOk(const char* what, const absl::Status& status) {
  if (!status.ok()) throw std::runtime_error(absl::StrCat(what, ", ", Describe(status)));
}

template <class T>
T ValueOrThrow(const char* what, absl::StatusOr<T> value) {
  ThrowUnlessOk(what, value.status());
  return *std::move(value);
}

mysql::DatabaseOptions ServerOfEnvironment() {
  const char* url = std::getenv("SALESOPS_TEST_DATABASE");
  if (url == nullptr || *url == '\0') {
    throw std::runtime_error(
        "this test needs a database: run it through `tools/dev test`, or set "
        "SALESOPS_TEST_DATABASE to mysql://user:password@127.0.0.1:port of a server whose user may "
        "create schemas and users");
  }
  return ValueOrThrow("SALESOPS_TEST_DATABASE", ParseDatabaseUrl(url));
}

absl::Status Run(mysql::Database& database, const std::string& sql, const mysql::Params& params) {
  return database.Read(Soon(), [&](mysql::Connection& c) -> absl::Status {
    return c.Execute(sql, params).status();
  });
}

}  // namespace

absl::StatusOr<mysql::DatabaseOptions> ParseDatabaseUrl(absl::string_view url) {
  const auto malformed = [] {
    return absl::InvalidArgumentError("must be mysql://user:password@host:port");
  };
  if (!absl::ConsumePrefix(&url, "mysql://")) return malformed();
  const size_t at = url.rfind('@');  // a password may have one
  if (at == absl::string_view::npos) return malformed();
  const absl::string_view login = url.substr(0, at);
  const absl::string_view address = url.substr(at + 1);
  const size_t login_colon = login.find(':');
  const size_t address_colon = address.rfind(':');
  if (login_colon == absl::string_view::npos || address_colon == absl::string_view::npos) {
    return malformed();
  }
  mysql::DatabaseOptions options;
  options.user = std::string(login.substr(0, login_colon));
  options.password = std::string(login.substr(login_colon + 1));
  options.host = std::string(address.substr(0, address_colon));
  if (options.user.empty() || options.host.empty() ||
      !absl::SimpleAtoi(address.substr(address_colon + 1), &options.port) || options.port < 1 ||
      options.port > 65535) {
    return malformed();
  }
  return options;
}

ThrowAwaySchema::ThrowAwaySchema(const std::vector<mysql::MigrationSet>& migrations)
    : options_(ServerOfEnvironment()) {
  mysql::DatabaseOptions administrator = options_;
  administrator.connections = 2;
  const std::string id = base::GenerateId();
  options_.name = absl::StrCat("test_", id);
  options_.user = absl::StrCat("test_", id);
  options_.password = base::GenerateId();

  administrator.name = "information_schema";  // every server has it, and a connection needs one
  administrator_ = ValueOrThrow("database server", mysql::Database::Create(administrator));
  try {
    Create();
    administrator.name = options_.name;
    administrator_ = ValueOrThrow("test schema", mysql::Database::Create(administrator));
    database_ = ValueOrThrow("test schema", mysql::Database::Create(options_));
    if (!migrations.empty()) {
      ThrowUnlessOk("migrations", mysql::Migrate(*administrator_, Soon(), migrations));
    }
  } catch (...) {
    Drop();
    throw;
  }
}

ThrowAwaySchema::~ThrowAwaySchema() { Drop(); }

// As tools/dev makes the schema and user of a service.
void ThrowAwaySchema::Create() {
  Execute(absl::StrCat("CREATE DATABASE `", options_.name,
                       "` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci"));
  Execute(absl::StrCat("CREATE USER '", options_.user, "'@'%' IDENTIFIED BY '", options_.password,
                       "'"));
  Execute(absl::StrCat("GRANT SELECT, INSERT, UPDATE, DELETE ON `", options_.name, "`.* TO '",
                       options_.user, "'@'%'"));
}

void ThrowAwaySchema::Execute(const std::string& sql, const mysql::Params& params) {
  ThrowUnlessOk(sql.c_str(), Run(*administrator_, sql, params));
}

void ThrowAwaySchema::Drop() noexcept {
  database_.reset();  // DROP DATABASE waits for transactions that are still open
  for (const std::string& sql : {absl::StrCat("DROP DATABASE IF EXISTS `", options_.name, "`"),
                                 absl::StrCat("DROP USER IF EXISTS '", options_.user, "'@'%'")}) {
    const absl::Status status = Run(*administrator_, sql, {});
    if (!status.ok()) std::fprintf(stderr, "%s, %s\n", sql.c_str(), Describe(status).c_str());
  }
}

}  // namespace salesops::testing
