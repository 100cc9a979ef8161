// Attribute definitions: their own life, what they demand of accounts and opportunities, and
// filters over attributes, now and as of a moment.
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/pipeline/v1/account.pb.h"
#include "salesops/pipeline/v1/attribute_definition.pb.h"
#include "salesops/pipeline/v1/opportunity.pb.h"
#include "shared/resource/message_fields.h"
#include "shared/testing/proto_matchers.h"
#include "shared/testing/status_matchers.h"
#include "tests/integration/pipeline_server.h"

namespace salesops::pipeline {
namespace {

using absl::StatusCode;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::HasViolation;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::StatusIs;

constexpr char kService[] = "AttributeDefinitionService/";

class AttributeDefinitions : public PipelineServerTest {
 protected:
  using Definition = absl::StatusOr<v1::AttributeDefinition>;

  // `collection`: "ACCOUNT" or "OPPORTUNITY"; the id is the key with hyphens.
  Definition Define(const std::string& collection, const std::string& key, const std::string& type,
                    const std::string& more = "") {
    return pipeline_.Call<v1::AttributeDefinition>(
        absl::StrCat(kService, "CreateAttributeDefinition"),
        absl::StrCat("attribute_definition_id: '", absl::StrReplaceAll(key, {{"_", "-"}}),
                     "' attribute_definition { collection: COLLECTION_", collection, " key: '", key,
                     "' display_name: '", key, "' type: TYPE_", type, " ", more, " }"));
  }
  Definition Act(const std::string& method, const std::string& request,
                 const std::string& user = "admin") {
    return pipeline_.Call<v1::AttributeDefinition>(absl::StrCat(kService, method), request, user);
  }
  // "attributes { key: 'a' value { string_value: 'x' } }"
  static std::string Value(const std::string& key, const std::string& value) {
    return absl::StrCat("attributes { key: '", key, "' value { ", value, " } } ");
  }
  static std::string Text(const std::string& key, const std::string& value) {
    return Value(key, absl::StrCat("string_value: '", value, "'"));
  }
  static std::string Number(const std::string& key, const std::string& value) {
    return Value(key, absl::StrCat("decimal_value { value: '", value, "' }"));
  }
  static std::string Money(const std::string& key, int units, const std::string& currency = "CNY") {
    return Value(
        key, absl::StrCat("money_value { currency_code: '", currency, "' units: ", units, " }"));
  }
  static std::string Day(const std::string& key, int month) {
    return Value(key, absl::StrCat("date_value { year: 2026 month: ", month, " day: 15 }"));
  }

  absl::StatusOr<v1::Account> Account(const std::string& id, const std::string& attributes) {
    return pipeline_.Call<v1::Account>(
        "AccountService/CreateAccount",
        absl::StrCat("account_id: '", id, "' account { display_name: '", id, "' ", attributes,
                     " }"));
  }
  absl::StatusOr<v1::Account> SetAttributes(const std::string& id, const std::string& attributes) {
    return pipeline_.Call<v1::Account>(
        "AccountService/UpdateAccount",
        absl::StrCat("account { name: 'accounts/", id, "' ", attributes,
                     "} update_mask { paths: 'attributes' }"));
  }
  absl::StatusOr<v1::Opportunity> Deal(const std::string& id, const std::string& more = "") {
    return pipeline_.Call<v1::Opportunity>(
        "OpportunityService/CreateOpportunity",
        absl::StrCat("opportunity_id: '", id, "' opportunity { display_name: '", id,
                     "' owner: 'sellers/s1' ", more, " }"));
  }
  absl::StatusOr<v1::Opportunity> UpdateDeal(const std::string& id, const std::string& more) {
    return pipeline_.Call<v1::Opportunity>(
        "OpportunityService/UpdateOpportunity",
        absl::StrCat("opportunity { name: 'opportunities/", id, "' ", more, " }"));
  }
  absl::StatusOr<v1::ListAccountsResponse> List(const std::string& filter,
                                                const std::string& more = "") {
    return pipeline_.Call<v1::ListAccountsResponse>("AccountService/ListAccounts",
                                                    absl::StrCat("filter: '", filter, "' ", more));
  }
  std::vector<std::string> Accounts(const std::string& filter, const std::string& more = "") {
    const auto listed = List(filter, more);
    EXPECT_OK(listed) << filter;
    std::vector<std::string> ids;
    if (!listed.ok()) return ids;
    for (const v1::Account& a : listed->accounts()) ids.push_back(a.name().substr(9));
    return ids;
  }
};

TEST_F(AttributeDefinitions, HasTheLifeOfEveryResource) {
  ASSERT_OK_AND_ASSIGN(const v1::AttributeDefinition made,
                       Define("OPPORTUNITY", "area", "DECIMAL",
                              "unit: 'm²' min_value { value: '0.50' } max_value { value: '100' } "
                              "required_from_stage: 'offer' filterable: true "
                              "external_keys { source: 'crm' key: 'F1' }"));
  EXPECT_EQ(made.name(), "attributeDefinitions/area");
  EXPECT_EQ(made.min_value().value(), "0.5");
  ASSERT_OK_AND_ASSIGN(const v1::AttributeDefinition read,
                       Act("GetAttributeDefinition", "name: 'attributeDefinitions/area'"));
  EXPECT_EQ(testing::ProtoDifference(read, made, testing::ProtoScope::kWhole), "");
  const std::string then = absl::StrCat("as_of_time { ", pipeline_.Now(), " }");
  ASSERT_OK(Act("UpdateAttributeDefinition",
                "attribute_definition { name: 'attributeDefinitions/area' etag: '1' unit: 'ha' }"));
  ASSERT_OK_AND_ASSIGN(
      const v1::AttributeDefinition old,
      Act("GetAttributeDefinition", absl::StrCat("name: 'attributeDefinitions/area' ", then)));
  EXPECT_EQ(old.unit(), "m²");
  ASSERT_OK(Act("ArchiveAttributeDefinition", "name: 'attributeDefinitions/area'"));
  ASSERT_OK(Act("UnarchiveAttributeDefinition", "name: 'attributeDefinitions/area'"));
  EXPECT_THAT(pipeline_.EventTypes(),
              ElementsAre("AttributeDefinitionCreated", "AttributeDefinitionUpdated",
                          "AttributeDefinitionArchived", "AttributeDefinitionUnarchived"));
  ASSERT_OK_AND_ASSIGN(const auto revisions,
                       pipeline_.Call<v1::ListAttributeDefinitionRevisionsResponse>(
                           absl::StrCat(kService, "ListAttributeDefinitionRevisions"),
                           "name: 'attributeDefinitions/area'"));
  EXPECT_THAT(revisions.revisions(), SizeIs(4));
  ASSERT_OK_AND_ASSIGN(
      const auto listed,
      pipeline_.Call<v1::ListAttributeDefinitionsResponse>(
          absl::StrCat(kService, "ListAttributeDefinitions"),
          "filter: 'key = area AND type = TYPE_DECIMAL AND collection = COLLECTION_OPPORTUNITY "
          "AND filterable = true AND required_from_stage = offer' order_by: 'display_name desc'"));
  EXPECT_THAT(listed.attribute_definitions(), SizeIs(1));
  EXPECT_THAT(Act("CreateAttributeDefinition", "attribute_definition { }", "s1"),
              StatusIs(StatusCode::kPermissionDenied));
}

TEST_F(AttributeDefinitions, KeyCollectionAndTypeAreFixedAndTheKeyIsUnique) {
  ASSERT_OK(Define("ACCOUNT", "segment", "STRING"));
  const auto second = [&](const std::string& collection) {
    return Act("CreateAttributeDefinition",
               absl::StrCat("attribute_definition { key: 'segment' display_name: 'x' "
                            "type: TYPE_BOOL collection: COLLECTION_",
                            collection, " }"));
  };
  EXPECT_THAT(second("ACCOUNT"), StatusIs(StatusCode::kAlreadyExists));
  EXPECT_OK(second("OPPORTUNITY"));
  for (const char* field :
       {"key: 'other'", "collection: COLLECTION_OPPORTUNITY", "type: TYPE_DATE"}) {
    EXPECT_THAT(Act("UpdateAttributeDefinition",
                    absl::StrCat("attribute_definition { name: 'attributeDefinitions/segment' ",
                                 field, " }")),
                StatusIs(StatusCode::kInvalidArgument))
        << field;
  }
  EXPECT_THAT(Define("ACCOUNT", "a", "DATE",
                     "allowed_values: 'x' min_value { value: '1' } required_from_stage: 'offer'"),
              AllOf(HasViolation("attribute_definition.allowed_values", "NOT_OF_THIS_TYPE"),
                    HasViolation("attribute_definition.min_value", "NOT_OF_THIS_TYPE"),
                    HasViolation("attribute_definition.required_from_stage", "NOT_OF_THIS_TYPE")));
  EXPECT_THAT(Define("UNSPECIFIED", "a", "UNSPECIFIED"),
              AllOf(HasViolation("attribute_definition.collection"),
                    HasViolation("attribute_definition.type")));
}

TEST_F(AttributeDefinitions, AnImportDoneTwiceChangesNothingAndCannotChangeTheType) {
  const auto import = [&](const std::string& type) {
    return pipeline_.Import(
        absl::StrCat(kService, "ImportAttributeDefinitions"),
        {"options { source: 'crm' }",
         absl::StrCat("batch { rows { row_number: 1 attribute_definition { collection: "
                      "COLLECTION_ACCOUNT key: 'segment' display_name: 'S' type: TYPE_",
                      type, " external_keys { source: 'crm' key: '1' } } } }")});
  };
  const auto count = [](const auto& replies, const char* field) {
    return replies.ok() ? resource::GetInt(*replies->back(), field) : -1;
  };
  EXPECT_EQ(count(import("STRING"), "created_count"), 1);
  EXPECT_EQ(count(import("STRING"), "unchanged_count"), 1);
  const auto changed = import("DATE");
  EXPECT_EQ(count(changed, "failed_count"), 1);
  EXPECT_EQ(static_cast<const v1::ImportAttributeDefinitionsResponse&>(*changed->back())
                .failures(0)
                .field(),
            "attribute_definition.type");
  const auto exported = pipeline_.Export(absl::StrCat(kService, "ExportAttributeDefinitions"), "");
  ASSERT_OK(exported);
  EXPECT_EQ(static_cast<const v1::ExportAttributeDefinitionsResponse&>(*exported->front())
                .attribute_definitions_size(),
            1);
}

TEST_F(AttributeDefinitions, AValueOfADefinedAttributeMatchesIt) {
  ASSERT_OK(Define("ACCOUNT", "segment", "STRING", "allowed_values: ['A', 'B']"));
  ASSERT_OK(
      Define("ACCOUNT", "seats", "DECIMAL", "min_value { value: '1' } max_value { value: '500' }"));
  EXPECT_OK(Account("good", Text("segment", "A") + Number("seats", "500") + Text("free", "any")));
  EXPECT_THAT(Account("bad", Text("segment", "C") + Number("seats", "500.1")),
              AllOf(HasViolation("account.attributes.segment", "NOT_ALLOWED_VALUE"),
                    HasViolation("account.attributes.seats", "OUT_OF_RANGE")));
  EXPECT_THAT(SetAttributes("good", Number("segment", "1")),
              HasViolation("account.attributes.segment", "TYPE_MISMATCH"));
  // The definitions of accounts are not those of opportunities.
  pipeline_.MakeProcess();
  EXPECT_OK(Deal("d", Number("segment", "1")));
  const auto replies =
      pipeline_.Import("AccountService/ImportAccounts",
                       {"options { source: 'crm' }",
                        absl::StrCat("batch { rows { row_number: 1 account { display_name: 'x' "
                                     "external_keys { source: 'crm' key: '1' } ",
                                     Text("segment", "C"), "} } }")});
  ASSERT_OK(replies);
  const auto& reply = static_cast<const v1::ImportAccountsResponse&>(*replies->back());
  ASSERT_EQ(reply.failures_size(), 1);
  EXPECT_EQ(reply.failures(0).field(), "account.attributes.segment");
  EXPECT_EQ(reply.failures(0).reason(), "NOT_ALLOWED_VALUE");
}

TEST_F(AttributeDefinitions, WhatWasStoredBeforeTheDefinitionMayStayAndAnArchivedOneAsksNothing) {
  ASSERT_OK(Account("a", Text("segment", "old")));
  ASSERT_OK(Define("ACCOUNT", "segment", "STRING", "allowed_values: 'A'"));
  EXPECT_OK(SetAttributes("a", Text("segment", "old") + Text("other", "x")));
  EXPECT_THAT(SetAttributes("a", Text("segment", "new")),
              HasViolation("account.attributes.segment", "NOT_ALLOWED_VALUE"));
  ASSERT_OK(Act("ArchiveAttributeDefinition", "name: 'attributeDefinitions/segment'"));
  EXPECT_OK(SetAttributes("a", Text("segment", "new")));
}

TEST_F(AttributeDefinitions, ADealHasWhatItsStageRequires) {
  pipeline_.MakeProcess();
  ASSERT_OK(Define("OPPORTUNITY", "budget", "MONEY", "required_from_stage: 'offer'"));
  ASSERT_OK(Deal("d"));
  EXPECT_THAT(Deal("e", "stage: 'offer'"),
              HasViolation("opportunity.attributes.budget", "REQUIRED"));
  EXPECT_OK(Deal("e", "stage: 'offer' " + Money("budget", 5)));
  // The gate of the stage asks for it, and who was let in is asked by the next change.
  const std::string advance = "name: 'opportunities/d' stage: 'offer' ";
  EXPECT_THAT(pipeline_.Call<v1::Opportunity>("OpportunityService/AdvanceOpportunity", advance),
              testing::HasReason("GATE_NOT_MET"));
  ASSERT_OK(pipeline_.Call<v1::Opportunity>("OpportunityService/AdvanceOpportunity",
                                            advance + "override_reason: 'old customer'"));
  EXPECT_THAT(UpdateDeal("d", "source: 'fair'"),
              HasViolation("opportunity.attributes.budget", "REQUIRED"));
  EXPECT_OK(UpdateDeal("d", "source: 'fair' " + Money("budget", 5)));
  EXPECT_THAT(pipeline_.Call<v1::Opportunity>(
                  "OpportunityService/UpdateOpportunity",
                  "opportunity { name: 'opportunities/d' } update_mask { paths: 'attributes' }"),
              HasViolation("opportunity.attributes.budget", "REQUIRED"));
  // Other verbs than those that move it ask nothing.
  ASSERT_OK(Define("OPPORTUNITY", "area", "DECIMAL", "required_from_stage: 'lead'"));
  EXPECT_OK(pipeline_.Call<v1::Opportunity>("OpportunityService/AssignOpportunity",
                                            "name: 'opportunities/d' owner: 'sellers/s2'"));
  EXPECT_THAT(UpdateDeal("d", "source: 'web'"),
              HasViolation("opportunity.attributes.area", "REQUIRED"));
  ASSERT_OK(Act("ArchiveAttributeDefinition", "name: 'attributeDefinitions/area'"));
  EXPECT_OK(UpdateDeal("d", "source: 'web'"));
}

TEST_F(AttributeDefinitions, AnImportIsAskedForOpenDealsOnly) {
  pipeline_.MakeProcess();
  ASSERT_OK(Define("OPPORTUNITY", "budget", "MONEY", "required_from_stage: 'offer'"));
  const auto replies = pipeline_.Import(
      "OpportunityService/ImportOpportunities",
      {"options { source: 'crm' }",
       "batch { rows { row_number: 1 opportunity { display_name: 'open' owner: 'sellers/s1' "
       "  stage: 'offer' external_keys { source: 'crm' key: '1' } } } "
       "rows { row_number: 2 opportunity { display_name: 'won' owner: 'sellers/s1' stage: 'won' "
       "  open_date { year: 2025 month: 1 day: 1 } close_date { year: 2025 month: 2 day: 1 } "
       "  external_keys { source: 'crm' key: '2' } } } }"});
  ASSERT_OK(replies);
  const auto& reply = static_cast<const v1::ImportOpportunitiesResponse&>(*replies->back());
  EXPECT_EQ(reply.created_count(), 1);
  ASSERT_EQ(reply.failures_size(), 1) << reply.ShortDebugString();
  EXPECT_EQ(reply.failures(0).row_number(), 1);
  EXPECT_EQ(reply.failures(0).field(), "opportunity.attributes.budget");
}

// Every filter is asked of the current rows and of a moment after which everything changed.
TEST_F(AttributeDefinitions, FiltersCompareByTypeNowAndAsOfAMoment) {
  for (const char* type : {"STRING", "DECIMAL", "MONEY", "DATE", "BOOL"}) {
    std::string key = absl::StrCat("my_", type);
    for (char& c : key) c = absl::ascii_tolower(c);
    ASSERT_OK(Define("ACCOUNT", key, type, "filterable: true"));
  }
  ASSERT_OK(Account("a", Text("my_string", "Éclair") + Number("my_decimal", "9.5") +
                             Money("my_money", 100) + Day("my_date", 1) +
                             Value("my_bool", "bool_value: true")));
  ASSERT_OK(Account("b", Text("my_string", "banana") + Number("my_decimal", "10") +
                             Money("my_money", 20, "USD") + Day("my_date", 6) +
                             Value("my_bool", "bool_value: false")));
  ASSERT_OK(Account("c", ""));
  // Of another type than the definition's: as if it had none.
  ASSERT_OK(Act("ArchiveAttributeDefinition", "name: 'attributeDefinitions/my-decimal'"));
  ASSERT_OK(Account("d", Text("my_decimal", "9.5")));
  ASSERT_OK(Act("UnarchiveAttributeDefinition", "name: 'attributeDefinitions/my-decimal'"));

  struct Case {
    const char* filter;
    std::vector<std::string> found;
  };
  const std::vector<Case> cases = {
      {"attributes.my_string = \"eclair\"", {"a"}},
      {"attributes.my_string != \"eclair\"", {"b", "c", "d"}},
      {"attributes.my_string:\"AN\"", {"b"}},
      {"attributes.my_string > \"c\"", {"a"}},
      {"attributes.my_string:*", {"a", "b"}},
      {"NOT attributes.my_string:*", {"c", "d"}},
      {"attributes.my_decimal < 10", {"a"}},
      {"attributes.my_decimal <= 10.0", {"a", "b"}},
      {"NOT attributes.my_decimal >= 10", {"a", "c", "d"}},
      {"attributes.my_decimal = 9.50", {"a"}},
      {"attributes.my_money >= 20", {"a", "b"}},
      {"attributes.my_money >= 20 AND attributes.my_money.currency_code = \"CNY\"", {"a"}},
      {"attributes.my_date >= 2026-06-15", {"b"}},
      {"attributes.my_date < 2026-06-15", {"a"}},
      {"attributes.my_bool = true", {"a"}},
      {"attributes.my_bool = false", {"b"}},
      {"attributes.my_bool != true", {"b", "c", "d"}},
      {"attributes.my_bool = true OR display_name = \"c\"", {"a", "c"}},
  };
  for (const Case& c : cases) EXPECT_EQ(Accounts(c.filter), c.found) << c.filter;
  const std::string then = absl::StrCat("as_of_time { ", pipeline_.Now(), " }");
  for (const char* id : {"a", "b", "d"}) ASSERT_OK(SetAttributes(id, Text("my_string", "zebra")));
  for (const Case& c : cases) EXPECT_EQ(Accounts(c.filter, then), c.found) << c.filter;
  EXPECT_THAT(Accounts("attributes.my_string = zebra"), ElementsAre("a", "b", "d"));
  EXPECT_THAT(Accounts("attributes.my_decimal:*"), IsEmpty());
  const auto exported =
      pipeline_.Export("AccountService/ExportAccounts", "filter: 'attributes.my_string = zebra'");
  ASSERT_OK(exported);
  EXPECT_EQ(static_cast<const v1::ExportAccountsResponse&>(*exported->front()).accounts_size(), 3);
}

TEST_F(AttributeDefinitions, OnlyFilterableOnesAreFilteredByAndAtOnceForOldRowsToo) {
  ASSERT_OK(Account("a", Text("segment", "A")));
  EXPECT_THAT(List("attributes.segment = A"), HasViolation("filter"));
  ASSERT_OK(Define("ACCOUNT", "segment", "STRING"));
  EXPECT_THAT(List("attributes.segment = A"), HasViolation("filter"));
  ASSERT_OK(Act("UpdateAttributeDefinition",
                "attribute_definition { name: 'attributeDefinitions/segment' filterable: true }"));
  EXPECT_THAT(Accounts("attributes.segment = A"), ElementsAre("a"));
  EXPECT_THAT(List("", "order_by: 'attributes.segment'"), HasViolation("order_by"));
  ASSERT_OK(Act("ArchiveAttributeDefinition", "name: 'attributeDefinitions/segment'"));
  EXPECT_THAT(List("attributes.segment = A"), HasViolation("filter"));
}

TEST_F(AttributeDefinitions, DealsAreListedAndSummedByAttributes) {
  pipeline_.MakeProcess();
  ASSERT_OK(Define("OPPORTUNITY", "channel", "STRING", "filterable: true"));
  for (const auto& [id, channel] : std::vector<std::pair<std::string, std::string>>{
           {"d1", "web"}, {"d2", "web"}, {"d3", "fair"}}) {
    ASSERT_OK(Deal(id, Text("channel", channel)));
  }
  const auto sums = [&](const std::string& more) -> int64_t {
    const auto groups = pipeline_.Call<v1::AggregateOpportunitiesResponse>(
        "OpportunityService/AggregateOpportunities",
        absl::StrCat("filter: 'attributes.channel = web' ", more));
    EXPECT_OK(groups);
    return groups.ok() && groups->groups_size() == 1 ? groups->groups(0).count() : 0;
  };
  EXPECT_EQ(sums(""), 2);
  const std::string then = absl::StrCat("as_of_time { ", pipeline_.Now(), " }");
  ASSERT_OK(UpdateDeal("d1", Text("channel", "fair")));
  EXPECT_EQ(sums(""), 1);
  EXPECT_EQ(sums(then), 2);
  const auto listed = pipeline_.Call<v1::ListOpportunitiesResponse>(
      "OpportunityService/ListOpportunities", "filter: 'attributes.channel = fair'");
  ASSERT_OK(listed);
  EXPECT_THAT(listed->opportunities(), SizeIs(2));
}

TEST_F(AttributeDefinitions, TheIndexHoldsWhatTheRowsHold) {
  ASSERT_OK(Account("a", Text("x", "1") + Text("y", "2") + Number("z", "3")));
  EXPECT_EQ(pipeline_.Count("attribute_value"), 3);
  ASSERT_OK(SetAttributes("a", Text("x", "1") + Text("y", "changed")));
  EXPECT_EQ(pipeline_.Count("attribute_value"), 2);
  EXPECT_EQ(pipeline_.Count("attribute_value WHERE text_value = 'changed'"), 1);
  ASSERT_OK(SetAttributes("a", ""));
  EXPECT_EQ(pipeline_.Count("attribute_value"), 0);
}

}  // namespace
}  // namespace salesops::pipeline
