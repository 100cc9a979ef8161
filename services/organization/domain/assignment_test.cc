#include "services/organization/domain/assignment.h"

#include <functional>
#include <map>
#include <set>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "services/organization/domain/day_ranges.h"

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

Assignment A(const std::string& id, const DayRange& days, const char* share,
             const std::string& team = "t") {
  Assignment assignment;
  assignment.seller_id = "s";
  assignment.id = id;
  assignment.team_id = team;
  assignment.share = D(share);
  assignment.start_date = days.start;
  assignment.end_date = days.end;
  return assignment;
}

Assignment Lent(const std::string& id, const std::string& home, const DayRange& days,
                const char* share, const std::string& team = "t") {
  Assignment assignment = A(id, days, share, team);
  assignment.kind = AssignmentKind::kSecondment;
  assignment.home_seller_id = "s";
  assignment.home_id = home;
  return assignment;
}

// Ids of the parts after a correction: "new-1", "new-2" …
std::function<std::string()> NewIds() {
  return [n = 0]() mutable { return "new-" + std::to_string(++n); };
}

std::vector<std::string> FieldsOf(const base::Violations& violations) {
  std::vector<std::string> fields;
  for (const base::Violation& violation : violations.list()) fields.push_back(violation.field);
  return fields;
}

TEST(CheckAssignment, NeedsDaysAndAnotherManager) {
  Assignment assignment = A("a", Days(5, 5), "1");
  assignment.manager_id = "s";
  base::Violations violations;
  CheckAssignment(assignment, &violations);
  EXPECT_THAT(FieldsOf(violations), ElementsAre("end_date", "manager"));
}

TEST(CheckAssignment, OnlyASecondmentHasAHomeAndItNeedsOneOfTheSameSeller) {
  auto reason = [](const Assignment& assignment) {
    base::Violations violations;
    CheckAssignment(assignment, &violations);
    return violations.empty() ? "" : violations.list()[0].field + " " + violations.list()[0].reason;
  };
  EXPECT_EQ(reason(Lent("a", "home", From(0), "1")), "");
  EXPECT_EQ(reason(Lent("a", "", From(0), "1")), "home_assignment REQUIRED");
  Assignment regular = Lent("a", "home", From(0), "1");
  regular.kind = AssignmentKind::kRegular;
  EXPECT_EQ(reason(regular), "home_assignment NOT_A_SECONDMENT");
  Assignment others = Lent("a", "home", From(0), "1");
  others.home_seller_id = "b";
  EXPECT_EQ(reason(others), "home_assignment BAD_REFERENCE");
}

TEST(FirstDayAboveOne, ExactlyOneIsAllowed) {
  EXPECT_FALSE(FirstDayAboveOne({A("a", From(0), "0.333333"), A("b", From(0), "0.666667")}));
}

TEST(FirstDayAboveOne, NamesTheDayAndTheSum) {
  const auto above = FirstDayAboveOne({A("a", From(0), "0.6"), A("b", Days(10, 20), "0.5")});
  ASSERT_TRUE(above);
  EXPECT_EQ(above->day, Day(10));
  EXPECT_EQ(above->total, D("1.1"));
}

TEST(FirstDayAboveOne, AnEndAndAStartOnOneDayDoNotOverlap) {
  EXPECT_FALSE(FirstDayAboveOne({A("a", Days(0, 10), "1"), A("b", From(10), "1")}));
}

TEST(FirstDayAboveOne, ASecondmentCountsInPlaceOfWhatItCovers) {
  const Assignment home = A("home", From(0), "0.8");
  const Assignment other = A("other", From(0), "0.2");
  EXPECT_FALSE(FirstDayAboveOne({home, other, Lent("lent", "home", Days(5, 9), "0.8")}));
  const auto above = FirstDayAboveOne({home, other, Lent("lent", "home", Days(5, 9), "0.9")});
  ASSERT_TRUE(above);
  EXPECT_EQ(above->day, Day(5));
  EXPECT_EQ(above->total, D("1.1"));
}

// The example of the contract: January, March and 16 March are the days 0, 59 and 74.
TEST(CountedOn, TheHomeCountsWhatItsSecondmentsLeave) {
  const std::vector<Assignment> list = {A("home", From(0), "0.6", "north"),
                                        Lent("one", "home", Days(59, 90), "0.4", "east"),
                                        Lent("two", "home", From(74), "0.3", "south")};
  auto shown = [&](int day) {
    std::vector<std::string> shares;
    for (const CountedAssignment& counted : CountedOn(list, Day(day))) {
      shares.push_back(counted.assignment.team_id + " " + counted.share.ToCanonicalString());
    }
    return shares;
  };
  EXPECT_THAT(shown(58), ElementsAre("north 0.6"));
  EXPECT_THAT(shown(59), ElementsAre("east 0.4", "north 0.2"));
  EXPECT_THAT(shown(74), ElementsAre("east 0.4", "south 0.3", "north 0"));
  EXPECT_THAT(shown(90), ElementsAre("north 0.3", "south 0.3"));
}

TEST(FindOutsideHome, WantsARegularOneInForceOnAllDays) {
  EXPECT_EQ(FindOutsideHome({A("home", From(0), "1"), Lent("lent", "home", Days(0, 9), "1")}),
            nullptr);
  auto first = [](const std::vector<Assignment>& list) {
    const Assignment* outside = FindOutsideHome(list);
    return outside == nullptr ? "" : outside->id;
  };
  EXPECT_EQ(first({Lent("lent", "home", Days(0, 9), "1")}), "lent");
  EXPECT_EQ(first({A("home", Days(0, 8), "1"), Lent("lent", "home", Days(0, 9), "1")}), "lent");
  EXPECT_EQ(first({A("home", From(0), "1"), Lent("b", "home", From(0), "1"),
                   Lent("c", "b", From(0), "1")}),
            "c");
}

TEST(FindGaps, ASecondmentLeavesNoneAndMayFillOne) {
  EXPECT_THAT(FindGaps({From(0)},
                       {A("home", From(0), "0.5"), Lent("lent", "home", Days(5, 9), "0.5"),
                        Lent("more", "home", Days(20, 30), "1")},
                       Days(0, 40)),
              ElementsAre(Gap{Days(0, 20), D("0.5")}, Gap{Days(30, 40), D("0.5")}));
}

TEST(FindGaps, EmploymentWithoutAssignments) {
  EXPECT_THAT(FindGaps({Days(0, 10), From(20)}, {}, Days(5, 30)),
              ElementsAre(Gap{Days(5, 10), D("1")}, Gap{Days(20, 30), D("1")}));
}

TEST(FindGaps, OneGapForEachMissingShare) {
  EXPECT_THAT(FindGaps({From(0)}, {A("a", From(5), "0.5"), A("b", Days(10, 20), "0.25")}, From(0)),
              ElementsAre(Gap{Days(0, 5), D("1")}, Gap{Days(5, 10), D("0.5")},
                          Gap{Days(10, 20), D("0.25")}, Gap{From(20), D("0.5")}));
}

TEST(FindGaps, AChangeOfTeamLeavesNone) {
  EXPECT_THAT(FindGaps({From(0)}, {A("a", Days(0, 10), "1"), A("b", From(10), "1")}, From(0)),
              IsEmpty());
}

TEST(Correct, CutsSplitsAndWithdraws) {
  Assignment with_key = A("across", From(0), "0.5");
  with_key.external_keys = {{"hr", "1"}};
  const Correction correction =
      Correct({with_key, A("inside", Days(12, 15), "0.5"), A("outside", Days(30, 40), "0.5"),
               A("tail", Days(5, 15), "0.1")},
              Days(10, 20), {A("", Days(10, 20), "1", "new")}, NewIds());
  ASSERT_EQ(correction.cut.size(), 2U);
  EXPECT_EQ(correction.cut[0].after.id, "across");
  EXPECT_EQ(correction.cut[0].after.days(), Days(0, 10));
  EXPECT_EQ(correction.cut[0].after.external_keys.size(), 1U);
  EXPECT_EQ(correction.cut[1].after.days(), Days(5, 10));
  ASSERT_EQ(correction.withdrawn.size(), 1U);
  EXPECT_EQ(correction.withdrawn[0].id, "inside");
  ASSERT_EQ(correction.added.size(), 2U);
  EXPECT_EQ(correction.added[0].id, "new-1");
  EXPECT_EQ(correction.added[0].days(), From(20));
  EXPECT_THAT(correction.added[0].external_keys, IsEmpty());
  EXPECT_EQ(correction.added[1].team_id, "new");
}

TEST(Correct, ASecondmentFollowsThePartOfItsHome) {
  const Correction correction = Correct(
      {A("home", From(0), "1"), Lent("across", "home", Days(5, 30), "0.5"),
       Lent("after", "home", Days(30, 40), "0.5"), Lent("before", "home", Days(0, 5), "0.5")},
      Days(10, 20), {}, NewIds());
  ASSERT_EQ(correction.cut.size(), 3U);
  EXPECT_EQ(correction.cut[0].after.id, "home");
  EXPECT_EQ(correction.cut[1].after.id, "across");
  EXPECT_EQ(correction.cut[1].after.home_id, "home");
  EXPECT_EQ(correction.cut[2].after.id, "after");
  EXPECT_EQ(correction.cut[2].after.days(), Days(30, 40));
  EXPECT_EQ(correction.cut[2].after.home_id, "new-1");
  ASSERT_EQ(correction.added.size(), 2U);
  EXPECT_EQ(correction.added[0].id, "new-1");
  EXPECT_EQ(correction.added[1].days(), Days(20, 30));
  EXPECT_EQ(correction.added[1].home_id, "new-1");
}

TEST(CheckRanges, OrderedAndApart) {
  base::Violations violations;
  CheckRanges({Days(0, 10), Days(5, 8), Days(1, 2), Days(9, 9)}, "employments", &violations);
  EXPECT_THAT(FieldsOf(violations),
              ElementsAre("employments[1].start_date", "employments[2].start_date",
                          "employments[3].end_date"));
}

// --- Laws ---

Assignment AnyAssignment(const std::string& id) {
  const int start = *rc::gen::inRange(0, 20);
  const DayRange days =
      *rc::gen::inRange(0, 4) == 0 ? From(start) : Days(start, start + *rc::gen::inRange(1, 12));
  Assignment assignment = A(id, days, "1", std::string(1, *rc::gen::inRange('t', 'w')));
  assignment.share = Decimal::FromUnscaled(*rc::gen::inRange(1, 11), 1);
  return assignment;
}

std::vector<Assignment> AnyAssignments(int most) {
  std::vector<Assignment> list;
  for (int i = *rc::gen::inRange(0, most); i > 0; --i) {
    list.push_back(AnyAssignment("a" + std::to_string(i)));
  }
  return list;
}

// With secondments of some of them, on days of theirs.
std::vector<Assignment> AnyWithSecondments(int most) {
  std::vector<Assignment> list = AnyAssignments(most);
  const size_t homes = list.size();
  for (int i = homes == 0 ? 0 : *rc::gen::inRange(0, 4); i > 0; --i) {
    const Assignment& home = list[*rc::gen::inRange(size_t{0}, homes)];
    const auto days = base::Intersect(AnyAssignment("").days(), home.days());
    if (!days) continue;
    Assignment lent = Lent("lent" + std::to_string(i), home.id, *days, "1",
                           std::string(1, *rc::gen::inRange('t', 'w')));
    lent.share = Decimal::FromUnscaled(*rc::gen::inRange(1, 11), 1);
    list.push_back(lent);
  }
  return list;
}

// The rule as it stands in the contract, for one day.
Decimal SumOn(const std::vector<Assignment>& assignments, CivilDay day) {
  Decimal sum;
  for (const Assignment& assignment : assignments) {
    if (!assignment.days().Contains(day)) continue;
    Decimal share = assignment.share;
    for (const Assignment& lent : assignments) {
      if (lent.home_id == assignment.id && lent.days().Contains(day)) share -= lent.share;
    }
    if (!share.is_negative()) sum += share;
  }
  return sum;
}

RC_GTEST_PROP(FirstDayAboveOneProperty, AgreesWithDayByDay, ()) {
  const std::vector<Assignment> assignments = AnyWithSecondments(6);
  std::optional<CivilDay> expected;
  for (int n = 40; n >= 0; --n) {
    if (SumOn(assignments, Day(n)) > Decimal::FromInt(1)) expected = Day(n);
  }
  const auto above = FirstDayAboveOne(assignments);
  RC_ASSERT(above.has_value() == expected.has_value());
  if (above) {
    RC_ASSERT(above->day == *expected);
    RC_ASSERT(above->total == SumOn(assignments, above->day));
  }
}

RC_GTEST_PROP(FindGapsProperty, GapsAreEmploymentMinusAssignments, ()) {
  std::vector<DayRange> employments;
  for (int start = *rc::gen::inRange(0, 5); start < 25; start += *rc::gen::inRange(0, 5)) {
    const int end = start + *rc::gen::inRange(1, 12);
    employments.push_back(Days(start, end));
    start = end;
  }
  std::vector<Assignment> assignments;
  for (const Assignment& assignment : AnyWithSecondments(6)) {
    assignments.push_back(assignment);
    if (FirstDayAboveOne(assignments)) assignments.pop_back();
  }
  const DayRange window = Days(*rc::gen::inRange(0, 10), *rc::gen::inRange(11, 40));
  const std::vector<Gap> gaps = FindGaps(employments, assignments, window);
  for (int n = 0; n < 45; ++n) {
    const bool employed = Covers(employments, Days(n, n + 1)) && window.Contains(Day(n));
    const Decimal expected =
        employed ? Decimal::FromInt(1) - SumOn(assignments, Day(n)) : Decimal();
    Decimal missing;
    for (const Gap& gap : gaps) {
      if (gap.days.Contains(Day(n))) missing += gap.missing_share;
    }
    RC_ASSERT(missing == expected);
  }
  for (size_t i = 1; i < gaps.size(); ++i) {
    RC_ASSERT(gaps[i - 1].days.end && *gaps[i - 1].days.end <= gaps[i].days.start);
  }
}

// Without secondments all is as it was before there were any.
RC_GTEST_PROP(CountedSharesProperty, ARegularOneCountsItsShareOnAllItsDays, ()) {
  const std::vector<Assignment> assignments = AnyAssignments(6);
  std::vector<DayShare> expected;
  for (const Assignment& assignment : assignments) {
    expected.push_back({assignment.days(), assignment.share});
  }
  RC_ASSERT(CountedShares(assignments) == expected);
}

RC_GTEST_PROP(CountedSharesProperty, PiecesAndDaysAgree, ()) {
  const std::vector<Assignment> assignments = AnyWithSecondments(6);
  const std::vector<DayShare> pieces = CountedShares(assignments);
  for (int n = 0; n < 45; ++n) {
    std::multiset<Decimal> by_day, by_piece;
    for (const CountedAssignment& counted : CountedOn(assignments, Day(n))) {
      by_day.insert(counted.share);
    }
    for (const DayShare& piece : pieces) {
      if (piece.days.Contains(Day(n))) by_piece.insert(piece.share);
    }
    RC_ASSERT(by_day == by_piece);
  }
}

// What holds on a day: team and share, as often as it holds.
using OnDay = std::multiset<std::pair<std::string, std::string>>;
OnDay HoldsOn(const std::vector<Assignment>& assignments, CivilDay day) {
  OnDay holds;
  for (const Assignment& assignment : assignments) {
    if (assignment.days().Contains(day)) {
      holds.emplace(assignment.team_id, assignment.share.ToCanonicalString());
    }
  }
  return holds;
}

RC_GTEST_PROP(CorrectProperty, InsideOnlyTheGivenOutsideAllAsBefore, ()) {
  const std::vector<Assignment> before = AnyWithSecondments(6);
  const int start = *rc::gen::inRange(0, 20);
  const DayRange days =
      *rc::gen::arbitrary<bool>() ? From(start) : Days(start, start + *rc::gen::inRange(1, 15));
  std::vector<Assignment> given;
  for (Assignment& assignment : AnyAssignments(4)) {
    const auto inside = base::Intersect(assignment.days(), days);
    if (!inside) continue;
    assignment.start_date = inside->start;
    assignment.end_date = inside->end;
    given.push_back(assignment);
  }

  const Correction correction = Correct(before, days, given, NewIds());
  std::map<std::string, Assignment> by_id;
  for (const Assignment& assignment : before) by_id[assignment.id] = assignment;
  for (const auto& cut : correction.cut) by_id[cut.after.id] = cut.after;
  for (const Assignment& withdrawn : correction.withdrawn) by_id.erase(withdrawn.id);
  std::vector<Assignment> after = correction.added;
  for (const auto& [id, assignment] : by_id) after.push_back(assignment);

  for (int n = 0; n < 50; ++n) {
    RC_ASSERT(HoldsOn(after, Day(n)) == HoldsOn(days.Contains(Day(n)) ? given : before, Day(n)));
  }
  for (const Assignment& assignment : after) RC_ASSERT(!assignment.days().IsEmpty());
  RC_ASSERT(FindOutsideHome(after) == nullptr);
  // What lent in place of what, it still does: outside the range every day counts what it did.
  for (int n = 0; n < 50; ++n) {
    if (!days.Contains(Day(n))) RC_ASSERT(SumOn(after, Day(n)) == SumOn(before, Day(n)));
  }
}

}  // namespace
}  // namespace salesops::organization::domain
