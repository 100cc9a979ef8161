#pragma once

// Where exchange rates are kept, and the few of them that a conversion looks at.

#include <optional>
#include <vector>

#include "services/organization/domain/exchange_rate.h"
#include "shared/records/table.h"

namespace salesops::organization::store {

const records::Table<domain::ExchangeRate>& ExchangeRates();

// Of each pair the latest rate that the rule admits; archived ones are left out.
absl::StatusOr<std::vector<domain::ExchangeRate>> LatestRates(
    mysql::Connection& c, const domain::RateRule& rule,
    const std::vector<domain::CurrencyPair>& pairs, std::optional<int64_t> as_of);

}  // namespace salesops::organization::store
