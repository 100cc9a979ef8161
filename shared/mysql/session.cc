#include "shared/mysql/session.h"

#include <cppconn/connection.h>
#include <cppconn/exception.h>
#include <cppconn/parameter_metadata.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/statement.h>
#include <mysql_driver.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <map>
#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "shared/mysql/driver.h"
#include "shared/mysql/result_row.h"
#include "shared/mysql/statement_rules.h"
#include "shared/mysql/text.h"
#include "shared/status/status.h"

namespace salesops::mysql {
namespace {

constexpr char kSqlMode[] =
    "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION";

// Rows of a multi-row INSERT differ in number from call to call; such texts are long and would
// push the small hot statements out of the cache.
constexpr size_t kLongestCachedSql = 8 * 1024;

constexpr size_t kMostSqlInLog = 500;

// A result is buffered in the client as a whole. The server cuts a SELECT without LIMIT at this
// number, which nobody writes as a LIMIT, and we call that a mistake.
constexpr int kMostRowsWithoutLimit = 10007;

// Classes of the server-side time limit: a SET costs as much as a point read.
constexpr int kLimitClassSeconds[] = {1, 5, 30, 300, 3600};

absl::Duration LimitClass(absl::Duration limit, absl::Duration longest) {
  for (int seconds : kLimitClassSeconds) {
    const absl::Duration candidate = absl::Seconds(seconds);
    if (candidate >= longest) break;
    // With some slack: clocks differ by a little, and a call that was given five seconds belongs to
    // the class of five.
    if (limit <= candidate * 1.05) return candidate;
  }
  return longest;
}

sql::SQLString ToSql(absl::string_view text) { return sql::SQLString(text.data(), text.size()); }

int WholeSeconds(absl::Duration d) {
  return std::max<int>(1, static_cast<int>(absl::ToInt64Seconds(absl::Ceil(d, absl::Seconds(1)))));
}

// How a value travels. The connector keeps a parameter's buffers from one execution to the next:
// long text set after a number is sent as the number's bytes. So a statement whose parameter
// changes its wire type is prepared anew. NULL goes with any of them.
enum class Wire : char { kNone, kInteger, kDouble, kText };

Wire WireOf(const Value& value) {
  struct Visitor {
    Wire operator()(std::monostate) const { return Wire::kNone; }
    Wire operator()(int64_t) const { return Wire::kInteger; }
    Wire operator()(bool) const { return Wire::kInteger; }
    Wire operator()(double) const { return Wire::kDouble; }
    Wire operator()(const std::string&) const { return Wire::kText; }
    Wire operator()(const Bytes&) const { return Wire::kText; }
    Wire operator()(const base::Decimal&) const { return Wire::kText; }
    Wire operator()(base::CivilDay) const { return Wire::kText; }
    Wire operator()(absl::Time) const { return Wire::kText; }
  };
  return std::visit(Visitor(), value.variant());
}

// Binds one value by the one setter its kind has. False if the server has no such value.
struct Binder {
  sql::PreparedStatement& statement;
  unsigned index;

  bool operator()(std::monostate) const {
    statement.setNull(index, 0);
    return true;
  }
  bool operator()(int64_t v) const {
    statement.setInt64(index, v);
    return true;
  }
  bool operator()(bool v) const { return (*this)(static_cast<int64_t>(v)); }
  bool operator()(double v) const {
    if (!std::isfinite(v)) return false;
    statement.setDouble(index, v);
    return true;
  }
  bool operator()(const std::string& v) const { return Text(v); }
  bool operator()(const Bytes& v) const { return Text(v.data); }
  bool operator()(const base::Decimal& v) const { return Text(v.ToString()); }
  bool operator()(base::CivilDay v) const { return Text(DayText(v)); }
  bool operator()(absl::Time v) const { return Text(TimeText(v)); }

  bool Text(const std::string& v) const {
    statement.setString(index, ToSql(v));
    return true;
  }
  bool Text(const std::optional<std::string>& v) const { return v && Text(*v); }
};

Failure Bind(sql::PreparedStatement& statement, const Params& params) {
  for (size_t i = 0; i < params.size(); ++i) {
    if (!std::visit(Binder{statement, static_cast<unsigned>(i + 1)}, params[i].variant())) {
      return Misuse(absl::StrCat("parameter ", i, " is beyond what the database can store"));
    }
  }
  return {};
}

std::map<std::string, std::string> NamesAndValues(sql::Statement& statement, const char* show) {
  std::map<std::string, std::string> values;
  const std::unique_ptr<sql::ResultSet> rows(statement.executeQuery(show));
  while (rows->next()) {
    values[std::string(rows->getString(1).c_str())] = std::string(rows->getString(2).c_str());
  }
  return values;
}

bool HasAllModes(absl::string_view actual) {
  const std::vector<std::string> set = absl::StrSplit(actual, ',');
  const std::vector<std::string> wanted = absl::StrSplit(kSqlMode, ',');
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& mode) {
    return std::find(set.begin(), set.end(), mode) != set.end();
  });
}

}  // namespace

absl::Duration ReadTimeout(const DatabaseOptions& options) {
  return options.longest_statement + absl::Seconds(5);
}

struct Session::Prepared {
  std::string sql;
  std::unique_ptr<sql::PreparedStatement> statement;
  std::vector<Wire> wires;  // per parameter, of its values so far
  bool in_use = false;      // its result is being read; running it again would overwrite that

  // False if there are too many or too few, or one travelled differently before.
  bool Suits(const Params& params) {
    if (params.size() != wires.size()) return false;
    for (size_t i = 0; i < params.size(); ++i) {
      const Wire wire = WireOf(params[i]);
      if (wire == Wire::kNone) continue;
      if (wires[i] != Wire::kNone && wires[i] != wire) return false;
    }
    for (size_t i = 0; i < params.size(); ++i) {
      const Wire wire = WireOf(params[i]);
      if (wire != Wire::kNone) wires[i] = wire;
    }
    return true;
  }
};

class Session::Use {
 public:
  explicit Use(std::shared_ptr<Prepared> prepared) : prepared_(std::move(prepared)) {
    prepared_->in_use = true;
  }
  ~Use() { prepared_->in_use = false; }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

 private:
  std::shared_ptr<Prepared> prepared_;
};

Session::Session(const DatabaseOptions& options) : options_(options) {}

Session::~Session() {
  // A destructor of the connector may talk to a dead server and throw.
  try {
    by_sql_.clear();
    by_use_.clear();
    text_.reset();
    connection_.reset();
  } catch (const std::exception&) {
  }
}

absl::StatusOr<std::unique_ptr<Session>> Session::Open(const DatabaseOptions& options,
                                                       absl::Duration connect_timeout) {
  std::unique_ptr<Session> session(new Session(options));
  absl::Status settings;
  const Failure failure = session->Guard([&] {
    session->Connect(connect_timeout);
    session->Configure();
    settings = session->CheckSettings();
    if (settings.ok() && !options.tls_ca.empty()) settings = session->CheckEncrypted();
    return Failure();
  });
  // Whatever the number of the error: without a connection the database is out of reach.
  if (!failure.ok()) return DatabaseUnavailable(status::LogDetail(failure.status));
  if (!settings.ok()) return settings;
  return session;
}

void Session::Connect(absl::Duration connect_timeout) {
  sql::ConnectOptionsMap properties;
  // With "tcp://" the connector does not turn "localhost" into a local socket.
  properties["hostName"] = ToSql(absl::StrCat("tcp://", options_.host, ":", options_.port));
  properties["userName"] = ToSql(options_.user);
  properties["password"] = ToSql(options_.password);
  properties["schema"] = ToSql(options_.name);
  properties["OPT_CHARSET_NAME"] = sql::SQLString("utf8mb4");
  properties["CLIENT_FOUND_ROWS"] = true;
  properties["OPT_CONNECT_TIMEOUT"] = WholeSeconds(connect_timeout);
  properties["OPT_READ_TIMEOUT"] = WholeSeconds(ReadTimeout(options_));
  properties["OPT_WRITE_TIMEOUT"] = WholeSeconds(ReadTimeout(options_));
  if (!options_.tls_ca.empty()) {
    // Not OPT_SSL_MODE, which can silently mean plaintext.
    properties["sslEnforce"] = true;
    properties["sslVerify"] = true;
    properties["sslCA"] = ToSql(options_.tls_ca);
  }
  connection_.reset(Driver().connect(properties));
}

void Session::Configure() {
  text_.reset(connection_->createStatement());
  text_->execute("SET NAMES utf8mb4 COLLATE utf8mb4_unicode_520_ci");
  text_->execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
  text_->execute(ToSql(
      absl::StrCat("SET SESSION time_zone='+00:00', sql_mode='", kSqlMode,
                   "', autocommit=1, wait_timeout=", WholeSeconds(options_.session_wait_timeout),
                   // Waiting for a lock longer than a caller waits helps nobody; for the metadata
                   // locks of schema changes the servers' defaults are a day and a year.
                   ", innodb_lock_wait_timeout=5, lock_wait_timeout=10, sql_select_limit=",
                   kMostRowsWithoutLimit)));
}

absl::Status Session::CheckSettings() {
  std::map<std::string, std::string> values = NamesAndValues(
      *text_,
      "SHOW SESSION VARIABLES WHERE Variable_name IN ('tx_isolation', 'transaction_isolation', "
      "'time_zone', 'sql_mode', 'autocommit', 'character_set_client', 'character_set_results', "
      "'version', 'wait_timeout')");
  is_mariadb_ = absl::StrContains(values["version"], "MariaDB");
  const std::string isolation = values.count("transaction_isolation")
                                    ? values["transaction_isolation"]
                                    : values["tx_isolation"];
  if (isolation != "READ-COMMITTED") return status::Internal("isolation level was not set");
  if (values["time_zone"] != "+00:00") return status::Internal("time zone was not set");
  if (!HasAllModes(values["sql_mode"])) return status::Internal("SQL mode was not set");
  if (values["autocommit"] != "ON") return status::Internal("autocommit was not set");
  if (values["character_set_client"] != "utf8mb4" || values["character_set_results"] != "utf8mb4") {
    return status::Internal("character set was not set");
  }
  return absl::OkStatus();
}

absl::Status Session::CheckEncrypted() {
  if (!NamesAndValues(*text_, "SHOW SESSION STATUS LIKE 'Ssl_cipher'")["Ssl_cipher"].empty()) {
    return absl::OkStatus();
  }
  return DatabaseUnavailable("the connection to the database is not encrypted");
}

Failure Session::Control(const char* sql) {
  return Guard([&] {
    text_->execute(sql);
    return Failure();
  });
}

Failure Session::LimitStatements(absl::Duration limit) {
  const absl::Duration wanted = LimitClass(limit, options_.longest_statement);
  if (wanted == limit_) return {};
  const std::string set =
      is_mariadb_ ? absl::StrCat("SET SESSION max_statement_time=", WholeSeconds(wanted))
                  : absl::StrCat("SET SESSION max_execution_time=", 1000 * WholeSeconds(wanted));
  Failure failure = Control(set.c_str());
  if (failure.ok()) limit_ = wanted;
  return failure;
}

Failure Session::Execute(const std::string& sql, const Params& params, bool in_transaction,
                         int64_t* matched) {
  if (!in_transaction && params.empty() && IsSchemaChange(sql)) {
    *matched = 0;
    return Explained(sql, Control(sql.c_str()));
  }
  return WithStatement(sql, params, [&](sql::PreparedStatement& statement) {
    *matched = statement.executeUpdate();
    return *matched < 0 ? Misuse("Execute was given a statement that returns rows") : Failure();
  });
}

Failure Session::ForEach(const std::string& sql, const Params& params,
                         const std::function<void(Row&)>& visit) {
  return WithStatement(sql, params, [&](sql::PreparedStatement& statement) {
    const std::unique_ptr<sql::ResultSet> result(statement.executeQuery());
    ResultRow row(*result);
    if (row.columns() == 0) return Misuse("Query was given a statement that returns no rows");
    if (result->rowsCount() == kMostRowsWithoutLimit) return Misuse("a query needs a LIMIT");
    while (row.status().ok() && result->next()) visit(row);
    return row.status().ok() ? Failure() : Failure{Effect::kStatement, row.status()};
  });
}

template <class F>
Failure Session::WithStatement(const std::string& sql, const Params& params, F run) {
  const Failure failure = Guard([&]() -> Failure {
    std::shared_ptr<Prepared> prepared;
    if (Failure taken = Take(sql, params, &prepared); !taken.ok()) return taken;
    Use use(prepared);
    if (Failure bound = Bind(*prepared->statement, params); !bound.ok()) return bound;
    return run(*prepared->statement);
  });
  if (failure.ok()) return failure;
  // A duplicate key is part of daily work. After anything else it is not worth finding out in what
  // state the connector left the statement.
  if (failure.status.code() != absl::StatusCode::kAlreadyExists) Forget(sql);
  return Explained(sql, failure);
}

Failure Session::Take(const std::string& sql, const Params& params,
                      std::shared_ptr<Prepared>* prepared) {
  if (const auto found = by_sql_.find(sql); found != by_sql_.end()) {
    *prepared = *found->second;
    if (!(*prepared)->in_use && (*prepared)->Suits(params)) {
      by_use_.splice(by_use_.begin(), by_use_, found->second);
      return {};
    }
    if (!(*prepared)->in_use) Forget(sql);
  }
  if (const std::string reason = WhyRefused(sql); !reason.empty()) return Misuse(reason);
  *prepared = std::make_shared<Prepared>();
  (*prepared)->statement.reset(connection_->prepareStatement(ToSql(sql)));
  (*prepared)->wires.resize((*prepared)->statement->getParameterMetaData()->getParameterCount());
  // The connector would fill missing ones with those of the execution before.
  if (!(*prepared)->Suits(params)) {
    return Misuse(absl::StrCat((*prepared)->wires.size(), " parameters expected and ",
                               params.size(), " given"));
  }
  Remember(sql, *prepared);
  return {};
}

void Session::Remember(const std::string& sql, const std::shared_ptr<Prepared>& prepared) {
  if (sql.size() > kLongestCachedSql || by_sql_.contains(sql)) return;
  if (by_sql_.size() >= static_cast<size_t>(options_.statement_cache)) Forget(by_use_.back()->sql);
  prepared->sql = sql;
  by_use_.push_front(prepared);
  by_sql_[sql] = by_use_.begin();
}

void Session::Forget(const std::string& sql) {
  const auto found = by_sql_.find(sql);
  if (found == by_sql_.end()) return;
  const Order::iterator entry = found->second;
  by_sql_.erase(found);  // before the entry, whose text `sql` may be
  by_use_.erase(entry);
}

Failure Session::Explained(const std::string& sql, const Failure& failure) {
  if (failure.ok()) return failure;
  return {failure.effect, status::WithLogDetail(
                              failure.status, absl::StrCat("in: ", sql.substr(0, kMostSqlInLog)))};
}

template <class F>
Failure Session::Guard(F work) {
  if (broken_) return {Effect::kBroken, DatabaseUnavailable("the connection is broken")};
  Failure failure;
  try {
    failure = work();
  } catch (const sql::SQLException& e) {
    failure = Classify(e.getErrorCode(), e.getSQLState(), e.what());
  } catch (const std::exception& e) {
    failure = {Effect::kBroken, DatabaseUnavailable(e.what())};
  }
  if (failure.effect == Effect::kBroken) broken_ = true;
  return failure;
}

}  // namespace salesops::mysql
