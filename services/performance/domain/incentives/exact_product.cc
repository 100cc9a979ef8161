#include "services/performance/domain/incentives/exact_product.h"

#include <boost/multiprecision/cpp_int.hpp>

namespace salesops::performance::domain {
namespace {

using base::Decimal;
using Wide = boost::multiprecision::int256_t;  // holds any product of two decimals

constexpr int kRangeDigits = 15;

struct PowerTable {
  __int128 value[Decimal::kMaxDigits + 1];
};

constexpr PowerTable MakePowerTable() {
  PowerTable table{};
  table.value[0] = 1;
  for (int i = 1; i <= Decimal::kMaxDigits; ++i) table.value[i] = table.value[i - 1] * 10;
  return table;
}

constexpr PowerTable kPower10 = MakePowerTable();
constexpr __int128 kLimit = kPower10.value[Decimal::kMaxDigits];

std::optional<Decimal> CutProduct(const Decimal& a, const Decimal& b) {
  const int excess = a.scale() + b.scale() - Decimal::kMaxScale;
  if (excess <= 0) return std::nullopt;
  const Wide product = Wide(a.unscaled()) * Wide(b.unscaled());
  const Wide divisor(kPower10.value[excess]);
  Wide cut = product / divisor;
  if (product % divisor != 0 && cut % 5 == 0) cut += product < 0 ? -1 : 1;
  if (abs(cut) >= Wide(kLimit)) return std::nullopt;
  return Decimal::FromUnscaled(static_cast<__int128>(cut), Decimal::kMaxScale);
}

}  // namespace

std::optional<Decimal> ProductOf(const Decimal& a, const Decimal& b) {
  __int128 product = 0;
  if (a.scale() + b.scale() <= Decimal::kMaxScale &&
      !__builtin_mul_overflow(a.unscaled(), b.unscaled(), &product) && -kLimit < product &&
      product < kLimit) {
    return Decimal::FromUnscaled(product, a.scale() + b.scale());
  }
  const absl::StatusOr<Decimal> exact = Decimal::CheckedMultiply(a, b);
  return exact.ok() ? *exact : CutProduct(a, b);
}

bool IsOutOfRange(const Decimal& value) {
  const __int128 limit = kPower10.value[kRangeDigits + value.scale()];
  return value.unscaled() >= limit || value.unscaled() <= -limit;
}

}  // namespace salesops::performance::domain
