#include "services/organization/domain/day_share.h"

#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace salesops::organization::domain {
namespace {

using base::CivilDay;
using base::DayRange;
using base::Decimal;
using testing::ElementsAre;
using testing::IsEmpty;

CivilDay Day(int n) { return CivilDay(2026, 1, 1) + n; }
DayRange Days(int start, int end) { return {Day(start), Day(end)}; }
DayRange From(int start) { return {Day(start), std::nullopt}; }
Decimal D(const char* text) { return Decimal::Parse(text).value(); }

TEST(Uncovered, WithoutCoversItIsTheWhole) {
  EXPECT_THAT(Uncovered({From(0), D("0.6")}, {}), ElementsAre(DayShare{From(0), D("0.6")}));
  EXPECT_THAT(Uncovered({Days(3, 3), D("1")}, {{From(0), D("1")}}), IsEmpty());
}

// The example that the contract of assignments gives.
TEST(Uncovered, TwoSecondmentsFromOneHome) {
  EXPECT_THAT(Uncovered({From(0), D("0.6")}, {{Days(59, 90), D("0.4")}, {From(74), D("0.3")}}),
              ElementsAre(DayShare{Days(0, 59), D("0.6")}, DayShare{Days(59, 74), D("0.2")},
                          DayShare{Days(74, 90), D("0")}, DayShare{From(90), D("0.3")}));
}

TEST(Uncovered, WhatLiesOutsideCoversNothing) {
  EXPECT_THAT(Uncovered({Days(10, 20), D("1")},
                        {{Days(0, 10), D("1")}, {From(20), D("1")}, {Days(5, 12), D("0.5")}}),
              ElementsAre(DayShare{Days(10, 12), D("0.5")}, DayShare{Days(12, 20), D("1")}));
}

TEST(Uncovered, OneThatTakesOverFromAnotherIsOnePiece) {
  EXPECT_THAT(Uncovered({Days(0, 30), D("1")}, {{Days(5, 10), D("0.5")}, {Days(10, 30), D("0.5")}}),
              ElementsAre(DayShare{Days(0, 5), D("1")}, DayShare{Days(5, 30), D("0.5")}));
}

// --- Laws ---

DayShare AnyShare() {
  const int start = *rc::gen::inRange(0, 20);
  return {
      *rc::gen::inRange(0, 4) == 0 ? From(start) : Days(start, start + *rc::gen::inRange(0, 12)),
      Decimal::FromUnscaled(*rc::gen::inRange(1, 11), 1)};
}

RC_GTEST_PROP(UncoveredProperty, AgreesWithDayByDay, ()) {
  const DayShare whole = AnyShare();
  std::vector<DayShare> covers;
  for (int i = *rc::gen::inRange(0, 6); i > 0; --i) covers.push_back(AnyShare());
  const std::vector<DayShare> pieces = Uncovered(whole, covers);
  for (int n = 0; n < 45; ++n) {
    std::vector<Decimal> told;
    for (const DayShare& piece : pieces) {
      if (piece.days.Contains(Day(n))) told.push_back(piece.share);
    }
    if (!whole.days.Contains(Day(n))) {
      RC_ASSERT(told.empty());
      continue;
    }
    Decimal covered;
    for (const DayShare& cover : covers) {
      if (cover.days.Contains(Day(n))) covered += cover.share;
    }
    RC_ASSERT(told.size() == 1U);
    RC_ASSERT(told[0] == std::max(whole.share - covered, Decimal()));
  }
  for (size_t i = 1; i < pieces.size(); ++i) {
    RC_ASSERT(pieces[i - 1].days.end == pieces[i].days.start);
    RC_ASSERT(pieces[i - 1].share != pieces[i].share);
  }
}

}  // namespace
}  // namespace salesops::organization::domain
