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
using ::testing::ElementsAre;
using ::testing::HasSubstr;
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

// Reads all contacts, and personal data of s1's rows alone.
void GrantWithoutPeople(PipelineServer& pipeline) {
  auto& access = pipeline.server().access();
  for (const char* permission :
       {"pipeline.contacts.read", "pipeline.contacts.write", "pipeline.contacts.export"}) {
    access.Grant("clerk", permission, auth::RowScope::All());
  }
  access.Grant("clerk", "pipeline.personal.read", {.some = true, .sellers = {"s1"}});
}

TEST_F(PipelineContacts, PersonalDataIsMaskedForWhoMayNotReadIt) {
  GrantWithoutPeople(pipeline_);
  const std::string people = "email: 'li@acme.cn' phone: '13812345678'";
  ASSERT_OK_AND_ASSIGN(const v1::Contact foreign, Create(people + " owner: 'sellers/s3'"));
  ASSERT_OK_AND_ASSIGN(const v1::Contact own, Create(people + " owner: 'sellers/s1'"));
  ASSERT_OK_AND_ASSIGN(const auto listed,
                       pipeline_.Call<v1::ListContactsResponse>("ContactService/ListContacts",
                                                                "order_by: 'owner'", "clerk"));
  ASSERT_THAT(listed.contacts(), SizeIs(2));
  EXPECT_THAT(listed.contacts(0), PartlyEqualsProto(people));
  EXPECT_THAT(listed.contacts(1),
              PartlyEqualsProto("email: 'l***@acme.cn' phone: '138****5678' display_name: '李雷'"));
  ASSERT_OK_AND_ASSIGN(const auto exported,
                       pipeline_.Export("ContactService/ExportContacts", "", "clerk"));
  std::string all;
  for (const auto& part : exported) all += part->ShortDebugString();
  EXPECT_THAT(all, AllOf(HasSubstr("138****5678"), HasSubstr("13812345678")));
  ASSERT_OK_AND_ASSIGN(const auto revisions,
                       pipeline_.Call<v1::ListContactRevisionsResponse>(
                           "ContactService/ListContactRevisions",
                           absl::StrCat("name: '", foreign.name(), "'"), "clerk"));
  EXPECT_EQ(revisions.revisions(0).contact().phone(), "138****5678");
  // An entry names what was told, not what was masked.
  ASSERT_OK_AND_ASSIGN(const auto audit, pipeline_.Call<v1::ListAuditEntriesResponse>(
                                             "AuditService/ListAuditEntries",
                                             "filter: 'principal = \"user:clerk\"'"));
  ASSERT_THAT(audit.audit_entries(), SizeIs(2));  // the list and the export
  for (const auto& entry : audit.audit_entries()) {
    EXPECT_THAT(entry.resources(), ElementsAre(own.name()));
  }
}

TEST_F(PipelineContacts, MasksDoNotReplaceWhatTheyStandFor) {
  GrantWithoutPeople(pipeline_);
  ASSERT_OK_AND_ASSIGN(const v1::Contact made, Create("phone: '13812345678' owner: 'sellers/s3'"));
  const auto update = [&](const std::string& fields, const std::string& mask) {
    return pipeline_.Call<v1::Contact>("ContactService/UpdateContact",
                                       absl::StrCat("contact { name: '", made.name(),
                                                    "' display_name: '李雷' owner: 'sellers/s3' ",
                                                    fields, " } update_mask { ", mask, " }"),
                                       "clerk");
  };
  EXPECT_THAT(update("phone: '138****5678' title: '采购'", ""),
              HasViolation("contact.phone", "MASKED"));
  EXPECT_EQ(update("title: '采购'", "paths: '*'").status().code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(update("", "paths: 'phone'").status().code(), absl::StatusCode::kPermissionDenied);
  ASSERT_OK_AND_ASSIGN(const v1::Contact titled, update("title: '采购'", "paths: 'title'"));
  EXPECT_EQ(titled.phone(), "138****5678");
  EXPECT_OK(update("phone: '13900000000'", "paths: 'phone'"));
  ASSERT_OK_AND_ASSIGN(const v1::Contact read,
                       pipeline_.Call<v1::Contact>("ContactService/GetContact",
                                                   absl::StrCat("name: '", made.name(), "'")));
  EXPECT_THAT(read, PartlyEqualsProto("phone: '13900000000' title: '采购'"));
}

}  // namespace
}  // namespace salesops::pipeline
