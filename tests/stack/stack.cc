#include "tests/stack/stack.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "google/protobuf/empty.pb.h"
#include "salesops/pipeline/v1/sales_process.pb.h"
#include "shared/base/context.h"
#include "shared/base/id.h"
#include "shared/status/status.h"

namespace salesops::stack {
namespace {

constexpr char kIssuer[] = "https://issuer.test";
constexpr char kAudience[] = "salesops-test";
constexpr absl::Duration kReadyLimit = absl::Seconds(60);

base::DeadlineContext Soon() { return base::DeadlineContext(absl::Now() + absl::Seconds(60)); }

void ThrowUnlessOk(const std::string& what, const absl::Status& status) {
  if (status.ok()) return;
  throw std::runtime_error(
      absl::StrCat(what, ": ", status.ToString(), " ", status::LogDetail(status)));
}

// True if GET /readyz on a loopback port answers 200.
bool SaysReady(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at = {};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<uint16_t>(port));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval limit{2, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  std::string answer;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&at), sizeof(at)) == 0) {
    const std::string ask = "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    if (send(fd, ask.data(), ask.size(), MSG_NOSIGNAL) > 0) {
      char buffer[256];
      const ssize_t n = recv(fd, buffer, sizeof(buffer), 0);
      if (n > 0) answer.assign(buffer, static_cast<size_t>(n));
    }
  }
  close(fd);
  return absl::StartsWith(answer, "HTTP/1.1 200");
}

void Append(std::vector<std::string>& to, const std::vector<std::string>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

}  // namespace

bool Eventually(absl::Duration limit, const std::function<bool()>& holds) {
  const absl::Time end = absl::Now() + limit;
  for (;;) {
    if (holds()) return true;
    if (absl::Now() >= end) return false;
    absl::SleepFor(absl::Milliseconds(20));
  }
}

std::string BuildFolder() {
  const char* named = std::getenv("SALESOPS_PROGRAMS");
  return named != nullptr ? named : SALESOPS_BUILD_FOLDER;
}
std::string SourceFolder() { return SALESOPS_SOURCE_FOLDER; }

bool FullRun() {
  for (const char* name : {"SALESOPS_FULL", "SALESOPS_TEST_FULL"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && std::string(value) == "1") return true;
  }
  return false;
}

TemporaryFolder::TemporaryFolder() {
  std::string path = (std::filesystem::temp_directory_path() / "salesops-test-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("cannot make " + path);
  path_ = path;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Stack::Stack(Options options)
    : options_(std::move(options)),
      server_(options_.server),
      programs_(options_.programs.empty() ? BuildFolder() : options_.programs),
      organization_port_(FreePort(options_.organization_address)),
      pipeline_port_(FreePort(options_.pipeline_addresses.back())),
      performance_port_(FreePort(options_.performance_addresses.empty()
                                     ? "127.0.0.1"
                                     : options_.performance_addresses.back())) {
  if (server_ == nullptr) {
    owned_server_ = ServerOfEnvironment();
    server_ = owned_server_.get();
  }
  mysql::DatabaseOptions administrator = server_->options();
  administrator.connections = 2;
  auto opened = mysql::Database::Create(administrator);
  ThrowUnlessOk("database server", opened.status());
  administrator_ = *std::move(opened);
  MakeFiles();
  try {
    for (const char* service : {"organization", "pipeline"}) {
      MakeSchema(service);
      Migrate(service);
    }
    AddOrganization(options_.organization_address);
    for (const std::string& address : options_.pipeline_addresses) AddPipeline(address);
    for (const std::string& address : options_.performance_addresses) AddPerformance(address);
    for (size_t i = 0; i < pipelines_.size(); ++i) {
      WaitUntilAdminIsKnown(*PipelineChannel(i),
                            "/salesops.pipeline.v1.OpportunityService/ListOpportunities");
    }
    for (size_t i = 0; i < performances_.size(); ++i) {
      WaitUntilAdminIsKnown(*PerformanceChannel(i),
                            "/salesops.performance.v1.AuditService/ListAuditEntries");
    }
    // Its ports are known before it runs.
    const size_t first = PlanGateway();
    if (options_.gateway) StartGateway(first);
  } catch (...) {
    ShowLogs();
    gateways_.clear();
    organizations_.clear();
    pipelines_.clear();
    performances_.clear();
    DropSchemas();
    throw;
  }
}

Stack::~Stack() {
  if (::testing::Test::HasFailure()) ShowLogs();
  gateways_.clear();
  performances_.clear();
  pipelines_.clear();
  organizations_.clear();
  DropSchemas();
}

// ---- setting up -----------------------------------------------------------------------------

void Stack::MakeFiles() {
  const std::string& folder = folder_.path();
  WriteFile(folder + "/ca.pem", authority_.Certificate());
  for (const std::string name : {"organization", "pipeline", "performance", "gateway"}) {
    const Authority::Pair pair = authority_.Sign(
        name, absl::StrCat("DNS:localhost,DNS:", name, ".salesops.test,IP:127.0.0.1,IP:127.0.0.2,",
                           "IP:127.0.0.3,IP:127.0.0.4,IP:127.0.0.5,URI:spiffe://salesops/", name));
    WriteFile(absl::StrCat(folder, "/", name, ".pem"), pair.certificate);
    WriteFile(absl::StrCat(folder, "/", name, ".key"), pair.key);
  }
  std::filesystem::create_directory(folder + "/token_keys");
  WriteFile(folder + "/token_keys/k1.pem", key_.PublicPem());
  WriteFile(folder + "/page_token_key", std::string(32, 'p'));
  WriteFile(folder + "/admin_password", server_->options().password);
}

void Stack::MakeSchema(const std::string& service) {
  const std::string name = absl::StrCat("test_", service.substr(0, 3), "_", base::GenerateId());
  names_[service] = name;
  passwords_[service] = base::GenerateId();
  WriteFile(absl::StrCat(folder_.path(), "/", service, "_password"), passwords_[service]);
  for (const std::string& sql :
       {absl::StrCat("CREATE DATABASE `", name,
                     "` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci"),
        absl::StrCat("CREATE USER '", name, "'@'%' IDENTIFIED BY '", passwords_[service], "'"),
        absl::StrCat("GRANT SELECT, INSERT, UPDATE, DELETE ON `", name, "`.* TO '", name,
                     "'@'%'")}) {
    ThrowUnlessOk("schema", administrator_->Read(Soon(), [&](mysql::Connection& c) {
      return c.Execute(sql).status();
    }));
  }
  mysql::DatabaseOptions options = server_->options();
  options.name = name;
  options.connections = 4;
  auto schema = mysql::Database::Create(options);
  ThrowUnlessOk("schema", schema.status());
  schemas_[service] = *std::move(schema);
}

std::vector<std::string> Stack::DatabaseFlags(const std::string& service,
                                              bool administrator) const {
  const mysql::DatabaseOptions& server = server_->options();
  const bool proxied = service == "pipeline" && options_.pipeline_database_port != 0;
  const int port = proxied && !administrator ? options_.pipeline_database_port : server.port;
  std::vector<std::string> flags = {
      "--database_host",
      server.host,
      "--database_port",
      std::to_string(port),
      "--database_name",
      names_.at(service),
      "--database_user",
      administrator ? server.user : names_.at(service),
      "--database_password_file",
      absl::StrCat(folder_.path(), "/", administrator ? "admin" : service, "_password")};
  if (!server.tls_ca.empty()) Append(flags, {"--database_tls_ca", server.tls_ca});
  return flags;
}

void Stack::Migrate(const std::string& service) {
  std::vector<std::string> command = {absl::StrCat(programs_, "/services/", service, "/", service),
                                      "--migrate"};
  Append(command, DatabaseFlags(service, /*administrator=*/true));
  if (service == "organization") Append(command, {"--bootstrap_admin_group", kAdmins});
  const Finished done = RunToEnd(command, folder_.path());
  if (done.code != 0) throw std::runtime_error(service + " --migrate: " + done.out);
}

std::vector<std::string> Stack::CommonFlags(const std::string& name, int admin_port) const {
  const std::string& folder = folder_.path();
  return {"--admin_listen",   absl::StrCat("127.0.0.1:", admin_port),
          "--tls_cert",       absl::StrCat(folder, "/", name, ".pem"),
          "--tls_key",        absl::StrCat(folder, "/", name, ".key"),
          "--tls_ca",         ca(),
          "--token_keys",     folder + "/token_keys",
          "--token_issuer",   kIssuer,
          "--token_audience", kAudience};
}

std::vector<std::string> Stack::ServiceCommand(const std::string& name, const std::string& listen,
                                               int admin_port) const {
  std::vector<std::string> command = options_.service_wrapper;
  command.push_back(absl::StrCat(programs_, "/services/", name, "/", name));
  Append(command, DatabaseFlags(name, /*administrator=*/false));
  Append(command, CommonFlags(name, admin_port));
  Append(command,
         {"--listen", listen, "--page_token_key_file", folder_.path() + "/page_token_key",
          "--organization", absl::StrCat(options_.organization_host, ":", organization_port_),
          "--drain_wait", "1s", "--zone", "UTC"});
  return command;
}

// ---- processes ------------------------------------------------------------------------------

void Stack::WaitUntilReady(Process& process, const std::string& name, int admin_port) const {
  const absl::Time end = absl::Now() + kReadyLimit;
  while (!SaysReady(admin_port)) {
    if (!process.Running()) throw std::runtime_error(name + " ended: " + ReadFile(Log(name)));
    if (absl::Now() > end) throw std::runtime_error(name + " is not ready");
    absl::SleepFor(absl::Milliseconds(10));
  }
}

void Stack::StartReplica(const std::string& service, int port,
                         const std::vector<std::string>& flags, Replica& replica) {
  replica.process.reset();
  std::vector<std::string> command =
      ServiceCommand(service, absl::StrCat(replica.address, ":", port), replica.admin);
  Append(command, flags);
  replica.process = Process::Start(command, Log(replica.log));
  WaitUntilReady(*replica.process, replica.log, replica.admin);
}

void Stack::StartOrganization(size_t replica) {
  StartReplica("organization", organization_port_, {}, organizations_[replica]);
}

void Stack::StartPipeline(size_t replica) {
  StartReplica("pipeline", pipeline_port_, options_.pipeline_flags, pipelines_[replica]);
}

void Stack::StartPerformance(size_t replica) {
  StartReplica("performance", performance_port_,
               {"--pipeline", absl::StrCat(options_.pipeline_host, ":", pipeline_port_)},
               performances_[replica]);
}

size_t Stack::AddOrganization(const std::string& address) {
  const size_t replica = organizations_.size();
  const std::string log = replica == 0 ? "organization" : absl::StrCat("organization", replica);
  organizations_.push_back({address, log, FreePort(), nullptr});
  StartOrganization(replica);
  return replica;
}

size_t Stack::AddPipeline(const std::string& address) {
  const size_t replica = pipelines_.size();
  pipelines_.push_back({address, absl::StrCat("pipeline", replica), FreePort(), nullptr});
  StartPipeline(replica);
  return replica;
}

size_t Stack::AddPerformance(const std::string& address) {
  if (names_.count("performance") == 0) {
    MakeSchema("performance");
    Migrate("performance");
  }
  const size_t replica = performances_.size();
  performances_.push_back({address, absl::StrCat("performance", replica), FreePort(), nullptr});
  StartPerformance(replica);
  return replica;
}

size_t Stack::PlanGateway() {
  const size_t which = gateways_.size();
  const std::string log = which == 0 ? "gateway" : absl::StrCat("gateway", which);
  gateways_.push_back({log, FreePort(), FreePort(), FreePort(), nullptr});
  return which;
}

size_t Stack::AddGateway() {
  const size_t which = PlanGateway();
  StartGateway(which);
  return which;
}

namespace {

int Stop(Process& process) {
  process.Signal(SIGTERM);
  const std::optional<int> code = process.Wait(absl::Seconds(60));
  process.Kill();
  return code.value_or(-1);
}

}  // namespace

int Stack::StopPipeline(size_t replica) { return Stop(pipeline(replica)); }

int Stack::StopPerformance(size_t replica) { return Stop(performance(replica)); }

int Stack::StopOrganization(size_t replica) { return Stop(organization(replica)); }

int Stack::StopGateway(size_t which) { return Stop(gateway(which)); }

void Stack::StartGateway(size_t which) {
  Gateway& gateway = gateways_[which];
  gateway.process.reset();
  std::vector<std::string> command = options_.gateway_wrapper;
  command.push_back(programs_ + "/gateway/gateway");
  Append(command, CommonFlags("gateway", gateway.admin));
  Append(command,
         {"--http_listen", absl::StrCat("127.0.0.1:", gateway.http), "--grpc_listen",
          absl::StrCat("127.0.0.1:", gateway.grpc), "--descriptors", programs_ + "/descriptors",
          "--upstream",
          absl::StrCat("organization=", options_.organization_host, ":", organization_port_),
          "--upstream", absl::StrCat("pipeline=", options_.pipeline_host, ":", pipeline_port_)});
  if (!performances_.empty()) {
    Append(command, {"--upstream", absl::StrCat("performance=localhost:", performance_port_)});
  }
  gateway.process = Process::Start(command, Log(gateway.log));
  WaitUntilReady(*gateway.process, gateway.log, gateway.admin);
}

bool Stack::PipelineReady(size_t replica) const { return SaysReady(pipelines_[replica].admin); }

// Who is administrator reaches a service as an event of organization. A request without fields is
// the same of every type, and of the answer nothing is read.
void Stack::WaitUntilAdminIsKnown(rpc::Channel& channel, const std::string& method) const {
  const google::protobuf::Empty request;
  google::protobuf::Empty answer;
  absl::Status last;
  const bool known = Eventually(absl::Seconds(30), [&] {
    last = channel.Call(method, request, &answer, AsAdmin());
    return last.ok();
  });
  if (!known) throw std::runtime_error(method + " refuses the administrator: " + last.ToString());
}

// ---- callers --------------------------------------------------------------------------------

std::string Stack::Token(const std::string& subject, const std::string& group) const {
  const int64_t now = absl::ToUnixSeconds(absl::Now());
  return key_.Token(
      R"({"alg":"RS256","typ":"JWT","kid":"k1"})",
      absl::StrCat(R"({"iss":")", kIssuer, R"(","aud":")", kAudience, R"(","sub":")", subject,
                   R"(","groups":[)", group.empty() ? "" : absl::StrCat("\"", group, "\""),
                   R"(],"iat":)", now, R"(,"exp":)", now + 3600, "}"));
}

HttpClient Stack::Http(size_t gateway) const {
  return HttpClient("localhost", gateways_[gateway].http, ca(), AdminToken());
}

std::string Stack::gateway_grpc_address(size_t which) const {
  return absl::StrCat("localhost:", gateways_[which].grpc);
}

std::shared_ptr<rpc::Channel> Stack::OrganizationChannel() const {
  return rpc::OpenChannel(
      absl::StrCat("dns:///", options_.organization_address, ":", organization_port_),
      {.ca = ca()});
}

std::shared_ptr<rpc::Channel> Stack::OrganizationChannelOf(const std::string& service) const {
  const std::string file = absl::StrCat(folder_.path(), "/", service);
  return rpc::OpenChannel(
      absl::StrCat("dns:///", options_.organization_address, ":", organization_port_),
      {.cert = file + ".pem", .key = file + ".key", .ca = ca()});
}

std::shared_ptr<rpc::Channel> Stack::PipelineChannel(size_t replica) const {
  return rpc::OpenChannel(absl::StrCat("dns:///", pipelines_[replica].address, ":", pipeline_port_),
                          {.ca = ca()});
}

std::shared_ptr<rpc::Channel> Stack::PerformanceChannel(size_t replica) const {
  return rpc::OpenChannel(
      absl::StrCat("dns:///", performances_[replica].address, ":", performance_port_),
      {.ca = ca()});
}

std::shared_ptr<rpc::Channel> Stack::GatewayChannel(size_t which) const {
  return rpc::OpenChannel("dns:///" + gateway_grpc_address(which), {.ca = ca()});
}

rpc::CallOptions Stack::AsAdmin(absl::Duration timeout) const {
  return {.token = AdminToken(), .timeout = timeout, .wait_for_ready = false};
}

Finished Stack::Ctl(const std::vector<std::string>& arguments) const {
  std::vector<std::string> command = {BuildFolder() + "/tools/salesopsctl/salesopsctl", "--server",
                                      gateway_grpc_address(), "--ca", ca()};
  Append(command, arguments);
  return RunToEnd(command, folder_.path(), {"SALESOPS_TOKEN=" + AdminToken()}, absl::Minutes(5));
}

void Stack::MakeSalesProcess(const std::string& id, const std::vector<std::string>& open_stages) {
  namespace v1 = pipeline::v1;
  const std::string service = "/salesops.pipeline.v1.SalesProcessService/";
  auto channel = PipelineChannel();
  v1::CreateSalesProcessRequest process;
  process.set_sales_process_id(id);
  process.mutable_sales_process()->set_display_name(id);
  v1::CreateSalesProcessVersionRequest version;
  version.set_parent("salesProcesses/" + id);
  version.set_sales_process_version_id("v1");
  const auto add_stage = [&](const std::string& stage_id, v1::Stage::Kind kind) {
    v1::Stage* stage = version.mutable_sales_process_version()->add_stages();
    stage->set_id(stage_id);
    stage->set_display_name(stage_id);
    stage->set_kind(kind);
  };
  for (const std::string& stage : open_stages) add_stage(stage, v1::Stage::KIND_OPEN);
  add_stage("won", v1::Stage::KIND_WON);
  add_stage("lost", v1::Stage::KIND_LOST);
  v1::PublishSalesProcessVersionRequest publish;
  publish.set_name(absl::StrCat("salesProcesses/", id, "/versions/v1"));

  v1::SalesProcess made;
  v1::SalesProcessVersion made_version;
  ThrowUnlessOk("sales process",
                channel->Call(service + "CreateSalesProcess", process, &made, AsAdmin()));
  ThrowUnlessOk("its version", channel->Call(service + "CreateSalesProcessVersion", version,
                                             &made_version, AsAdmin()));
  ThrowUnlessOk("its publication", channel->Call(service + "PublishSalesProcessVersion", publish,
                                                 &made_version, AsAdmin()));
}

// ---- the database ---------------------------------------------------------------------------

int64_t Stack::Number(const std::string& service, const std::string& sql) {
  auto n = Schema(service).Read(Soon(), [&](mysql::Connection& c) {
    return c.QueryOne(sql, {}, [](mysql::Row& row) { return row.Int64(0); });
  });
  ThrowUnlessOk(sql, n.status());
  return n->value_or(-1);
}

std::vector<std::string> Stack::Rows(const std::string& service, const std::string& sql) {
  auto rows = Schema(service).Read(Soon(), [&](mysql::Connection& c) {
    return c.Query(sql, {}, [](mysql::Row& row) { return row.String(0); });
  });
  ThrowUnlessOk(sql, rows.status());
  return *std::move(rows);
}

void Stack::Execute(const std::string& service, const std::string& sql) {
  ThrowUnlessOk(sql, Schema(service).Read(
                         Soon(), [&](mysql::Connection& c) { return c.Execute(sql).status(); }));
}

void Stack::DropSchemas() noexcept {
  schemas_.clear();
  for (const auto& [service, name] : names_) {
    for (const std::string& sql : {absl::StrCat("DROP DATABASE IF EXISTS `", name, "`"),
                                   absl::StrCat("DROP USER IF EXISTS '", name, "'@'%'")}) {
      const absl::Status status = administrator_->Read(
          Soon(), [&](mysql::Connection& c) { return c.Execute(sql).status(); });
      if (!status.ok()) std::fprintf(stderr, "%s: %s\n", sql.c_str(), status.ToString().c_str());
    }
  }
}

// The last words of every process, but for the lines of calls that went well.
void Stack::ShowLogs() const {
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    if (entry.path().extension() != ".log") continue;
    std::vector<std::string> lines = absl::StrSplit(ReadFile(entry.path()), '\n');
    lines.erase(std::remove_if(lines.begin(), lines.end(),
                               [](const std::string& line) {
                                 return line.empty() || absl::StrContains(line, "\"OK\"");
                               }),
                lines.end());
    std::fprintf(stderr, "---- %s\n", entry.path().filename().c_str());
    for (size_t i = lines.size() > 15 ? lines.size() - 15 : 0; i < lines.size(); ++i) {
      std::fprintf(stderr, "%s\n", lines[i].c_str());
    }
  }
}

}  // namespace salesops::stack
