#include "services/organization/domain/fiscal_calendar.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace salesops::organization::domain {
namespace {

using base::CivilDay;
using base::DayRange;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

FiscalCalendar Monthly(int start_month, YearNaming naming) {
  FiscalCalendar calendar;
  calendar.kind = FiscalKind::kMonthly;
  calendar.start_month = start_month;
  calendar.year_naming = naming;
  return calendar;
}

FiscalCalendar Weeks(FiscalKind kind, WeekRule rule, YearNaming naming) {
  FiscalCalendar calendar;
  calendar.kind = kind;
  calendar.week_rule = rule;
  calendar.year_naming = naming;
  return calendar;
}

// The 4-5-4 calendar of the National Retail Federation (nrf.com/resources/4-5-4-calendar): a year
// ends on the Saturday nearest to the end of January.
FiscalCalendar Retail() {
  return Weeks(FiscalKind::kWeeks454, {1, absl::Weekday::saturday, WeekAlignment::kNearest},
               YearNaming::kStart);
}

FiscalCalendar Biweekly(CivilDay anchor) {
  FiscalCalendar calendar;
  calendar.kind = FiscalKind::kBiweekly;
  calendar.anchor_date = anchor;
  return calendar;
}

FiscalCalendar Listed() {
  FiscalCalendar calendar;
  calendar.kind = FiscalKind::kCustom;
  calendar.custom_periods = {{CivilDay(2024, 1, 1), 2024, 1, "开门红"},
                             {CivilDay(2024, 3, 10), 2024, 2, ""},
                             {CivilDay(2024, 6, 20), 2024, 3, "618"},
                             {CivilDay(2024, 11, 12), 2024, 4, ""},
                             {CivilDay(2025, 1, 1), 2025, 1, ""}};
  calendar.custom_end_date = CivilDay(2025, 4, 1);
  return calendar;
}

FiscalPeriod YearOf(const FiscalCalendar& calendar, int fiscal_year) {
  return PeriodsOf(calendar, fiscal_year, FiscalLevel::kYear).at(0);
}

std::vector<std::string> ViolationsOf(const FiscalCalendar& calendar) {
  base::Violations violations;
  CheckFiscalCalendar(calendar, &violations);
  std::vector<std::string> texts;
  for (const base::Violation& v : violations.list()) texts.push_back(v.field + " " + v.reason);
  return texts;
}

TEST(PeriodsOf, TheRetailYearsThatAreNamedInTheFederationsCalendar) {
  const FiscalPeriod y2023 = YearOf(Retail(), 2023);
  EXPECT_EQ(y2023.days, (DayRange{CivilDay(2023, 1, 29), CivilDay(2024, 2, 4)}));
  EXPECT_EQ(DayCount(y2023), 53 * 7);
  const FiscalPeriod y2024 = YearOf(Retail(), 2024);
  EXPECT_EQ(y2024.days, (DayRange{CivilDay(2024, 2, 4), CivilDay(2025, 2, 2)}));
  EXPECT_EQ(DayCount(y2024), 52 * 7);
  // February to April 2024 have 4, 5 and 4 weeks.
  const auto periods = PeriodsOf(Retail(), 2024, FiscalLevel::kPeriod);
  ASSERT_THAT(periods, SizeIs(12));
  EXPECT_EQ(periods[1].days, (DayRange{CivilDay(2024, 3, 3), CivilDay(2024, 4, 7)}));
  // The 53rd week is the last of January.
  EXPECT_EQ(DayCount(PeriodsOf(Retail(), 2023, FiscalLevel::kPeriod)[11]), 5 * 7);
}

TEST(PeriodsOf, RetailYearsOf53WeeksSince2010) {
  std::vector<int> long_years;
  for (int year = 2010; year <= 2024; ++year) {
    if (DayCount(YearOf(Retail(), year)) == 53 * 7) long_years.push_back(year);
  }
  EXPECT_THAT(long_years, ElementsAre(2012, 2017, 2023));
}

TEST(PeriodsOf, ApplesYearsEndOnTheLastSaturdayOfSeptember) {
  // Form 10-K of fiscal 2023: ended 2023-09-30, spanned 53 weeks; fiscal 2022 ended 2022-09-24.
  const FiscalCalendar calendar = Weeks(
      FiscalKind::kWeeks544, {9, absl::Weekday::saturday, WeekAlignment::kLast}, YearNaming::kEnd);
  EXPECT_EQ(YearOf(calendar, 2022).days.end, CivilDay(2022, 9, 25));
  EXPECT_EQ(YearOf(calendar, 2023).days, (DayRange{CivilDay(2022, 9, 25), CivilDay(2023, 10, 1)}));
  EXPECT_EQ(DayCount(YearOf(calendar, 2024)), 52 * 7);
}

TEST(PeriodsOf, MonthsAreNamedByTheYearTheyBeginOrEndIn) {
  // The federal government of the United States; the government of Japan.
  EXPECT_EQ(YearOf(Monthly(10, YearNaming::kEnd), 2024).days,
            (DayRange{CivilDay(2023, 10, 1), CivilDay(2024, 10, 1)}));
  EXPECT_EQ(YearOf(Monthly(4, YearNaming::kStart), 2024).days,
            (DayRange{CivilDay(2024, 4, 1), CivilDay(2025, 4, 1)}));
  for (const YearNaming naming : {YearNaming::kStart, YearNaming::kEnd}) {
    EXPECT_EQ(YearOf(Monthly(1, naming), 2024).days,
              (DayRange{CivilDay(2024, 1, 1), CivilDay(2025, 1, 1)}));
  }
  const auto quarters = PeriodsOf(Monthly(4, YearNaming::kStart), 2024, FiscalLevel::kQuarter);
  ASSERT_THAT(quarters, SizeIs(4));
  EXPECT_EQ(quarters[3].days, (DayRange{CivilDay(2025, 1, 1), CivilDay(2025, 4, 1)}));
  EXPECT_EQ(CodeOf(quarters[3]), "FY2024-Q4");
}

TEST(PeriodsOf, ABiweeklyYearHasThePeriodsThatBeginInIt) {
  const FiscalCalendar calendar = Biweekly(CivilDay(2024, 1, 1));
  EXPECT_THAT(PeriodsOf(calendar, 2024, FiscalLevel::kPeriod), SizeIs(27));
  EXPECT_THAT(PeriodsOf(calendar, 2025, FiscalLevel::kPeriod), SizeIs(26));
  EXPECT_EQ(YearOf(calendar, 2025).days, (DayRange{CivilDay(2025, 1, 13), CivilDay(2026, 1, 12)}));
  EXPECT_FALSE(HasLevel(calendar, FiscalLevel::kQuarter));
  EXPECT_THAT(PeriodsOf(calendar, 2024, FiscalLevel::kHalf), IsEmpty());
}

TEST(PeriodsOf, ListedPeriodsLastUntilTheNext) {
  const auto periods = PeriodsOf(Listed(), 2024, FiscalLevel::kPeriod);
  ASSERT_THAT(periods, SizeIs(4));
  EXPECT_EQ(periods[2].display_name, "618");
  EXPECT_EQ(CodeOf(periods[2]), "FY2024-P03");
  EXPECT_EQ(periods[3].days, (DayRange{CivilDay(2024, 11, 12), CivilDay(2025, 1, 1)}));
  const auto halves = PeriodsOf(Listed(), 2024, FiscalLevel::kHalf);
  ASSERT_THAT(halves, SizeIs(2));
  EXPECT_EQ(halves[1].days, (DayRange{CivilDay(2024, 6, 20), CivilDay(2025, 1, 1)}));
  EXPECT_EQ(YearOf(Listed(), 2025).days.end, CivilDay(2025, 4, 1));
  EXPECT_THAT(PeriodsOf(Listed(), 2023, FiscalLevel::kYear), IsEmpty());
}

TEST(PeriodAt, NothingLiesOutsideWhatIsListed) {
  EXPECT_EQ(PeriodAt(Listed(), CivilDay(2023, 12, 31), FiscalLevel::kPeriod), std::nullopt);
  EXPECT_EQ(PeriodAt(Listed(), CivilDay(2025, 4, 1), FiscalLevel::kPeriod), std::nullopt);
  const auto first = PeriodAt(Listed(), CivilDay(2024, 1, 1), FiscalLevel::kPeriod);
  ASSERT_TRUE(first);
  EXPECT_EQ(PreviousPeriod(Listed(), *first), std::nullopt);
  EXPECT_EQ(NextPeriod(Listed(), *first)->number, 2);
}

TEST(CheckFiscalCalendar, WantsWhatTheKindNeedsAndNothingElse) {
  for (const FiscalCalendar& good :
       {Retail(), Monthly(4, YearNaming::kStart), Listed(), Biweekly(CivilDay(2024, 1, 1))}) {
    EXPECT_THAT(ViolationsOf(good), IsEmpty());
  }
  FiscalCalendar calendar = Retail();
  calendar.kind = FiscalKind::kMonthly;
  EXPECT_THAT(ViolationsOf(calendar),
              ElementsAre("start_month REQUIRED", "week_rule NOT_OF_THIS_KIND"));
  calendar = Listed();
  calendar.kind = FiscalKind::kBiweekly;
  EXPECT_THAT(ViolationsOf(calendar),
              ElementsAre("anchor_date REQUIRED", "custom_periods NOT_OF_THIS_KIND",
                          "custom_end_date NOT_OF_THIS_KIND"));
}

TEST(CheckFiscalCalendar, WantsListedPeriodsInOrder) {
  FiscalCalendar calendar = Listed();
  calendar.custom_periods[1].start = CivilDay(2024, 1, 1);
  calendar.custom_periods[2].quarter = 1;
  calendar.custom_periods[3].quarter = 0;
  calendar.custom_periods[4].fiscal_year = 2026;
  calendar.custom_end_date = CivilDay(2025, 1, 1);
  EXPECT_THAT(
      ViolationsOf(calendar),
      ElementsAre("custom_periods[1].start_date NOT_ORDERED",
                  "custom_periods[2].quarter NOT_ORDERED", "custom_periods[3].quarter REQUIRED",
                  "custom_periods[4].fiscal_year BAD_FISCAL_YEAR", "custom_end_date BAD_RANGE"));
}

// ---- laws

YearNaming AnyNaming() { return *rc::gen::element(YearNaming::kStart, YearNaming::kEnd); }

FiscalCalendar AnyOfWeeks() {
  return Weeks(
      *rc::gen::element(FiscalKind::kWeeks445, FiscalKind::kWeeks454, FiscalKind::kWeeks544),
      {*rc::gen::inRange(1, 13), static_cast<absl::Weekday>(*rc::gen::inRange(0, 7)),
       *rc::gen::element(WeekAlignment::kLast, WeekAlignment::kNearest)},
      AnyNaming());
}

FiscalCalendar AnyCalendar() {
  switch (*rc::gen::inRange(0, 3)) {
    case 0:
      return Monthly(*rc::gen::inRange(1, 13), AnyNaming());
    case 1:
      return Biweekly(CivilDay(2020, 1, 1) + *rc::gen::inRange(-5000, 5000));
    default:
      return AnyOfWeeks();
  }
}

FiscalLevel AnyLevelOf(const FiscalCalendar& calendar) {
  const auto level = static_cast<FiscalLevel>(*rc::gen::inRange(1, 5));
  return HasLevel(calendar, level) ? level : FiscalLevel::kPeriod;
}

RC_GTEST_PROP(FiscalCalendarProperty, EveryDayLiesInOnePeriodAndTheNextFollows, ()) {
  const FiscalCalendar calendar = AnyCalendar();
  const FiscalLevel level = AnyLevelOf(calendar);
  const CivilDay day = CivilDay(2024, 1, 1) + *rc::gen::inRange(-40000, 40000);
  const auto period = PeriodAt(calendar, day, level);
  RC_ASSERT(period.has_value());
  RC_ASSERT(period->days.Contains(day));
  const auto next = NextPeriod(calendar, *period);
  RC_ASSERT(next.has_value());
  RC_ASSERT(next->days.start == *period->days.end);
  RC_ASSERT(PreviousPeriod(calendar, *next) == period);
  // Asked for by its year it is the same, and the only one with the day.
  int found = 0;
  for (int year = period->fiscal_year - 1; year <= period->fiscal_year + 1; ++year) {
    for (const FiscalPeriod& one : PeriodsOf(calendar, year, level)) {
      if (one.days.Contains(day)) found += one == *period ? 1 : 100;
    }
  }
  RC_ASSERT(found == 1);
}

RC_GTEST_PROP(FiscalCalendarProperty, PeriodsMakeUpTheirYear, ()) {
  const FiscalCalendar calendar = AnyCalendar();
  const int fiscal_year = *rc::gen::inRange(1900, 2200);
  const FiscalPeriod year = YearOf(calendar, fiscal_year);
  const auto periods = PeriodsOf(calendar, fiscal_year, AnyLevelOf(calendar));
  CivilDay start = year.days.start;
  int number = 0;
  for (const FiscalPeriod& period : periods) {
    RC_ASSERT(period.days.start == start);
    RC_ASSERT(period.number == ++number);
    RC_ASSERT(DayCount(period) > 0);
    start = *period.days.end;
  }
  RC_ASSERT(start == *year.days.end);
  RC_ASSERT(YearOf(calendar, fiscal_year + 1).days.start == start);
}

RC_GTEST_PROP(FiscalCalendarProperty, AYearOfWeeksHas52Or53, ()) {
  const FiscalCalendar calendar = AnyOfWeeks();
  const FiscalPeriod year = YearOf(calendar, *rc::gen::inRange(1900, 2200));
  RC_ASSERT(DayCount(year) == 52 * 7 || DayCount(year) == 53 * 7);
  RC_ASSERT(absl::GetWeekday(*year.days.end - 1) == calendar.week_rule->end_day);
}

RC_GTEST_PROP(FiscalCalendarProperty, ABiweeklyYearHas26Or27, ()) {
  const FiscalCalendar calendar = Biweekly(CivilDay(2020, 1, 1) + *rc::gen::inRange(-5000, 5000));
  const auto periods = PeriodsOf(calendar, *rc::gen::inRange(1900, 2200), FiscalLevel::kPeriod);
  RC_ASSERT(periods.size() == 26 || periods.size() == 27);
}

}  // namespace
}  // namespace salesops::organization::domain
