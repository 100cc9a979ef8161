#include "tests/stack/database_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <random>
#include <set>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "shared/base/context.h"
#include "shared/base/id.h"
#include "shared/testing/throw_away_schema.h"

namespace salesops::stack {
namespace {

std::string OwnName() {
  const passwd* self = getpwuid(getuid());
  return self == nullptr ? "root" : self->pw_name;
}

}  // namespace

std::unique_ptr<DatabaseServer> ServerOfEnvironment() {
  class Existing final : public DatabaseServer {
   public:
    Existing() {
      const char* url = std::getenv("SALESOPS_TEST_DATABASE");
      if (url == nullptr || *url == '\0') {
        throw std::runtime_error(
            "this test needs a database: run it through `tools/dev test`, or set "
            "SALESOPS_TEST_DATABASE to mysql://user:password@127.0.0.1:port");
      }
      auto parsed = testing::ParseDatabaseUrl(url);
      if (!parsed.ok()) throw std::runtime_error(std::string(parsed.status().message()));
      options_ = *parsed;
      options_.name = "information_schema";
    }
  };
  return std::make_unique<Existing>();
}

OwnDatabaseServer::OwnDatabaseServer(const std::string& folder) : folder_(folder) {
  options_.host = "127.0.0.1";
  options_.port = FreePort();
  options_.name = "information_schema";
  options_.user = "test_admin";
  options_.password = base::GenerateId();
  const Finished made =
      RunToEnd({"mariadb-install-db", "--no-defaults", absl::StrCat("--datadir=", folder, "/data"),
                absl::StrCat("--user=", OwnName()), "--auth-root-authentication-method=normal",
                "--skip-test-db"},
               folder);
  if (made.code != 0) throw std::runtime_error("mariadb-install-db: " + made.out);
  WriteFile(
      folder + "/init.sql",
      absl::StrCat("CREATE USER IF NOT EXISTS '", options_.user, "'@'127.0.0.1' IDENTIFIED BY '",
                   options_.password, "';\nGRANT ALL PRIVILEGES ON *.* TO '", options_.user,
                   "'@'127.0.0.1' WITH GRANT OPTION;\n"));
  Start();
}

void OwnDatabaseServer::Start() {
  process_ = Process::Start(
      {"mariadbd", "--no-defaults", absl::StrCat("--user=", OwnName()),
       absl::StrCat("--datadir=", folder_, "/data"), absl::StrCat("--socket=", folder_, "/sock"),
       absl::StrCat("--pid-file=", folder_, "/pid"), absl::StrCat("--port=", options_.port),
       absl::StrCat("--init-file=", folder_, "/init.sql"), "--bind-address=127.0.0.1",
       "--skip-name-resolve", "--max-connections=200", "--performance-schema=OFF",
       "--character-set-server=utf8mb4", "--collation-server=utf8mb4_unicode_520_ci",
       "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=32M"},
      folder_ + "/database.log");
  auto database = mysql::Database::Create(options_);
  const absl::Time end = absl::Now() + absl::Seconds(60);
  while (!database.ok() ||
         !(*database)->Ping(base::DeadlineContext(absl::Now() + absl::Seconds(1)))) {
    if (!process_->Running() || absl::Now() > end) {
      throw std::runtime_error("mariadbd does not start:\n" + ReadFile(folder_ + "/database.log"));
    }
    absl::SleepFor(absl::Milliseconds(20));
  }
}

void OwnDatabaseServer::Stop() {
  process_->Signal(SIGTERM);
  process_->Wait(absl::Seconds(60));
  process_->Kill();
}

void OwnDatabaseServer::Kill() { process_->Kill(); }

int FreePort(const std::string& address) {
  static std::mt19937 random(std::random_device{}());
  // A port stays free until the process it was given to listens: none is given twice.
  static std::set<int> given;
  for (;;) {
    const int port = std::uniform_int_distribution<int>(20000, 32000)(random);
    if (given.count(port) > 0) continue;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at = {};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<uint16_t>(port));
    inet_pton(AF_INET, address.c_str(), &at.sin_addr);
    const bool free = bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof(at)) == 0;
    close(fd);
    if (!free) continue;
    given.insert(port);
    return port;
  }
}

}  // namespace salesops::stack
