#include "services/performance/domain/incentives/line_space.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace salesops::performance::domain {
namespace {

using base::Decimal;

// Whoever writes hundreds of rules that cut each other to pieces is told nothing.
constexpr int kMostBoxes = 200'000;
constexpr size_t kMostNames = 5;  // of a list in words

// Dimensions after the discount.
constexpr size_t kProduct = 1, kCategory = 2, kAccount = 3, kFirstAttribute = 4;

bool IsAll(const std::vector<bool>& values) {
  return std::find(values.begin(), values.end(), false) == values.end();
}

bool IsNone(const std::vector<bool>& values) {
  return std::find(values.begin(), values.end(), true) == values.end();
}

std::string Names(std::vector<std::string> names) {
  if (names.size() > kMostNames) {
    const size_t more = names.size() - kMostNames;
    names.resize(kMostNames);
    names.push_back(absl::StrCat(more, " more"));
  }
  return absl::StrJoin(names, " or ");
}

// Looks for a part of a box that is in none of the others, cutting off what each of them covers.
class OutsideSearch {
 public:
  explicit OutsideSearch(const std::vector<LineBox>& others) : others_(others) {}

  LinePart Run(const LineBox& box) {
    LinePart part;
    part.box = Look(box, 0);
    part.gave_up = !part.box && left_ <= 0;
    return part;
  }

 private:
  std::optional<LineBox> Look(const LineBox& box, size_t next) {
    if (--left_ <= 0) return std::nullopt;
    while (next < others_.size() && !LineSpace::Intersect(box, others_[next])) ++next;
    if (next == others_.size()) return box;
    LineBox rest = box;  // narrowed to the other, dimension by dimension
    for (size_t d = 0; d < box.size(); ++d) {
      LineBox outside = rest;
      for (size_t v = 0; v < outside[d].size(); ++v) {
        const bool in_other = others_[next][d][v];
        outside[d][v] = rest[d][v] && !in_other;
        rest[d][v] = rest[d][v] && in_other;
      }
      if (IsNone(outside[d])) continue;
      if (std::optional<LineBox> found = Look(outside, next + 1)) return found;
    }
    return std::nullopt;
  }

  const std::vector<LineBox>& others_;
  int left_ = kMostBoxes;
};

}  // namespace

LineSpace::LineSpace(const std::vector<const LineMatch*>& matches) {
  std::set<Decimal> bounds;
  std::vector<std::set<std::string>> names(kFirstAttribute - 1);
  std::map<std::string, std::set<std::string>> attributes;
  for (const LineMatch* match : matches) {
    if (match->discount_from) bounds.insert(*match->discount_from);
    if (match->discount_to) bounds.insert(*match->discount_to);
    names[kProduct - 1].insert(match->products.begin(), match->products.end());
    names[kCategory - 1].insert(match->product_categories.begin(), match->product_categories.end());
    names[kAccount - 1].insert(match->accounts.begin(), match->accounts.end());
    if (!match->attribute.empty()) {
      attributes[match->attribute].insert(match->attribute_values.begin(),
                                          match->attribute_values.end());
    }
  }
  bounds_.assign(bounds.begin(), bounds.end());
  const char* const kinds[] = {"product", "product category", "account"};
  for (size_t i = 0; i < names.size(); ++i) {
    dimensions_.push_back({kinds[i], {names[i].begin(), names[i].end()}});
  }
  for (const auto& [attribute, values] : attributes) {
    dimensions_.push_back({attribute, {values.begin(), values.end()}});
  }
}

LineBox LineSpace::All() const {
  LineBox box = {std::vector<bool>(bounds_.size() + 2, true)};
  // Nothing is sold at a discount above 100 %; what is given away has no amount.
  if (!bounds_.empty() && bounds_.back() >= Decimal::FromInt(1)) box[0].back() = false;
  for (const Dimension& dimension : dimensions_) {
    box.emplace_back(dimension.values.size() + 1, true);
  }
  return box;
}

std::vector<bool> LineSpace::Named(size_t dimension, const std::vector<std::string>& names) const {
  const std::vector<std::string>& values = dimensions_[dimension - 1].values;
  std::vector<bool> named(values.size() + 1, names.empty());
  for (size_t v = 0; v < values.size(); ++v) {
    if (std::find(names.begin(), names.end(), values[v]) != names.end()) named[v] = true;
  }
  return named;
}

LineBox LineSpace::Of(const LineMatch& match) const {
  LineBox box = All();
  if (match.discount_from || match.discount_to) {
    box[0][0] = false;
    for (size_t i = 0; i <= bounds_.size(); ++i) {  // from bound i - 1 to bound i
      const bool above = !match.discount_from || (i > 0 && bounds_[i - 1] >= *match.discount_from);
      const bool below =
          !match.discount_to || (i < bounds_.size() && bounds_[i] <= *match.discount_to);
      box[0][i + 1] = above && below;
    }
  }
  box[kProduct] = Named(kProduct, match.products);
  box[kCategory] = Named(kCategory, match.product_categories);
  box[kAccount] = Named(kAccount, match.accounts);
  for (size_t d = kFirstAttribute; d < box.size(); ++d) {
    if (dimensions_[d - 1].name == match.attribute) box[d] = Named(d, match.attribute_values);
  }
  return box;
}

std::optional<LineBox> LineSpace::Intersect(const LineBox& a, const LineBox& b) {
  LineBox both = a;
  for (size_t d = 0; d < both.size(); ++d) {
    for (size_t v = 0; v < both[d].size(); ++v) both[d][v] = a[d][v] && b[d][v];
    if (IsNone(both[d])) return std::nullopt;
  }
  return both;
}

LinePart LineSpace::Outside(const LineBox& box, const std::vector<LineBox>& others) const {
  return OutsideSearch(others).Run(box);
}

std::string LineSpace::DescribeDiscount(const std::vector<bool>& ranges) const {
  std::vector<std::string> parts;
  for (size_t i = 1; i < ranges.size(); ++i) {
    if (!ranges[i]) continue;
    const size_t first = i;  // from bound i - 2 to bound i - 1
    while (i + 1 < ranges.size() && ranges[i + 1]) ++i;
    const std::string from = first < 2 ? "" : bounds_[first - 2].ToCanonicalString();
    const std::string to = i > bounds_.size() ? "" : bounds_[i - 1].ToCanonicalString();
    parts.push_back(from.empty() && to.empty() ? "of any size"
                    : from.empty()             ? absl::StrCat("below ", to)
                    : to.empty()               ? absl::StrCat("from ", from)
                                               : absl::StrCat("from ", from, " to ", to));
  }
  if (ranges[0]) parts.push_back("not known");
  return absl::StrCat("discount ", absl::StrJoin(parts, " or "));
}

std::string LineSpace::Describe(const LineBox& box) const {
  std::vector<std::string> parts;
  if (box[0] != All()[0]) parts.push_back(DescribeDiscount(box[0]));
  for (size_t d = 1; d < box.size(); ++d) {
    if (IsAll(box[d])) continue;
    const Dimension& dimension = dimensions_[d - 1];
    const bool other = box[d].back();
    std::vector<std::string> names;
    for (size_t v = 0; v < dimension.values.size(); ++v) {
      if (box[d][v] != other) names.push_back(dimension.values[v]);
    }
    parts.push_back(absl::StrCat(dimension.name, other ? " other than " : " ", Names(names)));
  }
  return parts.empty() ? "every line" : absl::StrJoin(parts, ", ");
}

}  // namespace salesops::performance::domain
