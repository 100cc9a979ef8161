// How many lines of orders one core turns into a ledger: each split between two sellers, a
// commission of four marginal tiers over the quarter, and a share for each of three managers above.
// The suite's way (facts to credits, credits to entries) or a loop written by hand for just this
// plan, with the same exact decimals. Both must come to the same sum. Prints "lines/s, milliseconds
// per run, the sum paid".

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "services/performance/domain/incentives/calculation.h"
#include "services/performance/domain/incentives/crediting.h"

namespace salesops::bench {
namespace {

using base::CivilDay;
using base::Decimal;
using base::Rounding;
using Clock = std::chrono::steady_clock;
namespace domain = performance::domain;

struct Settings {
  std::string side = "suite";
  int lines = 100'000;
  double seconds = 4;
};

constexpr int kSellers = 60;
constexpr int kLinesOfAnOrder = 5;
constexpr int kManagers = 3;  // one above the other, all of them above every seller
constexpr int kTiers = 4;
constexpr int64_t kFrom[kTiers] = {0, 50'000, 200'000, 500'000};
constexpr int64_t kRate[kTiers] = {300, 500, 725, 900};  // in 1/10000
constexpr int64_t kOverride = 35;                        // in 1/10000

std::string SellerName(int n) { return absl::StrFormat("sellers/s-%03d", n); }
std::string ManagerName(int n) { return absl::StrFormat("sellers/manager-%d", n); }

// The order's two sellers and the first one's share in tenths.
struct Parties {
  int first = 0, second = 0;
  int64_t tenths = 0;
};
Parties PartiesOf(int order) {
  return {order % kSellers, (order + 1 + order / kSellers % (kSellers - 1)) % kSellers,
          4 + order % 5};
}
Decimal AmountOf(int line) {
  return Decimal::FromUnscaled(100 + (static_cast<int64_t>(line) * 7919) % 1'000'003, 2);
}
CivilDay DayOf(int order) { return CivilDay(2026, 1, 1) + order % 90; }

// ---- the suite's way

std::vector<domain::Fact> Facts(int lines) {
  std::vector<domain::Fact> facts;
  for (int order = 0; order * kLinesOfAnOrder < lines; ++order) {
    domain::Fact fact;
    fact.name = absl::StrFormat("transactions/t-%07d", order);
    fact.kind = domain::FactKind::kBooking;
    fact.date = DayOf(order);
    fact.order = absl::StrFormat("orders/o-%07d", order);
    fact.currency = "CNY";
    fact.account = absl::StrCat("accounts/", order % 500);
    const Parties parties = PartiesOf(order);
    fact.splits = {
        {SellerName(parties.first), Decimal::FromUnscaled(parties.tenths, 1), false},
        {SellerName(parties.second), Decimal::FromUnscaled(10 - parties.tenths, 1), false}};
    for (int i = 0; i < kLinesOfAnOrder; ++i) {
      domain::FactLine line;
      line.id = absl::StrCat(i);
      line.product = absl::StrCat("products/p-", i);
      line.quantity = Decimal::FromInt(1);
      line.amount = AmountOf(order * kLinesOfAnOrder + i);
      fact.lines.push_back(line);
    }
    facts.push_back(fact);
  }
  return facts;
}

domain::CalculationInput Plan() {
  domain::CalculationInput input;
  input.period = {CivilDay(2026, 1, 1), CivilDay(2026, 4, 1)};
  input.plan.currency = "CNY";
  const domain::MeasureRef bookings = {domain::Measure::kBookings, ""};
  domain::RateRule rule;
  rule.id = "all";
  rule.table.method = domain::TierMethod::kMarginal;
  rule.table.basis = domain::TierBasis::kAmount;
  for (int i = 0; i < kTiers; ++i) {
    rule.table.tiers.push_back({Decimal::FromInt(kFrom[i]), Decimal::FromUnscaled(kRate[i], 4)});
  }
  domain::Component commission;
  commission.id = "commission";
  commission.kind = domain::ComponentKind::kCommission;
  commission.commission = {bookings, domain::Per::kPeriod, {rule}};
  domain::Component override;
  override.id = "override";
  override.kind = domain::ComponentKind::kOverride;
  override.override = {bookings, Decimal::FromUnscaled(kOverride, 4), 0, false};
  input.plan.components = {commission, override};
  for (int i = 0; i < kSellers; ++i) {
    input.members.push_back({SellerName(i), {input.period}, {}, {}});
    input.managed.push_back({ManagerName(0), SellerName(i), input.period});
  }
  for (int i = 0; i < kManagers; ++i) {
    input.members.push_back({ManagerName(i), {input.period}, {}, {}});
    if (i > 0) input.managed.push_back({ManagerName(i), ManagerName(i - 1), input.period});
  }
  return input;
}

Decimal PaidBySuite(const std::vector<domain::Fact>& facts, domain::CalculationInput input) {
  absl::StatusOr<std::vector<domain::Credit>> credits =
      domain::CreditFacts(facts, {}, input.managed);
  if (!credits.ok()) {
    std::fprintf(stderr, "%s\n", credits.status().ToString().c_str());
    std::exit(1);
  }
  input.credits = *std::move(credits);
  const absl::StatusOr<domain::CalculationResult> result = domain::Calculate(input);
  if (!result.ok()) {
    std::fprintf(stderr, "%s\n", result.status().ToString().c_str());
    std::exit(1);
  }
  Decimal sum;
  for (const domain::Entry& entry : result->entries) {
    if (entry.parent < 0) sum += entry.amount;
  }
  return sum;
}

// ---- by hand

struct Line {
  int fact = 0, line = 0;
  CivilDay day;
  int seller[2] = {0, 0};
  Decimal share[2];
  Decimal quantity, amount;
};

struct Row {
  int payee = 0, fact = 0, line = 0, tier = 0;
  Decimal base, rate, unrounded, amount;
};

std::vector<Line> Lines(int lines) {
  std::vector<Line> all;
  for (int i = 0; i < lines; ++i) {
    const int order = i / kLinesOfAnOrder;
    const Parties parties = PartiesOf(order);
    Line line;
    line.fact = order;
    line.line = i % kLinesOfAnOrder;
    line.day = DayOf(order);
    line.seller[0] = parties.first;
    line.seller[1] = parties.second;
    line.share[0] = Decimal::FromUnscaled(parties.tenths, 1);
    line.share[1] = Decimal::FromUnscaled(10 - parties.tenths, 1);
    line.quantity = Decimal::FromInt(1);
    line.amount = AmountOf(i);
    all.push_back(line);
  }
  return all;
}

// Largest remainder of two parts; a tie goes to the lower name.
void SplitInTwo(const Decimal& total, const Decimal (&share)[2], int digits, bool first_wins,
                Decimal (&parts)[2]) {
  const Decimal exact[2] = {total * share[0], total * share[1]};
  Decimal left = total;
  for (int i = 0; i < 2; ++i) {
    parts[i] = exact[i].Round(digits, Rounding::kDown);
    left -= parts[i];
  }
  if (left.is_zero()) return;
  const auto order = (exact[0] - parts[0]) <=> (exact[1] - parts[1]);
  parts[order > 0 || (order == 0 && first_wins) ? 0 : 1] += left;
}

class ByHand {
 public:
  ByHand() {
    for (int i = 0; i < kTiers; ++i) {
      from_[i] = Decimal::FromInt(kFrom[i]);
      rate_[i] = Decimal::FromUnscaled(kRate[i], 4);
    }
  }

  Decimal Pay(const std::vector<Line>& lines) {
    struct Part {
      int line = 0;
      Decimal amount;
    };
    std::vector<std::vector<Part>> of_seller(kSellers);
    std::vector<Row> rows;
    rows.reserve(lines.size() * (2 + kManagers) + kSellers * kTiers);
    Decimal sum;
    for (size_t i = 0; i < lines.size(); ++i) {
      const Line& line = lines[i];
      Decimal amounts[2];
      Decimal quantities[2];
      const bool first_wins = line.seller[0] < line.seller[1];
      SplitInTwo(line.amount, line.share, 2, first_wins, amounts);
      SplitInTwo(line.quantity, line.share, 6, first_wins, quantities);
      for (int k = 0; k < 2; ++k) {
        of_seller[static_cast<size_t>(line.seller[k])].push_back({static_cast<int>(i), amounts[k]});
      }
      for (int m = 0; m < kManagers; ++m) {
        sum += Add(kSellers + m, line, -1, amounts[0] + amounts[1], override_, &rows);
      }
    }
    for (int seller = 0; seller < kSellers; ++seller) {
      std::vector<Part>& parts = of_seller[static_cast<size_t>(seller)];
      std::stable_sort(parts.begin(), parts.end(), [&](const Part& a, const Part& b) {
        return lines[static_cast<size_t>(a.line)].day < lines[static_cast<size_t>(b.line)].day;
      });
      Decimal at;
      int tier = 0;
      for (const Part& part : parts) {
        const Line& line = lines[static_cast<size_t>(part.line)];
        const Decimal end = at + part.amount;
        for (; tier + 1 < kTiers && from_[tier + 1] < end; ++tier) {
          if (at < from_[tier + 1]) {
            sum += Add(seller, line, tier, from_[tier + 1] - at, rate_[tier], &rows);
            at = from_[tier + 1];
          }
        }
        if (at < end) sum += Add(seller, line, tier, end - at, rate_[tier], &rows);
        at = end;
      }
    }
    return sum;
  }

 private:
  static Decimal Add(int payee, const Line& line, int tier, const Decimal& base,
                     const Decimal& rate, std::vector<Row>* rows) {
    const Decimal exact = base * rate;
    const Decimal amount = exact.Round(2, Rounding::kHalfAwayFromZero);
    rows->push_back({payee, line.fact, line.line, tier, base, rate, exact, amount});
    return amount;
  }

  Decimal from_[kTiers];
  Decimal rate_[kTiers];
  Decimal override_ = Decimal::FromUnscaled(kOverride, 4);
};

int Run(const Settings& settings) {
  const bool by_suite = settings.side == "suite";
  const std::vector<domain::Fact> facts = Facts(settings.lines);
  const domain::CalculationInput plan = Plan();
  const std::vector<Line> lines = Lines(static_cast<int>(facts.size()) * kLinesOfAnOrder);
  const auto suite = [&] { return PaidBySuite(facts, plan); };
  const auto by_hand = [&] { return ByHand().Pay(lines); };
  const Decimal paid = suite();
  if (paid != by_hand()) {
    std::fprintf(stderr, "the two ways do not come to the same sum: %s and %s\n",
                 paid.ToString().c_str(), by_hand().ToString().c_str());
    return 1;
  }
  const auto begin = Clock::now();
  std::chrono::duration<double> past{};
  int64_t runs = 0;
  do {
    if ((by_suite ? suite() : by_hand()) != paid) return 1;
    ++runs;
    past = Clock::now() - begin;
  } while (past.count() < settings.seconds);
  const double each = past.count() / static_cast<double>(runs);
  std::printf("%.0f %.1f %s\n", static_cast<double>(lines.size()) / each, each * 1e3,
              paid.ToString().c_str());
  return 0;
}

}  // namespace
}  // namespace salesops::bench

int main(int argc, char** argv) {
  salesops::bench::Settings s;
  CLI::App app("Lines of orders to a ledger of commissions and overrides on one core.");
  app.add_option("--side", s.side, "")->check(CLI::IsMember({"suite", "by_hand"}));
  app.add_option("--lines", s.lines, "of orders");
  app.add_option("--seconds", s.seconds, "measured time");
  CLI11_PARSE(app, argc, argv);
  return salesops::bench::Run(s);
}
