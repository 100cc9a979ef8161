#pragma once

// One session of the server: a connection whose settings were asserted, its prepared statements
// and the time limit its statements run under. The callers are the pool and Database.
//
// Thread-safety: used by one thread at a time.

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "shared/mysql/database.h"
#include "shared/mysql/failure.h"

namespace sql {
class Connection;
class PreparedStatement;
class ResultSet;
class Statement;
}  // namespace sql

namespace salesops::mysql {

// How long the client waits for bytes before it gives a connection up: beyond what any statement
// may take at the server.
absl::Duration ReadTimeout(const DatabaseOptions& options);

class Session {
 public:
  // Connects and asserts isolation level, time zone, SQL mode, autocommit, character set and, if
  // asked for, encryption. UNAVAILABLE if the server cannot be reached.
  static absl::StatusOr<std::unique_ptr<Session>> Open(const DatabaseOptions& options,
                                                       absl::Duration connect_timeout);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Runs BEGIN, COMMIT and the like, as text.
  Failure Control(const char* sql);

  // Prepared and cached. Outside of a transaction, schema changes run as text.
  Failure Execute(const std::string& sql, const Params& params, bool in_transaction,
                  int64_t* matched);
  Failure ForEach(const std::string& sql, const Params& params,
                  const std::function<void(Row&)>& visit);

  // Makes the server stop any later statement that takes longer than about `limit`. Limits come in
  // classes, and a round trip happens only when the class changes.
  Failure LimitStatements(absl::Duration limit);

  // True once a failure was Effect::kBroken: the pool throws such a session away.
  bool broken() const { return broken_; }

 private:
  struct Prepared;
  class Use;  // holds a prepared statement during one execution
  using Order = std::list<std::shared_ptr<Prepared>>;

  explicit Session(const DatabaseOptions& options);

  void Connect(absl::Duration connect_timeout);
  void Configure();
  absl::Status CheckSettings();
  absl::Status CheckEncrypted();

  // Finds or prepares the statement, binds `params` and calls `run` with it.
  template <class F>
  Failure WithStatement(const std::string& sql, const Params& params, F run);
  Failure Take(const std::string& sql, const Params& params, std::shared_ptr<Prepared>* prepared);
  void Remember(const std::string& sql, const std::shared_ptr<Prepared>& prepared);
  void Forget(const std::string& sql);

  // Calls `work` and turns what it throws into a Failure.
  template <class F>
  Failure Guard(F work);
  // Adds the statement's text, which has no values in it, to what the log will say.
  static Failure Explained(const std::string& sql, const Failure& failure);

  const DatabaseOptions& options_;  // the pool's, which outlives its sessions
  // Declared before the statements, which must be closed first.
  std::unique_ptr<sql::Connection> connection_;
  std::unique_ptr<sql::Statement> text_;
  Order by_use_;  // most recently used first
  std::unordered_map<std::string, Order::iterator> by_sql_;
  bool is_mariadb_ = false;
  absl::Duration limit_;  // the class set now; zero = none yet
  bool broken_ = false;
};

}  // namespace salesops::mysql
