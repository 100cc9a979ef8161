#include "services/organization/domain/employment.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace salesops::organization::domain {
namespace {

using base::CivilDay;
using base::DayRange;
using testing::ElementsAre;
using testing::IsEmpty;

DayRange Years(int start, int end) { return {CivilDay(start, 1, 1), CivilDay(end, 1, 1)}; }
DayRange From(int start) { return {CivilDay(start, 1, 1), std::nullopt}; }

Employment Left(const DayRange& days, LeaveReason reason) {
  Employment employment;
  employment.days = days;
  employment.leave_reason = reason;
  return employment;
}

std::vector<std::string> Broken(const std::vector<Employment>& employments) {
  base::Violations violations;
  CheckEmployments(employments, &violations);
  std::vector<std::string> broken;
  for (const base::Violation& violation : violations.list()) {
    broken.push_back(violation.field + " " + violation.reason);
  }
  return broken;
}

TEST(CheckEmployments, WhyItEndedIsSaidOfOneThatEnded) {
  Employment left = Left(Years(2020, 2022), LeaveReason::kResignation);
  left.leave_note = "moved away";
  left.regretted = true;
  EXPECT_THAT(Broken({left, Left(From(2023), LeaveReason::kUnset)}), IsEmpty());
  left.days.end.reset();
  EXPECT_THAT(Broken({left}), ElementsAre("employments[0].leave_reason WITHOUT_END_DATE",
                                          "employments[0].leave_note WITHOUT_END_DATE",
                                          "employments[0].regretted WITHOUT_END_DATE"));
  EXPECT_THAT(Broken({Left(Years(2020, 2022), LeaveReason::kUnset)}), IsEmpty());
}

TEST(CheckEmployments, RangesAreInOrderAndApart) {
  EXPECT_THAT(
      Broken({Left(From(2020), LeaveReason::kUnset), Left(From(2021), LeaveReason::kUnset)}),
      ElementsAre("employments[1].start_date OVERLAPPING"));
}

TEST(FindWithoutLeaveReason, TellsThoseThatEndedInTheWindow) {
  const std::vector<Employment> employments = {
      Left(Years(2010, 2012), LeaveReason::kUnset), Left(Years(2013, 2015), LeaveReason::kOther),
      Left(Years(2016, 2020), LeaveReason::kUnset), Left(From(2021), LeaveReason::kUnset)};
  EXPECT_THAT(FindWithoutLeaveReason(employments, From(1)),
              ElementsAre(Years(2010, 2012), Years(2016, 2020)));
  EXPECT_THAT(FindWithoutLeaveReason(employments, Years(2012, 2020)),
              ElementsAre(Years(2010, 2012)));
  EXPECT_THAT(FindWithoutLeaveReason(employments, Years(2013, 2020)), IsEmpty());
}

}  // namespace
}  // namespace salesops::organization::domain
