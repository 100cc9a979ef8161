#pragma once

// Sets of lines, to tell whether rules leave lines out or meet: along each of product, category,
// account, discount and attributes of customers, only the values that some rule names are told
// apart; everything else is one value, "other". A set is a box: some values of each.
//
//   const LineSpace space({&first.match, &second.match});
//   const LinePart left = space.Outside(space.All(), {space.Of(first.match)});
//   if (left.box) … space.Describe(*left.box) …   // "discount from 0.1 to 0.2"
//
// Thread-safety: immutable once made.

#include <optional>
#include <string>
#include <vector>

#include "services/performance/domain/incentives/plan.h"
#include "shared/base/decimal.h"

namespace salesops::performance::domain {

using LineBox = std::vector<std::vector<bool>>;  // by dimension, by value

struct LinePart {
  std::optional<LineBox> box;  // of the lines that were looked for; absent = there are none
  bool gave_up = false;        // too many boxes to look at: whether there are any is not known
};

class LineSpace {
 public:
  explicit LineSpace(const std::vector<const LineMatch*>& matches);

  LineBox All() const;
  LineBox Of(const LineMatch& match) const;
  static std::optional<LineBox> Intersect(const LineBox& a, const LineBox& b);
  // Lines of `box` that are in none of `others`.
  LinePart Outside(const LineBox& box, const std::vector<LineBox>& others) const;
  // In words, such as "product other than products/a, grade A or B"; "every line" for all.
  std::string Describe(const LineBox& box) const;

 private:
  struct Dimension {
    std::string name;                 // of an attribute; else product, category, account
    std::vector<std::string> values;  // named by rules; after them comes "other"
  };
  std::vector<bool> Named(size_t dimension, const std::vector<std::string>& names) const;
  std::string DescribeDiscount(const std::vector<bool>& ranges) const;

  // The discount is dimension 0: none, below the first bound, between bounds, above the last.
  std::vector<base::Decimal> bounds_;
  std::vector<Dimension> dimensions_;  // after it
};

}  // namespace salesops::performance::domain
