#pragma once

// The organization service on a schema of its own, called through a real socket.
//
//   class Teams : public OrganizationTest { … };
//   ASSERT_OK_AND_ASSIGN(v1::Team team, org_.Call<v1::Team>("TeamService/CreateTeam", R"pb(
//     team_id: "north" team { … })pb"));
//
// Requests are text; their type is that of the method. The day is 2026-03-02 by the service's
// clock. Whoever has no grant (org_.access()) may do everything.
//
// Thread-safety: safe from any thread once built.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "gtest/gtest.h"
#include "salesops/events/v1/event.pb.h"
#include "shared/api/page_token.h"
#include "shared/api/request_replay.h"
#include "shared/mysql/migrations.h"
#include "shared/testing/fake_clock.h"
#include "shared/testing/in_process_server.h"
#include "shared/testing/throw_away_schema.h"

namespace salesops::organization {

class OrganizationServer {
 public:
  OrganizationServer();
  ~OrganizationServer();

  template <class Response>
  absl::StatusOr<Response> Call(const std::string& method, const std::string& request,
                                const std::string& user = "admin") {
    Response response;
    const absl::Status status = CallMessages(method, request, &response, user);
    if (!status.ok()) return status;
    return response;
  }
  absl::Status CallMessages(const std::string& method, const std::string& request,
                            google::protobuf::Message* response, const std::string& user);

  // All parts of an export.
  template <class Response>
  absl::StatusOr<std::vector<Response>> Export(const std::string& method,
                                               const std::string& request) {
    std::vector<Response> parts;
    const absl::Status status = StreamMessages(
        method, request, Response::default_instance(), [&](const google::protobuf::Message& part) {
          parts.push_back(static_cast<const Response&>(part));
          return true;
        });
    if (!status.ok()) return status;
    return parts;
  }
  absl::Status StreamMessages(const std::string& method, const std::string& request,
                              const google::protobuf::Message& prototype,
                              const std::function<bool(const google::protobuf::Message&)>& visit);

  // Sends parts of an import, each as text, and returns the replies.
  template <class Response>
  absl::StatusOr<std::vector<Response>> Import(const std::string& method,
                                               const std::vector<std::string>& parts) {
    std::vector<Response> replies;
    const absl::Status status = ImportMessages(
        method, parts, Response::default_instance(), [&](const google::protobuf::Message& reply) {
          replies.push_back(static_cast<const Response&>(reply));
          return true;
        });
    if (!status.ok()) return status;
    return replies;
  }
  absl::Status ImportMessages(const std::string& method, const std::vector<std::string>& parts,
                              const google::protobuf::Message& prototype,
                              const std::function<bool(const google::protobuf::Message&)>& visit);

  // Gives what is committed its positions and wakes who watches for it.
  void Sequence();
  // Facts so far, in order, of one type (without the package); empty = all.
  std::vector<events::v1::Event> Events(const std::string& type = "");
  // A moment after everything that was answered until now and before anything that comes, as text
  // of a Timestamp.
  std::string Now();

  // Deletes every row and sets the clock back; who may do what stays.
  void Clear();

  mysql::Database& database() { return schema_.database(); }
  testing::ThrowAwaySchema& schema() { return schema_; }
  testing::InProcessServer& server() { return *server_; }
  testing::FakeAccess& access() { return server_->access(); }
  testing::FakeClock& clock() { return clock_; }

 private:
  testing::ThrowAwaySchema schema_;
  testing::FakeClock clock_;
  salesops::api::Mutations mutations_;
  const salesops::api::PageSealer sealer_;
  struct Services;
  std::unique_ptr<Services> services_;
  std::unique_ptr<testing::InProcessServer> server_;
};

// A test on the one server that all tests of the program share, emptied before each.
class OrganizationTest : public ::testing::Test {
 protected:
  OrganizationTest() : org_(Shared()) { org_.Clear(); }

  OrganizationServer& org_;

 private:
  static OrganizationServer& Shared();
};

// The migrations that a service's schema consists of.
std::vector<mysql::MigrationSet> OrganizationSchema();

}  // namespace salesops::organization
