#include "services/performance/domain/incentives/pay_curve.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace salesops::performance::domain {
namespace {

using boost::multiprecision::cpp_int;

cpp_int Power10(int exponent) {
  return boost::multiprecision::pow(cpp_int(10), static_cast<unsigned>(exponent));
}

Exact ValueOf(const PayPiece& piece, const Exact& x) {
  return piece.value + piece.slope * (x - piece.from);
}

std::string At(const std::string& list, size_t i) { return absl::StrCat(list, "[", i, "]"); }

// The place of the last item that begins at or before x (before it, if `below`).
template <class Item>
size_t PlaceOf(const std::vector<Item>& items, const Exact& x, bool below) {
  size_t place = 0;
  while (place + 1 < items.size() &&
         (below ? items[place + 1].from < x : items[place + 1].from <= x)) {
    ++place;
  }
  return place;
}

}  // namespace

Exact ToExact(const base::Decimal& value) {
  return Exact(cpp_int(value.unscaled()), Power10(value.scale()));
}

base::Decimal ToDecimal(const Exact& value, int digits) {
  const cpp_int top = numerator(value) * Power10(digits);
  const cpp_int bottom = denominator(value);  // > 0
  const cpp_int largest = Power10(base::Decimal::kMaxDigits) - 1;
  const cpp_int rounded = (2 * abs(top) + bottom) / (2 * bottom);
  const cpp_int magnitude = rounded < largest ? rounded : largest;
  const auto unscaled = static_cast<__int128>(magnitude);
  return base::Decimal::FromUnscaled(top < 0 ? -unscaled : unscaled, digits);
}

PayCurve::PayCurve(std::vector<PayPiece> pieces) : pieces_(std::move(pieces)) {}

Exact PayCurve::At(const Exact& x) const { return ValueOf(pieces_[PlaceOf(pieces_, x, false)], x); }

Exact PayCurve::Below(const Exact& x) const {
  return ValueOf(pieces_[PlaceOf(pieces_, x, true)], x);
}

PayCurve PayCurve::Times(const std::vector<ExactStep>& steps) const {
  std::vector<Exact> starts;
  for (const PayPiece& piece : pieces_) starts.push_back(piece.from);
  for (const ExactStep& step : steps) starts.push_back(step.from);
  std::sort(starts.begin(), starts.end());
  starts.erase(std::unique(starts.begin(), starts.end()), starts.end());
  std::vector<PayPiece> product;
  for (const Exact& start : starts) {
    const PayPiece& piece = pieces_[PlaceOf(pieces_, start, false)];
    const ExactStep& step = steps[PlaceOf(steps, start, false)];
    product.push_back({start, ValueOf(piece, start) * step.factor, piece.slope * step.factor,
                       piece.from == start ? piece.field : step.field});
  }
  return PayCurve(product);
}

PayCurve PayCurve::CappedAt(const Exact& cap, const std::string& field) const {
  return Bounded(cap, true, field);
}

PayCurve PayCurve::AtLeast(const Exact& floor, const std::string& field) const {
  return Bounded(floor, false, field);
}

// A piece that crosses the bound is cut in two where it does.
PayCurve PayCurve::Bounded(const Exact& bound, bool above, const std::string& field) const {
  const auto beyond = [&](const Exact& pay) { return above ? pay > bound : pay < bound; };
  std::vector<PayPiece> bounded;
  for (size_t i = 0; i < pieces_.size(); ++i) {
    const PayPiece& piece = pieces_[i];
    const bool leaves = beyond(piece.value + piece.slope) && !beyond(piece.value);
    const bool outside = beyond(piece.value) || (piece.value == bound && leaves);
    bounded.push_back(outside ? PayPiece{piece.from, bound, 0, piece.field} : piece);
    if (piece.slope == 0 || piece.value == bound) continue;
    const Exact crossing = piece.from + (bound - piece.value) / piece.slope;
    if (crossing <= piece.from || (i + 1 < pieces_.size() && crossing >= pieces_[i + 1].from)) {
      continue;
    }
    bounded.push_back({crossing, bound, outside ? piece.slope : Exact(0), field});
  }
  return PayCurve(bounded);
}

Exact PayCurve::FirstReaching(const Exact& pay, const Exact& from) const {
  for (size_t i = PlaceOf(pieces_, from, false); i < pieces_.size(); ++i) {
    const Exact start = std::max(pieces_[i].from, from);
    const Exact value = ValueOf(pieces_[i], start);
    if (value >= pay) return start;
    if (pieces_[i].slope <= 0) continue;
    const Exact reached = start + (pay - value) / pieces_[i].slope;
    if (i + 1 == pieces_.size() || reached < pieces_[i + 1].from) return reached;
  }
  return -1;
}

bool PayCurve::StaysAtLeast(const Exact& pay, const Exact& x) const {
  if (Below(x) < pay || At(x) < pay) return false;
  for (size_t i = PlaceOf(pieces_, x, false); i < pieces_.size(); ++i) {
    if (pieces_[i].from > x && (Below(pieces_[i].from) < pay || pieces_[i].value < pay)) {
      return false;
    }
  }
  return pieces_.back().slope >= 0;
}

DealWorth WorthOf(const PayCurve& pay, const Exact& size) {
  // Between places where f(x) or f(x + size) begins a piece the difference is linear, and beyond
  // the last of them constant: its extremes are at these places or just below them.
  std::vector<Exact> places = {0};
  for (const PayPiece& piece : pay.pieces()) {
    places.push_back(piece.from);
    if (piece.from > size) places.push_back(piece.from - size);
  }
  std::sort(places.begin(), places.end());
  const Exact first = pay.At(size) - pay.At(0);
  DealWorth worth{{first, 0, false}, {first, 0, false}};
  const auto look = [&](const DealWorth::Extreme& here) {
    if (here.worth < worth.least.worth) worth.least = here;
    if (here.worth > worth.most.worth) worth.most = here;
  };
  for (const Exact& x : places) {
    if (x > 0) look({pay.Below(x + size) - pay.Below(x), x, true});
    look({pay.At(x + size) - pay.At(x), x, false});
  }
  return worth;
}

PayCurve CurveOf(const RateTable& table, const Exact& quota, const std::string& field) {
  std::vector<PayPiece> pieces;
  for (size_t i = 0; i < table.tiers.size(); ++i) {
    const Exact rate = ToExact(table.tiers[i].rate);
    Exact from = ToExact(table.tiers[i].from);
    if (table.basis == TierBasis::kAttainment) from *= quota;
    Exact value = rate * from;
    if (table.method == TierMethod::kMarginal)
      value = i == 0 ? Exact(0) : ValueOf(pieces[i - 1], from);
    pieces.push_back({from, value, rate, At(field + ".tiers", i)});
  }
  return PayCurve(pieces);
}

PayCurve CurveOf(const QuotaBonus& bonus, const Exact& quota, const std::string& field) {
  const Exact target = ToExact(bonus.target_amount);
  std::vector<PayPiece> pieces;
  if (!bonus.points[0].attainment.is_zero()) pieces.push_back({0, 0, 0, field + ".points"});
  for (size_t i = 0; i < bonus.points.size(); ++i) {
    const Exact from = ToExact(bonus.points[i].attainment) * quota;
    const Exact value = ToExact(bonus.points[i].payout) * target;
    Exact slope = 0;
    if (bonus.shape == CurveShape::kLinear && i + 1 < bonus.points.size()) {
      const Exact next = ToExact(bonus.points[i + 1].attainment) * quota;
      slope = (ToExact(bonus.points[i + 1].payout) * target - value) / (next - from);
    }
    pieces.push_back({from, value, slope, At(field + ".points", i)});
  }
  return PayCurve(pieces);
}

std::vector<ExactStep> StepsOf(const Multiplier& multiplier, const Exact& quota,
                               const std::string& field) {
  std::vector<ExactStep> steps = {{0, multiplier.neutral_without ? 1 : 0, field}};
  for (size_t i = 0; i < multiplier.steps.size(); ++i) {
    Exact from = ToExact(multiplier.steps[i].from);
    if (multiplier.by_attainment) from *= quota;
    const Exact factor = ToExact(multiplier.steps[i].factor);
    const std::string step = At(field + ".steps", i);
    if (from <= 0) {
      steps[0] = {0, factor, step};
    } else {
      steps.push_back({from, factor, step});
    }
  }
  return steps;
}

}  // namespace salesops::performance::domain
