#pragma once

// Incentive plans (激励方案) as data. What each part does is told where it is computed; what may be
// wrong with one is told by plan_rules.h (refused) and plan_linter.h (warned of).
//
// Rates and shares are decimals with at most 10 digits after the point, 0.05 = 5 %; attainment
// (达成率) likewise, 1 = 100 %. Amounts of money are in the plan's currency.
//
// Thread-safety: values.

#include <optional>
#include <string>
#include <vector>

#include "services/performance/domain/incentives/facts.h"
#include "shared/base/civil.h"
#include "shared/base/decimal.h"

namespace salesops::performance::domain {

// What is measured of a payee's credited lines over a period.
enum class Measure : int {
  kUnset = 0,
  kBookings = 1,   // bookings less cancellations
  kInvoiced = 2,   // invoices less credit notes
  kCollected = 3,  // payments less refunds
  kMargin = 4,  // amount less cost, of invoices less credit notes; lines without cost are refused
  kUnits = 5,   // quantity of bookings less cancellations
  kRecurring = 6,  // the recurring part of bookings less cancellations
  kImported = 7,   // a MeasureValue
};

struct MeasureRef {
  Measure measure = Measure::kUnset;
  std::string imported;  // of kImported: which
  friend auto operator<=>(const MeasureRef&, const MeasureRef&) = default;
};

// Which lines a rule is for. An empty list or absent bound is every line. The more conditions, the
// more specific; of the rules that match a line the most specific one holds.
struct LineMatch {
  std::vector<std::string> products;
  std::vector<std::string> product_categories;
  std::vector<std::string> accounts;
  std::string attribute;  // of the customer: "grade"; empty = none
  std::vector<std::string> attribute_values;
  std::optional<base::Decimal> discount_from;  // inclusive
  std::optional<base::Decimal> discount_to;    // exclusive
  friend bool operator==(const LineMatch&, const LineMatch&) = default;
};

// [from, the next tier's from); the last one is open above.
struct Tier {
  base::Decimal from;
  base::Decimal rate;
  friend bool operator==(const Tier&, const Tier&) = default;
};

enum class TierMethod : int {
  kUnset = 0,
  kMarginal = 1,  // 超额累进: each slice has its own tier's rate
  kWhole = 2,     // 全额累进: all has the rate of the tier that is reached
};

enum class TierBasis : int {
  kUnset = 0,
  kAmount = 1,      // tiers begin at amounts of what the component is computed per
  kAttainment = 2,  // tiers begin at attainments of the quota of the component's measure
};

struct RateTable {
  TierMethod method = TierMethod::kUnset;
  TierBasis basis = TierBasis::kUnset;
  std::vector<Tier> tiers;  // at least one, the first from 0, ordered by `from`
  friend bool operator==(const RateTable&, const RateTable&) = default;
};

struct RateRule {
  std::string id;
  LineMatch match;
  RateTable table;
  friend bool operator==(const RateRule&, const RateRule&) = default;
};

// What an amount that tiers are looked up by is the sum of. Tiers by amount look at the lines that
// their own rule holds for, tiers by attainment at all lines of the measure.
enum class Per : int { kUnset = 0, kLine = 1, kOrder = 2, kPeriod = 3 };

// A commission (佣金): rate × measure, by the rule that holds for each line.
struct Commission {
  MeasureRef measure;
  Per per = Per::kUnset;
  std::vector<RateRule> rules;  // at least one; a line that none matches earns nothing
  friend bool operator==(const Commission&, const Commission&) = default;
};

struct CurvePoint {
  base::Decimal attainment;
  base::Decimal payout;  // share of the target amount
  friend bool operator==(const CurvePoint&, const CurvePoint&) = default;
};

enum class CurveShape : int {
  kUnset = 0,
  kSteps = 1,   // the payout of the last point that is reached; nothing below the first
  kLinear = 2,  // between points in a straight line; nothing below the first, the last one's above
};

// A bonus on the attainment of a quota (达标奖金): target amount × payout at the attainment. Steps
// are the ladder bonus (阶梯奖金).
struct QuotaBonus {
  MeasureRef measure;
  base::Decimal target_amount;  // for the whole period, before proration
  CurveShape shape = CurveShape::kUnset;
  std::vector<CurvePoint> points;  // ordered by attainment
  friend bool operator==(const QuotaBonus&, const QuotaBonus&) = default;
};

// A fixed amount for each unit or order that matches (单品奖励).
struct Spiff {
  // kUnits: for each credited unit. Any other: for each order whose matching lines come to more
  // than nothing, in full to everybody who is credited with it.
  MeasureRef measure;
  LineMatch match;
  base::Decimal amount;
  friend bool operator==(const Spiff&, const Spiff&) = default;
};

enum class TieRule : int {
  kUnset = 0,
  kShareAwards = 1,  // those who tie share the sum of the awards of the places they take
  kAllGetBest = 2,   // each gets the award of the first of these places
};

// Awards for the first places of all payees of the plan by a measure (竞赛).
struct Contest {
  MeasureRef measure;
  std::vector<base::Decimal> awards;     // of the first place, the second, …
  std::optional<base::Decimal> minimum;  // of the measure, to take part; absent = above zero
  TieRule ties = TieRule::kUnset;
  friend bool operator==(const Contest&, const Contest&) = default;
};

// A manager's share of what those below sold (管理提成): rate × measure of everybody in the
// manager's chain on the day of each line. Each line counts once: overlays only where nobody below
// has a credit of the line that is none, and then the largest.
struct Override {
  MeasureRef measure;
  base::Decimal rate;
  int levels = 0;               // how far down; 0 = all
  bool subtract_lower = false;  // less what managers below got by this component for the same lines
  friend bool operator==(const Override&, const Override&) = default;
};

enum class PoolShare : int {
  kUnset = 0,
  kEqual = 1,      // by days of membership in the period
  kByMeasure = 2,  // by each member's own measure, negative ones as nothing; if all are, by days
};

// A part of what a team sold, shared among its members (团队奖金池). Each line counts once, as for
// overrides. An imported measure is that of the team.
struct TeamPool {
  MeasureRef measure;
  base::Decimal rate;
  PoolShare share = PoolShare::kUnset;
  friend bool operator==(const TeamPool&, const TeamPool&) = default;
};

enum class ComponentKind : int {
  kUnset = 0,
  kCommission = 1,
  kQuotaBonus = 2,
  kSpiff = 3,
  kContest = 4,
  kOverride = 5,
  kTeamPool = 6,
};

struct FactorStep {
  base::Decimal from;  // of the measure's value, or of its attainment
  base::Decimal factor;
  friend bool operator==(const FactorStep&, const FactorStep&) = default;
};

// What another measure does to a component: an accelerator, a decelerator, or a gate (factor 0).
// Below the first step and without a value the factor is 1 if `neutral_without`, else 0.
struct Multiplier {
  std::string id;
  MeasureRef measure;
  bool by_attainment = false;
  std::vector<FactorStep> steps;  // ordered by `from`; the last one that is reached holds
  bool neutral_without = false;
  friend bool operator==(const Multiplier&, const Multiplier&) = default;
};

struct Component {
  std::string id;
  std::string display_name;
  ComponentKind kind = ComponentKind::kUnset;
  // The one of its kind is used.
  Commission commission;
  QuotaBonus quota_bonus;
  Spiff spiff;
  Contest contest;
  Override override;
  TeamPool team_pool;

  std::vector<Multiplier> multipliers;  // their factors multiply
  std::optional<base::Decimal> cap;     // of the component in a period, after multipliers
  std::optional<base::Decimal> floor;
  friend bool operator==(const Component&, const Component&) = default;
};

// Pay in advance of commissions (预支).
struct Draw {
  base::Decimal amount;  // in a period; what was earned less is topped up to it
  bool recoverable = false;
  base::Decimal
      recovery_limit;  // share of what is earned above the draw that is kept back; 1 = all
  friend bool operator==(const Draw&, const Draw&) = default;
};

// What takes earned pay back (扣回).
struct Clawback {
  bool on_credit_note = true;
  bool on_cancellation = true;
  int unpaid_after_days = 0;   // an invoice not paid in full by then; 0 = never
  int leaver_within_days = 0;  // of the booking; 0 = never
  friend bool operator==(const Clawback&, const Clawback&) = default;
};

enum class RateDate : int {
  kUnset = 0,
  kFactDate = 1,   // the exchange rate of each fact's day
  kPeriodEnd = 2,  // of the period's last day
};

// The level of fiscal periods that the plan is computed over.
enum class PeriodLevel : int { kUnset = 0, kPeriod = 1, kQuarter = 2, kHalf = 3, kYear = 4 };

// Everything of a version that a draft may change and an approved one never does.
struct PlanRules {
  std::string currency;         // of every amount and of the payout
  std::string fiscal_calendar;  // "fiscalCalendars/gregorian"
  PeriodLevel level = PeriodLevel::kUnset;
  RateDate rate_date = RateDate::kUnset;
  std::vector<Component> components;
  std::optional<base::Decimal> cap;    // of the plan, of one payee in a period
  std::optional<base::Decimal> floor;  // the minimum guarantee (保底)
  std::optional<Draw> draw;
  Clawback clawback;
  bool prorate = true;  // quotas, targets, draws and guarantees by days of assignment in the period
  friend bool operator==(const PlanRules&, const PlanRules&) = default;
};

}  // namespace salesops::performance::domain
