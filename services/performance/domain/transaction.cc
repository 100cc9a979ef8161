#include "services/performance/domain/transaction.h"

#include <optional>
#include <set>
#include <variant>

#include "absl/strings/str_cat.h"
#include "services/performance/domain/incentives/crediting.h"
#include "shared/base/money.h"

namespace salesops::performance::domain {
namespace {

using base::Decimal;

// 1: nothing of it is negative; -1: nothing of it is positive.
int SignOf(FactKind kind) {
  switch (kind) {
    case FactKind::kCreditNote:
    case FactKind::kCancellation:
    case FactKind::kRefund:
      return -1;
    default:
      return 1;
  }
}

Decimal Size(const Decimal& value) { return value.is_negative() ? -value : value; }

bool HasMoreDigits(const Decimal& value, int digits) {
  return value.Round(digits, base::Rounding::kDown) != value;
}

// One amount of a line, by sign and digits.
class AmountCheck {
 public:
  AmountCheck(const Transaction& transaction, base::Violations* violations)
      : sign_(SignOf(transaction.kind)),
        digits_(base::MinorDigits(transaction.currency)),
        violations_(violations) {}

  void Quantity(const std::string& field, const Decimal& quantity) { Sign(field, quantity); }
  void Money(const std::string& field, const Decimal& amount) {
    Sign(field, amount);
    if (digits_ && HasMoreDigits(amount, *digits_)) {
      violations_->Add(field, "TOO_PRECISE",
                       absl::StrCat("must have at most ", *digits_,
                                    " digits after the point, as the currency has"));
    }
  }

 private:
  void Sign(const std::string& field, const Decimal& value) {
    if (value.is_zero() || value.is_negative() == (sign_ < 0)) return;
    violations_->Add(field, "WRONG_SIGN",
                     sign_ < 0 ? "must not be above 0: this kind takes back"
                               : "must not be below 0: what takes back is a transaction of another "
                                 "kind");
  }

  const int sign_;
  const std::optional<int> digits_;
  base::Violations* const violations_;
};

void CheckLines(const Transaction& transaction, base::Violations* violations) {
  AmountCheck check(transaction, violations);
  std::set<std::string> ids;
  for (size_t i = 0; i < transaction.lines.size(); ++i) {
    const FactLine& line = transaction.lines[i];
    const std::string field = absl::StrCat("lines[", i, "].");
    if (!ids.insert(line.id).second) {
      violations->Add(field + "id", "NOT_UNIQUE", "names another line already");
    }
    check.Quantity(field + "quantity", line.quantity);
    check.Money(field + "amount", line.amount);
    if (line.cost) check.Money(field + "cost", *line.cost);
    check.Money(field + "recurring_amount", line.recurring);
    if (Size(line.recurring) > Size(line.amount)) {
      violations->Add(field + "recurring_amount", "OUT_OF_RANGE",
                      "must be a part of the line's amount");
    }
  }
}

// The seller whose it is if nobody was named: the first who is credited with a part of it.
std::string FirstOwner(const std::vector<DeclaredSplit>& splits) {
  for (const DeclaredSplit& split : splits) {
    if (!split.overlay) return split.seller.substr(split.seller.rfind('/') + 1);
  }
  return "";
}

}  // namespace

void CheckTransaction(Transaction& transaction, base::Violations* violations) {
  if (transaction.owner_id.empty()) transaction.owner_id = FirstOwner(transaction.splits);
  if (transaction.owner_id.empty()) {
    violations->Add("owner", "REQUIRED", "must name the seller whose it is, unless the splits do");
  }
  if (!transaction.splits.empty()) CheckSplits(transaction.splits, violations);
  if (!base::MinorDigits(transaction.currency)) {
    violations->Add("currency_code", "BAD_CURRENCY", "must be a code of ISO 4217 such as CNY");
  }
  CheckLines(transaction, violations);
}

void CheckCorrection(const Transaction& transaction, const Transaction& corrected,
                     base::Violations* violations) {
  if (transaction.kind != corrected.kind) {
    violations->Add("kind", "OTHER_KIND", "must be that of the transaction that it corrects");
  }
  if (transaction.order != corrected.order) {
    violations->Add(
        "order", "OTHER_ORDER",
        absl::StrCat("must be that of the transaction that it corrects, ", corrected.order));
  }
}

Fact FactOf(const Transaction& transaction) {
  Fact fact;
  fact.name = absl::StrCat("transactions/", transaction.id);
  if (!transaction.corrects_id.empty()) {
    fact.corrects = absl::StrCat("transactions/", transaction.corrects_id);
  }
  fact.kind = transaction.kind;
  fact.date = transaction.date;
  fact.order = transaction.order;
  fact.currency = transaction.currency;
  if (!transaction.account_id.empty()) {
    fact.account = absl::StrCat("accounts/", transaction.account_id);
  }
  for (const auto& [key, value] : transaction.attributes) {
    if (const auto* text = std::get_if<std::string>(&value)) fact.attributes[key] = *text;
  }
  fact.splits = transaction.splits;
  if (fact.splits.empty()) {
    fact.splits.push_back(
        {absl::StrCat("sellers/", transaction.owner_id), Decimal::FromInt(1), /*overlay=*/false});
  }
  fact.lines = transaction.lines;
  return fact;
}

}  // namespace salesops::performance::domain
