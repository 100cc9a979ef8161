// The parts of a deal: line items and what they add up to, contact roles, splits, competitors and
// the forecast category.
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "migrations/pipeline.h"
#include "salesops/pipeline/v1/events.pb.h"
#include "salesops/pipeline/v1/opportunity.pb.h"
#include "services/pipeline/store/opportunity_store.h"
#include "shared/testing/proto_matchers.h"
#include "shared/testing/status_matchers.h"
#include "shared/testing/throw_away_schema.h"
#include "tests/integration/pipeline_server.h"

namespace salesops::pipeline {
namespace {

using absl::StatusCode;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::EqualsProto;
using testing::HasReason;
using testing::HasViolation;
using ::testing::IsEmpty;
using testing::IsOkAndHolds;
using ::testing::Not;
using testing::PartlyEqualsProto;
using ::testing::SizeIs;
using testing::StatusIs;

// "CNY 4500.5" as text of a Money.
std::string Money(const std::string& currency, int64_t units, int nanos = 0) {
  return absl::StrCat("{ currency_code: '", currency, "' units: ", units, " nanos: ", nanos, " }");
}

std::string Line(const std::string& id, const std::string& product, const std::string& quantity,
                 const std::string& price, const std::string& more = "") {
  return absl::StrCat(" line_items { ", id.empty() ? "" : absl::StrCat("id: '", id, "' "),
                      "product: 'products/", product, "' quantity { value: '", quantity,
                      "' } net_unit_price ", price, " ", more, " }");
}

std::string Role(const std::string& contact, const std::string& role,
                 const std::string& more = "") {
  return absl::StrCat(" contact_roles { contact: 'contacts/", contact, "' role: ROLE_", role, " ",
                      more, " }");
}

std::string Split(const std::string& seller, const std::string& share) {
  return absl::StrCat(" splits { seller: 'sellers/", seller, "' share { value: '", share, "' } }");
}

// Products gtx (CNY 4800), yen (JPY 1000), free (no price) and old (archived); accounts acme and
// other; contacts li (of acme), han (of other), mei (of none) and gone (archived); competitors
// north, west and dead (archived).
class PipelineDealParts : public PipelineServerTest {
 protected:
  PipelineDealParts() {
    pipeline_.MakeProcess();
    Make("Product", "gtx", "list_price " + Money("CNY", 4800));
    Make("Product", "yen", "list_price " + Money("JPY", 1000));
    Make("Product", "free");
    for (const char* id : {"acme", "other"}) Make("Account", id);
    Make("Contact", "li", "account: 'accounts/acme'");
    Make("Contact", "han", "account: 'accounts/other'");
    Make("Contact", "mei");
    for (const char* id : {"north", "west"}) Make("Competitor", id);
    Make("Product", "old");
    Make("Contact", "gone");
    Make("Competitor", "dead");
    Archive("Product", "old");
    Archive("Contact", "gone");
    Archive("Competitor", "dead");
  }

  void Make(const std::string& type, const std::string& id, const std::string& fields = "") {
    const std::string one = absl::AsciiStrToLower(type);
    EXPECT_OK(pipeline_.CallByName(
        absl::StrCat(type, "Service/Create", type),
        absl::StrCat(one, "_id: '", id, "' ", one, " { display_name: '", id, "' ", fields, " }")));
  }
  void Archive(const std::string& type, const std::string& id) {
    EXPECT_OK(
        pipeline_.CallByName(absl::StrCat(type, "Service/Archive", type),
                             absl::StrCat("name: '", absl::AsciiStrToLower(type), "s/", id, "'")));
  }

  using Answer = absl::StatusOr<v1::Opportunity>;
  Answer Create(const std::string& id, const std::string& fields,
                const std::string& user = "admin") {
    return pipeline_.Call<v1::Opportunity>(
        "OpportunityService/CreateOpportunity",
        absl::StrCat("opportunity_id: '", id, "' opportunity { display_name: '", id,
                     "' owner: 'sellers/s1' ", fields, " }"),
        user);
  }
  // `mask`: comma-separated; empty = none.
  Answer Update(const std::string& id, const std::string& fields, const std::string& mask = "") {
    std::string paths;
    if (!mask.empty()) {
      paths = absl::StrCat(" update_mask { paths: ['", absl::StrReplaceAll(mask, {{",", "', '"}}),
                           "'] }");
    }
    return pipeline_.Call<v1::Opportunity>(
        "OpportunityService/UpdateOpportunity",
        absl::StrCat("opportunity { name: 'opportunities/", id, "' ", fields, " }", paths));
  }
  Answer Verb(const std::string& verb, const std::string& id, const std::string& fields) {
    return pipeline_.Call<v1::Opportunity>(absl::StrCat("OpportunityService/", verb, "Opportunity"),
                                           absl::StrCat("name: 'opportunities/", id, "' ", fields));
  }
  Answer Get(const std::string& id, const std::string& more = "") {
    return pipeline_.Call<v1::Opportunity>("OpportunityService/GetOpportunity",
                                           absl::StrCat("name: 'opportunities/", id, "' ", more));
  }
  std::vector<std::string> Names(const std::string& request) {
    std::vector<std::string> names;
    const auto listed = pipeline_.Call<v1::ListOpportunitiesResponse>(
        "OpportunityService/ListOpportunities", request);
    EXPECT_TRUE(listed.ok()) << listed.status();
    if (!listed.ok()) return names;
    for (const v1::Opportunity& o : listed->opportunities()) names.push_back(o.name().substr(14));
    return names;
  }
  // The last reply.
  v1::ImportOpportunitiesResponse Import(const std::string& rows) {
    const auto replies =
        pipeline_.Import("OpportunityService/ImportOpportunities",
                         {"options { source: 'crm' }", absl::StrCat("batch { ", rows, " }")});
    EXPECT_TRUE(replies.ok()) << replies.status();
    if (!replies.ok()) return {};
    return static_cast<const v1::ImportOpportunitiesResponse&>(*replies->back());
  }
  static std::string Row(int number, const std::string& fields) {
    return absl::StrCat("rows { row_number: ", number, " opportunity { display_name: 'Deal ",
                        number, "' owner: 'sellers/s1' external_keys { source: 'crm' key: 'K",
                        number, "' } ", fields, " } } ");
  }
};

// ---- line items

TEST_F(PipelineDealParts, LinesHaveAmountsDiscountsAndAListPriceAndTheDealIsTheirSum) {
  ASSERT_OK_AND_ASSIGN(
      const v1::Opportunity deal,
      Create("d",
             absl::StrCat(Line("a", "gtx", "3", Money("CNY", 4320), "description: '含安装'"),
                          // What only the service tells is not taken from a client.
                          Line("b", "free", "1.5", Money("CNY", 0, 330'000'000),
                               "list_unit_price { currency_code: 'CNY' units: 7 } "
                               "amount { currency_code: 'xx' units: 7 } discount { value: 'no' }"),
                          Line("c", "yen", "2", Money("CNY", 6000)))));
  EXPECT_THAT(deal, PartlyEqualsProto(absl::StrCat("amount ", Money("CNY", 24960, 500'000'000))));
  ASSERT_THAT(deal.line_items(), SizeIs(3));
  EXPECT_THAT(deal.line_items(0),
              EqualsProto(absl::StrCat("id: 'a' product: 'products/gtx' quantity { value: '3' } "
                                       "description: '含安装' discount { value: '0.1' } "
                                       "net_unit_price { currency_code: 'CNY' units: 4320 } "
                                       "list_unit_price { currency_code: 'CNY' units: 4800 } "
                                       "amount { currency_code: 'CNY' units: 12960 }")));
  EXPECT_THAT(deal.line_items(1),
              EqualsProto("id: 'b' product: 'products/free' quantity { value: '1.5' } "
                          "net_unit_price { currency_code: 'CNY' nanos: 330000000 } "
                          "amount { currency_code: 'CNY' nanos: 500000000 }"));
  // A list price in another currency says nothing of a discount.
  EXPECT_THAT(deal.line_items(2),
              EqualsProto("id: 'c' product: 'products/yen' quantity { value: '2' } "
                          "net_unit_price { currency_code: 'CNY' units: 6000 } "
                          "list_unit_price { currency_code: 'JPY' units: 1000 } "
                          "amount { currency_code: 'CNY' units: 12000 }"));
  EXPECT_THAT(Get("d"), IsOkAndHolds(EqualsProto(deal)));
}

TEST_F(PipelineDealParts, AmountsHaveTheMinorUnitOfTheirCurrency) {
  ASSERT_OK_AND_ASSIGN(const v1::Opportunity yen,
                       Create("yen", Line("a", "yen", "2.5", Money("JPY", 1)) +
                                         Line("b", "yen", "0.5", Money("JPY", 999))));
  EXPECT_THAT(
      yen, PartlyEqualsProto(absl::StrCat("line_items { amount { currency_code: 'JPY' units: 3 } "
                                          "             discount { value: '0.999' } } "
                                          "line_items { amount { currency_code: 'JPY' units: 500 } "
                                          "             discount { value: '0.001' } } "
                                          "amount { currency_code: 'JPY' units: 503 }")));
  ASSERT_OK_AND_ASSIGN(const v1::Opportunity dinar,
                       Create("dinar", Line("a", "free", "1.0005", Money("KWD", 1))));
  EXPECT_THAT(dinar, PartlyEqualsProto("amount { currency_code: 'KWD' units: 1 nanos: 1000000 }"));
}

TEST_F(PipelineDealParts, ALineThatBreaksARuleIsToldWithItsField) {
  const std::string one = Money("CNY", 1);
  const auto refused = [&](const std::string& lines, const std::string& field,
                           const std::string& reason) {
    const Answer answer = Create("x", lines);
    EXPECT_THAT(answer, AllOf(StatusIs(StatusCode::kInvalidArgument),
                              HasViolation("opportunity." + field, reason)));
  };
  refused(Line("a", "none", "1", one), "line_items[0].product", "BAD_REFERENCE");
  refused(Line("a", "gtx", "1", one) + Line("b", "old", "1", one), "line_items[1].product",
          "ARCHIVED");
  refused(" line_items { }", "line_items[0].product", "REQUIRED");
  refused(" line_items { }", "line_items[0].quantity", "REQUIRED");
  refused(" line_items { }", "line_items[0].net_unit_price", "REQUIRED");
  refused(Line("a", "gtx", "0", one), "line_items[0].quantity", "OUT_OF_RANGE");
  refused(Line("a", "gtx", "-1", one), "line_items[0].quantity", "OUT_OF_RANGE");
  refused(Line("a", "gtx", "1000000000000", one), "line_items[0].quantity", "OUT_OF_RANGE");
  refused(Line("a", "gtx", "0.0000001", one), "line_items[0].quantity", "TOO_MANY_DIGITS");
  refused(Line("a", "gtx", "1", Money("CNY", -1)), "line_items[0].net_unit_price", "OUT_OF_RANGE");
  refused(Line("a", "gtx", "1", Money("CNY", 1, 1)), "line_items[0].net_unit_price",
          "TOO_MANY_DIGITS");
  refused(Line("a", "gtx", "1", Money("YUAN", 1)), "line_items[0].net_unit_price.currency_code",
          "BAD_CURRENCY");
  refused(Line("A!", "gtx", "1", one), "line_items[0].id", "PATTERN");
  refused(Line("a", "gtx", "1", one) + Line("a", "free", "1", one), "line_items[1].id",
          "NOT_UNIQUE");
  refused(Line("a", "gtx", "1", one) + Line("b", "yen", "1", Money("JPY", 1)),
          "line_items[1].net_unit_price", "OTHER_CURRENCY");
  refused(Line("a", "gtx", "1", one, absl::StrCat("description: '", std::string(501, 'x'), "'")),
          "line_items[0].description", "TOO_LONG");
  refused(Line("a", "gtx", "2", Money("CNY", 999'999'999'999'999)), "line_items[0]",
          "OUT_OF_RANGE");
  refused(Line("a", "gtx", "1", Money("CNY", 999'999'999'999'999)) + Line("b", "gtx", "1", one),
          "line_items", "OUT_OF_RANGE");
  std::string many;
  for (int i = 0; i < 201; ++i) many += Line("", "gtx", "1", one);
  refused(many, "line_items", "TOO_MANY");
  EXPECT_EQ(pipeline_.Count("opportunity"), 0);

  // All of them at once, with those of the deal.
  EXPECT_THAT(Create("x", Line("a", "none", "1", one) + Line("a", "old", "1", Money("JPY", 1)) +
                              Role("none", "USER") + Split("nobody", "0.5") +
                              " competitors: 'competitors/none' account: 'accounts/none'"),
              AllOf(HasViolation("opportunity.line_items[0].product", "BAD_REFERENCE"),
                    HasViolation("opportunity.line_items[1].product", "ARCHIVED"),
                    HasViolation("opportunity.line_items[1].id", "NOT_UNIQUE"),
                    HasViolation("opportunity.line_items[1].net_unit_price", "OTHER_CURRENCY"),
                    HasViolation("opportunity.contact_roles[0].contact", "BAD_REFERENCE"),
                    HasViolation("opportunity.splits[0].seller", "BAD_REFERENCE"),
                    HasViolation("opportunity.splits", "SHARES_NOT_ONE"),
                    HasViolation("opportunity.competitors[0]", "BAD_REFERENCE"),
                    HasViolation("opportunity.account", "BAD_REFERENCE")));
}

TEST_F(PipelineDealParts, TwoHundredLinesAreKeptAndNoMore) {
  std::string many;
  for (int i = 0; i < 200; ++i) {
    many += Line("", "gtx", "1", Money("CNY", 1), absl::StrCat("description: '", i, "'"));
  }
  ASSERT_OK_AND_ASSIGN(const v1::Opportunity deal, Create("d", many));
  EXPECT_THAT(deal, PartlyEqualsProto("amount { currency_code: 'CNY' units: 200 }"));
  EXPECT_THAT(Get("d"), IsOkAndHolds(EqualsProto(deal)));
}

TEST_F(PipelineDealParts, TheAmountOfADealWithLinesIsTheirSumAndNoOther) {
  const std::string lines = Line("a", "gtx", "2", Money("CNY", 4500));
  EXPECT_THAT(Create("x", lines + " amount " + Money("CNY", 9001)),
              AllOf(StatusIs(StatusCode::kInvalidArgument),
                    HasViolation("opportunity.amount", "AMOUNT_IS_SUM")));
  EXPECT_THAT(Create("x", lines + " amount " + Money("USD", 9000)),
              HasViolation("opportunity.amount", "AMOUNT_IS_SUM"));
  ASSERT_OK(Create("d", lines + " amount " + Money("CNY", 9000)));
  EXPECT_THAT(Update("d", "amount " + Money("CNY", 8999), "amount"),
              HasViolation("opportunity.amount", "AMOUNT_IS_SUM"));
  // Clearing it fills it, which changes nothing.
  EXPECT_THAT(
      Update("d", "", "amount"),
      IsOkAndHolds(PartlyEqualsProto(absl::StrCat("etag: '1' amount ", Money("CNY", 9000)))));
  // A whole deal that is read, changed and written back has the old amount in it.
  ASSERT_OK_AND_ASSIGN(v1::Opportunity read, Get("d"));
  read.mutable_line_items(0)->mutable_quantity()->set_value("3");
  EXPECT_THAT(
      pipeline_.Call<v1::Opportunity>(
          "OpportunityService/UpdateOpportunity",
          absl::StrCat("opportunity { ", read.ShortDebugString(), " }")),
      IsOkAndHolds(PartlyEqualsProto(absl::StrCat("etag: '2' amount ", Money("CNY", 13500)))));
  EXPECT_THAT(
      Update("d", Line("a", "gtx", "1", Money("CNY", 4500)) + " amount " + Money("CNY", 4501)),
      HasViolation("opportunity.amount", "AMOUNT_IS_SUM"));
  EXPECT_THAT(Update("d", "", "line_items"),
              IsOkAndHolds(AllOf(PartlyEqualsProto(absl::StrCat("amount ", Money("CNY", 13500))))));
  EXPECT_THAT(Get("d")->line_items(), IsEmpty());
  EXPECT_THAT(Update("d", "amount " + Money("USD", 5)),
              IsOkAndHolds(PartlyEqualsProto(absl::StrCat("amount ", Money("USD", 5)))));
}

TEST_F(PipelineDealParts, AWonDealIsWonForTheSumOfItsLines) {
  ASSERT_OK(Create("d", Line("a", "gtx", "2", Money("CNY", 4500))));
  const std::string day = "close_date { year: 2026 month: 3 day: 2 } ";
  EXPECT_THAT(
      Verb("Win", "d", day + "amount " + Money("CNY", 8000)),
      AllOf(StatusIs(StatusCode::kInvalidArgument), HasViolation("amount", "AMOUNT_IS_SUM")));
  EXPECT_THAT(Get("d"), IsOkAndHolds(PartlyEqualsProto("state: STATE_OPEN etag: '1'")));
  EXPECT_THAT(Verb("Win", "d", day + "amount " + Money("CNY", 9000)),
              IsOkAndHolds(PartlyEqualsProto(absl::StrCat(
                  "state: STATE_WON line_items { id: 'a' } amount ", Money("CNY", 9000)))));
  ASSERT_OK(Create("e", Line("a", "gtx", "1", Money("CNY", 4500))));
  EXPECT_THAT(Verb("Win", "e", day), IsOkAndHolds(PartlyEqualsProto(absl::StrCat(
                                         "state: STATE_WON amount ", Money("CNY", 4500)))));
}

TEST_F(PipelineDealParts, ALineKeepsItsIdAndListPriceAndItsProductWhenThatIsArchived) {
  ASSERT_OK_AND_ASSIGN(const v1::Opportunity deal,
                       Create("d", Line("", "gtx", "1", Money("CNY", 4800)) +
                                       Line("", "free", "1", Money("CNY", 100))));
  const std::string first = deal.line_items(0).id(), second = deal.line_items(1).id();
  EXPECT_THAT(first, SizeIs(20));
  EXPECT_NE(first, second);
  ASSERT_OK(pipeline_.CallByName(
      "ProductService/UpdateProduct",
      absl::StrCat("product { name: 'products/gtx' list_price ", Money("CNY", 9600), " }")));
  ASSERT_OK(pipeline_.CallByName(
      "ProductService/UpdateProduct",
      absl::StrCat("product { name: 'products/free' list_price ", Money("CNY", 200), " }")));
  Archive("Product", "gtx");

  // Sent again, with or without ids, it is the same deal.
  const std::string again =
      Line("", "gtx", "1.0", Money("CNY", 4800)) + Line("", "free", "1", Money("CNY", 100));
  EXPECT_THAT(Update("d", again, "line_items"), IsOkAndHolds(EqualsProto(deal)));
  // A changed line is the one that it was; another of the same product is new.
  ASSERT_OK_AND_ASSIGN(const v1::Opportunity changed,
                       Update("d",
                              Line(second, "free", "2", Money("CNY", 90)) +
                                  Line("", "gtx", "4", Money("CNY", 4320)) +
                                  Line("more", "free", "1", Money("CNY", 150)),
                              "line_items"));
  EXPECT_THAT(changed,
              PartlyEqualsProto(absl::StrCat(
                  "etag: '2' amount ", Money("CNY", 17610), " line_items { id: '", second, "' } ",
                  "line_items { id: '", first, "' list_unit_price ", Money("CNY", 4800),
                  " discount { value: '0.1' } } line_items { id: 'more' list_unit_price ",
                  Money("CNY", 200), " discount { value: '0.25' } }")));
  EXPECT_FALSE(changed.line_items(0).has_list_unit_price());
  // A new line may not name what is archived, even if another does.
  EXPECT_THAT(
      Update("d",
             Line(first, "gtx", "1", Money("CNY", 1)) + Line("new", "gtx", "1", Money("CNY", 1)),
             "line_items"),
      AllOf(HasViolation("opportunity.line_items[1].product", "ARCHIVED"),
            Not(HasViolation("opportunity.line_items[0].product"))));
}

TEST_F(PipelineDealParts, AnUpdateOfOtherFieldsLeavesThePartsAsTheyAre) {
  ASSERT_OK_AND_ASSIGN(
      const v1::Opportunity deal,
      Create("d", Line("a", "gtx", "2", Money("CNY", 4500)) + Role("mei", "BUYER") +
                      Split("s1", "1") + " competitors: 'competitors/north'"));
  ASSERT_OK_AND_ASSIGN(const v1::Opportunity renamed,
                       Update("d", "display_name: 'new' line_items { }", "display_name"));
  v1::Opportunity expected = deal;
  expected.set_display_name("new");
  expected.set_etag("2");
  *expected.mutable_update_time() = renamed.update_time();
  EXPECT_THAT(renamed, EqualsProto(expected));
  EXPECT_THAT(Update("d", "line_items { }", "line_items"),
              HasViolation("opportunity.line_items[0].product", "REQUIRED"));
  EXPECT_THAT(Update("d", "", "line_items.quantity"), HasViolation("update_mask"));
}

// ---- contact roles

TEST_F(PipelineDealParts, ContactsOfTheCustomerHaveRoles) {
  ASSERT_OK_AND_ASSIGN(
      const v1::Opportunity deal,
      Create("d", "account: 'accounts/acme'" + Role("li", "DECISION_MAKER", "primary: true") +
                      Role("li", "CHAMPION") + Role("mei", "USER")));
  EXPECT_THAT(Get("d"), IsOkAndHolds(EqualsProto(deal)));
  EXPECT_THAT(deal,
              PartlyEqualsProto("contact_roles { contact: 'contacts/li' "
                                "  role: ROLE_DECISION_MAKER primary: true } "
                                "contact_roles { contact: 'contacts/li' role: ROLE_CHAMPION } "
                                "contact_roles { contact: 'contacts/mei' role: ROLE_USER }"));
  const auto refused = [&](const std::string& roles, const std::string& field,
                           const std::string& reason) {
    EXPECT_THAT(Create("x", "account: 'accounts/acme'" + roles),
                HasViolation("opportunity." + field, reason));
  };
  refused(Role("none", "USER"), "contact_roles[0].contact", "BAD_REFERENCE");
  refused(Role("gone", "USER"), "contact_roles[0].contact", "ARCHIVED");
  refused(Role("mei", "USER") + Role("han", "USER"), "contact_roles[1].contact", "OTHER_ACCOUNT");
  refused(" contact_roles { }", "contact_roles[0].role", "REQUIRED");
  refused(" contact_roles { }", "contact_roles[0].contact", "REQUIRED");
  refused(Role("li", "USER") + Role("li", "USER"), "contact_roles[1]", "NOT_UNIQUE");
  refused(Role("li", "USER", "primary: true") + Role("mei", "USER", "primary: true"),
          "contact_roles[1].primary", "ONLY_ONE");
  std::string many;
  for (int i = 0; i < 51; ++i) many += Role("li", "USER");
  refused(many, "contact_roles", "TOO_MANY");
}

TEST_F(PipelineDealParts, ARoleIsLookedAtWhenItsContactOrTheAccountIsNew) {
  // Without an account any contact will do.
  ASSERT_OK(Create("d", Role("han", "USER") + Role("mei", "BUYER")));
  Archive("Contact", "mei");
  EXPECT_THAT(Update("d", "account: 'accounts/acme'"),
              AllOf(HasViolation("opportunity.contact_roles[0].contact", "OTHER_ACCOUNT"),
                    Not(HasViolation("opportunity.contact_roles[1].contact"))));
  EXPECT_OK(Update("d", "account: 'accounts/other'"));
  // What was named before may stay.
  EXPECT_OK(Update("d", Role("mei", "OTHER") + Role("han", "GATEKEEPER"), "contact_roles"));
  ASSERT_OK(pipeline_.CallByName("ContactService/UpdateContact",
                                 "contact { name: 'contacts/han' account: 'accounts/acme' }"));
  EXPECT_OK(Update("d", "display_name: 'still there'"));
}

// ---- splits and competitors

TEST_F(PipelineDealParts, SharesOfADealSumToOne) {
  ASSERT_OK_AND_ASSIGN(
      const v1::Opportunity deal,
      Create("d", Split("s1", "0.333333") + Split("s2", "0.333333") + Split("s3", "0.3333340")));
  EXPECT_THAT(deal, PartlyEqualsProto("splits { share { value: '0.333333' } } "
                                      "splits { share { value: '0.333333' } } "
                                      "splits { share { value: '0.333334' } }"));
  // The owner need not be among them.
  EXPECT_OK(Update("d", Split("s3", "1"), "splits"));
  const auto refused = [&](const std::string& splits, const std::string& field,
                           const std::string& reason) {
    EXPECT_THAT(Update("d", splits, "splits"), HasViolation("opportunity." + field, reason));
  };
  refused(Split("s1", "0.5") + Split("s2", "0.499999"), "splits", "SHARES_NOT_ONE");
  refused(Split("s1", "0.5") + Split("s1", "0.5"), "splits[1].seller", "NOT_UNIQUE");
  refused(Split("nobody", "1"), "splits[0].seller", "BAD_REFERENCE");
  refused(Split("s1", "0"), "splits[0].share", "OUT_OF_RANGE");
  refused(Split("s1", "1.1"), "splits[0].share", "OUT_OF_RANGE");
  refused(Split("s1", "0.0000001"), "splits[0].share", "TOO_MANY_DIGITS");
  std::string many;
  for (int i = 0; i < 21; ++i) many += Split("s1", "1");
  refused(many, "splits", "TOO_MANY");
  EXPECT_OK(Update("d", "", "splits"));
}

TEST_F(PipelineDealParts, WhoSeesADealGoesByItsOwnerNotItsSplits) {
  ASSERT_OK(Create("d", Split("s1", "0.5") + Split("s3", "0.5")));
  const auto get = [&](const std::string& user) {
    return pipeline_.Call<v1::Opportunity>("OpportunityService/GetOpportunity",
                                           "name: 'opportunities/d'", user);
  };
  EXPECT_OK(get("s1"));
  EXPECT_THAT(get("s3"), StatusIs(StatusCode::kPermissionDenied));
}

TEST_F(PipelineDealParts, CompetitorsAreThoseThatExist) {
  const auto named = [](const std::string& ids) {
    return absl::StrCat("competitors: ['competitors/",
                        absl::StrReplaceAll(ids, {{",", "', 'competitors/"}}), "']");
  };
  ASSERT_OK_AND_ASSIGN(const v1::Opportunity deal, Create("d", named("north,west")));
  EXPECT_THAT(deal.competitors(), ElementsAre("competitors/north", "competitors/west"));
  EXPECT_THAT(Update("d", named("north,none"), "competitors"),
              HasViolation("opportunity.competitors[1]", "BAD_REFERENCE"));
  EXPECT_THAT(Update("d", named("dead"), "competitors"),
              HasViolation("opportunity.competitors[0]", "ARCHIVED"));
  EXPECT_THAT(Update("d", named("north,north"), "competitors"),
              HasViolation("opportunity.competitors[1]", "NOT_UNIQUE"));
  std::string many = "c0";
  for (int i = 1; i < 21; ++i) absl::StrAppend(&many, ",c", i);
  EXPECT_THAT(Update("d", named(many), "competitors"),
              HasViolation("opportunity.competitors", "TOO_MANY"));
  Archive("Competitor", "west");
  EXPECT_OK(Update("d", named("west"), "competitors"));
}

// ---- forecast categories

TEST_F(PipelineDealParts, AForecastCategoryIsTheOwnersUntilTheDealCloses) {
  const auto is = [](const std::string& category) {
    return IsOkAndHolds(
        PartlyEqualsProto(absl::StrCat("forecast_category: FORECAST_CATEGORY_", category)));
  };
  const std::string day = "close_date { year: 2026 month: 3 day: 2 } ";
  EXPECT_THAT(Create("d", ""), is("PIPELINE"));
  EXPECT_THAT(Create("x", "forecast_category: FORECAST_CATEGORY_CLOSED"),
              HasViolation("opportunity.forecast_category", "NOT_CLOSED"));
  EXPECT_THAT(Create("x", "forecast_category: 17"),
              HasViolation("opportunity.forecast_category", "BAD_ENUM"));
  EXPECT_THAT(Update("d", "forecast_category: FORECAST_CATEGORY_COMMIT"), is("COMMIT"));
  EXPECT_THAT(Verb("Advance", "d", "stage: 'offer'"), is("COMMIT"));
  EXPECT_THAT(Verb("Win", "d", day), is("CLOSED"));
  EXPECT_THAT(Update("d", "forecast_category: FORECAST_CATEGORY_COMMIT"),
              HasViolation("opportunity.forecast_category", "NOT_OPEN"));
  EXPECT_THAT(Update("d", "", "forecast_category"),
              IsOkAndHolds(PartlyEqualsProto("etag: '4'")));  // nothing to change
  EXPECT_THAT(Verb("Reopen", "d", "stage: 'offer' reason: 'x'"), is("PIPELINE"));
  EXPECT_THAT(Verb("Lose", "d", day + "reason: 'x'"), is("OMITTED"));
  EXPECT_THAT(Verb("Reopen", "d", "stage: 'lead' reason: 'x'"), is("PIPELINE"));
  ASSERT_OK(Update("d", "forecast_category: FORECAST_CATEGORY_BEST_CASE"));
  EXPECT_THAT(Update("d", "", "forecast_category"), is("PIPELINE"));
}

TEST_F(PipelineDealParts, AListFiltersAndOrdersByForecastCategoryAndAnAggregationGroups) {
  const auto make = [&](const std::string& id, const std::string& category, int amount) {
    EXPECT_OK(Create(id, absl::StrCat("forecast_category: FORECAST_CATEGORY_", category, " amount ",
                                      Money("CNY", amount))));
  };
  make("a", "COMMIT", 1);
  make("b", "PIPELINE", 2);
  make("c", "COMMIT", 4);
  make("e", "OMITTED", 8);
  make("f", "BEST_CASE", 16);
  ASSERT_OK(Verb("Win", "f", "close_date { year: 2026 month: 3 day: 2 }"));
  EXPECT_THAT(Names("filter: 'forecast_category = FORECAST_CATEGORY_COMMIT'"),
              ElementsAre("a", "c"));
  EXPECT_THAT(Names("filter: 'forecast_category != FORECAST_CATEGORY_COMMIT AND amount < 10'"),
              ElementsAre("b", "e"));
  EXPECT_THAT(Names("order_by: 'forecast_category desc, name'"),
              ElementsAre("f", "e", "a", "c", "b"));
  std::vector<std::string> paged;
  std::string token;
  do {
    ASSERT_OK_AND_ASSIGN(
        const auto page,
        pipeline_.Call<v1::ListOpportunitiesResponse>(
            "OpportunityService/ListOpportunities",
            absl::StrCat("page_size: 2 order_by: 'forecast_category' page_token: '", token, "'")));
    for (const v1::Opportunity& o : page.opportunities()) paged.push_back(o.name().substr(14));
    token = page.next_page_token();
  } while (!token.empty());
  EXPECT_THAT(paged, ElementsAre("b", "a", "c", "e", "f"));

  ASSERT_OK_AND_ASSIGN(const auto groups, pipeline_.Call<v1::AggregateOpportunitiesResponse>(
                                              "OpportunityService/AggregateOpportunities",
                                              "group_by: ['forecast_category', 'state']"));
  std::vector<std::string> told;
  for (const v1::OpportunityGroup& group : groups.groups()) {
    told.push_back(absl::StrCat(group.values(0).value(), " ", group.values(1).value(), " ",
                                group.count(), " ", group.amounts(0).units()));
  }
  EXPECT_THAT(told, ElementsAre("PIPELINE OPEN 1 2", "COMMIT OPEN 2 5", "OMITTED OPEN 1 8",
                                "CLOSED WON 1 16"));
}

// ---- history, facts, export and import

TEST_F(PipelineDealParts, AsOfAMomentThePartsAreThoseOfThen) {
  ASSERT_OK_AND_ASSIGN(const v1::Opportunity first,
                       Create("d", Line("a", "gtx", "2", Money("CNY", 4500)) +
                                       Role("li", "CHAMPION", "primary: true") +
                                       Split("s1", "0.6") + Split("s2", "0.4") +
                                       " competitors: 'competitors/north' "
                                       "forecast_category: FORECAST_CATEGORY_COMMIT"));
  const std::string then = absl::StrCat("as_of_time { ", pipeline_.Now(), " }");
  ASSERT_OK_AND_ASSIGN(
      const v1::Opportunity second,
      Update("d", Line("b", "free", "1", Money("CNY", 7)) + " competitors: 'competitors/west'",
             "line_items,contact_roles,splits,competitors,forecast_category"));
  EXPECT_THAT(second.contact_roles(), IsEmpty());
  EXPECT_THAT(second.splits(), IsEmpty());
  EXPECT_THAT(Get("d", then), IsOkAndHolds(EqualsProto(first)));
  EXPECT_THAT(Get("d"), IsOkAndHolds(EqualsProto(second)));
  EXPECT_THAT(Names(then + " filter: 'forecast_category = FORECAST_CATEGORY_COMMIT'"),
              ElementsAre("d"));
  EXPECT_THAT(Names("filter: 'forecast_category = FORECAST_CATEGORY_COMMIT'"), IsEmpty());
  const auto exported = pipeline_.Export("OpportunityService/ExportOpportunities", then);
  ASSERT_OK(exported);
  const auto& part = static_cast<const v1::ExportOpportunitiesResponse&>(*exported->front());
  ASSERT_THAT(part.opportunities(), SizeIs(1));
  EXPECT_THAT(part.opportunities(0), EqualsProto(first));
}

TEST_F(PipelineDealParts, AFactCarriesThePartsAndNamesThoseThatChanged) {
  ASSERT_OK(Create("d", Line("a", "gtx", "2", Money("CNY", 4500))));
  ASSERT_OK_AND_ASSIGN(const v1::Opportunity deal,
                       Update("d", Line("a", "gtx", "1", Money("CNY", 4500)) + Split("s2", "1"),
                              "line_items,splits"));
  const auto events = pipeline_.Events();
  ASSERT_EQ(events.back().type(), "salesops.pipeline.v1.OpportunityUpdated");
  v1::OpportunityUpdated updated;
  ASSERT_TRUE(updated.ParseFromString(events.back().payload()));
  EXPECT_THAT(updated.changed().paths(), ElementsAre("amount", "line_items", "splits"));
  EXPECT_THAT(updated.opportunity(), EqualsProto(deal));
}

TEST_F(PipelineDealParts, AnImportCarriesThePartsAndDoneTwiceChangesNothing) {
  const std::string closed =
      " stage: 'won' open_date { year: 2026 month: 1 day: 5 } "
      "close_date { year: 2026 month: 2 day: 5 } ";
  const std::string rows =
      // Lines of another system may have no ids.
      Row(1, Line("", "gtx", "2", Money("CNY", 4500)) + Line("", "gtx", "1", Money("CNY", 1)) +
                 Role("li", "USER") + Split("s2", "1") + " competitors: 'competitors/west'" +
                 " forecast_category: FORECAST_CATEGORY_COMMIT") +
      Row(2, closed + Line("l1", "free", "1", Money("CNY", 10)) + " amount " + Money("CNY", 10)) +
      Row(3, Line("l1", "free", "1", Money("CNY", 10)) + " amount " + Money("CNY", 11)) +
      Row(4, Line("l1", "none", "1", Money("CNY", 10)) + Split("s1", "0.5")) +
      Row(5, closed + " forecast_category: FORECAST_CATEGORY_COMMIT") +
      Row(6, Line("l1", "gtx", "0", Money("CNY", 10)));
  const v1::ImportOpportunitiesResponse first = Import(rows);
  EXPECT_THAT(first, PartlyEqualsProto("created_count: 2 failed_count: 4"));
  std::vector<std::string> failures;
  for (const v1::ImportFailure& f : first.failures()) {
    failures.push_back(absl::StrCat(f.row_number(), " ", f.field(), " ", f.reason()));
  }
  EXPECT_THAT(failures,
              ::testing::UnorderedElementsAre("3 opportunity.amount AMOUNT_IS_SUM",
                                              "4 opportunity.line_items[0].product BAD_REFERENCE",
                                              "4 opportunity.splits SHARES_NOT_ONE",
                                              "5 opportunity.forecast_category NOT_OPEN",
                                              "6 opportunity.line_items[0].quantity OUT_OF_RANGE"));
  EXPECT_THAT(Import(rows), PartlyEqualsProto("unchanged_count: 2 failed_count: 4"));
  EXPECT_EQ(pipeline_.Count("opportunity_history"), 2);
  EXPECT_THAT(Names("filter: 'forecast_category = FORECAST_CATEGORY_CLOSED AND amount = 10'"),
              SizeIs(1));
  const std::vector<std::string> open =
      Names("filter: 'forecast_category = FORECAST_CATEGORY_COMMIT AND amount = 9001'");
  ASSERT_THAT(open, SizeIs(1));
  ASSERT_OK_AND_ASSIGN(const v1::Opportunity deal, Get(open[0]));
  ASSERT_THAT(deal.line_items(), SizeIs(2));

  // A quantity that changed is one of the same line, at the list price of then.
  ASSERT_OK(pipeline_.CallByName(
      "ProductService/UpdateProduct",
      absl::StrCat("product { name: 'products/gtx' list_price ", Money("CNY", 1), " }")));
  EXPECT_THAT(Import(Row(1, Line("", "gtx", "3", Money("CNY", 4500)) +
                                Line("", "gtx", "1", Money("CNY", 1)))),
              PartlyEqualsProto("updated_count: 1"));
  ASSERT_OK_AND_ASSIGN(const v1::Opportunity changed, Get(open[0]));
  EXPECT_THAT(changed,
              PartlyEqualsProto(absl::StrCat(
                  "line_items { id: '", deal.line_items(0).id(), "' list_unit_price ",
                  Money("CNY", 4800), " } line_items { id: '", deal.line_items(1).id(),
                  "' } contact_roles { contact: 'contacts/li' } amount ", Money("CNY", 13501))));
  // Closing it by import closes its category.
  EXPECT_THAT(Import(Row(1, " stage: 'lost' close_date { year: 2026 month: 3 day: 2 }")),
              PartlyEqualsProto("updated_count: 1"));
  EXPECT_THAT(Get(open[0]),
              IsOkAndHolds(PartlyEqualsProto("forecast_category: FORECAST_CATEGORY_OMITTED")));
}

TEST_F(PipelineDealParts, ABatchIsCheckedTogetherAndToldOneByOne) {
  const auto one = [](const std::string& fields) {
    return absl::StrCat("requests { opportunity { display_name: 'd' owner: 'sellers/s1' ", fields,
                        " } } ");
  };
  const auto batch = [&](const std::string& requests) {
    return pipeline_.Call<v1::BatchCreateOpportunitiesResponse>(
        "OpportunityService/BatchCreateOpportunities", requests);
  };
  const std::string good = one(Line("a", "gtx", "1", Money("CNY", 4320)));
  EXPECT_THAT(
      batch(good + one(Line("a", "old", "1", Money("CNY", 1))) + one(Role("none", "USER"))),
      AllOf(HasViolation("requests[1].opportunity.line_items[0].product", "ARCHIVED"),
            HasViolation("requests[2].opportunity.contact_roles[0].contact", "BAD_REFERENCE"),
            Not(HasViolation("requests[0].opportunity.line_items[0].product"))));
  EXPECT_EQ(pipeline_.Count("opportunity"), 0);
  ASSERT_OK_AND_ASSIGN(const auto made, batch(good + good));
  for (const v1::Opportunity& o : made.opportunities()) {
    EXPECT_THAT(o, PartlyEqualsProto("line_items { discount { value: '0.1' } }"));
  }
}

TEST_F(PipelineDealParts, ATryTellsWhatWouldBeAndStoresNothing) {
  EXPECT_THAT(pipeline_.Call<v1::Opportunity>(
                  "OpportunityService/CreateOpportunity",
                  absl::StrCat("validate_only: true opportunity { display_name: 'd' "
                               "owner: 'sellers/s1' ",
                               Line("a", "gtx", "2", Money("CNY", 4800)), " }")),
              IsOkAndHolds(PartlyEqualsProto(absl::StrCat("amount ", Money("CNY", 9600)))));
  EXPECT_EQ(pipeline_.Count("opportunity"), 0);
}

// A lead is qualified into a deal with parts by the rules of deals.
TEST_F(PipelineDealParts, AQualifiedLeadMayBringLines) {
  ASSERT_OK(pipeline_.CallByName("LeadService/CreateLead",
                                 "lead_id: 'l' lead { display_name: 'l' owner: 'sellers/s1' }"));
  const auto qualify = [&](const std::string& product) {
    return pipeline_.CallByName(
        "LeadService/QualifyLead",
        absl::StrCat("name: 'leads/l' account: 'accounts/acme' new_opportunity { "
                     "display_name: 'd' ",
                     Line("a", product, "2", Money("CNY", 10)), Role("li", "USER"), " }"));
  };
  EXPECT_THAT(qualify("none"),
              HasViolation("new_opportunity.line_items[0].product", "BAD_REFERENCE"));
  ASSERT_OK(qualify("gtx"));
  EXPECT_THAT(Names("filter: 'amount = 20'"), SizeIs(1));
}

// ---- rows of before

TEST(DealPartsMigration, GivesRowsOfBeforeNoPartsAndTheCategoryOfTheirState) {
  constexpr size_t kBefore = 8;
  mysql::MigrationSet before = PipelineMigrations();
  before.migrations.resize(kBefore);
  testing::ThrowAwaySchema schema({before});
  const std::string columns =
      "id, display_name, account_id, owner_id, process_id, version_id, stage, state, open_date, "
      "source, outcome_reason, stage_entered_time, external_keys, attributes, version, "
      "create_time, update_time, recorded_from";
  const std::string values =
      "?, 'd', '', 's1', 'p', 'v', 's', ?, '2026-01-01', '', '', '2026-01-01', '[]', '{}', 1, "
      "'2026-01-01', '2026-01-01', 1";
  const auto insert = [&](const std::string& id, int state) {
    schema.Execute("INSERT INTO opportunity (" + columns + ") VALUES (" + values + ")",
                   {id, state});
    schema.Execute("INSERT INTO opportunity_history (" + columns + ", recorded_to) VALUES (" +
                       values + ", 9223372036854775807)",
                   {id, state});
  };
  insert("open", 1);
  insert("won", 2);
  insert("lost", 3);
  const base::DeadlineContext soon(absl::Now() + absl::Seconds(60));
  ASSERT_OK(mysql::Migrate(schema.administrator(), soon, {PipelineMigrations()}));
  // The release of before may write beside this one.
  insert("old", 1);

  std::map<std::string, domain::ForecastCategory> categories;
  for (const char* table : {"opportunity", "opportunity_history"}) {
    const auto read = schema.database().Read(soon, [&](mysql::Connection& c) {
      return c.ForEach(
          absl::StrCat("SELECT id, forecast_category FROM ", table, " ORDER BY id LIMIT 10"), {},
          [&](mysql::Row& row) {
            categories[absl::StrCat(table, " ", row.String(0))] =
                static_cast<domain::ForecastCategory>(row.Int64(1));
          });
    });
    ASSERT_OK(read);
    EXPECT_EQ(categories[absl::StrCat(table, " open")], domain::ForecastCategory::kPipeline);
    EXPECT_EQ(categories[absl::StrCat(table, " old")], domain::ForecastCategory::kPipeline);
    EXPECT_EQ(categories[absl::StrCat(table, " won")], domain::ForecastCategory::kClosed);
    EXPECT_EQ(categories[absl::StrCat(table, " lost")], domain::ForecastCategory::kOmitted);
  }
  const auto deal = schema.database().Read(
      soon, [](mysql::Connection& c) { return store::Opportunities().Find(c, {"won"}); });
  ASSERT_OK(deal);
  ASSERT_TRUE(deal->has_value());
  EXPECT_EQ((*deal)->forecast_category, domain::ForecastCategory::kClosed);
  EXPECT_THAT((*deal)->line_items, IsEmpty());
  EXPECT_THAT((*deal)->contact_roles, IsEmpty());
  EXPECT_THAT((*deal)->splits, IsEmpty());
  EXPECT_THAT((*deal)->competitor_ids, IsEmpty());
  const auto same = schema.database().Read(soon, [](mysql::Connection& c) {
    return c.QueryOne(
        "SELECT COUNT(*) FROM information_schema.columns a JOIN information_schema.columns b ON "
        "b.table_schema = a.table_schema AND b.column_name = a.column_name AND "
        "b.ordinal_position = a.ordinal_position AND b.column_type = a.column_type WHERE "
        "a.table_schema = DATABASE() AND a.table_name = 'opportunity' AND b.table_name = "
        "'opportunity_history' AND a.column_name IN ('forecast_category', 'line_items', "
        "'contact_roles', 'splits', 'competitors')",
        {}, [](mysql::Row& row) { return row.Int64(0); });
  });
  ASSERT_OK(same);
  EXPECT_EQ(*same, 5);
}

}  // namespace
}  // namespace salesops::pipeline
