#pragma once

// A service's API classes on a schema of its own, called through a real socket. Each service has
// a class of its own that says what is served:
//
//   LeadServer::LeadServer() : ServiceServer("pipeline", PipelineMigrations()) {
//     const roster::Roster* sellers = MakeRoster();
//     auto services = std::make_shared<Services>(environment(), sellers);
//     Serve(services, {…their bindings…});
//   }
//
// Requests are text; their type is that of the method, which is named without the package:
//
//   ASSERT_OK_AND_ASSIGN(v1::Lead lead, server.Call<v1::Lead>("LeadService/CreateLead", R"pb(
//     lead { … })pb"));
//
// The day is 2026-03-02 by the service's clock. Whoever has no grant may do everything.
//
// Thread-safety: safe from any thread once it serves.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"
#include "salesops/events/v1/event.pb.h"
#include "shared/api/audit.h"
#include "shared/api/page_token.h"
#include "shared/api/request_replay.h"
#include "shared/base/context.h"
#include "shared/mysql/migrations.h"
#include "shared/resource/standard_methods.h"
#include "shared/roster/roster.h"
#include "shared/testing/fake_clock.h"
#include "shared/testing/in_process_server.h"
#include "shared/testing/throw_away_schema.h"

namespace salesops::testing {

class ServiceServer {
 public:
  using Message = google::protobuf::Message;
  using Messages = std::vector<std::unique_ptr<Message>>;

  virtual ~ServiceServer() = default;
  ServiceServer(const ServiceServer&) = delete;
  ServiceServer& operator=(const ServiceServer&) = delete;

  template <class Response>
  absl::StatusOr<Response> Call(const std::string& method, const std::string& request,
                                const std::string& user = "admin") {
    absl::StatusOr<std::unique_ptr<Message>> response = CallByName(method, request, user);
    if (!response.ok()) return response.status();
    return static_cast<const Response&>(**response);
  }
  // The same for an answer whose type is known only at run time.
  absl::StatusOr<std::unique_ptr<Message>> CallByName(const std::string& method,
                                                      const std::string& request,
                                                      const std::string& user = "admin");

  // All parts of an export.
  absl::StatusOr<Messages> Export(const std::string& method, const std::string& request,
                                  const std::string& user = "admin");
  template <class Response>
  absl::StatusOr<std::vector<Response>> Export(const std::string& method,
                                               const std::string& request) {
    return As<Response>(Export(method, request));
  }

  // Sends parts of an import, each as text, and returns the replies.
  absl::StatusOr<Messages> Import(const std::string& method, const std::vector<std::string>& parts);
  template <class Response>
  absl::StatusOr<std::vector<Response>> Import(const std::string& method,
                                               const std::vector<std::string>& parts) {
    return As<Response>(Import(method, parts));
  }

  // Gives what is committed its positions and wakes who watches for it.
  void Sequence();
  // Facts so far, in order, of one type (without the package); empty = all.
  std::vector<events::v1::Event> Events(const std::string& type = "");
  // Their types, without the package.
  std::vector<std::string> EventTypes();
  // A moment after everything that was answered until now and before anything that comes, as text
  // of a Timestamp.
  std::string Now();
  int64_t Count(const std::string& table);

  // Deletes every row, but what MakeRoster read stays, and sets the clock back. Grants stay.
  void Clear();

  FakeClock& clock() { return clock_; }
  mysql::Database& database() { return schema_.database(); }
  ThrowAwaySchema& schema() { return schema_; }
  InProcessServer& server() { return *server_; }
  FakeAccess& access() { return server_->access(); }

 protected:
  // `service` is the name of its package and permissions. The migrations of the shared libraries
  // come before its own.
  ServiceServer(const std::string& service, const mysql::MigrationSet& own);

  // Reads a roster of the sellers boss, s1, s2 and s3 and what else the tables have. Once it
  // serves, boss (who reaches s1 and s2), s1 and s3 call with every permission on their own rows.
  const roster::Roster* MakeRoster();
  resource::Environment environment() {
    return {&database(), &mutations_, &sealer_, absl::UTCTimeZone()};
  }
  // Serves until it is destroyed, and the service's audit. `services` live as long.
  void Serve(std::shared_ptr<void> services, std::vector<rpc::Binding> bindings);

  static base::DeadlineContext Soon();

 private:
  template <class Response>
  static absl::StatusOr<std::vector<Response>> As(const absl::StatusOr<Messages>& messages) {
    if (!messages.ok()) return messages.status();
    std::vector<Response> all;
    for (const auto& message : *messages) all.push_back(static_cast<const Response&>(*message));
    return all;
  }
  std::string PathOf(const std::string& method) const;
  const google::protobuf::MethodDescriptor& FindMethod(const std::string& method) const;
  std::unique_ptr<Message> Request(const std::string& method, const std::string& text) const;

  const std::string service_;
  const std::string package_;  // "salesops.pipeline.v1."
  ThrowAwaySchema schema_;
  FakeClock clock_;
  salesops::api::Mutations mutations_;
  const salesops::api::PageSealer sealer_;
  salesops::api::Audit audit_;
  std::unique_ptr<roster::Roster> roster_;
  std::shared_ptr<void> services_;
  std::unique_ptr<InProcessServer> server_;
};

// The one server that all tests of a program share: made when a test first wants it, ended before
// the program does.
//
//   SharedServer<LeadServer>* const shared = SharedServer<LeadServer>::Register();
template <class Server>
class SharedServer final : public ::testing::Environment {
 public:
  // Before the tests run.
  static SharedServer* Register() {
    auto* const environment = new SharedServer;
    ::testing::AddGlobalTestEnvironment(environment);
    return environment;
  }
  void TearDown() override { server_.reset(); }
  Server& Get() {
    if (!server_) server_ = std::make_unique<Server>();
    return *server_;
  }

 private:
  std::unique_ptr<Server> server_;
};

}  // namespace salesops::testing
