#pragma once

// The performance service on a schema of its own, called through a real socket.
//
//   class Quotas : public PerformanceServerTest { … };
//   ASSERT_OK_AND_ASSIGN(v1::Quota quota, performance_.Call<v1::Quota>("QuotaService/CreateQuota",
//     R"pb(quota { … })pb"));
//
// Requests are text; their type is that of the method. The day is 2026-03-02 by the service's
// clock. There are the sellers boss, s1, s2 (boss reaches all three) and s3, and the team north;
// "boss", "s1" and "s3" call as them with every permission on their own rows; whoever else calls
// may do everything.
//
// Thread-safety: safe from any thread once built.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "salesops/events/v1/event.pb.h"
#include "shared/api/page_token.h"
#include "shared/api/request_replay.h"
#include "shared/roster/roster.h"
#include "shared/testing/fake_clock.h"
#include "shared/testing/in_process_server.h"
#include "shared/testing/throw_away_schema.h"

namespace salesops::performance {

class PerformanceServer {
 public:
  using Message = google::protobuf::Message;
  PerformanceServer();
  ~PerformanceServer();

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
  absl::StatusOr<std::vector<std::unique_ptr<Message>>> Export(const std::string& method,
                                                               const std::string& request,
                                                               const std::string& user = "admin");
  // Sends parts of an import, each as text, and returns the replies.
  absl::StatusOr<std::vector<std::unique_ptr<Message>>> Import(
      const std::string& method, const std::vector<std::string>& parts);

  // Facts so far, in order.
  std::vector<events::v1::Event> Events();
  // Their types, without the package.
  std::vector<std::string> EventTypes();
  // A moment after everything that was answered until now and before anything that comes, as text
  // of a Timestamp.
  std::string Now();
  int64_t Count(const std::string& table);

  // Applies a fact of pipeline, as the consumer of the deals does.
  absl::Status Tell(const Message& payload);

  // Deletes every row but the roster and sets the clock back.
  void Clear();

  testing::FakeClock& clock() { return clock_; }
  mysql::Database& database() { return schema_.database(); }
  testing::InProcessServer& server() { return *server_; }

 private:
  void Sequence();

  testing::ThrowAwaySchema schema_;
  testing::FakeClock clock_;
  salesops::api::Mutations mutations_;
  const salesops::api::PageSealer sealer_;
  std::unique_ptr<roster::Roster> roster_;
  int64_t told_ = 0;  // facts of pipeline
  struct Services;
  std::unique_ptr<Services> services_;
  std::unique_ptr<testing::InProcessServer> server_;
};

// A message as text, with the fields of `more` in place of its own.
template <class M>
std::string Merged(const std::string& text, const std::string& more) {
  M message, other;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(more, &other)) << more;
  message.MergeFrom(other);
  return message.ShortDebugString();
}

// A test on the one server that all tests of the program share, emptied before each.
class PerformanceServerTest : public ::testing::Test {
 protected:
  PerformanceServerTest() : performance_(Shared()) { performance_.Clear(); }

  PerformanceServer& performance_;

 private:
  static PerformanceServer& Shared();
};

}  // namespace salesops::performance
