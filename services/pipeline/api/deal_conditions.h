#pragma once

// The conditions of a sales process, decided over a deal and its account: the language of filters
// over the fields of domain/deal_fields.h.
//
// Thread-safety: pure functions, and a read through the connection they are given.

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/pipeline/domain/account.h"
#include "services/pipeline/domain/attribute_definition.h"
#include "services/pipeline/domain/gates.h"
#include "shared/api/condition.h"
#include "shared/mysql/database.h"

namespace salesops::pipeline::api {

absl::StatusOr<salesops::api::Condition> ParseDealCondition(const std::string& text);

// What the gates of a version look at: the deal, and its account and activities if the version asks
// about them.
class DealUnderGates {
 public:
  // `deal` must outlive it and may change meanwhile: every question looks at it anew. `entered` is
  // when it entered the stage that it comes from.
  static absl::StatusOr<DealUnderGates> Load(mysql::Connection& c,
                                             const domain::SalesProcessVersion& process,
                                             const domain::Opportunity& deal, absl::Time entered);
  domain::DealFacts facts() const;
  // Everything that the way from one stage to another asks (domain/gates.h): the criteria of its
  // gates, then the attributes that are required in the stage entered.
  std::vector<domain::CriterionResult> Check(const domain::SalesProcessVersion& process,
                                             const domain::Modules& held, const std::string& from,
                                             const std::string& to) const;
  const domain::Account* account() const { return account_ ? &*account_ : nullptr; }

 private:
  explicit DealUnderGates(const domain::Opportunity& deal) : deal_(&deal) {}

  const domain::Opportunity* deal_;
  std::optional<domain::Account> account_;
  domain::ActivityCounts activities_, activities_in_stage_;
  std::vector<domain::AttributeDefinition> definitions_;
};

}  // namespace salesops::pipeline::api
