#include "services/performance/store/quota_store.h"

#include <utility>

#include "services/performance/store/fact_json.h"

namespace salesops::performance::store {

using domain::Quota;
using records::Col;
using records::JsonCol;
using records::Key;

const records::Table<Quota>& Quotas() {
  static const auto* table = [] {
    using salesops::api::ColumnType;
    records::Table<Quota>::Options options;
    options.indexes = {"quota_seller", "quota_start"};
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId, .name_prefix = "quotas/"}},
        {"payee", {.sql = "r.payee"}},
        {"measure.measure",
         {.sql = "r.measure",
          .type = ColumnType::kEnum,
          .enum_values = {{"MEASURE_BOOKINGS", 1},
                          {"MEASURE_INVOICED", 2},
                          {"MEASURE_COLLECTED", 3},
                          {"MEASURE_MARGIN", 4},
                          {"MEASURE_UNITS", 5},
                          {"MEASURE_RECURRING", 6},
                          {"MEASURE_IMPORTED", 7}}}},
        {"measure.imported_measure", {.sql = "r.imported_measure"}},
        {"fiscal_calendar",
         {.sql = "r.calendar_id", .type = ColumnType::kId, .name_prefix = "fiscalCalendars/"}},
        {"level",
         {.sql = "r.period_level",
          .type = ColumnType::kEnum,
          .enum_values = {{"PERIOD_LEVEL_PERIOD", 1},
                          {"PERIOD_LEVEL_QUARTER", 2},
                          {"PERIOD_LEVEL_HALF", 3},
                          {"PERIOD_LEVEL_YEAR", 4}}}},
        {"fiscal_year", {.sql = "r.fiscal_year", .type = ColumnType::kInt}},
        {"number", {.sql = "r.period_number", .type = ColumnType::kInt}},
        {"start_date", {.sql = "r.start_date", .type = ColumnType::kDay}},
        {"end_date", {.sql = "r.end_date", .type = ColumnType::kDay}},
        {"currency_code", {.sql = "r.currency_code"}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<Quota>(
        "quota", std::move(options),
        {Key("id", &Quota::id), Col("payee", &Quota::payee), Col("seller_id", &Quota::seller_id),
         Col("measure", &Quota::measure), Col("imported_measure", &Quota::imported_measure),
         Col("calendar_id", &Quota::calendar_id), Col("period_level", &Quota::level),
         Col("fiscal_year", &Quota::fiscal_year), Col("period_number", &Quota::number),
         Col("start_date", &Quota::start_date), Col("end_date", &Quota::end_date),
         Col("amount", &Quota::amount), Col("currency_code", &Quota::currency),
         JsonCol("ramp", &Quota::ramp), JsonCol("external_keys", &Quota::external_keys)});
  }();
  return *table;
}

}  // namespace salesops::performance::store
