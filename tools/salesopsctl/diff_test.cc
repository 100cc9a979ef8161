#include "tools/salesopsctl/diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/protobuf/text_format.h"
#include "salesops/pipeline/v1/opportunity.pb.h"
#include "salesops/pipeline/v1/sales_process.pb.h"

namespace salesops::ctl {
namespace {

using pipeline::v1::Opportunity;
using pipeline::v1::SalesProcessVersion;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

template <class M>
M Parsed(const std::string& text) {
  M message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

template <class M>
std::vector<FieldChange> Diff(const std::string& before, const std::string& after) {
  const M a = Parsed<M>(before), b = Parsed<M>(after);
  return DiffMessages(&a, &b);
}

TEST(DiffTest, ValuesThatChangedCameAndWent) {
  EXPECT_THAT(Diff<Opportunity>(R"(stage: "new" owner: "sellers/a"
                           amount { currency_code: "CNY" units: 1000 })",
                                R"(stage: "won" state: STATE_WON
                           amount { currency_code: "CNY" units: 1200 }
                           close_date { year: 2026 month: 3 day: 1 })"),
              ElementsAre(FieldChange{"owner", "sellers/a", std::nullopt},
                          FieldChange{"stage", "new", "won"},
                          FieldChange{"state", std::nullopt, "STATE_WON"},
                          FieldChange{"amount", "1000.00 CNY", "1200.00 CNY"},
                          FieldChange{"close_date", std::nullopt, "2026-03-01"}));
}

TEST(DiffTest, WhatFollowsEveryChangeIsLeftOut) {
  EXPECT_THAT(Diff<Opportunity>("etag: '1' update_time { seconds: 1 }",
                                "etag: '2' update_time { seconds: 2 }"),
              IsEmpty());
}

TEST(DiffTest, MapsEntryByEntry) {
  EXPECT_THAT(Diff<Opportunity>(R"(attributes { key: "a" value { string_value: "1" } }
                           attributes { key: "b" value { string_value: "2" } })",
                                R"(attributes { key: "b" value { string_value: "3" } }
                           attributes { key: "c" value { bool_value: true } })"),
              ElementsAre(FieldChange{"attributes.a", "1", std::nullopt},
                          FieldChange{"attributes.b", "2", "3"},
                          FieldChange{"attributes.c", std::nullopt, "true"}));
}

TEST(DiffTest, ListsByWhatIdentifiesAnElementWhateverItsPlace) {
  EXPECT_THAT(Diff<SalesProcessVersion>(
                  R"(stages { id: "a" display_name: "A" } stages { id: "b" display_name: "B" })",
                  R"(stages { id: "b" display_name: "Bee" } stages { id: "a" display_name: "A" })"),
              ElementsAre(FieldChange{"stages[b].display_name", "B", "Bee"}));
}

TEST(DiffTest, ElementsThatShareTheirIdentityAreNotLost) {
  EXPECT_THAT(Diff<SalesProcessVersion>(R"(stages { id: "a" })",
                                        R"(stages { id: "a" } stages { id: "a" })"),
              ElementsAre(FieldChange{"stages[a#2].id", std::nullopt, "a"}));
}

TEST(DiffTest, AgainstNothingEverythingIsNew) {
  const auto deal = Parsed<Opportunity>("name: 'opportunities/7' stage: 'new'");
  EXPECT_THAT(DiffMessages(nullptr, &deal),
              ElementsAre(FieldChange{"name", std::nullopt, "opportunities/7"},
                          FieldChange{"stage", std::nullopt, "new"}));
  EXPECT_THAT(DiffMessages(&deal, nullptr),
              ElementsAre(FieldChange{"name", "opportunities/7", std::nullopt},
                          FieldChange{"stage", "new", std::nullopt}));
  EXPECT_THAT(DiffMessages(nullptr, nullptr), IsEmpty());
}

TEST(DiffTest, TheSameHasNoDifference) {
  const std::string text = R"(name: "opportunities/7" amount { currency_code: "CNY" units: 1 }
      attributes { key: "a" value { string_value: "1" } }
      external_keys { source: "crm" key: "x" })";
  EXPECT_THAT(Diff<Opportunity>(text, text), IsEmpty());
}

TEST(DiffTest, TextLinesUp) {
  EXPECT_EQ(DiffText({{"stage", "new", "won"},
                      {"close_date", std::nullopt, "2026-03-01"},
                      {"owner", "sellers/a", std::nullopt}},
                     false),
            "~ stage       new -> won\n"
            "+ close_date  2026-03-01\n"
            "- owner       sellers/a\n");
  EXPECT_EQ(DiffText({{"a", "1", "2"}}, true), "\x1b[33m~ a  1 -> 2\x1b[0m\n");
  EXPECT_EQ(DiffText({}, false), "");
}

}  // namespace
}  // namespace salesops::ctl
