#pragma once

// Sales territories (销售区域): which accounts belong to whom, by region, industry and grade, over
// time.
//
// Thread-safety: values and pure functions.

#include <optional>
#include <string>
#include <vector>

#include "shared/base/attribute.h"
#include "shared/base/civil.h"
#include "shared/base/violation.h"
#include "shared/records/meta.h"

namespace salesops::organization::domain {

// What of an account territories look at; empty = not known.
struct AccountTraits {
  std::string region;
  std::string industry;
  std::string grade;
};

struct TerritoryRule {
  base::DayRange days;
  // Each empty list takes any account; texts are compared by bytes.
  std::vector<std::string> regions;
  std::vector<std::string> industries;
  std::vector<std::string> grades;
  std::string team_id;  // empty = none
  friend bool operator==(const TerritoryRule&, const TerritoryRule&) = default;
};

struct Territory {
  std::string id;
  records::Meta meta;

  std::string display_name;
  std::string description;
  int32_t priority = 0;
  std::vector<TerritoryRule> rules;  // by start, not overlapping
  std::vector<base::ExternalKey> external_keys;
};

// Rules over one territory: BAD_RANGE, NOT_ORDERED, OVERLAPPING of the ranges of its rules.
void CheckTerritory(const Territory& territory, base::Violations* violations);

// True if the account's traits are all among those listed.
bool Fits(const TerritoryRule& rule, const AccountTraits& account);

struct TerritoryMatch {
  Territory territory;
  TerritoryRule rule;
};
// The territories that the account fits on a day, by priority from the highest, then by id.
std::vector<TerritoryMatch> MatchTerritories(const std::vector<Territory>& territories,
                                             const AccountTraits& account, base::CivilDay day);

}  // namespace salesops::organization::domain
