#include "services/pipeline/domain/deal_parts.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/pipeline/domain/opportunity.h"

namespace salesops::pipeline::domain {
namespace {

using base::Decimal;
using base::Money;
using base::Rounding;

constexpr int kDiscountScale = 6;

// The largest amount of a contract.
bool IsTooMuch(const Decimal& amount) { return amount > Decimal::FromInt(999'999'999'999'999); }

std::string Field(const char* list, size_t index, const char* part = "") {
  return absl::StrCat(list, "[", index, "]", part);
}

bool SaysTheSame(const LineItem& a, const LineItem& b) {
  return a.product_id == b.product_id && a.quantity == b.quantity &&
         a.net_unit_price == b.net_unit_price && a.description == b.description;
}

void CheckLines(const std::vector<LineItem>& lines, base::Violations* violations) {
  std::set<std::string> ids;
  bool adds_up = true;
  for (size_t i = 0; i < lines.size(); ++i) {
    const LineItem& line = lines[i];
    if (!line.id.empty() && !ids.insert(line.id).second) {
      violations->Add(
          Field("line_items", i, ".id"), "NOT_UNIQUE",
          absl::StrCat("is the id of another line of the deal, \"", line.id, "\"; choose another"));
    }
    const std::string& currency = lines[0].net_unit_price.currency;
    if (line.net_unit_price.currency != currency) {
      adds_up = false;
      violations->Add(
          Field("line_items", i, ".net_unit_price"), "OTHER_CURRENCY",
          absl::StrCat("must be in ", currency, " as the first line is; a deal has one currency"));
    }
    if (!AmountOf(line)) {
      adds_up = false;
      violations->Add(Field("line_items", i), "OUT_OF_RANGE",
                      "must have an amount of at most 999999999999999");
    }
  }
  if (adds_up && !lines.empty() && !SumOf(lines)) {
    violations->Add("line_items", "OUT_OF_RANGE", "must add up to at most 999999999999999");
  }
}

void CheckContactRoles(const std::vector<ContactRole>& roles, base::Violations* violations) {
  std::set<std::pair<std::string, ContactRoleKind>> seen;
  bool has_primary = false;
  for (size_t i = 0; i < roles.size(); ++i) {
    if (!seen.insert({roles[i].contact_id, roles[i].role}).second) {
      violations->Add(Field("contact_roles", i), "NOT_UNIQUE",
                      "repeats a contact in the same role; name each once");
    }
    if (roles[i].primary && has_primary) {
      violations->Add(Field("contact_roles", i, ".primary"), "ONLY_ONE",
                      "must be false, as another contact is the primary one already");
    }
    has_primary |= roles[i].primary;
  }
}

void CheckSplits(const std::vector<OpportunitySplit>& splits, base::Violations* violations) {
  std::set<std::string> seen;
  Decimal sum;
  for (size_t i = 0; i < splits.size(); ++i) {
    sum += splits[i].share;
    if (!seen.insert(splits[i].seller_id).second) {
      violations->Add(Field("splits", i, ".seller"), "NOT_UNIQUE",
                      "has a share already; give each seller one share");
    }
  }
  if (!splits.empty() && sum != Decimal::FromInt(1)) {
    violations->Add(
        "splits", "SHARES_NOT_ONE",
        absl::StrCat("must have shares that sum to 1; they sum to ", sum.ToCanonicalString()));
  }
}

// An amount that the change leaves as it was is not one that the client set.
void SettleAmount(const Opportunity* before, Opportunity& after, base::Violations* violations) {
  const std::optional<Money> sum = SumOf(after.line_items);
  if (!sum) return;
  const bool was_set = after.amount && (before == nullptr || after.amount != before->amount);
  if (was_set && *after.amount != *sum) {
    violations->Add(
        "amount", "AMOUNT_IS_SUM",
        absl::StrCat("must be the sum of the line items, ", sum->amount.ToCanonicalString(), " ",
                     sum->currency, ", or absent"));
    return;
  }
  after.amount = sum;
}

}  // namespace

std::optional<Money> AmountOf(const LineItem& line) {
  const absl::StatusOr<Decimal> exact =
      Decimal::CheckedMultiply(line.quantity, line.net_unit_price.amount);
  if (!exact.ok()) return std::nullopt;
  const int digits = base::MinorDigits(line.net_unit_price.currency).value_or(2);
  const absl::StatusOr<Decimal> rounded = exact->CheckedRound(digits, Rounding::kHalfAwayFromZero);
  if (!rounded.ok() || IsTooMuch(*rounded)) return std::nullopt;
  return Money{line.net_unit_price.currency, *rounded};
}

std::optional<Decimal> DiscountOf(const LineItem& line) {
  const std::optional<Money>& list = line.list_unit_price;
  const Money& net = line.net_unit_price;
  if (!list || list->currency != net.currency || list->amount.is_zero()) return std::nullopt;
  const absl::StatusOr<Decimal> discount =
      (list->amount - net.amount)
          .CheckedDivide(list->amount, kDiscountScale, Rounding::kHalfAwayFromZero);
  if (!discount.ok()) return std::nullopt;
  return *discount;
}

std::optional<Money> SumOf(const std::vector<LineItem>& lines) {
  std::optional<Money> sum;
  for (const LineItem& line : lines) {
    const std::optional<Money> amount = AmountOf(line);
    if (!amount || (sum && sum->currency != amount->currency)) return std::nullopt;
    if (sum) {
      sum->amount += amount->amount;
    } else {
      sum = amount;
    }
  }
  if (sum && IsTooMuch(sum->amount)) return std::nullopt;
  return sum;
}

const LineItem* FindLine(const std::vector<LineItem>& lines, const std::string& id) {
  const auto found =
      std::find_if(lines.begin(), lines.end(), [&](const LineItem& line) { return line.id == id; });
  return found == lines.end() ? nullptr : &*found;
}

bool NamesNewly(const std::vector<LineItem>& before, const LineItem& line) {
  const LineItem* old = FindLine(before, line.id);
  return old == nullptr || old->product_id != line.product_id;
}

void KeepLines(const std::vector<LineItem>& before, std::vector<LineItem>* after) {
  std::set<std::string> named;
  for (const LineItem& line : *after) named.insert(line.id);
  const auto take_id = [&](auto matches) {
    for (LineItem& line : *after) {
      if (!line.id.empty()) continue;
      const auto old = std::find_if(before.begin(), before.end(), [&](const LineItem& candidate) {
        return named.count(candidate.id) == 0 && matches(candidate, line);
      });
      if (old == before.end()) continue;
      line.id = old->id;
      named.insert(old->id);
    }
  };
  take_id(SaysTheSame);
  take_id([](const LineItem& a, const LineItem& b) { return a.product_id == b.product_id; });
  for (LineItem& line : *after) {
    if (NamesNewly(before, line)) {
      line.list_unit_price.reset();
    } else {
      line.list_unit_price = FindLine(before, line.id)->list_unit_price;
    }
  }
}

void CompleteParts(const Opportunity& before, Opportunity* after) {
  KeepLines(before.line_items, &after->line_items);
  if (!after->amount && !after->line_items.empty()) after->amount = SumOf(after->line_items);
  if (after->forecast_category == ForecastCategory::kUnspecified) {
    after->forecast_category = after->state == OpportunityState::kOpen ? ForecastCategory::kPipeline
                                                                       : before.forecast_category;
  }
}

void CheckParts(const Opportunity* before, Opportunity& after, base::Violations* violations) {
  CheckLines(after.line_items, violations);
  CheckContactRoles(after.contact_roles, violations);
  CheckSplits(after.splits, violations);
  SettleAmount(before, after, violations);
}

void CheckForecast(const Opportunity* before, Opportunity& after, base::Violations* violations) {
  ForecastCategory& category = after.forecast_category;
  const bool was_set = category != ForecastCategory::kUnspecified &&
                       (before == nullptr || category != before->forecast_category);
  if (after.state != OpportunityState::kOpen) {
    const bool won = after.state == OpportunityState::kWon;
    const ForecastCategory closed = won ? ForecastCategory::kClosed : ForecastCategory::kOmitted;
    if (was_set && category != closed) {
      violations->Add("forecast_category", "NOT_OPEN",
                      absl::StrCat("must be ", won ? "CLOSED on a won" : "OMITTED on a lost",
                                   " opportunity, or unspecified"));
    }
    category = closed;
    return;
  }
  const bool reopened = before != nullptr && before->state != OpportunityState::kOpen;
  if (was_set && category == ForecastCategory::kClosed) {
    violations->Add("forecast_category", "NOT_CLOSED", "is CLOSED once the opportunity is won");
  }
  if (category == ForecastCategory::kUnspecified || (reopened && !was_set)) {
    category = ForecastCategory::kPipeline;
  }
}

}  // namespace salesops::pipeline::domain
