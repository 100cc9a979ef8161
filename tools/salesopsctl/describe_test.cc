#include "tools/salesopsctl/describe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "salesops/pipeline/v1/account.pb.h"
#include "salesops/pipeline/v1/opportunity.pb.h"
#include "tools/salesopsctl/exit_code.h"

namespace salesops::ctl {
namespace {

using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorProto;
using ::testing::HasSubstr;

void AddFile(const FileDescriptor* file, FileDescriptorSet* set) {
  for (const FileDescriptorProto& known : set->file()) {
    if (known.name() == file->name()) return;
  }
  for (int i = 0; i < file->dependency_count(); ++i) AddFile(file->dependency(i), set);
  FileDescriptorProto* proto = set->add_file();
  file->CopyTo(proto);
  file->CopyJsonNameTo(proto);
}

FileDescriptorSet Contracts() {
  FileDescriptorSet set;
  AddFile(pipeline::v1::Account::descriptor()->file(), &set);
  AddFile(pipeline::v1::Opportunity::descriptor()->file(), &set);
  return set;
}

class DescribeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto catalog = Catalog::Build(Contracts());
    ASSERT_TRUE(catalog.ok()) << catalog.status();
    catalog_ = *std::move(catalog);
  }

  std::string Text(const std::string& what) {
    const auto description = DescriptionOf(*catalog_, what);
    EXPECT_TRUE(description.ok()) << description.status();
    return description.ok() ? DescriptionText(*description) : "";
  }

  std::unique_ptr<Catalog> catalog_;
};

TEST_F(DescribeTest, AResourceByAnyOfItsNames) {
  const std::string text = Text("accounts");
  EXPECT_THAT(text, HasSubstr("resource salesops.pipeline.v1.Account\n"));
  EXPECT_THAT(text, HasSubstr("accounts/{account}"));
  EXPECT_THAT(text, HasSubstr("  display_name  <string> -required-  1 to 200 characters\n"));
  EXPECT_THAT(text, HasSubstr("  owner  <string>  names Seller\n"));
  EXPECT_THAT(text, HasSubstr("  annual_revenue  <google.type.Money>  0 to 999999999999999\n"));
  EXPECT_THAT(text, HasSubstr("default order: name"));
  EXPECT_THAT(text, HasSubstr("AccountService.GetAccount"));
  EXPECT_THAT(text, HasSubstr("GET /pipeline/v1/{name=accounts/*}"));
  EXPECT_THAT(text, HasSubstr("pipeline.accounts.read"));
  for (const std::string what : {"account", "Account", "salesops.pipeline.v1.Account"}) {
    EXPECT_EQ(Text(what), text) << what;
  }
}

TEST_F(DescribeTest, AMethod) {
  const std::string text = Text("AdvanceOpportunity");
  EXPECT_THAT(text, HasSubstr("http        POST /pipeline/v1/{name=opportunities/*}:advance\n"));
  EXPECT_THAT(text, HasSubstr("permission  pipeline.opportunities.advance\n"));
  EXPECT_THAT(text, HasSubstr("response    salesops.pipeline.v1.Opportunity\n"));
  EXPECT_THAT(Text("AccountService.ImportAccounts"), HasSubstr(", on every row"));
  EXPECT_THAT(Text("AccountService.ImportAccounts"), HasSubstr("request     stream of "));
}

TEST_F(DescribeTest, ServicesMessagesAndEnums) {
  EXPECT_THAT(Text("OpportunityService"), HasSubstr("OpportunityService.AdvanceOpportunity"));
  EXPECT_THAT(Text("ExternalKey"), HasSubstr("message salesops.pipeline.v1.ExternalKey"));
  EXPECT_THAT(Text("Opportunity.State"), HasSubstr("STATE_OPEN"));
}

TEST_F(DescribeTest, WhatIsNotThereSaysWhatIs) {
  const auto nothing = DescriptionOf(*catalog_, "invoices");
  EXPECT_TRUE(IsNotInContracts(nothing.status()));
  EXPECT_THAT(std::string(nothing.status().message()), HasSubstr("opportunities"));
}

TEST_F(DescribeTest, CommentsAreTakenFromFilesOfTheSameContracts) {
  FileDescriptorSet told = Contracts();
  FileDescriptorSet commented = Contracts();
  for (FileDescriptorProto& file : *commented.mutable_file()) {
    auto* location = file.mutable_source_code_info()->add_location();
    location->add_path(FileDescriptorProto::kMessageTypeFieldNumber);
    location->add_path(0);
    location->add_span(1);
    location->add_span(1);
    location->add_span(1);
    location->set_leading_comments(" A customer,\n or nearly.\n");
    if (file.name() == "salesops/pipeline/v1/opportunity.proto") file.set_syntax("proto2");
  }
  AdoptComments(commented, &told);
  auto catalog = Catalog::Build(told);
  ASSERT_TRUE(catalog.ok());
  EXPECT_EQ((*DescriptionOf(**catalog, "Account"))["comment"], "A customer, or nearly.");
  // Another version's comments would stand at the wrong places.
  EXPECT_FALSE(DescriptionOf(**catalog, "Opportunity")->contains("comment"));
}

TEST_F(DescribeTest, TextIsWrapped) {
  EXPECT_EQ(Wrapped("one two three", 2, 10), "  one two\n  three\n");
  EXPECT_EQ(Wrapped("", 2, 10), "");
  EXPECT_EQ(Wrapped("averyveryverylongword x", 0, 5), "averyveryverylongword\nx\n");
}

TEST_F(DescribeTest, NamesThatFitNoCollectionSayWhichDo) {
  EXPECT_TRUE(IsNotInContracts(catalog_->FindByName("accounts/UPPER").status()));
  EXPECT_THAT(std::string(catalog_->FindByName("accounts/UPPER").status().message()),
              HasSubstr("accounts/{account}"));
  EXPECT_TRUE(catalog_->FindByName("accounts/7").ok());
  EXPECT_TRUE(catalog_->FindCollection("pipeline.accounts").ok());
  EXPECT_FALSE(catalog_->FindCollection("organization.accounts").ok());
}

}  // namespace
}  // namespace salesops::ctl
