// What pipeline's facts about deals become here.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "salesops/performance/v1/events.pb.h"
#include "salesops/pipeline/v1/events.pb.h"
#include "services/performance/store/deal_fact_store.h"
#include "services/performance/store/standing_facts.h"
#include "shared/testing/status_matchers.h"
#include "tests/integration/performance_server.h"

namespace salesops::performance {
namespace {

using base::Decimal;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

template <class Payload>
Payload Of(const std::string& text) {
  Payload payload;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &payload)) << text;
  return payload;
}

// A deal of 2026-03-02 in its `version`, which was made that many minutes after midnight.
std::string Deal(const std::string& state, int version, const std::string& more) {
  return absl::StrCat(
      "opportunity { name: 'opportunities/7' display_name: 'Big' owner: "
      "'sellers/s1' account: 'accounts/acme' state: ",
      state, " etag: '", version, "' update_time { seconds: ",
      absl::ToUnixSeconds(absl::FromCivil(absl::CivilSecond(2026, 3, 2), absl::UTCTimeZone())) +
          60 * version,
      " } ", more, " }");
}

constexpr char kLines[] =
    "amount { currency_code: 'CNY' units: 90000 } "
    "close_date { year: 2026 month: 3 day: 2 } "
    "line_items { id: 'l1' product: 'products/gtx' quantity { value: '3' } "
    "  net_unit_price { currency_code: 'CNY' units: 30000 } "
    "  amount { currency_code: 'CNY' units: 90000 } discount { value: '0.0625' } }";

class PerformanceDealFacts : public PerformanceServerTest {
 protected:
  void SetUp() override {
    ASSERT_OK(performance_.Tell(Of<pipeline::v1::AccountCreated>(
        "account { name: 'accounts/acme' display_name: 'Acme' grade: 'A' region: 'east' }")));
    ASSERT_OK(performance_.Tell(Of<pipeline::v1::ProductCreated>(
        "product { name: 'products/gtx' display_name: 'GTX' category: 'servers' }")));
  }
  template <class Payload>
  void Tell(const std::string& state, int version, const std::string& more = kLines) {
    ASSERT_OK(performance_.Tell(Of<Payload>(Deal(state, version, more))));
  }
  std::vector<domain::DealFact> Facts() {
    const base::DeadlineContext soon(absl::Now() + absl::Seconds(20));
    const auto facts = performance_.database().Read(
        soon, [](mysql::Connection& c) { return store::FactsOfDeal(c, "7"); });
    EXPECT_TRUE(facts.ok()) << facts.status();
    return facts.value_or(std::vector<domain::DealFact>());
  }
};

TEST_F(PerformanceDealFacts, AWonDealIsABooking) {
  Tell<pipeline::v1::OpportunityCreated>("STATE_OPEN", 1);
  EXPECT_THAT(Facts(), IsEmpty());
  Tell<pipeline::v1::OpportunityWon>("STATE_WON", 2);
  const auto facts = Facts();
  ASSERT_THAT(facts, SizeIs(1));
  const domain::Fact& fact = facts[0].fact;
  EXPECT_EQ(fact.name, "opportunities/7/facts/1");
  EXPECT_EQ(fact.kind, domain::FactKind::kBooking);
  EXPECT_EQ(fact.date, base::CivilDay(2026, 3, 2));
  EXPECT_EQ(fact.currency, "CNY");
  EXPECT_EQ(fact.account, "accounts/acme");
  EXPECT_THAT(fact.attributes,
              ElementsAre(std::make_pair("grade", "A"), std::make_pair("region", "east")));
  ASSERT_THAT(fact.splits, SizeIs(1));
  EXPECT_EQ(fact.splits[0].seller, "sellers/s1");
  ASSERT_THAT(fact.lines, SizeIs(1));
  EXPECT_EQ(fact.lines[0].product_category, "servers");
  EXPECT_EQ(fact.lines[0].amount, Decimal::FromInt(90000));
  EXPECT_EQ(fact.lines[0].quantity, Decimal::FromInt(3));
  EXPECT_EQ(fact.lines[0].discount, *Decimal::Parse("0.0625"));
  // Whoever follows performance is told.
  ASSERT_THAT(performance_.EventTypes(), ElementsAre("DealFactAdded"));
  v1::DealFactAdded told;
  ASSERT_TRUE(told.ParseFromString(performance_.Events()[0].payload()));
  EXPECT_EQ(told.deal_fact().name(), fact.name);
  EXPECT_EQ(told.deal_fact().lines(0).amount().value(), "90000");
}

TEST_F(PerformanceDealFacts, ChangedReopenedAndWonAgain) {
  Tell<pipeline::v1::OpportunityWon>("STATE_WON", 1);
  Tell<pipeline::v1::OpportunityUpdated>(
      "STATE_WON", 2,
      absl::StrCat(kLines,
                   " splits { seller: 'sellers/s1' share { value: '0.6' } } "
                   "splits { seller: 'sellers/s2' share { value: '0.4' } }"));
  Tell<pipeline::v1::OpportunityReopened>("STATE_OPEN", 3);
  Tell<pipeline::v1::OpportunityImported>("STATE_WON", 4,
                                          "amount { currency_code: 'CNY' units: 5 } "
                                          "close_date { year: 2026 month: 5 day: 1 }");
  const auto facts = Facts();
  ASSERT_THAT(facts, SizeIs(4));
  EXPECT_EQ(facts[1].fact.corrects, facts[0].fact.name);
  EXPECT_THAT(facts[1].fact.splits, SizeIs(2));
  EXPECT_EQ(facts[2].fact.kind, domain::FactKind::kCancellation);
  EXPECT_EQ(facts[2].fact.corrects, "");
  EXPECT_EQ(facts[2].fact.lines[0].amount, Decimal::FromInt(-90000));
  EXPECT_THAT(facts[2].fact.splits, SizeIs(2));
  EXPECT_EQ(facts[3].fact.kind, domain::FactKind::kBooking);
  EXPECT_EQ(facts[3].fact.lines[0].id, "deal");
  EXPECT_EQ(facts[3].fact.date, base::CivilDay(2026, 5, 1));
}

TEST_F(PerformanceDealFacts, WhatWasToldBeforeAddsNothing) {
  Tell<pipeline::v1::OpportunityWon>("STATE_WON", 2);
  Tell<pipeline::v1::OpportunityReopened>("STATE_OPEN", 3);
  // The log is read again from its beginning.
  Tell<pipeline::v1::OpportunityCreated>("STATE_OPEN", 1);
  Tell<pipeline::v1::OpportunityWon>("STATE_WON", 2);
  Tell<pipeline::v1::OpportunityReopened>("STATE_OPEN", 3);
  EXPECT_THAT(Facts(), SizeIs(2));
}

TEST_F(PerformanceDealFacts, ThoseThatStandAreReadPageByPageAsOfAPosition) {
  Tell<pipeline::v1::OpportunityWon>("STATE_WON", 1);
  const int64_t before = performance_.Events().back().position();
  Tell<pipeline::v1::OpportunityUpdated>("STATE_WON", 2,
                                         "amount { currency_code: 'CNY' units: 5 } "
                                         "close_date { year: 2026 month: 3 day: 2 }");
  Tell<pipeline::v1::OpportunityReopened>("STATE_OPEN", 3);
  ASSERT_EQ(performance_.Events().size(), 3u);  // sequenced
  const base::DeadlineContext soon(absl::Now() + absl::Seconds(20));
  const base::DayRange march{base::CivilDay(2026, 3, 1), base::CivilDay(2026, 4, 1)};
  const auto read = [&](std::optional<int64_t> position, const base::DayRange& days) {
    std::vector<std::string> names;
    store::FactPage page;
    do {
      auto next = performance_.database().Read(soon, [&](mysql::Connection& c) {
        return store::StandingDealFacts(c, days, position, page.next, /*limit=*/1);
      });
      EXPECT_TRUE(next.ok()) << next.status();
      if (!next.ok()) return names;
      page = *std::move(next);
      for (const domain::Fact& fact : page.facts) names.push_back(fact.name);
    } while (!page.next.empty());
    return names;
  };
  EXPECT_THAT(read(std::nullopt, march),
              ElementsAre("opportunities/7/facts/2", "opportunities/7/facts/3"));
  EXPECT_THAT(read(before, march), ElementsAre("opportunities/7/facts/1"));
  EXPECT_THAT(read(std::nullopt, {base::CivilDay(2026, 4, 1), std::nullopt}), IsEmpty());
}

TEST_F(PerformanceDealFacts, WhatIsNotOfTheFactsAddsNothing) {
  Tell<pipeline::v1::OpportunityWon>("STATE_WON", 1);
  Tell<pipeline::v1::OpportunityUpdated>("STATE_WON", 2, absl::StrCat(kLines, " source: 'fair'"));
  Tell<pipeline::v1::OpportunityArchived>("STATE_WON", 3,
                                          absl::StrCat(kLines, " archive_time { seconds: 1 }"));
  ASSERT_OK(performance_.Tell(Of<pipeline::v1::AccountUpdated>(
      "account { name: 'accounts/acme' display_name: 'Acme' grade: 'B' }")));
  EXPECT_THAT(Facts(), SizeIs(1));
}

}  // namespace
}  // namespace salesops::performance
