#pragma once

// The whole suite as real processes for one test: a schema and a least-privilege user per service,
// migrations, organization, one or more replicas of pipeline and a gateway, on free loopback ports,
// with TLS between all of them and RS256 tokens; performance where a test asks for it. All of it is
// gone at the end. Replicas, gateways and processes of another build can be added.
//
//   Stack stack;
//   auto answer = stack.Http().Get("/pipeline/v1/accounts");
//   stack.pipeline().Signal(SIGKILL);
//   stack.StartPipeline();
//
// Whatever cannot be set up is thrown, which GoogleTest reports as a failure.
//
// Thread-safety: Token, Http, Channel and Number may be used from any thread; starting and stopping
// from the thread that made the stack.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "shared/mysql/database.h"
#include "shared/rpc/channel.h"
#include "shared/testing/signing_key.h"
#include "tests/stack/certificates.h"
#include "tests/stack/database_server.h"
#include "tests/stack/http_client.h"
#include "tests/stack/process.h"

namespace salesops::stack {

// True once `holds` does; asks every 20 ms until the limit.
bool Eventually(absl::Duration limit, const std::function<bool()>& holds);

// Where the programs under test and the sources are. SALESOPS_PROGRAMS names another build's
// folder.
std::string BuildFolder();
std::string SourceFolder();

// True in the long form of the tests (`tools/dev test --full=faults`).
bool FullRun();

// A folder that is deleted with its owner.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class Stack {
 public:
  struct Options {
    DatabaseServer* server = nullptr;  // null = the environment's
    int pipeline_database_port = 0;    // 0 = the server's; a proxy's otherwise
    std::string programs;              // the folder of their build; empty = BuildFolder()
    std::string organization_address = "127.0.0.1";
    // One replica on each address, all on the same port.
    std::vector<std::string> pipeline_addresses = {"127.0.0.1"};
    std::vector<std::string> pipeline_flags;
    // The same of performance, which most tests do without.
    std::vector<std::string> performance_addresses;
    bool gateway = true;
    std::string organization_host = "localhost";  // as the others call it
    std::string pipeline_host = "localhost";      // as the gateway and performance call it
    std::vector<std::string> gateway_wrapper;     // a command that runs the gateway
    std::vector<std::string> service_wrapper;     // a command that runs each service
  };

  Stack() : Stack(Options()) {}
  explicit Stack(Options options);
  ~Stack();

  // ---- processes
  Process& organization(size_t replica = 0) { return *organizations_[replica].process; }
  size_t pipelines() const { return pipelines_.size(); }
  Process& pipeline(size_t replica = 0) { return *pipelines_[replica].process; }
  Process& performance(size_t replica = 0) { return *performances_[replica].process; }
  Process& gateway(size_t which = 0) { return *gateways_[which].process; }
  // (Re)starts it; returns once it is ready.
  void StartOrganization(size_t replica = 0);
  void StartPipeline(size_t replica = 0);
  void StartPerformance(size_t replica = 0);
  void StartGateway(size_t which = 0);
  // SIGTERM, and waits for its end; its exit code.
  int StopPipeline(size_t replica = 0);
  int StopPerformance(size_t replica = 0);
  int StopOrganization(size_t replica = 0);
  int StopGateway(size_t which = 0);
  bool PipelineReady(size_t replica = 0) const;
  // Starts one more, a replica on an address of its own; its index.
  size_t AddOrganization(const std::string& address);
  size_t AddPipeline(const std::string& address);
  // The first one makes the schema; gateways started from then on know it.
  size_t AddPerformance(const std::string& address);
  size_t AddGateway();
  // What is migrated or started from now on is of that build.
  void UsePrograms(const std::string& folder) { programs_ = folder; }
  // Brings a service's schema to the version of the programs in use.
  void Migrate(const std::string& service);

  // ---- callers
  std::string Token(const std::string& subject, const std::string& group = "") const;
  std::string AdminToken() const { return Token("admin", kAdmins); }
  HttpClient Http(size_t gateway = 0) const;  // as administrator
  std::string ca() const { return folder_.path() + "/ca.pem"; }
  int gateway_http_port(size_t which = 0) const { return gateways_[which].http; }
  std::string gateway_grpc_address(size_t which = 0) const;
  // A new channel to each.
  std::shared_ptr<rpc::Channel> OrganizationChannel() const;
  // As that service's own process calls it.
  std::shared_ptr<rpc::Channel> OrganizationChannelOf(const std::string& service) const;
  std::shared_ptr<rpc::Channel> PipelineChannel(size_t replica = 0) const;
  std::shared_ptr<rpc::Channel> PerformanceChannel(size_t replica = 0) const;
  std::shared_ptr<rpc::Channel> GatewayChannel(size_t which = 0) const;
  rpc::CallOptions AsAdmin(absl::Duration timeout = absl::Seconds(20)) const;
  // salesopsctl through the gateway, as administrator.
  Finished Ctl(const std::vector<std::string>& arguments) const;

  // A published version "v1" of a new sales process: these stages, then won and lost.
  void MakeSalesProcess(const std::string& id, const std::vector<std::string>& open_stages);

  // ---- the database
  DatabaseServer& server() { return *server_; }
  // The schema of a service, seen by the server's administrator.
  mysql::Database& Schema(const std::string& service) { return *schemas_.at(service); }
  std::string SchemaName(const std::string& service) const { return names_.at(service); }
  int64_t Number(const std::string& service, const std::string& sql);
  // One text of each row.
  std::vector<std::string> Rows(const std::string& service, const std::string& sql);
  void Execute(const std::string& service, const std::string& sql);
  std::string folder() const { return folder_.path(); }

  static constexpr char kAdmins[] = "admins";

 private:
  struct Replica {
    std::string address;  // without the port
    std::string log;
    int admin = 0;
    std::unique_ptr<Process> process;
  };
  struct Gateway {
    std::string log;
    int http = 0, grpc = 0, admin = 0;
    std::unique_ptr<Process> process;
  };

  void MakeFiles();
  void MakeSchema(const std::string& service);
  std::vector<std::string> DatabaseFlags(const std::string& service, bool administrator) const;
  std::vector<std::string> CommonFlags(const std::string& name, int admin_port) const;
  std::vector<std::string> ServiceCommand(const std::string& name, const std::string& listen,
                                          int admin_port) const;
  void StartReplica(const std::string& service, int port, const std::vector<std::string>& flags,
                    Replica& replica);
  size_t PlanGateway();
  void WaitUntilReady(Process& process, const std::string& name, int admin_port) const;
  // Until that list can be read by the administrator.
  void WaitUntilAdminIsKnown(rpc::Channel& channel, const std::string& method) const;
  std::string Log(const std::string& name) const { return folder_.path() + "/" + name + ".log"; }
  void ShowLogs() const;
  void DropSchemas() noexcept;

  mysql::ThreadRegistration registration_;
  const Options options_;
  TemporaryFolder folder_;
  const Authority authority_;
  const testing::SigningKey key_ = testing::SigningKey::Rsa();
  std::unique_ptr<DatabaseServer> owned_server_;
  DatabaseServer* server_;
  std::unique_ptr<mysql::Database> administrator_;
  std::map<std::string, std::string> names_;      // of schema and user, by service
  std::map<std::string, std::string> passwords_;  // by service
  std::map<std::string, std::unique_ptr<mysql::Database>> schemas_;
  std::string programs_;
  int organization_port_, pipeline_port_, performance_port_;
  std::vector<Replica> organizations_, pipelines_, performances_;
  std::vector<Gateway> gateways_;
};

}  // namespace salesops::stack
