#include "services/performance/domain/incentives/line_match.h"

#include <algorithm>

namespace salesops::performance::domain {
namespace {

// An empty list is no condition.
bool IsAmong(absl::string_view value, const std::vector<std::string>& list) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

bool HasAttribute(const LineMatch& match) {
  return !match.attribute.empty() && !match.attribute_values.empty();
}

bool MatchesAttribute(const LineMatch& match, const LineTraits& line) {
  if (!HasAttribute(match)) return true;
  const auto found = line.attributes->find(match.attribute);
  return found != line.attributes->end() && IsAmong(found->second, match.attribute_values);
}

bool MatchesDiscount(const LineMatch& match, const LineTraits& line) {
  if (!match.discount_from && !match.discount_to) return true;
  if (!line.discount) return false;
  if (match.discount_from && *line.discount < *match.discount_from) return false;
  return !match.discount_to || *line.discount < *match.discount_to;
}

}  // namespace

LineTraits TraitsOf(const Credit& credit) {
  return {credit.product, credit.product_category, credit.account, &credit.attributes,
          credit.discount};
}

LineTraits TraitsOf(const Fact& fact, const FactLine& line) {
  return {line.product, line.product_category, fact.account, &fact.attributes, line.discount};
}

bool Matches(const LineMatch& match, const LineTraits& line) {
  return IsAmong(line.product, match.products) &&
         IsAmong(line.product_category, match.product_categories) &&
         IsAmong(line.account, match.accounts) && MatchesAttribute(match, line) &&
         MatchesDiscount(match, line);
}

int SpecificityOf(const LineMatch& match) {
  return (match.products.empty() ? 0 : 1) + (match.product_categories.empty() ? 0 : 1) +
         (match.accounts.empty() ? 0 : 1) + (HasAttribute(match) ? 1 : 0) +
         (match.discount_from ? 1 : 0) + (match.discount_to ? 1 : 0);
}

LineRules::LineRules(const std::vector<const LineMatch*>& matches) {
  ranked_.reserve(matches.size());
  for (size_t i = 0; i < matches.size(); ++i) {
    ranked_.push_back({i, SpecificityOf(*matches[i]), matches[i]});
  }
  std::stable_sort(ranked_.begin(), ranked_.end(),
                   [](const Ranked& a, const Ranked& b) { return a.specificity > b.specificity; });
}

LineChoice LineRules::ChoiceFor(const LineTraits& line) const {
  LineChoice choice;
  int reached = 0;
  for (const Ranked& ranked : ranked_) {
    if (choice.rule && ranked.specificity < reached) break;
    if (!Matches(*ranked.match, line)) continue;
    if (choice.rule) {
      choice.tied = ranked.place;
      break;
    }
    choice.rule = ranked.place;
    reached = ranked.specificity;
  }
  return choice;
}

}  // namespace salesops::performance::domain
