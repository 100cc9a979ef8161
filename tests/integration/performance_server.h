#pragma once

// The performance service on a schema of its own, called through a real socket; see
// service_server.h.
//
//   class Quotas : public PerformanceServerTest { … };
//   ASSERT_OK_AND_ASSIGN(v1::Quota quota, performance_.Call<v1::Quota>("QuotaService/CreateQuota",
//     R"pb(quota { … })pb"));
//
// There are the sellers boss, s1, s2 (boss reaches all three) and s3, and the team north; "boss",
// "s1" and "s3" call as them with every permission on their own rows.
//
// Thread-safety: safe from any thread once built.

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tests/service_server/service_server.h"

namespace salesops::performance {

class PerformanceServer : public testing::ServiceServer {
 public:
  PerformanceServer();

  // Applies a fact of pipeline, as the consumer of the deals does.
  absl::Status Tell(const Message& payload);

 private:
  int64_t told_ = 0;  // facts of pipeline
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
