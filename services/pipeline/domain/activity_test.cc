#include "services/pipeline/domain/activity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace salesops::pipeline::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

Activity Call() {
  Activity activity;
  activity.kind = ActivityKind::kCall;
  activity.start_time = kNow - absl::Hours(1);
  return activity;
}

// "field REASON" of every broken rule of what was completed now.
std::vector<std::string> Broken(Activity activity) {
  Complete(activity, kNow);
  base::Violations violations;
  CheckActivity(activity, kNow, &violations);
  std::vector<std::string> told;
  for (const base::Violation& v : violations.list()) told.push_back(v.field + " " + v.reason);
  return told;
}

TEST(Activities, WhatIsNotSaidFollowsFromTheStart) {
  Activity past = Call();
  Complete(past, kNow);
  EXPECT_EQ(past.done, true);
  EXPECT_EQ(past.outcome, ActivityOutcome::kNone);
  Activity now = Call();
  now.start_time = kNow;
  Complete(now, kNow);
  EXPECT_EQ(now.done, true);
  Activity ahead = Call();
  ahead.start_time = kNow + absl::Microseconds(1);
  Complete(ahead, kNow);
  EXPECT_EQ(ahead.done, false);
}

TEST(Activities, WhatIsSaidStays) {
  Activity missed = Call();
  missed.done = false;
  missed.outcome = ActivityOutcome::kPostponed;
  Complete(missed, kNow);
  EXPECT_EQ(missed.done, false);
  EXPECT_EQ(missed.outcome, ActivityOutcome::kPostponed);
  EXPECT_THAT(Broken(missed), IsEmpty());
}

TEST(Activities, AnEndIsNotBeforeTheStartNorLongAfterIt) {
  Activity activity = Call();
  EXPECT_THAT(Broken(activity), IsEmpty());
  activity.end_time = activity.start_time;
  EXPECT_THAT(Broken(activity), IsEmpty());
  activity.end_time = activity.start_time - absl::Microseconds(1);
  EXPECT_THAT(Broken(activity), ElementsAre("end_time END_BEFORE_START"));
  activity.end_time = activity.start_time + kLongestActivity;
  EXPECT_THAT(Broken(activity), IsEmpty());
  activity.end_time = *activity.end_time + absl::Microseconds(1);
  EXPECT_THAT(Broken(activity), ElementsAre("end_time TOO_LONG"));
}

TEST(Activities, OnlyAPlannedOneStartsInTheFuture) {
  Activity activity = Call();
  activity.start_time = kNow + absl::Hours(1);
  EXPECT_THAT(Broken(activity), IsEmpty());
  activity.done = true;
  EXPECT_THAT(Broken(activity), ElementsAre("start_time IN_FUTURE"));
}

TEST(Activities, OnlyADoneOneHasAResult) {
  for (const auto outcome : {ActivityOutcome::kReached, ActivityOutcome::kNotReached,
                             ActivityOutcome::kAgreed, ActivityOutcome::kDeclined}) {
    Activity activity = Call();
    activity.outcome = outcome;
    EXPECT_THAT(Broken(activity), IsEmpty());
    activity.done = false;
    EXPECT_THAT(Broken(activity), ElementsAre("outcome NOT_DONE"));
  }
}

TEST(Activities, AParticipantIsSomebody) {
  Activity activity = Call();
  activity.participants = {{.seller_id = "s"}, {.contact_id = "c"}, {.display_name = "王五"}};
  EXPECT_THAT(Broken(activity), IsEmpty());
  activity.participants.insert(activity.participants.begin() + 1, {.address = "+86 10 1234"});
  EXPECT_THAT(Broken(activity), ElementsAre("participants[1] REQUIRED"));
}

TEST(Activities, OpportunityAndContactAgreeWithTheAccount) {
  struct Case {
    const char* what;
    const char *account, *opportunity, *contact;
    const char* becomes;
    std::vector<std::string> other;
  };
  const Case cases[] = {
      {"nothing known", "", "", "", "", {}},
      {"its own", "a", "", "", "a", {}},
      {"all the same", "a", "a", "a", "a", {}},
      {"the opportunity's", "", "a", "", "a", {}},
      {"the contact's", "", "", "a", "a", {}},
      {"the opportunity's first", "", "a", "b", "a", {"contact"}},
      {"another contact", "a", "a", "b", "a", {"contact"}},
      {"another opportunity", "a", "b", "", "a", {"opportunity"}},
      {"both are others", "a", "b", "c", "a", {"opportunity", "contact"}},
  };
  for (const Case& c : cases) {
    Activity activity = Call();
    activity.account_id = c.account;
    base::Violations violations;
    AgreeOnAccount(activity, c.opportunity, c.contact, &violations);
    EXPECT_EQ(activity.account_id, c.becomes) << c.what;
    std::vector<std::string> fields;
    for (const base::Violation& v : violations.list()) {
      EXPECT_EQ(v.reason, "OTHER_ACCOUNT");
      fields.push_back(v.field);
    }
    EXPECT_EQ(fields, c.other) << c.what;
  }
}

}  // namespace
}  // namespace salesops::pipeline::domain
