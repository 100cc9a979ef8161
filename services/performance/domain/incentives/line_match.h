#pragma once

// Which rules are for a line, and which of them holds: the most specific one (最具体者优先). The
// same for rate rules, spiffs and crediting rules.
//
//   const LineRules rules({&first.match, &second.match});
//   const LineChoice choice = rules.ChoiceFor(TraitsOf(credit));
//   if (choice.tied) …                // refuse: both rules *choice.rule and *choice.tied hold
//   if (choice.rule) …                // the place of the rule, as they were given
//
// Thread-safety: pure functions; LineRules is immutable once made.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/performance/domain/incentives/calculation.h"
#include "services/performance/domain/incentives/facts.h"
#include "services/performance/domain/incentives/plan.h"
#include "shared/base/decimal.h"

namespace salesops::performance::domain {

// What a rule can ask of a line. Points into what it was made of, which must outlive it.
struct LineTraits {
  absl::string_view product;
  absl::string_view product_category;
  absl::string_view account;
  const std::map<std::string, std::string>* attributes = nullptr;  // never null
  std::optional<base::Decimal> discount;
};

LineTraits TraitsOf(const Credit& credit);
LineTraits TraitsOf(const Fact& fact, const FactLine& line);

// Whether every condition of `match` is met. A line without discount meets no bound of discounts,
// a customer without the attribute none of its values.
bool Matches(const LineMatch& match, const LineTraits& line);

// How many conditions there are, 0 … 6: products, categories, accounts, the attribute and each
// bound of the discount are one each. An attribute without values is none.
int SpecificityOf(const LineMatch& match);

// Places of rules, as they were given.
struct LineChoice {
  std::optional<size_t> rule;  // the one that holds; absent = none matches
  std::optional<size_t> tied;  // another one that is as specific and matches too
};

class LineRules {
 public:
  // Points to the matches, which must outlive it.
  explicit LineRules(const std::vector<const LineMatch*>& matches);

  // Of several that tie, `rule` and `tied` are the two with the lowest places.
  LineChoice ChoiceFor(const LineTraits& line) const;

 private:
  struct Ranked {
    size_t place = 0;
    int specificity = 0;
    const LineMatch* match = nullptr;
  };
  std::vector<Ranked> ranked_;  // the most specific first, then by place
};

}  // namespace salesops::performance::domain
