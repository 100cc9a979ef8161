#include "services/performance/store/measure_value_store.h"

#include <utility>

namespace salesops::performance::store {

using domain::MeasureValueRecord;
using records::Col;
using records::JsonCol;
using records::Key;

const records::Table<MeasureValueRecord>& MeasureValues() {
  static const auto* table = [] {
    using salesops::api::ColumnType;
    records::Table<MeasureValueRecord>::Options options;
    options.indexes = {"measure_value_seller", "measure_value_start"};
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId, .name_prefix = "measureValues/"}},
        {"subject", {.sql = "r.subject"}},
        {"measure", {.sql = "r.measure"}},
        {"start_date", {.sql = "r.start_date", .type = ColumnType::kDay}},
        {"end_date", {.sql = "r.end_date", .type = ColumnType::kDay}},
        {"value", {.sql = "r.value", .type = ColumnType::kDecimal}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<MeasureValueRecord>(
        "measure_value", std::move(options),
        {Key("id", &MeasureValueRecord::id), Col("subject", &MeasureValueRecord::subject),
         Col("seller_id", &MeasureValueRecord::seller_id),
         Col("measure", &MeasureValueRecord::measure),
         Col("start_date", &MeasureValueRecord::start_date),
         Col("end_date", &MeasureValueRecord::end_date), Col("value", &MeasureValueRecord::value),
         JsonCol("external_keys", &MeasureValueRecord::external_keys)});
  }();
  return *table;
}

}  // namespace salesops::performance::store
