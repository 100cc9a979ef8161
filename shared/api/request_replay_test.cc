#include "shared/api/request_replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "absl/strings/str_cat.h"
#include "migrations/api.h"
#include "shared/api/testdata/deal.pb.h"
#include "shared/api/testdata/fake_call.h"
#include "shared/base/id.h"
#include "shared/status/macros.h"
#include "shared/testing/proto_matchers.h"
#include "shared/testing/status_matchers.h"
#include "shared/testing/throw_away_schema.h"

namespace salesops::api {
namespace {

using testdata::CreateDealRequest;
using testdata::Deal;
using testing::HasReason;
using testing::HasViolation;
using testing::IsOk;
using testing::StatusIs;

constexpr char kRequestId[] = "01234567-89ab-4def-8123-456789abcdef";

CreateDealRequest Request(const std::string& title, const std::string& request_id = kRequestId) {
  CreateDealRequest request;
  request.mutable_big_deal()->set_title(title);
  request.set_request_id(request_id);
  return request;
}

class RequestReplayTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    schema_ = new testing::ThrowAwaySchema({ApiMigrations()});
    schema_->Execute("CREATE TABLE deal (id CHAR(20) PRIMARY KEY, title VARCHAR(100) NOT NULL)");
    mysql::DatabaseOptions options = schema_->options();
    options.connections = 64;
    auto database = mysql::Database::Create(options);
    ASSERT_OK(database);
    database_ = database->release();
  }
  static void TearDownTestSuite() {
    delete database_;
    delete schema_;
  }

  void SetUp() override {
    schema_->Execute("DELETE FROM request");
    schema_->Execute("DELETE FROM deal");
    mutations_.set_on_commit([this] { ++commits_; });
  }

  // A mutation with one effect: a row with an id that only the first answer knows.
  absl::StatusOr<Deal> Create(FakeCall& call, const CreateDealRequest& request) {
    return mutations_.Run<Deal>(call, request, [&](mysql::Transaction& tx) -> absl::StatusOr<Deal> {
      Deal deal = request.big_deal();
      const std::string id = base::GenerateId();
      deal.set_name("deals/" + id);
      if (failures_left_.fetch_sub(1) > 0) return status::FailedPrecondition("NO", "x", "no");
      RETURN_IF_ERROR(
          tx.Execute("INSERT INTO deal (id, title) VALUES (?, ?)", {id, deal.title()}).status());
      return deal;
    });
  }
  absl::StatusOr<Deal> Create(const std::string& subject, const CreateDealRequest& request) {
    FakeCall call(subject);
    return Create(call, request);
  }

  static int64_t Count(const std::string& table) {
    const base::DeadlineContext context(absl::Now() + absl::Seconds(30));
    auto count = database_->Read(context, [&](mysql::Connection& c) {
      return c.QueryOne(absl::StrCat("SELECT COUNT(*) FROM ", table), {},
                        [](mysql::Row& row) { return row.Int64(0); });
    });
    return count.ok() ? count->value_or(-1) : -1;
  }

  inline static testing::ThrowAwaySchema* schema_ = nullptr;
  inline static mysql::Database* database_ = nullptr;
  mysql::ThreadRegistration registration_;
  Mutations mutations_{database_};
  std::atomic<int> commits_{0};
  std::atomic<int> failures_left_{0};
};

TEST_F(RequestReplayTest, ARepeatedRequestGetsTheFirstAnswerAndHasNoSecondEffect) {
  ASSERT_OK_AND_ASSIGN(const Deal first, Create("alice", Request("a")));
  ASSERT_OK_AND_ASSIGN(const Deal second, Create("alice", Request("a")));
  EXPECT_EQ(first.name(), second.name());
  EXPECT_EQ(Count("deal"), 1);
  EXPECT_EQ(commits_, 1);
}

TEST_F(RequestReplayTest, EqualRequestsAtOnceHaveOneEffectAndEqualAnswers) {
  constexpr int kCalls = 64;
  std::vector<absl::StatusOr<Deal>> answers(kCalls, absl::UnknownError("not run"));
  std::vector<std::thread> threads;
  for (int i = 0; i < kCalls; ++i) {
    threads.emplace_back([&, i] {
      mysql::ThreadRegistration registration;
      answers[i] = Create("alice", Request("a"));
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_OK(answers[0]);
  for (const absl::StatusOr<Deal>& answer : answers) {
    ASSERT_OK(answer);
    EXPECT_EQ(answer->name(), answers[0]->name());
  }
  EXPECT_EQ(Count("deal"), 1);
  EXPECT_EQ(Count("request"), 1);
  EXPECT_EQ(commits_, 1);
}

TEST_F(RequestReplayTest, WaitersBehindAFailedCallStillHaveOneEffect) {
  failures_left_ = 3;
  constexpr int kCalls = 16;
  std::vector<absl::StatusOr<Deal>> answers(kCalls, absl::UnknownError("not run"));
  std::vector<std::thread> threads;
  for (int i = 0; i < kCalls; ++i) {
    threads.emplace_back([&, i] {
      mysql::ThreadRegistration registration;
      answers[i] = Create("alice", Request("a"));
    });
  }
  for (std::thread& thread : threads) thread.join();
  int refused = 0;
  std::string name;
  for (const absl::StatusOr<Deal>& answer : answers) {
    if (!answer.ok()) {
      EXPECT_THAT(answer, testing::AnyOf(StatusIs(absl::StatusCode::kFailedPrecondition),
                                         HasReason("CONTENTION")));
      ++refused;
      continue;
    }
    if (name.empty()) name = answer->name();
    EXPECT_EQ(answer->name(), name);
  }
  EXPECT_GE(refused, 3);
  EXPECT_LT(refused, kCalls);
  EXPECT_EQ(Count("deal"), 1);
}

TEST_F(RequestReplayTest, AnotherPrincipalWithTheSameIdGetsItsOwn) {
  ASSERT_OK_AND_ASSIGN(const Deal alice, Create("alice", Request("a")));
  ASSERT_OK_AND_ASSIGN(const Deal bob, Create("bob", Request("a")));
  EXPECT_NE(alice.name(), bob.name());
  const std::string long_name(400, 'x');
  ASSERT_OK_AND_ASSIGN(const Deal one, Create(long_name + "1", Request("a")));
  ASSERT_OK_AND_ASSIGN(const Deal two, Create(long_name + "2", Request("a")));
  EXPECT_NE(one.name(), two.name());
  EXPECT_EQ(Count("deal"), 4);
}

TEST_F(RequestReplayTest, AnotherMethodWithTheSameIdIsAnotherCall) {
  FakeCall other("alice", "/salesops.api.testdata.DealService/ImportDeal");
  ASSERT_OK(Create("alice", Request("a")));
  ASSERT_OK(Create(other, Request("a")));
  EXPECT_EQ(Count("deal"), 2);
}

TEST_F(RequestReplayTest, TheSameIdWithAnotherBodyIsRefused) {
  ASSERT_OK(Create("alice", Request("a")));
  EXPECT_THAT(Create("alice", Request("b")), HasViolation("request_id", "REQUEST_ID_REUSED"));
  EXPECT_EQ(Count("deal"), 1);
}

TEST_F(RequestReplayTest, TheOrderOfAMapIsNoDifference) {
  CreateDealRequest forwards = Request("a");
  CreateDealRequest backwards = Request("a");
  for (int i = 0; i < 100; ++i) {
    (*forwards.mutable_big_deal()->mutable_labels())[i] = "x";
    (*backwards.mutable_big_deal()->mutable_labels())[99 - i] = "x";
  }
  ASSERT_OK(Create("alice", forwards));
  EXPECT_THAT(Create("alice", backwards), IsOk());
  EXPECT_EQ(Count("deal"), 1);
}

TEST_F(RequestReplayTest, AFailedCallIsNotRemembered) {
  failures_left_ = 1;
  EXPECT_THAT(Create("alice", Request("a")), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(Count("request"), 0);
  EXPECT_EQ(commits_, 0);
  EXPECT_THAT(Create("alice", Request("a")), IsOk());
  EXPECT_EQ(Count("deal"), 1);
}

TEST_F(RequestReplayTest, WithoutAnIdEveryCallCounts) {
  ASSERT_OK(Create("alice", Request("a", "")));
  ASSERT_OK(Create("alice", Request("a", "")));
  EXPECT_EQ(Count("deal"), 2);
  EXPECT_EQ(Count("request"), 0);
  EXPECT_EQ(commits_, 2);
}

TEST_F(RequestReplayTest, ValidateOnlyAnswersAndLeavesNothing) {
  CreateDealRequest request = Request("a");
  request.set_validate_only(true);
  ASSERT_OK_AND_ASSIGN(const Deal deal, Create("alice", request));
  EXPECT_EQ(deal.title(), "a");
  EXPECT_EQ(Count("deal"), 0);
  EXPECT_EQ(Count("request"), 0);
  EXPECT_EQ(commits_, 0);
  failures_left_ = 1;
  EXPECT_THAT(Create("alice", request), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(RequestReplayTest, ForgetsAfterSevenDays) {
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  for (int i = 0; i < 3; ++i) {
    FakeCall call("alice", absl::StrCat("/s/", i), now - absl::Hours(24) * (6 + i));
    ASSERT_OK(Create(call, Request("a")));
  }
  const base::DeadlineContext context(absl::Now() + absl::Seconds(30));
  // Exactly seven days old is still remembered.
  EXPECT_THAT(PurgeRequests(*database_, context, now), testing::IsOkAndHolds(1));
  EXPECT_EQ(Count("request"), 2);
}

TEST_F(RequestReplayTest, PurgesMoreThanOneBatch) {
  schema_->Execute(
      "INSERT INTO request (principal, method, request_id, request_hash, created_at) "
      "VALUES ('user:a', '/m', UUID(), '', '2020-01-01')");
  for (int doubled = 0; doubled < 11; ++doubled) {
    schema_->Execute(
        "INSERT INTO request (principal, method, request_id, request_hash, created_at) "
        "SELECT principal, method, UUID(), '', created_at FROM request");
  }
  const base::DeadlineContext context(absl::Now() + absl::Seconds(30));
  EXPECT_THAT(PurgeRequests(*database_, context, absl::FromUnixSeconds(1'800'000'000)),
              testing::IsOkAndHolds(2048));
  EXPECT_EQ(Count("request"), 0);
}

}  // namespace
}  // namespace salesops::api
