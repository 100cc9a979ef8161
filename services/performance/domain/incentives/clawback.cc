#include "services/performance/domain/incentives/clawback.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "services/performance/domain/incentives/cash_release.h"
#include "services/performance/domain/incentives/exact_product.h"
#include "shared/base/money.h"

namespace salesops::performance::domain {
namespace {

using base::CivilDay;
using base::Decimal;
using base::Rounding;

const Decimal kAll = Decimal::FromInt(1);

using FactsByName = std::map<std::string, const Fact*>;

// The kind of facts that a correction takes from; kUnset if it is no correction.
FactKind CorrectedKind(FactKind kind) {
  switch (kind) {
    case FactKind::kCancellation:
      return FactKind::kBooking;
    case FactKind::kCreditNote:
      return FactKind::kInvoice;
    case FactKind::kRefund:
      return FactKind::kPayment;
    default:
      return FactKind::kUnset;
  }
}

ClawbackCause CauseOf(FactKind kind) {
  switch (kind) {
    case FactKind::kCancellation:
      return ClawbackCause::kCancellation;
    case FactKind::kCreditNote:
      return ClawbackCause::kCreditNote;
    case FactKind::kRefund:
      return ClawbackCause::kRefund;
    default:
      return ClawbackCause::kUnset;
  }
}

Decimal TotalOf(const Fact& fact) {
  Decimal total;
  for (const FactLine& line : fact.lines) total += line.amount;
  return total;
}

const FactLine* LineOf(const Fact& fact, const std::string& id) {
  for (const FactLine& line : fact.lines) {
    if (line.id == id) return &line;
  }
  return nullptr;
}

// A fact without an order belongs to that of the fact that it corrects, or to one of its own.
std::string OrderOf(const Fact& fact, const FactsByName& facts) {
  const Fact* at = &fact;
  for (int steps = 0; at->order.empty() && steps < 10; ++steps) {
    const auto corrected = facts.find(at->corrects);
    if (at->corrects.empty() || corrected == facts.end()) break;
    at = corrected->second;
  }
  return at->order.empty() ? at->name : at->order;
}

Decimal ShareOf(const Decimal& part, const Decimal& whole) {
  if (whole <= Decimal() || part <= Decimal()) return Decimal();
  if (whole <= part) return kAll;
  return part.Divide(whole, Decimal::kMaxScale, Rounding::kHalfAwayFromZero);
}

// What was taken from a fact so far.
struct Corrected {
  std::map<std::string, Decimal> of_line;  // by the line's id
  Decimal of_fact;                         // in proportion to its lines
  Decimal Total() const {
    Decimal total = of_fact;
    for (const auto& [line, amount] : of_line) total += amount;
    return total;
  }
};

// What an invoice had lost when it might no longer be paid.
struct Overdue {
  Corrected credited;
  Decimal unpaid;
};

// One order as it becomes known, day by day.
class OrderLosses {
 public:
  OrderLosses(const Clawback& rules, std::vector<const Fact*> facts, const FactsByName& by_name)
      : rules_(rules), facts_(std::move(facts)), by_name_(by_name) {
    for (const Fact* fact : facts_) total_of_[fact->kind] += TotalOf(*fact);
  }

  std::optional<CivilDay> FirstBooking() const {
    std::optional<CivilDay> first;
    for (const Fact* fact : facts_) {
      if (fact->kind != FactKind::kBooking) continue;
      first = first ? std::min(*first, fact->date) : fact->date;
    }
    return first;
  }

  void Correct(const Fact& fact) {
    const auto found = by_name_.find(fact.corrects);
    const bool direct = found != by_name_.end() && found->second->kind == CorrectedKind(fact.kind);
    for (const FactLine& line : fact.lines) {
      if (!direct) {
        loose_[fact.kind] -= line.amount;
        continue;
      }
      Corrected& corrected = corrected_[fact.corrects];
      if (LineOf(*found->second, line.id) != nullptr) {
        corrected.of_line[line.id] -= line.amount;
      } else {
        corrected.of_fact -= line.amount;
      }
    }
  }

  // The invoice may no longer be paid.
  void Close(const Fact& invoice, CivilDay last_day) {
    std::vector<DatedAmount> due;
    std::vector<DatedAmount> cash;
    for (const Fact* fact : facts_) {
      if (last_day < fact->date) continue;
      if (fact->kind == FactKind::kInvoice) {
        due.push_back({fact->name, fact->date, TotalOf(*fact) - CorrectedOf(fact->name).Total()});
      } else if (fact->kind == FactKind::kPayment || fact->kind == FactKind::kRefund) {
        cash.push_back({fact->name, fact->date, TotalOf(*fact)});
      }
    }
    const Corrected credited = CorrectedOf(invoice.name);
    Decimal unpaid = TotalOf(invoice) - credited.Total();
    for (const Allocation& allocation : AllocateCash(due, cash)) {
      if (allocation.invoice == invoice.name) unpaid -= allocation.amount;
    }
    overdue_[invoice.name] = {credited, std::max(unpaid, Decimal())};
  }

  // The share of what a leaf was earned on that is lost, 0 … 1.
  Decimal LostOf(const EarnedLeaf& leaf) const {
    const auto found = by_name_.find(leaf.fact);
    const Fact* fact = found == by_name_.end() ? nullptr : found->second;
    if (fact == nullptr && !leaf.fact.empty()) return Decimal();
    switch (leaf.kind) {
      case FactKind::kBooking:
        return std::max(rules_.on_cancellation ? CorrectedShare(leaf, fact) : Decimal(),
                        ShareOf(LostByInvoices(), TotalOfKind(FactKind::kBooking)));
      case FactKind::kInvoice:
        return InvoiceShare(leaf, fact);
      case FactKind::kPayment:
        return rules_.on_credit_note ? CorrectedShare(leaf, fact) : Decimal();
      default:
        return Decimal();
    }
  }

 private:
  const Corrected& CorrectedOf(const std::string& fact) const {
    static const auto* none = new Corrected;
    const auto found = corrected_.find(fact);
    return found == corrected_.end() ? *none : found->second;
  }

  Decimal TotalOfKind(FactKind kind) const {
    const auto found = total_of_.find(kind);
    return found == total_of_.end() ? Decimal() : found->second;
  }

  // Corrections of facts of `kind` that name none of them.
  Decimal LooseOf(FactKind kind) const {
    for (const auto& [correction, amount] : loose_) {
      if (CorrectedKind(correction) == kind) return amount;
    }
    return Decimal();
  }

  static Decimal LineShare(const Corrected& corrected, const EarnedLeaf& leaf, const Fact& fact) {
    if (leaf.line.empty()) return ShareOf(corrected.Total(), TotalOf(fact));
    const FactLine* line = LineOf(fact, leaf.line);
    const auto of_line = corrected.of_line.find(leaf.line);
    const Decimal own = line == nullptr || of_line == corrected.of_line.end()
                            ? Decimal()
                            : ShareOf(of_line->second, line->amount);
    return std::min(kAll, own + ShareOf(corrected.of_fact, TotalOf(fact)));
  }

  // By corrections of the kind that the leaf was earned on.
  Decimal CorrectedShare(const EarnedLeaf& leaf, const Fact* fact) const {
    const Decimal total = TotalOfKind(leaf.kind);
    if (fact != nullptr) {
      return std::min(kAll, LineShare(CorrectedOf(fact->name), leaf, *fact) +
                                ShareOf(LooseOf(leaf.kind), total));
    }
    Decimal lost = LooseOf(leaf.kind);
    for (const Fact* other : facts_) {
      if (other->kind == leaf.kind) lost += CorrectedOf(other->name).Total();
    }
    return ShareOf(lost, total);
  }

  Decimal InvoiceShare(const EarnedLeaf& leaf, const Fact* fact) const {
    if (fact == nullptr) return ShareOf(LostByInvoices(), TotalOfKind(FactKind::kInvoice));
    const Decimal credited = rules_.on_credit_note ? CorrectedShare(leaf, fact) : Decimal();
    const auto overdue = overdue_.find(fact->name);
    if (overdue == overdue_.end()) return credited;
    const Decimal before =
        rules_.on_credit_note ? LineShare(overdue->second.credited, leaf, *fact) : Decimal();
    const Decimal unpaid = ShareOf(overdue->second.unpaid, TotalOf(*fact));
    return std::max(credited, std::min(kAll, before + unpaid));
  }

  // Of all invoices of the order.
  Decimal LostByInvoices() const {
    Decimal lost = rules_.on_credit_note ? LooseOf(FactKind::kInvoice) : Decimal();
    for (const Fact* fact : facts_) {
      if (fact->kind != FactKind::kInvoice) continue;
      const Decimal credited = rules_.on_credit_note ? CorrectedOf(fact->name).Total() : Decimal();
      const auto overdue = overdue_.find(fact->name);
      if (overdue == overdue_.end()) {
        lost += credited;
        continue;
      }
      const Decimal before = rules_.on_credit_note ? overdue->second.credited.Total() : Decimal();
      lost += std::max(credited, before + overdue->second.unpaid);
    }
    return lost;
  }

  const Clawback& rules_;
  const std::vector<const Fact*> facts_;  // of the order, by date and name
  const FactsByName& by_name_;
  std::map<FactKind, Decimal> total_of_;
  std::map<std::string, Corrected> corrected_;  // by the fact's name
  std::map<FactKind, Decimal> loose_;           // by the correction's kind
  std::map<std::string, Overdue> overdue_;      // by the invoice's name
};

// Something that may take back.
struct Happening {
  CivilDay date;
  ClawbackCause cause = ClawbackCause::kUnset;
  const Fact* fact = nullptr;  // the correction, or the invoice
  std::string payee;           // of a leaver
};

// All leaves of one payee, component and line.
struct Sum {
  EarnedLeaf leaf;  // with the sums
  Decimal running;  // what is taken of it so far
  bool left = false;
};

using OwnKey =
    std::tuple<std::string, std::string, std::string>;  // payee, component, fact or order

class Taking {
 public:
  Taking(const Clawback& rules, int minor_digits, const std::vector<EarnedLeaf>& earned,
         const std::vector<Fact>& facts, const std::map<std::string, CivilDay>& left,
         CivilDay until)
      : rules_(rules), minor_digits_(minor_digits), left_(left), until_(until) {
    for (const Fact& fact : facts) by_name_.emplace(fact.name, &fact);
    for (const auto& [name, fact] : by_name_) facts_of_[OrderOf(*fact, by_name_)].push_back(fact);
    for (const EarnedLeaf& leaf : earned) AddLeaf(leaf);
  }

  std::vector<TakenBack> Execute() {
    for (auto& [order, sums] : sums_of_) TakeFrom(order, &sums);
    std::sort(taken_.begin(), taken_.end(), [](const TakenBack& a, const TakenBack& b) {
      return std::tie(a.payee, a.component, a.order, a.fact, a.line, a.date, a.cause, a.by) <
             std::tie(b.payee, b.component, b.order, b.fact, b.line, b.date, b.cause, b.by);
    });
    return std::move(taken_);
  }

 private:
  using SumKey = std::tuple<std::string, std::string, std::string, std::string>;

  void AddLeaf(const EarnedLeaf& leaf) {
    const auto fact = by_name_.find(leaf.fact);
    std::string order = leaf.order;
    if (order.empty()) {
      order = fact == by_name_.end() ? leaf.fact : OrderOf(*fact->second, by_name_);
    }
    if (leaf.amount.is_negative()) {
      own_[{leaf.payee, leaf.component, leaf.fact.empty() ? order : leaf.fact}] -= leaf.amount;
      return;
    }
    Sum& sum = sums_of_[order][{leaf.payee, leaf.component, leaf.fact, leaf.line}];
    const EarnedLeaf before = sum.leaf;
    sum.leaf = leaf;
    sum.leaf.order = order;
    sum.leaf.amount += before.amount;
    sum.leaf.paid += before.paid;
    sum.leaf.taken += before.taken;
    sum.running = sum.leaf.taken;
  }

  // By date; of one day corrections come first, then what is unpaid at its end, then leavers.
  std::vector<Happening> HappeningsOf(const std::vector<const Fact*>& facts,
                                      const std::map<SumKey, Sum>& sums) const {
    std::vector<Happening> happenings;
    for (const Fact* fact : facts) {
      if (CorrectedKind(fact->kind) != FactKind::kUnset) {
        happenings.push_back({fact->date, CauseOf(fact->kind), fact, ""});
      } else if (fact->kind == FactKind::kInvoice && rules_.unpaid_after_days > 0) {
        happenings.push_back(
            {fact->date + rules_.unpaid_after_days, ClawbackCause::kUnpaid, fact, ""});
      }
    }
    std::set<std::string> payees;
    for (const auto& [key, sum] : sums) payees.insert(sum.leaf.payee);
    for (const std::string& payee : payees) {
      const auto left = left_.find(payee);
      if (left == left_.end() || rules_.leaver_within_days <= 0) continue;
      happenings.push_back({left->second, ClawbackCause::kLeaver, nullptr, payee});
    }
    std::erase_if(happenings, [&](const Happening& h) { return until_ <= h.date; });
    std::stable_sort(happenings.begin(), happenings.end(),
                     [](const Happening& a, const Happening& b) {
                       const auto rank = [](const Happening& h) {
                         return h.cause == ClawbackCause::kLeaver   ? 2
                                : h.cause == ClawbackCause::kUnpaid ? 1
                                                                    : 0;
                       };
                       return std::pair(a.date, rank(a)) < std::pair(b.date, rank(b));
                     });
    return happenings;
  }

  void TakeFrom(const std::string& order, std::map<SumKey, Sum>* sums) {
    const std::vector<const Fact*>& facts = facts_of_[order];  // by name
    OrderLosses losses(rules_, facts, by_name_);
    for (const Happening& happening : HappeningsOf(facts, *sums)) {
      if (happening.cause == ClawbackCause::kUnpaid) {
        losses.Close(*happening.fact, happening.date);
      } else if (happening.cause != ClawbackCause::kLeaver) {
        losses.Correct(*happening.fact);
      }
      for (auto& [key, sum] : *sums) {
        if (happening.cause == ClawbackCause::kLeaver && happening.payee == sum.leaf.payee) {
          sum.left = sum.left || LeftTooEarly(sum.leaf, losses, happening.date);
        }
        TakeUpTo(sum.left ? kAll : losses.LostOf(sum.leaf), happening, &sum);
      }
    }
  }

  bool LeftTooEarly(const EarnedLeaf& leaf, const OrderLosses& losses, CivilDay last_day) const {
    std::optional<CivilDay> from = losses.FirstBooking();
    const auto fact = by_name_.find(leaf.fact);
    if (!from && fact != by_name_.end()) from = fact->second->date;
    return from && last_day - *from <= rules_.leaver_within_days;
  }

  void TakeUpTo(const Decimal& share, const Happening& happening, Sum* sum) {
    const EarnedLeaf& leaf = sum->leaf;
    const std::optional<Decimal> exact = ProductOf(leaf.amount, share);
    const Decimal target =
        share == kAll || !exact
            ? leaf.amount
            : std::min(leaf.amount, exact->Round(minor_digits_, Rounding::kHalfAwayFromZero));
    if (target <= sum->running) return;
    const Decimal before = sum->running;
    sum->running = target;
    const Decimal amount = target - before - TakenItself(leaf, happening, target - before);
    if (amount.is_zero()) return;
    // What is not paid out yet goes first.
    const Decimal open = std::max(leaf.amount - leaf.paid, Decimal());
    const Decimal of_open = std::max(std::min(before + amount, open) - before, Decimal());
    TakenBack back;
    back.payee = leaf.payee;
    back.component = leaf.component;
    back.fact = leaf.fact;
    back.line = leaf.line;
    back.order = leaf.order;
    back.cause = happening.cause;
    if (happening.fact != nullptr) back.by = happening.fact->name;
    back.date = happening.date;
    back.amount = -amount;
    back.unpaid = -of_open;
    taken_.push_back(back);
  }

  // What of `wanted` the correction's own lines took in this component, or the order's.
  Decimal TakenItself(const EarnedLeaf& leaf, const Happening& happening, const Decimal& wanted) {
    Decimal left = wanted;
    std::vector<std::string> names = {leaf.order};
    if (happening.fact != nullptr) names.insert(names.begin(), happening.fact->name);
    for (const std::string& name : names) {
      const auto own = own_.find({leaf.payee, leaf.component, name});
      if (own == own_.end()) continue;
      const Decimal used = std::min(left, own->second);
      own->second -= used;
      left -= used;
    }
    return wanted - left;
  }

  const Clawback& rules_;
  const int minor_digits_;
  const std::map<std::string, CivilDay>& left_;
  const CivilDay until_;
  FactsByName by_name_;
  std::map<std::string, std::vector<const Fact*>> facts_of_;  // by order
  std::map<std::string, std::map<SumKey, Sum>> sums_of_;      // by order
  std::map<OwnKey, Decimal> own_;                             // > 0
  std::vector<TakenBack> taken_;
};

}  // namespace

std::vector<TakenBack> TakeBack(const Clawback& rules, int minor_digits,
                                const std::vector<EarnedLeaf>& earned,
                                const std::vector<Fact>& facts,
                                const std::map<std::string, CivilDay>& left, CivilDay until) {
  return Taking(rules, minor_digits, earned, facts, left, until).Execute();
}

std::vector<Decimal> CameTo(const std::vector<Decimal>& leaves, const Decimal& total,
                            int minor_digits) {
  std::vector<Decimal> came_to(leaves.size(), Decimal::FromUnscaled(0, minor_digits));
  Decimal sum;
  Decimal above;
  std::vector<Decimal> weights;
  for (const Decimal& leaf : leaves) {
    sum += leaf;
    weights.push_back(std::max(leaf, Decimal()));
    above += weights.back();
  }
  if (sum <= Decimal() || total <= Decimal()) return came_to;
  // In proportion, what is above 0 came to total × above / sum.
  const Decimal whole = (total * above).Divide(sum, minor_digits, Rounding::kHalfAwayFromZero);
  return base::SplitByLargestRemainder(whole, minor_digits, weights);
}

}  // namespace salesops::performance::domain
