#pragma once

// The database server under a stack: the one of SALESOPS_TEST_DATABASE, or a MariaDB of the test's
// own, which it may stop, kill and start again.
//
// Thread-safety: options() from any thread; the rest from one.

#include <memory>
#include <string>

#include "shared/mysql/database.h"
#include "tests/stack/process.h"

namespace salesops::stack {

class DatabaseServer {
 public:
  virtual ~DatabaseServer() = default;
  // Signs in as a user who may create schemas and users; no schema chosen.
  const mysql::DatabaseOptions& options() const { return options_; }

 protected:
  mysql::DatabaseOptions options_;
};

// Throws if the environment names none.
std::unique_ptr<DatabaseServer> ServerOfEnvironment();

class OwnDatabaseServer final : public DatabaseServer {
 public:
  // Makes its files below `folder` and starts it; throws if that fails.
  explicit OwnDatabaseServer(const std::string& folder);
  void Start();
  void Stop();  // as an operator would: everything committed is kept
  void Kill();

 private:
  const std::string folder_;
  std::unique_ptr<Process> process_;
};

// A loopback port that nothing listens on, from below the range that outgoing connections use.
int FreePort(const std::string& address = "127.0.0.1");

}  // namespace salesops::stack
