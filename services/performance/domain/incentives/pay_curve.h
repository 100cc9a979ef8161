#pragma once

// What one component pays as a function of what was sold: piecewise linear over [0, ∞), open on
// the right of each piece, so that jumps, falls and extremes are found at its breakpoints, exactly.
//
//   PayCurve pay = CurveOf(table, quota, "table").CappedAt(cap, "cap");
//   pay.Below(1000000);  // what is paid just below a million
//
// Rational numbers: slopes between the points of a curve are quotients, which no decimal holds.
//
// Thread-safety: immutable once made.

#include <boost/multiprecision/cpp_int.hpp>
#include <string>
#include <vector>

#include "services/performance/domain/incentives/plan.h"
#include "shared/base/decimal.h"

namespace salesops::performance::domain {

using Exact = boost::multiprecision::cpp_rational;

Exact ToExact(const base::Decimal& value);
// For people: half away from zero; what no decimal holds becomes the largest one.
base::Decimal ToDecimal(const Exact& value, int digits);

// Pays value + slope × (x - from) from `from` on, up to the next piece.
struct PayPiece {
  Exact from;
  Exact value;
  Exact slope;
  std::string field;  // path of what begins here
  friend bool operator==(const PayPiece&, const PayPiece&) = default;
};

// A factor from `from` on, up to the next step.
struct ExactStep {
  Exact from;
  Exact factor;
  std::string field;
};

class PayCurve {
 public:
  // At least one piece, the first from 0, ordered by `from`.
  explicit PayCurve(std::vector<PayPiece> pieces);

  const std::vector<PayPiece>& pieces() const { return pieces_; }
  Exact At(const Exact& x) const;     // x >= 0
  Exact Below(const Exact& x) const;  // the limit from below, x > 0

  // The product with steps, the first of them from 0. Of a place where both begin something the
  // curve's field is kept.
  PayCurve Times(const std::vector<ExactStep>& steps) const;
  PayCurve CappedAt(const Exact& cap, const std::string& field) const;
  PayCurve AtLeast(const Exact& floor, const std::string& field) const;

  // The first x >= `from` at which at least `pay` is paid; -1 = never.
  Exact FirstReaching(const Exact& pay, const Exact& from) const;
  // Whether at least `pay` is paid just below x and everywhere from there on.
  bool StaysAtLeast(const Exact& pay, const Exact& x) const;

 private:
  PayCurve Bounded(const Exact& bound, bool above, const std::string& field) const;
  std::vector<PayPiece> pieces_;
};

// What one more deal of `size` earns, f(x + size) - f(x), depending on what was sold before it.
struct DealWorth {
  struct Extreme {
    Exact worth;
    Exact before;        // so much sold before it
    bool below = false;  // or rather just less: the limit from below
  };
  Extreme least, most;
};
DealWorth WorthOf(const PayCurve& pay, const Exact& size);

// A rate table, where tiers by attainment begin at shares of `quota`. `field` is the table's.
PayCurve CurveOf(const RateTable& table, const Exact& quota, const std::string& field);
// A bonus, over amounts of a quota. `field` is the bonus's.
PayCurve CurveOf(const QuotaBonus& bonus, const Exact& quota, const std::string& field);
// A multiplier's factors, where attainments are shares of `quota`. `field` is the multiplier's.
std::vector<ExactStep> StepsOf(const Multiplier& multiplier, const Exact& quota,
                               const std::string& field);

}  // namespace salesops::performance::domain
