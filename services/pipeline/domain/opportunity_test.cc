#include "services/pipeline/domain/opportunity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "services/pipeline/domain/opportunity_import.h"
#include "shared/status/status.h"

namespace salesops::pipeline::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

SalesProcessVersion Process() {
  SalesProcessVersion v;
  v.process_id = "direct";
  v.id = "1";
  v.rules.stages = {{"lead", "Lead", StageKind::kOpen, ""},
                    {"demo", "Demo", StageKind::kOpen, ""},
                    {"offer", "Offer", StageKind::kOpen, ""},
                    {"won", "Won", StageKind::kWon, ""},
                    {"lost", "Lost", StageKind::kLost, ""}};
  v.state = VersionState::kPublished;
  return v;
}

absl::Time Hour(int h) { return absl::FromUnixSeconds(1'700'000'000) + absl::Hours(h); }

Opportunity Open(const std::string& stage) {
  Opportunity o;
  o.id = "7";
  o.owner_id = "s1";
  o.stage = stage;
  o.open_date = base::CivilDay(2026, 3, 1);
  o.stage_entered_time = Hour(0);
  return o;
}

Move At(int hour, const std::string& reason = "") { return {"user:alice", reason, Hour(hour)}; }

std::vector<std::string> Reasons(const base::Violations& violations) {
  std::vector<std::string> reasons;
  for (const base::Violation& v : violations.list()) reasons.push_back(v.reason);
  return reasons;
}

TEST(Advance, MovesToALaterStageAndMaySkip) {
  Opportunity o = Open("lead");
  absl::StatusOr<StageTransition> t = Advance(o, Process(), "offer", At(5));
  ASSERT_TRUE(t.ok()) << t.status();
  EXPECT_EQ(o.stage, "offer");
  EXPECT_EQ(o.stage_entered_time, Hour(5));
  EXPECT_EQ(t->from_stage, "lead");
  EXPECT_EQ(t->to_stage, "offer");
  EXPECT_EQ(t->kind, TransitionKind::kAdvance);
  EXPECT_EQ(t->actor, "user:alice");
}

TEST(Moves, WhatIsNotAllowedIsRefusedWithItsReasonAndChangesNothing) {
  struct Case {
    const char* what;
    Opportunity o;
    std::function<absl::Status(Opportunity&)> move;
    const char* reason;
  };
  Opportunity won = Open("won");
  won.state = OpportunityState::kWon;
  const SalesProcessVersion p = Process();
  const base::CivilDay day(2026, 4, 1);
  const Case cases[] = {
      {"advance back", Open("demo"), [&](auto& o) { return Advance(o, p, "lead", At(1)).status(); },
       "WRONG_STAGE"},
      {"advance in place", Open("demo"),
       [&](auto& o) { return Advance(o, p, "demo", At(1)).status(); }, "WRONG_STAGE"},
      {"advance into won", Open("demo"),
       [&](auto& o) { return Advance(o, p, "won", At(1)).status(); }, "WRONG_STAGE"},
      {"advance to nowhere", Open("demo"),
       [&](auto& o) { return Advance(o, p, "moon", At(1)).status(); }, "WRONG_STAGE"},
      {"advance a closed one", won, [&](auto& o) { return Advance(o, p, "offer", At(1)).status(); },
       "NOT_OPEN"},
      {"advance before it came", Open("lead"),
       [&](auto& o) { return Advance(o, p, "demo", At(-1)).status(); }, "TIME_BEFORE_STAGE"},
      {"regress forward", Open("lead"),
       [&](auto& o) { return Regress(o, p, "demo", At(1)).status(); }, "WRONG_STAGE"},
      {"regress a closed one", won, [&](auto& o) { return Regress(o, p, "lead", At(1)).status(); },
       "NOT_OPEN"},
      {"win twice", won, [&](auto& o) { return Win(o, p, day, {}, At(1)).status(); }, "NOT_OPEN"},
      {"lose a won one", won, [&](auto& o) { return Lose(o, p, day, At(1)).status(); }, "NOT_OPEN"},
      {"close before opening", Open("demo"),
       [&](auto& o) { return Win(o, p, base::CivilDay(2026, 2, 28), {}, At(1)).status(); },
       "CLOSED_BEFORE_OPENED"},
      {"reopen an open one", Open("demo"),
       [&](auto& o) { return Reopen(o, p, "lead", At(1)).status(); }, "ALREADY_OPEN"},
      {"reopen into lost", won, [&](auto& o) { return Reopen(o, p, "lost", At(1)).status(); },
       "WRONG_STAGE"},
  };
  for (const Case& c : cases) {
    Opportunity o = c.o;
    const absl::Status status = c.move(o);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << c.what;
    EXPECT_EQ(status::Reason(status), c.reason) << c.what;
    EXPECT_EQ(o.stage, c.o.stage) << c.what;
    EXPECT_EQ(o.state, c.o.state) << c.what;
  }
}

TEST(Win, SetsStateDateAmountAndReason) {
  Opportunity o = Open("offer");
  const base::Money amount{"CNY", base::Decimal::FromInt(1200)};
  ASSERT_TRUE(Win(o, Process(), base::CivilDay(2026, 5, 1), amount, At(9, "price")).ok());
  EXPECT_EQ(o.state, OpportunityState::kWon);
  EXPECT_EQ(o.stage, "won");
  EXPECT_EQ(o.close_date, base::CivilDay(2026, 5, 1));
  EXPECT_EQ(o.amount, amount);
  EXPECT_EQ(o.outcome_reason, "price");
}

TEST(Reopen, ClearsHowItEnded) {
  Opportunity o = Open("offer");
  ASSERT_TRUE(Lose(o, Process(), base::CivilDay(2026, 5, 1), At(1, "budget")).ok());
  ASSERT_TRUE(Reopen(o, Process(), "demo", At(2)).ok());
  EXPECT_EQ(o.state, OpportunityState::kOpen);
  EXPECT_EQ(o.close_date, std::nullopt);
  EXPECT_EQ(o.outcome_reason, "");
}

// Whatever is tried in whatever order: transitions connect, times never go back, and the state is
// the kind of the stage.
RC_GTEST_PROP(Moves, AnyHistoryStaysConnected, ()) {
  const SalesProcessVersion p = Process();
  Opportunity o = Open("lead");
  std::vector<StageTransition> history = {Begin(o, At(0))};
  const int steps = *rc::gen::inRange(0, 30);
  for (int i = 1; i <= steps; ++i) {
    const std::string stage = p.rules.stages[*rc::gen::inRange(0, 5)].id;
    const base::CivilDay day = o.open_date + *rc::gen::inRange(-2, 30);
    absl::StatusOr<StageTransition> t = absl::InternalError("none");
    switch (*rc::gen::inRange(0, 5)) {
      case 0:
        t = Advance(o, p, stage, At(i));
        break;
      case 1:
        t = Regress(o, p, stage, At(i));
        break;
      case 2:
        t = Win(o, p, day, {}, At(i));
        break;
      case 3:
        t = Lose(o, p, day, At(i));
        break;
      default:
        t = Reopen(o, p, stage, At(i));
        break;
    }
    if (t.ok()) history.push_back(*t);
  }
  base::Violations violations;
  CheckTransitions(history, o, p, &violations);
  CheckOpportunity(o, &violations);
  RC_ASSERT(violations.empty());
  RC_ASSERT(o.state == StateOf(p.Find(o.stage)->kind));
  for (size_t i = 1; i < history.size(); ++i) {
    RC_ASSERT(history[i].kind == KindOfMove(p, history[i].from_stage, history[i].to_stage));
  }
}

TEST(PlanImport, AClosedDealWithoutHistoryBeganAndEndedAtItsDates) {
  Opportunity o = Open("won");
  o.close_date = base::CivilDay(2026, 3, 20);
  base::Violations violations;
  const absl::TimeZone shanghai = absl::FixedTimeZone(8 * 3600);
  std::vector<StageTransition> t =
      PlanImport(nullptr, o, Process(), {}, {}, shanghai, At(100), &violations);
  ASSERT_EQ(t.size(), 2u);
  EXPECT_THAT(violations.list(), IsEmpty());
  EXPECT_EQ(t[0].kind, TransitionKind::kCreate);
  EXPECT_EQ(t[0].to_stage, "lead");
  EXPECT_EQ(t[1].kind, TransitionKind::kWin);
  EXPECT_EQ(t[1].transition_time, absl::FromCivil(absl::CivilSecond(2026, 3, 20), shanghai));
  EXPECT_EQ(o.state, OpportunityState::kWon);
  EXPECT_EQ(o.stage_entered_time, t[1].transition_time);
}

TEST(PlanImport, RecordedHistoryIsSkippedExtendedOrRefused) {
  const SalesProcessVersion p = Process();
  Opportunity before = Open("demo");
  const StageTransition create = Begin(Open("lead"), At(0));
  Opportunity moved = Open("lead");
  const StageTransition advance = *Advance(moved, p, "demo", At(3));
  StageTransition next = advance;
  next.from_stage = "demo";
  next.to_stage = "offer";
  next.transition_time = Hour(9);

  Opportunity same = Open("demo");
  base::Violations none;
  EXPECT_THAT(PlanImport(&before, same, p, {create, advance}, {create, advance},
                         absl::UTCTimeZone(), At(10), &none),
              IsEmpty());
  Opportunity further = Open("offer");
  EXPECT_EQ(PlanImport(&before, further, p, {create, advance, next}, {create, advance},
                       absl::UTCTimeZone(), At(10), &none)
                .size(),
            1u);
  EXPECT_THAT(none.list(), IsEmpty());
  EXPECT_EQ(further.stage_entered_time, Hour(9));

  StageTransition other = advance;
  other.transition_time = Hour(1);
  Opportunity conflict = Open("demo");
  base::Violations violations;
  PlanImport(&before, conflict, p, {create, other}, {create, advance}, absl::UTCTimeZone(), At(10),
             &violations);
  EXPECT_THAT(Reasons(violations), ElementsAre("HISTORY_CONFLICT"));
}

}  // namespace
}  // namespace salesops::pipeline::domain
