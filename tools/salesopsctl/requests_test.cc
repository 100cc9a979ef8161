#include "tools/salesopsctl/requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "salesops/pipeline/v1/account.pb.h"
#include "salesops/pipeline/v1/opportunity.pb.h"
#include "tools/salesopsctl/exit_code.h"

namespace salesops::ctl {
namespace {

using ::testing::HasSubstr;

TEST(RequestsTest, PartsAreAddedToWhatIsThere) {
  pipeline::v1::ListAccountsRequest request;
  request.set_filter("grade = \"A\"");
  ASSERT_TRUE(Fill({{"show_archived", true}}, &request).ok());
  ASSERT_TRUE(SetAsOf("2026-03-01", &request).ok());
  ASSERT_TRUE(SetFields({"page_size=7"}, &request).ok());
  EXPECT_EQ(request.filter(), "grade = \"A\"");
  EXPECT_TRUE(request.show_archived());
  EXPECT_EQ(request.as_of_time().seconds(), 1772323200);
  EXPECT_EQ(request.page_size(), 7);
}

TEST(RequestsTest, WhatTheContractLacksIsSaid) {
  pipeline::v1::ListAccountsRequest list;
  EXPECT_TRUE(IsNotInContracts(Fill({{"colour", "red"}}, &list)));
  EXPECT_TRUE(IsNotInContracts(SetFields({"colour=red"}, &list)));
  EXPECT_TRUE(IsNotInContracts(SetDryRun(&list)));
  pipeline::v1::ImportOptions options;
  EXPECT_TRUE(IsNotInContracts(SetAsOf("now", &options)));
  EXPECT_TRUE(SetAsOf("", &options).ok());
}

TEST(RequestsTest, ADryRunAndARequestIdAreSet) {
  pipeline::v1::CreateAccountRequest request;
  ASSERT_TRUE(SetDryRun(&request).ok());
  EXPECT_TRUE(request.validate_only());
  AddRequestId(&request);
  const std::string id = request.request_id();
  EXPECT_EQ(id.size(), 36u);
  AddRequestId(&request);
  EXPECT_EQ(request.request_id(), id);
}

TEST(RequestsTest, AssignmentsGoOverData) {
  const auto object = ObjectOf(R"({"grade":"A","region":"N"})", {"grade=B", "amount.units=7"});
  ASSERT_TRUE(object.ok()) << object.status();
  EXPECT_EQ(object->dump(), R"({"amount":{"units":"7"},"grade":"B","region":"N"})");
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{"grade"}, {"=B"}, {".x=B"}, {"a={"}}) {
    EXPECT_EQ(ExitCodeOf(ObjectOf("", wrong).status()), ExitCode::kUsage) << wrong[0];
  }
  EXPECT_EQ(ExitCodeOf(ObjectOf("[]", {}).status()), ExitCode::kUsage);
}

TEST(RequestsTest, JsonLinesKeepTheirNumbers) {
  const auto rows = ReadJsonLines("{\"a\":1}\n\n  {\"a\":2}\r\n", "f");
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ((*rows)[1].line, 3);
  const auto wrong = ReadJsonLines("{}\n[]\n", "f");
  EXPECT_EQ(ExitCodeOf(wrong.status()), ExitCode::kInvalid);
  EXPECT_THAT(std::string(wrong.status().message()), HasSubstr("f: line 2"));
}

}  // namespace
}  // namespace salesops::ctl
