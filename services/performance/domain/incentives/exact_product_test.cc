#include "services/performance/domain/incentives/exact_product.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <string>

namespace salesops::performance::domain {
namespace {

using base::Decimal;
using base::Rounding;
using Integer = boost::multiprecision::cpp_int;

Decimal D(const std::string& text) { return Decimal::Parse(text).value(); }

TEST(ProductOf, IsExactWhereItFits) {
  EXPECT_EQ(ProductOf(D("1234.56"), D("0.0525")), D("64.8144"));
  EXPECT_EQ(ProductOf(D("-0.000000001"), D("0.000000001")), D("-0.000000000000000001"));
  // Zeros that were only written do not count.
  EXPECT_EQ(ProductOf(D("100.000000000000"), D("0.0500000000")), D("5"));
}

TEST(ProductOf, IsNothingBeyondTheRange) {
  EXPECT_EQ(ProductOf(D("1e30"), D("1e30")), std::nullopt);
  EXPECT_EQ(ProductOf(D("1234567890123456789012.1"), D("0.111111111111111111")), std::nullopt);
}

TEST(ProductOf, ACutOneStillRoundsAsTheExactOne) {
  // 0.25 × 0.0200000000000000004 is just above half a cent, 0.005, in the nineteenth digit.
  const Decimal above = D("0.020000000000000001");
  const Decimal cut = *ProductOf(D("0.25"), above);
  EXPECT_EQ(cut.Round(2, Rounding::kHalfAwayFromZero), D("0.01"));
  // Just below: 0.25 × 0.019999999999999999 = 0.00499999999999999975.
  EXPECT_EQ(ProductOf(D("0.25"), D("0.019999999999999999"))->Round(2, Rounding::kHalfAwayFromZero),
            D("0.00"));
  // Cutting 0.00499…9|75 away from zero first would have given 0.005, and so a cent.
  EXPECT_EQ(ProductOf(D("-0.25"), D("0.019999999999999999"))->Round(2, Rounding::kHalfAwayFromZero),
            D("0"));
}

RC_GTEST_PROP(ProductOfProperty, RoundsAsTheExactProduct, (int64_t x, int64_t y)) {
  const int x_scale = *rc::gen::inRange(8, 19);
  const int y_scale = *rc::gen::inRange(8, 19);
  const int digits = *rc::gen::inRange(0, 18);
  const Decimal product =
      *ProductOf(Decimal::FromUnscaled(x, x_scale), Decimal::FromUnscaled(y, y_scale));
  const Integer exact = Integer(x) * y;
  const int excess = x_scale + y_scale - digits;
  RC_PRE(excess >= 0);
  const Integer unit = boost::multiprecision::pow(Integer(10), static_cast<unsigned>(excess));
  const Integer magnitude = (2 * abs(exact) + unit) / (2 * unit);
  const Integer rounded = exact < 0 ? Integer(-magnitude) : magnitude;
  RC_ASSERT(Integer(product.Round(digits, Rounding::kHalfAwayFromZero).unscaled()) == rounded);
}

TEST(IsOutOfRange, FromTenToTheFifteenth) {
  EXPECT_FALSE(IsOutOfRange(D("999999999999999.9999")));
  EXPECT_TRUE(IsOutOfRange(D("1000000000000000.0000")));
  EXPECT_TRUE(IsOutOfRange(D("-1000000000000000")));
  EXPECT_FALSE(IsOutOfRange(D("-999999999999999.999999999999999999")));
}

}  // namespace
}  // namespace salesops::performance::domain
