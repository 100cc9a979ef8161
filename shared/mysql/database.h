#pragma once

// The only door to MySQL. What mysql.md lists as facts of the connector is made impossible to get
// wrong here: text BEGIN/COMMIT, READ COMMITTED asserted, whole-lambda retry on deadlocks, a lost
// COMMIT answer reported as such, typed rows, prepared statements cached per connection.
//
//   absl::StatusOr<Account> a = db.RunInTransaction(ctx, [&](Transaction& tx)
//       -> absl::StatusOr<Account> {
//     ASSIGN_OR_RETURN(int64_t matched,
//                      tx.Execute("UPDATE account SET owner = ? WHERE id = ?", {owner, id}));
//     return …;
//   });
//   absl::StatusOr<std::vector<int64_t>> n = db.Read(ctx, [&](Connection& c) {
//     return c.Query("SELECT n FROM t WHERE k = ?", {k}, [](Row& r) { return r.Int64(0); });
//   });
//
// Errors: UNAVAILABLE (reason DATABASE_UNAVAILABLE, RetryInfo) when the database cannot be
// reached; UNAVAILABLE (COMMIT_UNKNOWN) when the answer to COMMIT was lost: the caller's request_id
// decides on a retry; ABORTED (CONTENTION) after 5 tries; DEADLINE_EXCEEDED, CANCELLED;
// ALREADY_EXISTS (DUPLICATE_KEY, metadata "key") for error 1062; FAILED_PRECONDITION
// (CONSTRAINT, metadata "constraint") for a failed CHECK or foreign key; INTERNAL with a log detail
// for anything else. SQL text and values never appear in a message.
//
// Thread-safety: Database is safe from any thread. A Connection, Transaction or Row belongs to the
// one thread that was handed it, for the duration of the lambda.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "shared/base/clock.h"
#include "shared/base/context.h"
#include "shared/base/violation.h"
#include "shared/mysql/value.h"

namespace salesops::mysql {

struct DatabaseOptions {
  std::string host = "127.0.0.1";
  int port = 3306;
  std::string name;  // schema
  std::string user;
  std::string password;
  std::string tls_ca;    // path; set = TLS enforced and the server's certificate verified
  int connections = 12;  // most connections open at once
  absl::Duration session_wait_timeout = absl::Seconds(10);  // a frozen holder of locks dies so
  absl::Duration connection_lifetime = absl::Minutes(30);   // ± 10 %
  absl::Duration longest_transaction = absl::Seconds(20);   // COMMIT is refused after this
  // The server stops a statement after the time its call has left, and after this at the latest;
  // the client gives the connection up a little later. `--migrate` raises it to an hour.
  absl::Duration longest_statement = absl::Seconds(30);
  int statement_cache = 64;                   // prepared statements per connection
  const base::Clock* clock = nullptr;         // null = base::SystemClock()
  std::function<void(absl::Duration)> sleep;  // between tries of a transaction; null = real
};

// One row of a result. Columns are numbered from 0. A getter of the wrong type, or a plain getter
// on NULL, records an error that the Query which handed out the row returns; it yields a default.
class Row {
 public:
  virtual ~Row() = default;
  virtual bool IsNull(int column) = 0;
  virtual int64_t Int64(int column) = 0;
  virtual double Double(int column) = 0;
  virtual bool Bool(int column) = 0;
  virtual std::string String(int column) = 0;
  virtual Bytes Blob(int column) = 0;
  virtual base::Decimal Decimal(int column) = 0;
  virtual base::CivilDay Day(int column) = 0;
  virtual absl::Time Time(int column) = 0;

  std::optional<int64_t> OptionalInt64(int c) { return Optional<int64_t>(c, &Row::Int64); }
  std::optional<std::string> OptionalString(int c) {
    return Optional<std::string>(c, &Row::String);
  }
  std::optional<base::Decimal> OptionalDecimal(int c) {
    return Optional<base::Decimal>(c, &Row::Decimal);
  }
  std::optional<base::CivilDay> OptionalDay(int c) {
    return Optional<base::CivilDay>(c, &Row::Day);
  }
  std::optional<absl::Time> OptionalTime(int c) { return Optional<absl::Time>(c, &Row::Time); }

 private:
  template <class T>
  std::optional<T> Optional(int c, T (Row::*get)(int)) {
    if (IsNull(c)) return std::nullopt;
    return (this->*get)(c);
  }
};

// A session of the database. Statements with `?` are prepared once per connection and cached.
class Connection {
 public:
  virtual ~Connection() = default;

  // Runs a statement without a result (outside of a transaction also CREATE, ALTER …); returns the
  // number of rows matched (not only changed).
  virtual absl::StatusOr<int64_t> Execute(const std::string& sql, const Params& params = {}) = 0;

  // Runs a SELECT and maps each row. The result is buffered in the client: always LIMIT.
  template <class F>
  auto Query(const std::string& sql, const Params& params, F map)
      -> absl::StatusOr<std::vector<std::invoke_result_t<F, Row&>>> {
    std::vector<std::invoke_result_t<F, Row&>> rows;
    absl::Status status = ForEach(sql, params, [&](Row& row) { rows.push_back(map(row)); });
    if (!status.ok()) return status;
    return rows;
  }

  // The first row, or nullopt.
  template <class F>
  auto QueryOne(const std::string& sql, const Params& params, F map)
      -> absl::StatusOr<std::optional<std::invoke_result_t<F, Row&>>> {
    std::optional<std::invoke_result_t<F, Row&>> first;
    absl::Status status = ForEach(sql, params, [&](Row& row) {
      if (!first) first = map(row);
    });
    if (!status.ok()) return status;
    return first;
  }

  virtual absl::Status ForEach(const std::string& sql, const Params& params,
                               const std::function<void(Row&)>& visit) = 0;
};

// A connection between BEGIN and COMMIT.
class Transaction : public Connection {};

class Database {
 public:
  // Reads the driver once per process and opens the first connection lazily: a service starts
  // while its database is down. Every problem of the options is reported at once.
  static absl::StatusOr<std::unique_ptr<Database>> Create(const DatabaseOptions& options);
  virtual ~Database() = default;

  // BEGIN, work, COMMIT. An error of `work` rolls back and is returned. Deadlocks and lock
  // timeouts run the whole lambda again (at most 5 times, inside the deadline): it must not have
  // effects outside the transaction.
  template <class F>
  auto RunInTransaction(const base::Context& ctx, F work) -> std::invoke_result_t<F, Transaction&> {
    using Result = std::invoke_result_t<F, Transaction&>;
    if constexpr (std::is_same_v<Result, absl::Status>) {
      return Run(ctx, [&](Transaction& tx) { return work(tx); });
    } else {
      std::optional<Result> result;
      absl::Status status = Run(ctx, [&](Transaction& tx) -> absl::Status {
        result.emplace(work(tx));
        return result->status();
      });
      if (!status.ok()) return status;
      return *std::move(result);
    }
  }

  // Statements without a transaction around them (autocommit), for single reads. A connection that
  // turns out to be dead before the first statement answered is replaced once.
  template <class F>
  auto Read(const base::Context& ctx, F work) -> std::invoke_result_t<F, Connection&> {
    return ReadWith<F>(ctx, work, /*snapshot=*/false);
  }

  // The same inside a read-only snapshot (REPEATABLE READ), for reports of several statements.
  template <class F>
  auto ReadSnapshot(const base::Context& ctx, F work) -> std::invoke_result_t<F, Connection&> {
    return ReadWith<F>(ctx, work, /*snapshot=*/true);
  }

  // True if a connection answers now; for readiness.
  virtual bool Ping(const base::Context& ctx) = 0;

  struct Stats {
    int open = 0;
    int in_use = 0;
    int64_t waits = 0;           // takers of a connection that found none free
    int64_t retries = 0;         // transactions run again after 1205 or 1213
    int64_t broken = 0;          // connections thrown away
    int64_t commit_unknown = 0;  // lost COMMIT answers
  };
  virtual Stats stats() const = 0;

 protected:
  virtual absl::Status Run(const base::Context& ctx,
                           const std::function<absl::Status(Transaction&)>& work) = 0;
  virtual absl::Status RunRead(const base::Context& ctx, bool snapshot,
                               const std::function<absl::Status(Connection&)>& work) = 0;

 private:
  template <class F>
  auto ReadWith(const base::Context& ctx, F& work, bool snapshot)
      -> std::invoke_result_t<F, Connection&> {
    using Result = std::invoke_result_t<F, Connection&>;
    if constexpr (std::is_same_v<Result, absl::Status>) {
      return RunRead(ctx, snapshot, [&](Connection& c) { return work(c); });
    } else {
      std::optional<Result> result;
      absl::Status status = RunRead(ctx, snapshot, [&](Connection& c) -> absl::Status {
        result.emplace(work(c));
        return result->status();
      });
      if (!status.ok()) return status;
      return *std::move(result);
    }
  }
};

// Registers the calling thread with the driver for its lifetime. Database does it by itself for any
// thread that uses it, until that thread ends; a worker that wants an earlier end holds one.
class ThreadRegistration {
 public:
  ThreadRegistration();
  ~ThreadRegistration();
  ThreadRegistration(const ThreadRegistration&) = delete;
  ThreadRegistration& operator=(const ThreadRegistration&) = delete;
};

}  // namespace salesops::mysql
