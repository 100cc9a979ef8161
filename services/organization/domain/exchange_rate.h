#pragma once

// Exchange rates (汇率), which of them a conversion takes, and the conversion itself.
//
// Thread-safety: values and pure functions.

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "shared/base/attribute.h"
#include "shared/base/civil.h"
#include "shared/base/decimal.h"
#include "shared/base/money.h"
#include "shared/base/violation.h"
#include "shared/records/meta.h"

namespace salesops::organization::domain {

enum class RateKind { kUnset = 0, kSpot = 1, kMonthAverage = 2, kMonthEnd = 3, kBudget = 4 };

struct ExchangeRate {
  std::string id;
  records::Meta meta;

  std::string from_currency;  // ISO 4217
  std::string to_currency;
  RateKind kind = RateKind::kUnset;
  base::CivilDay rate_date;
  base::Decimal rate;  // units of to_currency for one of from_currency; above 0
  std::string source;
  std::vector<base::ExternalKey> external_keys;
};

// Rules over one rate: currencies in use (BAD_CURRENCY), two of them (SAME_CURRENCY).
void CheckExchangeRate(const ExchangeRate& rate, base::Violations* violations);

struct CurrencyPair {
  std::string from;
  std::string to;
  friend bool operator==(const CurrencyPair&, const CurrencyPair&) = default;
};

// Which rates a conversion may take. Of a pair it is the latest of the kind on or before the day,
// at most max_age_days older. The rate of the pair itself goes first, whatever its age; then the
// inverse of the rate of the opposite pair; then the same for both halves of the way through the
// cross currency.
struct RateRule {
  RateKind kind = RateKind::kUnset;
  base::CivilDay date;
  int max_age_days = 0;
  bool direct_only = false;    // never the inverse
  std::string cross_currency;  // empty = none

  base::DayRange days() const { return {date - max_age_days, date + 1}; }
};

// The pairs whose rates decide, in the order in which they are tried; none between a currency and
// itself.
std::vector<CurrencyPair> PairsToLookFor(const RateRule& rule, const CurrencyPair& wanted);

struct ConversionStep {
  ExchangeRate rate;
  bool inverse = false;  // the amount is divided by it
};
// The steps from one currency to the other by some of `rates`, which may be of any pair, kind and
// day; empty between a currency and itself, nullopt if the rule admits none.
std::optional<std::vector<ConversionStep>> FindSteps(const RateRule& rule,
                                                     const CurrencyPair& wanted,
                                                     const std::vector<ExchangeRate>& rates);

// "JPY to CNY, CNY to JPY (inverse), … dated 2026-01-01 to 2026-01-08": what FindSteps looks for.
std::string DescribeSearch(const RateRule& rule, const CurrencyPair& wanted);

struct Conversion {
  base::Money converted;    // rounded once, half away from zero, to the currency's minor unit
  base::Decimal unrounded;  // 12 digits after the point
  base::Decimal rate;       // of all steps together; 12 digits after the point
};
// Requires known currencies. Rounded from the exact product and quotient of all steps.
// OUT_OF_RANGE: the result does not fit google.type.Money.
absl::StatusOr<Conversion> Convert(const base::Money& amount, const std::string& to_currency,
                                   const std::vector<ConversionStep>& steps);

}  // namespace salesops::organization::domain
