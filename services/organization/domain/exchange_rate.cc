#include "services/organization/domain/exchange_rate.h"

#include <boost/multiprecision/cpp_int.hpp>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::organization::domain {
namespace {

using base::CivilDay;
using base::Decimal;
using Integer = boost::multiprecision::cpp_int;

constexpr int kShownDigits = 12;

CurrencyPair Opposite(const CurrencyPair& pair) { return {pair.to, pair.from}; }

// The two halves of the way through the cross currency; none if it is one of the ends.
std::vector<CurrencyPair> Legs(const RateRule& rule, const CurrencyPair& wanted) {
  const std::string& cross = rule.cross_currency;
  if (cross.empty() || cross == wanted.from || cross == wanted.to) return {};
  return {{wanted.from, cross}, {cross, wanted.to}};
}

std::optional<ExchangeRate> Latest(const RateRule& rule, const CurrencyPair& pair,
                                   const std::vector<ExchangeRate>& rates) {
  std::optional<ExchangeRate> latest;
  for (const ExchangeRate& rate : rates) {
    const bool fits = rate.kind == rule.kind && rate.from_currency == pair.from &&
                      rate.to_currency == pair.to && rule.days().Contains(rate.rate_date);
    if (fits && (!latest || latest->rate_date < rate.rate_date)) latest = rate;
  }
  return latest;
}

std::optional<ConversionStep> FindStep(const RateRule& rule, const CurrencyPair& pair,
                                       const std::vector<ExchangeRate>& rates) {
  if (auto direct = Latest(rule, pair, rates)) return ConversionStep{*direct, false};
  if (rule.direct_only) return std::nullopt;
  if (auto inverse = Latest(rule, Opposite(pair), rates)) return ConversionStep{*inverse, true};
  return std::nullopt;
}

// A positive or negative fraction, exact.
struct Fraction {
  Integer numerator;
  Integer denominator = 1;  // above 0

  void Multiply(const Decimal& by) {
    numerator *= Integer(by.unscaled());
    denominator *= boost::multiprecision::pow(Integer(10), static_cast<unsigned>(by.scale()));
  }
  void Divide(const Decimal& by) {  // requires by > 0
    numerator *= boost::multiprecision::pow(Integer(10), static_cast<unsigned>(by.scale()));
    denominator *= Integer(by.unscaled());
  }
  // × 10^digits, rounded half away from zero.
  Integer Rounded(int digits) const {
    const Integer scaled =
        numerator * boost::multiprecision::pow(Integer(10), static_cast<unsigned>(digits));
    const Integer magnitude = (2 * abs(scaled) + denominator) / (2 * denominator);
    return scaled < 0 ? -magnitude : magnitude;
  }
  Decimal ToDecimal(int digits) const {
    return Decimal::FromUnscaled(static_cast<__int128>(Rounded(digits)), digits);
  }
};

}  // namespace

void CheckExchangeRate(const ExchangeRate& rate, base::Violations* violations) {
  if (!base::MinorDigits(rate.from_currency)) {
    violations->Add("from_currency", "BAD_CURRENCY", "must be a code of ISO 4217 such as USD");
  }
  if (!base::MinorDigits(rate.to_currency)) {
    violations->Add("to_currency", "BAD_CURRENCY", "must be a code of ISO 4217 such as CNY");
  }
  if (rate.from_currency == rate.to_currency) {
    violations->Add("to_currency", "SAME_CURRENCY", "must be another one than from_currency");
  }
}

std::vector<CurrencyPair> PairsToLookFor(const RateRule& rule, const CurrencyPair& wanted) {
  std::vector<CurrencyPair> pairs;
  if (wanted.from == wanted.to) return pairs;
  std::vector<CurrencyPair> ways = Legs(rule, wanted);
  ways.insert(ways.begin(), wanted);
  for (const CurrencyPair& way : ways) {
    pairs.push_back(way);
    if (!rule.direct_only) pairs.push_back(Opposite(way));
  }
  return pairs;
}

std::optional<std::vector<ConversionStep>> FindSteps(const RateRule& rule,
                                                     const CurrencyPair& wanted,
                                                     const std::vector<ExchangeRate>& rates) {
  std::vector<ConversionStep> steps;
  if (wanted.from == wanted.to) return steps;
  if (auto step = FindStep(rule, wanted, rates)) {
    steps.push_back(*step);
    return steps;
  }
  for (const CurrencyPair& leg : Legs(rule, wanted)) {
    const auto step = FindStep(rule, leg, rates);
    if (!step) return std::nullopt;
    steps.push_back(*step);
  }
  if (steps.empty()) return std::nullopt;
  return steps;
}

std::string DescribeSearch(const RateRule& rule, const CurrencyPair& wanted) {
  std::vector<std::string> pairs;
  for (const CurrencyPair& pair : PairsToLookFor(rule, wanted)) {
    pairs.push_back(absl::StrCat(pair.from, " to ", pair.to));
  }
  const std::string list = absl::StrJoin(pairs, ", ");
  if (rule.max_age_days == 0) return absl::StrCat(list, " of ", base::FormatDay(rule.date));
  return absl::StrCat(list, " from ", base::FormatDay(rule.days().start), " to ",
                      base::FormatDay(rule.date));
}

absl::StatusOr<Conversion> Convert(const base::Money& amount, const std::string& to_currency,
                                   const std::vector<ConversionStep>& steps) {
  Fraction rate{1};
  for (const ConversionStep& step : steps) {
    if (step.inverse) {
      rate.Divide(step.rate.rate);
    } else {
      rate.Multiply(step.rate.rate);
    }
  }
  Fraction exact = rate;
  exact.Multiply(amount.amount);
  const int digits = base::MinorDigits(to_currency).value_or(0);
  const Integer limit = Integer(std::numeric_limits<int64_t>::max()) *
                        boost::multiprecision::pow(Integer(10), static_cast<unsigned>(digits));
  if (abs(exact.Rounded(digits)) > limit) {
    return status::Make(absl::StatusCode::kOutOfRange, "AMOUNT_TOO_LARGE",
                        absl::StrCat("the amount in ", to_currency,
                                     " is larger than an amount can be; convert parts of it"));
  }
  return Conversion{{to_currency, exact.ToDecimal(digits)},
                    exact.ToDecimal(kShownDigits),
                    rate.ToDecimal(kShownDigits)};
}

}  // namespace salesops::organization::domain
