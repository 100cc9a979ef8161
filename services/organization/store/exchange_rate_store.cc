#include "services/organization/store/exchange_rate_store.h"

#include <utility>

#include "shared/status/macros.h"

namespace salesops::organization::store {
namespace {

using domain::ExchangeRate;
using records::Col;
using records::JsonCol;
using records::Key;
using salesops::api::ColumnType;

}  // namespace

const records::Table<ExchangeRate>& ExchangeRates() {
  static const auto* table = [] {
    records::Table<ExchangeRate>::Options options;
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId, .name_prefix = "exchangeRates/"}},
        {"from_currency", {.sql = "r.from_currency"}},
        {"to_currency", {.sql = "r.to_currency"}},
        {"kind",
         {.sql = "r.kind",
          .type = ColumnType::kEnum,
          .enum_values = {{"KIND_SPOT", 1},
                          {"KIND_MONTH_AVERAGE", 2},
                          {"KIND_MONTH_END", 3},
                          {"KIND_BUDGET", 4}}}},
        {"rate_date", {.sql = "r.rate_date", .type = ColumnType::kDay}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<ExchangeRate>(
        "exchange_rate", std::move(options),
        {Key("id", &ExchangeRate::id), Col("from_currency", &ExchangeRate::from_currency),
         Col("to_currency", &ExchangeRate::to_currency), Col("kind", &ExchangeRate::kind),
         Col("rate_date", &ExchangeRate::rate_date), Col("rate", &ExchangeRate::rate),
         Col("source", &ExchangeRate::source),
         JsonCol("external_keys", &ExchangeRate::external_keys)});
  }();
  return *table;
}

absl::StatusOr<std::vector<ExchangeRate>> LatestRates(
    mysql::Connection& c, const domain::RateRule& rule,
    const std::vector<domain::CurrencyPair>& pairs, std::optional<int64_t> as_of) {
  std::vector<ExchangeRate> rates;
  const base::DayRange days = rule.days();
  for (const domain::CurrencyPair& pair : pairs) {
    records::ListQuery query;
    query.where.push_back(
        {"r.from_currency = ? AND r.to_currency = ? AND r.kind = ? AND "
         "r.rate_date >= ? AND r.rate_date < ?",
         {pair.from, pair.to, static_cast<int64_t>(rule.kind), days.start, *days.end}});
    query.order.push_back(
        {"rate_date", ExchangeRates().fields().at("rate_date"), /*descending=*/true});
    query.as_of_position = as_of;
    query.limit = 1;
    ASSIGN_OR_RETURN(records::Page<ExchangeRate> page, ExchangeRates().List(c, query));
    for (ExchangeRate& rate : page.rows) rates.push_back(std::move(rate));
  }
  return rates;
}

}  // namespace salesops::organization::store
