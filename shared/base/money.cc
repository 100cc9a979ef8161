#include "shared/base/money.h"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <numeric>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace salesops::base {
namespace {

using Wide = boost::multiprecision::int512_t;

// ISO 4217 list one (currencies and fund codes in use), published 2024-06-25 by SIX for ISO, and
// XCG, which replaced ANG on 2025-03-31. Codes without a minor unit (metals, XDR, XXX, …) are left
// out. Sorted by code.
struct Currency {
  char code[4];
  int digits;
};

constexpr Currency kCurrencies[] = {
    {"AED", 2}, {"AFN", 2}, {"ALL", 2}, {"AMD", 2}, {"ANG", 2}, {"AOA", 2}, {"ARS", 2}, {"AUD", 2},
    {"AWG", 2}, {"AZN", 2}, {"BAM", 2}, {"BBD", 2}, {"BDT", 2}, {"BGN", 2}, {"BHD", 3}, {"BIF", 0},
    {"BMD", 2}, {"BND", 2}, {"BOB", 2}, {"BOV", 2}, {"BRL", 2}, {"BSD", 2}, {"BTN", 2}, {"BWP", 2},
    {"BYN", 2}, {"BZD", 2}, {"CAD", 2}, {"CDF", 2}, {"CHE", 2}, {"CHF", 2}, {"CHW", 2}, {"CLF", 4},
    {"CLP", 0}, {"CNY", 2}, {"COP", 2}, {"COU", 2}, {"CRC", 2}, {"CUC", 2}, {"CUP", 2}, {"CVE", 2},
    {"CZK", 2}, {"DJF", 0}, {"DKK", 2}, {"DOP", 2}, {"DZD", 2}, {"EGP", 2}, {"ERN", 2}, {"ETB", 2},
    {"EUR", 2}, {"FJD", 2}, {"FKP", 2}, {"GBP", 2}, {"GEL", 2}, {"GHS", 2}, {"GIP", 2}, {"GMD", 2},
    {"GNF", 0}, {"GTQ", 2}, {"GYD", 2}, {"HKD", 2}, {"HNL", 2}, {"HTG", 2}, {"HUF", 2}, {"IDR", 2},
    {"ILS", 2}, {"INR", 2}, {"IQD", 3}, {"IRR", 2}, {"ISK", 0}, {"JMD", 2}, {"JOD", 3}, {"JPY", 0},
    {"KES", 2}, {"KGS", 2}, {"KHR", 2}, {"KMF", 0}, {"KPW", 2}, {"KRW", 0}, {"KWD", 3}, {"KYD", 2},
    {"KZT", 2}, {"LAK", 2}, {"LBP", 2}, {"LKR", 2}, {"LRD", 2}, {"LSL", 2}, {"LYD", 3}, {"MAD", 2},
    {"MDL", 2}, {"MGA", 2}, {"MKD", 2}, {"MMK", 2}, {"MNT", 2}, {"MOP", 2}, {"MRU", 2}, {"MUR", 2},
    {"MVR", 2}, {"MWK", 2}, {"MXN", 2}, {"MXV", 2}, {"MYR", 2}, {"MZN", 2}, {"NAD", 2}, {"NGN", 2},
    {"NIO", 2}, {"NOK", 2}, {"NPR", 2}, {"NZD", 2}, {"OMR", 3}, {"PAB", 2}, {"PEN", 2}, {"PGK", 2},
    {"PHP", 2}, {"PKR", 2}, {"PLN", 2}, {"PYG", 0}, {"QAR", 2}, {"RON", 2}, {"RSD", 2}, {"RUB", 2},
    {"RWF", 0}, {"SAR", 2}, {"SBD", 2}, {"SCR", 2}, {"SDG", 2}, {"SEK", 2}, {"SGD", 2}, {"SHP", 2},
    {"SLE", 2}, {"SOS", 2}, {"SRD", 2}, {"SSP", 2}, {"STN", 2}, {"SVC", 2}, {"SYP", 2}, {"SZL", 2},
    {"THB", 2}, {"TJS", 2}, {"TMT", 2}, {"TND", 3}, {"TOP", 2}, {"TRY", 2}, {"TTD", 2}, {"TWD", 2},
    {"TZS", 2}, {"UAH", 2}, {"UGX", 0}, {"USD", 2}, {"USN", 2}, {"UYI", 0}, {"UYU", 2}, {"UYW", 4},
    {"UZS", 2}, {"VED", 2}, {"VES", 2}, {"VND", 0}, {"VUV", 0}, {"WST", 2}, {"XAF", 0}, {"XCD", 2},
    {"XCG", 2}, {"XOF", 0}, {"XPF", 0}, {"YER", 2}, {"ZAR", 2}, {"ZMW", 2}, {"ZWG", 2},
};

constexpr bool IsSorted() {
  for (size_t i = 1; i < std::size(kCurrencies); ++i) {
    if (!(absl::string_view(kCurrencies[i - 1].code) < absl::string_view(kCurrencies[i].code))) {
      return false;
    }
  }
  return true;
}
static_assert(IsSorted(), "MinorDigits searches by halves");

[[noreturn]] void Die(const char* what) {
  std::fprintf(stderr, "SplitByLargestRemainder: %s\n", what);
  std::abort();
}

// The weights as integers of one common scale.
std::vector<Wide> CommonUnits(const std::vector<Decimal>& weights) {
  std::vector<Wide> units;
  units.reserve(weights.size());
  for (const Decimal& w : weights) {
    if (w.is_negative()) Die("negative weight");
    Wide unit(w.unscaled());
    for (int i = w.scale(); i < Decimal::kMaxScale; ++i) unit *= 10;
    units.push_back(unit);
  }
  return units;
}

}  // namespace

std::optional<int> MinorDigits(absl::string_view currency) {
  const auto* const end = std::end(kCurrencies);
  const auto* const found = std::lower_bound(
      std::begin(kCurrencies), end, currency,
      [](const Currency& c, absl::string_view code) { return absl::string_view(c.code) < code; });
  if (found == end || absl::string_view(found->code) != currency) return std::nullopt;
  return found->digits;
}

absl::StatusOr<Money> MakeMoney(absl::string_view currency, const Decimal& amount) {
  const std::optional<int> digits = MinorDigits(currency);
  if (!digits) {
    return absl::InvalidArgumentError("the currency must be an ISO 4217 code such as CNY");
  }
  const absl::StatusOr<Decimal> in_minor_units = amount.CheckedRound(*digits, Rounding::kDown);
  if (!in_minor_units.ok()) {
    return absl::InvalidArgumentError(in_minor_units.status().message());
  }
  if (*in_minor_units != amount) {
    return absl::InvalidArgumentError(absl::StrCat("an amount in ", currency, " has at most ",
                                                   *digits, " digits after the point"));
  }
  return Money{std::string(currency), *in_minor_units};
}

std::vector<Decimal> SplitByLargestRemainder(const Decimal& total, int scale,
                                             const std::vector<Decimal>& weights) {
  const Decimal in_units = total.Round(scale, Rounding::kDown);
  if (in_units != total) Die("the total has digits below the unit");
  const std::vector<Wide> shares = CommonUnits(weights);
  const Wide sum = std::accumulate(shares.begin(), shares.end(), Wide(0));
  if (sum == 0) Die("the weights sum to zero");

  // The magnitude is split, so that the parts of -x are the parts of x negated.
  const Wide whole = abs(Wide(in_units.unscaled()));
  std::vector<Wide> parts(shares.size());
  std::vector<Wide> remainders(shares.size());
  Wide left = whole;
  for (size_t i = 0; i < shares.size(); ++i) {
    divide_qr(Wide(whole * shares[i]), sum, parts[i], remainders[i]);
    left -= parts[i];
  }
  std::vector<size_t> order(shares.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return remainders[a] > remainders[b]; });
  for (size_t i = 0; left > 0; ++i, --left) ++parts[order[i]];

  std::vector<Decimal> result;
  result.reserve(parts.size());
  for (const Wide& part : parts) {
    const auto unscaled = static_cast<__int128>(part);
    result.push_back(Decimal::FromUnscaled(total.is_negative() ? -unscaled : unscaled, scale));
  }
  return result;
}

}  // namespace salesops::base
