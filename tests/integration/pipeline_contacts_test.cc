// What is a contact's own: its account, and data about a person.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/pipeline/v1/account.pb.h"
#include "salesops/pipeline/v1/audit.pb.h"
#include "salesops/pipeline/v1/contact.pb.h"
#include "salesops/pipeline/v1/events.pb.h"
#include "shared/testing/proto_matchers.h"
#include "shared/testing/status_matchers.h"
#include "tests/integration/pipeline_server.h"

namespace salesops::pipeline {
namespace {

using ::testing::AllOf;
using testing::HasViolation;
using ::testing::IsEmpty;
using testing::PartlyEqualsProto;
using ::testing::SizeIs;

class PipelineContacts : public PipelineServerTest {
 protected:
  absl::StatusOr<v1::Contact> Create(const std::string& fields, const std::string& user = "admin") {
    return pipeline_.Call<v1::Contact>(
        "ContactService/CreateContact",
        absl::StrCat("contact { display_name: '李雷' ", fields, " }"), user);
  }
  void MakeAccount(const std::string& id, const std::string& owner = "") {
    EXPECT_OK(pipeline_.Call<v1::Account>(
        "AccountService/CreateAccount",
        absl::StrCat("account_id: '", id, "' account { display_name: '", id, "' ",
                     owner.empty() ? "" : absl::StrCat("owner: 'sellers/", owner, "'"), " }")));
  }
};

TEST_F(PipelineContacts, ANewAccountMustExistAndNotBeArchived) {
  MakeAccount("acme");
  MakeAccount("gone");
  ASSERT_OK(pipeline_.Call<v1::Account>("AccountService/ArchiveAccount", "name: 'accounts/gone'"));
  ASSERT_OK_AND_ASSIGN(const v1::Contact made, Create("account: 'accounts/acme'"));
  EXPECT_THAT(Create("account: 'accounts/gone'"), HasViolation("contact.account", "ARCHIVED"));
  EXPECT_THAT(Create("account: 'accounts/none' owner: 'sellers/none'"),
              AllOf(HasViolation("contact.account", "BAD_REFERENCE"),
                    HasViolation("contact.owner", "BAD_REFERENCE")));
  EXPECT_THAT(Create("account: 'acme' email: 'nobody' phone: 'x'"),
              AllOf(HasViolation("contact.account"), HasViolation("contact.email"),
                    HasViolation("contact.phone")));
  // What it refers to already may be archived later.
  ASSERT_OK(pipeline_.Call<v1::Account>("AccountService/ArchiveAccount", "name: 'accounts/acme'"));
  EXPECT_OK(pipeline_.Call<v1::Contact>(
      "ContactService/UpdateContact",
      absl::StrCat("contact { name: '", made.name(), "' title: '采购' }")));
  ASSERT_OK_AND_ASSIGN(const auto listed,
                       pipeline_.Call<v1::ListContactsResponse>(
                           "ContactService/ListContacts", "filter: 'account = \"accounts/acme\"'"));
  EXPECT_THAT(listed.contacts(), SizeIs(1));
}

TEST_F(PipelineContacts, ALimitedCallerNamesAnAccountThatItSees) {
  MakeAccount("own", "s1");
  MakeAccount("foreign", "s3");
  MakeAccount("nobodys");
  ASSERT_OK_AND_ASSIGN(const v1::Contact made, Create("account: 'accounts/own'", "s1"));
  EXPECT_EQ(made.owner(), "sellers/s1");
  EXPECT_OK(Create("account: 'accounts/nobodys'", "s1"));
  const auto foreign = Create("account: 'accounts/foreign'", "s1");
  EXPECT_THAT(foreign, HasViolation("contact.account", "BAD_REFERENCE"));
  EXPECT_OK(Create("account: 'accounts/foreign'"));
}

TEST_F(PipelineContacts, PersonalDataIsAuditedAndStaysOutOfFacts) {
  ASSERT_OK_AND_ASSIGN(const v1::Contact made, Create("email: 'li@acme.cn' phone: '+86 10 1234'"));
  ASSERT_OK_AND_ASSIGN(
      const v1::Contact read,
      pipeline_.Call<v1::Contact>("ContactService/GetContact",
                                  absl::StrCat("name: '", made.name(), "'"), "curious"));
  EXPECT_EQ(read.email(), "li@acme.cn");
  ASSERT_OK(pipeline_.Export("ContactService/ExportContacts", "", "curious"));
  for (const char* method : {"GetContact", "ExportContacts"}) {
    const std::string full = absl::StrCat("salesops.pipeline.v1.ContactService/", method);
    ASSERT_OK_AND_ASSIGN(
        const auto audit,
        pipeline_.Call<v1::ListAuditEntriesResponse>(
            "AuditService/ListAuditEntries",
            absl::StrCat("filter: 'principal = \"user:curious\" AND method = \"", full, "\"'")));
    ASSERT_THAT(audit.audit_entries(), SizeIs(1));
    EXPECT_THAT(audit.audit_entries(0),
                PartlyEqualsProto(absl::StrCat("method: '", full, "' resources: '", made.name(),
                                               "' fields: 'email' fields: 'phone'")));
  }
  const auto events = pipeline_.Events();
  ASSERT_THAT(events, SizeIs(1));
  v1::ContactCreated created;
  ASSERT_TRUE(created.ParseFromString(events[0].payload()));
  EXPECT_EQ(created.contact().display_name(), "李雷");
  EXPECT_THAT(created.contact().email(), IsEmpty());
  EXPECT_THAT(created.contact().phone(), IsEmpty());
  // A filter by them would tell them without an entry.
  EXPECT_THAT(pipeline_.Call<v1::ListContactsResponse>("ContactService/ListContacts",
                                                       "filter: 'phone = \"+86 10 1234\"'"),
              HasViolation("filter"));
}

}  // namespace
}  // namespace salesops::pipeline
