// Working calendars: their life, what they answer, and the one that ships with the suite.
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "salesops/organization/v1/calendar.pb.h"
#include "salesops/organization/v1/events.pb.h"
#include "shared/testing/proto_matchers.h"
#include "shared/testing/status_matchers.h"
#include "tests/integration/organization_server.h"
#include "tools/salesopsctl/friendly_json.h"

namespace salesops::organization {
namespace {

using absl::StatusCode;
using testing::EqualsProto;
using testing::HasReason;
using testing::HasViolation;
using testing::PartlyEqualsProto;
using ::testing::SizeIs;
using testing::StatusIs;

constexpr char kOffice[] = R"pb(
  display_name: '上海办公室'
  time_zone: 'Asia/Shanghai'
  working_hours {
    day_of_week: MONDAY
    intervals {
      start_time { hours: 9 }
      end_time { hours: 12 }
    }
    intervals {
      start_time { hours: 13 }
      end_time { hours: 24 }
    }
  }
  working_hours {
    day_of_week: TUESDAY
    intervals {
      start_time { hours: 0 }
      end_time { hours: 8 minutes: 30 }
    }
  }
  holidays {
    display_name: '春节'
    start_date { year: 2026 month: 2 day: 15 }
    end_date { year: 2026 month: 2 day: 24 }
    source: '国办发明电〔2025〕7号'
  }
  make_up_days {
    date { year: 2026 month: 2 day: 28 }
    hours_of: MONDAY
    display_name: '春节'
  }
  known_from_date { year: 2026 month: 1 day: 1 }
  known_until_date { year: 2027 month: 1 day: 1 }
  external_keys { source: 'hr' key: 'sh' }
)pb";

class OrganizationCalendars : public OrganizationTest {
 protected:
  absl::StatusOr<v1::Calendar> Create(const std::string& id, const std::string& calendar) {
    return org_.Call<v1::Calendar>(
        "CalendarService/CreateCalendar",
        absl::StrCat("calendar_id: '", id, "' calendar { ", calendar, " }"));
  }
  absl::StatusOr<v1::Calendar> Update(const std::string& calendar, const std::string& more = "") {
    return org_.Call<v1::Calendar>("CalendarService/UpdateCalendar",
                                   absl::StrCat("calendar { ", calendar, " } ", more));
  }
  absl::StatusOr<v1::CalculateWorkingTimeResponse> WorkingTime(const std::string& request) {
    return org_.Call<v1::CalculateWorkingTimeResponse>("CalendarService/CalculateWorkingTime",
                                                       request);
  }
  absl::StatusOr<v1::CountWorkingDaysResponse> Count(const std::string& request) {
    return org_.Call<v1::CountWorkingDaysResponse>("CalendarService/CountWorkingDays", request);
  }
  absl::StatusOr<v1::AddWorkingDaysResponse> Add(const std::string& request) {
    return org_.Call<v1::AddWorkingDaysResponse>("CalendarService/AddWorkingDays", request);
  }
};

TEST_F(OrganizationCalendars, WhatIsCreatedIsReadListedAndTold) {
  ASSERT_OK_AND_ASSIGN(const v1::Calendar created, Create("office", kOffice));
  EXPECT_THAT(created, PartlyEqualsProto(kOffice));
  EXPECT_EQ(created.name(), "calendars/office");
  EXPECT_THAT(org_.Call<v1::Calendar>("CalendarService/GetCalendar", "name: 'calendars/office'"),
              testing::IsOkAndHolds(EqualsProto(created)));
  ASSERT_OK(Create("other",
                   "display_name: 'x' time_zone: 'UTC' working_hours { day_of_week: SUNDAY "
                   "intervals { start_time {} end_time { hours: 1 } } }"));
  ASSERT_OK_AND_ASSIGN(const auto listed, org_.Call<v1::ListCalendarsResponse>(
                                              "CalendarService/ListCalendars",
                                              "filter: 'time_zone = \"Asia/Shanghai\"'"));
  ASSERT_THAT(listed.calendars(), SizeIs(1));
  EXPECT_THAT(listed.calendars(0), EqualsProto(created));
  const auto events = org_.Events("CalendarCreated");
  ASSERT_THAT(events, SizeIs(2));
  v1::CalendarCreated payload;
  ASSERT_TRUE(payload.ParseFromString(events[0].payload()));
  EXPECT_THAT(payload.calendar(), EqualsProto(created));
}

TEST_F(OrganizationCalendars, LivesLikeEveryResource) {
  ASSERT_OK(Create("office", kOffice));
  const std::string before = org_.Now();
  ASSERT_OK_AND_ASSIGN(const v1::Calendar updated,
                       Update("name: 'calendars/office' time_zone: 'Asia/Urumqi'"));
  EXPECT_EQ(updated.time_zone(), "Asia/Urumqi");
  EXPECT_THAT(updated.holidays(), SizeIs(1));
  EXPECT_THAT(Update("name: 'calendars/office' etag: 'old' description: 'x'"),
              HasReason("ETAG_MISMATCH"));
  ASSERT_OK_AND_ASSIGN(const v1::Calendar then,
                       org_.Call<v1::Calendar>(
                           "CalendarService/GetCalendar",
                           absl::StrCat("name: 'calendars/office' as_of_time { ", before, " }")));
  EXPECT_EQ(then.time_zone(), "Asia/Shanghai");
  ASSERT_OK(org_.Call<v1::Calendar>("CalendarService/ArchiveCalendar", "name: 'calendars/office'"));
  EXPECT_THAT(Update("name: 'calendars/office' description: 'x'"), HasReason("ARCHIVED"));
  // It still answers: what refers to it goes on being measured by it.
  EXPECT_OK(
      Count("name: 'calendars/office' start_date { year: 2026 month: 3 day: 1 } "
            "end_date { year: 2026 month: 4 day: 1 }"));
  ASSERT_OK(
      org_.Call<v1::Calendar>("CalendarService/UnarchiveCalendar", "name: 'calendars/office'"));
  EXPECT_THAT(Create("again", kOffice), StatusIs(StatusCode::kAlreadyExists));  // external key
}

TEST_F(OrganizationCalendars, EverythingThatIsWrongIsTold) {
  const auto wrong = Create("wrong", R"pb(
    display_name: 'x'
    time_zone: 'Asia/Peking'
    working_hours {
      day_of_week: MONDAY
      intervals {
        start_time { hours: 9 seconds: 1 }
        end_time { hours: 24 minutes: 1 }
      }
    }
    holidays {
      display_name: 'h'
      start_date { year: 2026 month: 1 day: 2 }
      end_date { year: 2026 month: 1 day: 2 }
    }
    make_up_days {
      date { year: 2026 month: 1 day: 4 }
      hours_of: FRIDAY
    })pb");
  EXPECT_THAT(wrong, HasViolation("calendar.time_zone", "NO_SUCH_ZONE"));
  EXPECT_THAT(wrong, HasViolation("calendar.working_hours[0].intervals[0].start_time", "BAD_TIME"));
  EXPECT_THAT(wrong, HasViolation("calendar.working_hours[0].intervals[0].end_time", "BAD_TIME"));
  EXPECT_THAT(wrong, HasViolation("calendar.holidays[0].end_date", "BAD_RANGE"));
  EXPECT_THAT(wrong, HasViolation("calendar.make_up_days[0].hours_of", "NO_HOURS"));
}

TEST_F(OrganizationCalendars, AnswersAndSaysWhatItRestsOn) {
  ASSERT_OK(Create("office", kOffice));
  // 2026-02-28 00:00 to 2026-03-04 00:00 in Shanghai: a make-up Saturday, a Monday, a Tuesday.
  ASSERT_OK_AND_ASSIGN(const auto worked, WorkingTime(R"pb(
                         name: 'calendars/office'
                         start_time { seconds: 1772208000 }
                         end_time { seconds: 1772553600 nanos: 500000000 })pb"));
  EXPECT_EQ(worked.working_time().seconds(), 2 * 14 * 3600 + 8 * 3600 + 1800);
  EXPECT_EQ(worked.working_day_count(), 3);
  EXPECT_THAT(worked.make_up_days(), SizeIs(1));
  EXPECT_THAT(worked.holidays(), SizeIs(0));
  EXPECT_FALSE(worked.provisional());

  ASSERT_OK_AND_ASSIGN(const auto days, Count(R"pb(
                         name: 'calendars/office'
                         start_date { year: 2026 month: 2 day: 1 }
                         end_date { year: 2026 month: 3 day: 1 })pb"));
  EXPECT_EQ(days.working_day_count(), 2 * 4 - 3 + 1);  // four weeks, 16th, 17th, 23rd off, 28th on
  ASSERT_THAT(days.holidays(), SizeIs(1));
  EXPECT_EQ(days.holidays(0).source(), "国办发明电〔2025〕7号");

  ASSERT_OK_AND_ASSIGN(const auto due, Add(R"pb(
                         name: 'calendars/office'
                         start_date { year: 2026 month: 2 day: 10 }
                         working_day_count: 2)pb"));
  EXPECT_THAT(due.date(), EqualsProto("year: 2026 month: 2 day: 28"));
  ASSERT_OK_AND_ASSIGN(const auto far, Add(R"pb(
                         name: 'calendars/office'
                         start_date { year: 2026 month: 12 day: 29 }
                         working_day_count: 1)pb"));
  EXPECT_TRUE(far.provisional());
}

TEST_F(OrganizationCalendars, AnswersAsOfAMoment) {
  ASSERT_OK(Create("office", kOffice));
  const std::string before = org_.Now();
  ASSERT_OK(Update("name: 'calendars/office'", "update_mask { paths: 'holidays' }"));
  const std::string request =
      "name: 'calendars/office' start_date { year: 2026 month: 2 day: 1 } "
      "end_date { year: 2026 month: 3 day: 1 }";
  ASSERT_OK_AND_ASSIGN(const auto now, Count(request));
  EXPECT_EQ(now.working_day_count(), 9);
  ASSERT_OK_AND_ASSIGN(const auto then,
                       Count(absl::StrCat(request, " as_of_time { ", before, " }")));
  EXPECT_EQ(then.working_day_count(), 6);
  EXPECT_TRUE(then.has_as_of_time());
}

TEST_F(OrganizationCalendars, RefusesWhatItCannotAnswer) {
  ASSERT_OK(Create("office", kOffice));
  EXPECT_THAT(WorkingTime("name: 'calendars/office' start_time { seconds: 10 } end_time {}"),
              HasViolation("end_time", "BAD_RANGE"));
  EXPECT_THAT(WorkingTime("name: 'calendars/office' start_time {} end_time { seconds: 900000000 }"),
              HasViolation("end_time", "OUT_OF_RANGE"));
  EXPECT_THAT(Count("name: 'calendars/office' start_date { year: 2026 month: 3 day: 2 } "
                    "end_date { year: 2026 month: 3 day: 1 }"),
              HasViolation("end_date", "BAD_RANGE"));
  EXPECT_THAT(Add("name: 'calendars/none' start_date { year: 2026 month: 3 day: 2 } "
                  "working_day_count: 1"),
              StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(Add("name: 'calendars/office' start_date { year: 9999 month: 12 day: 31 } "
                  "working_day_count: 5"),
              HasReason("NO_WORKING_DAY"));
}

// ---- the calendar that ships with the suite

v1::ImportedCalendar MainlandRow() {
  std::ifstream in("services/organization/calendars/china_mainland.json");
  std::stringstream text;
  text << in.rdbuf();
  v1::ImportedCalendar row;
  EXPECT_OK(ctl::ParseFriendly(nlohmann::json::parse(text.str(), nullptr, false), &row));
  return row;
}

absl::CivilDay DayOf(const google::type::Date& date) {
  return absl::CivilDay(date.year(), date.month(), date.day());
}

TEST(MainlandCalendar, IsPlausible) {
  const v1::Calendar calendar = MainlandRow().calendar();
  ASSERT_THAT(calendar.holidays(), SizeIs(7 + 6 + 7 + 6 + 7));
  ASSERT_THAT(calendar.make_up_days(), SizeIs(7 + 7 + 8 + 5 + 6));
  for (const v1::MakeUpDay& made_up : calendar.make_up_days()) {
    EXPECT_GE(static_cast<int>(absl::GetWeekday(DayOf(made_up.date()))), 5)
        << "a make-up day is a Saturday or Sunday: " << made_up.ShortDebugString();
    EXPECT_FALSE(made_up.source().empty());
    for (const v1::Holiday& holiday : calendar.holidays()) {
      EXPECT_FALSE(DayOf(holiday.start_date()) <= DayOf(made_up.date()) &&
                   DayOf(made_up.date()) < DayOf(holiday.end_date()))
          << holiday.ShortDebugString();
    }
  }
  for (const v1::Holiday& holiday : calendar.holidays()) {
    EXPECT_LE(DayOf(holiday.end_date()) - DayOf(holiday.start_date()), 9);
    EXPECT_FALSE(holiday.source().empty());
  }
}

TEST_F(OrganizationCalendars, TheMainlandCalendarHasThePublishedWorkingDays) {
  const std::string row = MainlandRow().ShortDebugString();
  const std::vector<std::string> parts = {"options { source: 'state-council' }",
                                          absl::StrCat("batch { rows { ", row, " } }")};
  ASSERT_OK_AND_ASSIGN(const auto first, org_.Import<v1::ImportCalendarsResponse>(
                                             "CalendarService/ImportCalendars", parts));
  ASSERT_EQ(first[1].created_count(), 1) << first[1].ShortDebugString();
  ASSERT_OK_AND_ASSIGN(const auto again, org_.Import<v1::ImportCalendarsResponse>(
                                             "CalendarService/ImportCalendars", parts));
  EXPECT_EQ(again[1].unchanged_count(), 1);
  // Working days of a year = its days - its Saturdays and Sundays - the statutory holidays: 11 of
  // them (人社部发〔2008〕3号), from 2025 13, as 人社部发〔2025〕2号 reckons 365 - 104 - 13 = 248.
  // 2022: 365 - 105 - 11, 2023: 365 - 105 - 11, 2024: 366 - 104 - 11, 2026: 365 - 104 - 13.
  const std::map<int, int> published = {
      {2022, 249}, {2023, 249}, {2024, 251}, {2025, 248}, {2026, 248}};
  for (const auto& [year, count] : published) {
    ASSERT_OK_AND_ASSIGN(const auto days,
                         Count(absl::StrCat("name: 'calendars/china-mainland' start_date { year: ",
                                            year, " month: 1 day: 1 } end_date { year: ", year + 1,
                                            " month: 1 day: 1 }")));
    EXPECT_EQ(days.working_day_count(), count) << year;
    EXPECT_FALSE(days.provisional()) << year;
  }
  ASSERT_OK_AND_ASSIGN(const auto later, Add(R"pb(
                         name: 'calendars/china-mainland'
                         start_date { year: 2026 month: 12 day: 31 }
                         working_day_count: 1)pb"));
  EXPECT_TRUE(later.provisional());
}

}  // namespace
}  // namespace salesops::organization
