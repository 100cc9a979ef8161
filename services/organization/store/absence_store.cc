#include "services/organization/store/absence_store.h"

#include <utility>

#include "services/organization/store/assignment_store.h"
#include "services/organization/store/rows.h"
#include "shared/records/read_all.h"

namespace salesops::organization::store {
namespace {

using domain::Absence;
using records::Col;
using records::JsonCol;
using records::Key;
using salesops::api::ColumnType;

}  // namespace

const records::Table<Absence>& Absences() {
  static const auto* table = [] {
    records::Table<Absence>::Options options;
    options.fields = {
        {"name", {.sql = "CONCAT('sellers/',r.seller_id,'/absences/',r.id)"}},
        {"start_date", {.sql = "r.start_date", .type = ColumnType::kDay}},
        {"end_date", {.sql = "r.end_date", .type = ColumnType::kDay, .nullable = true}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<Absence>(
        "absence", std::move(options),
        {Key("seller_id", &Absence::seller_id), Key("id", &Absence::id),
         Col("kind", &Absence::kind), Col("share", &Absence::share),
         Col("start_date", &Absence::start_date), Col("end_date", &Absence::end_date),
         JsonCol("external_keys", &Absence::external_keys)});
  }();
  return *table;
}

absl::StatusOr<std::vector<Absence>> AbsencesOf(mysql::Connection& c,
                                                const std::set<std::string>& seller_ids) {
  if (seller_ids.empty()) return std::vector<Absence>();
  records::ListQuery query;
  if (seller_ids.size() == 1) {
    query.parent = {*seller_ids.begin()};
  } else {
    query.where.push_back(OfSellers(seller_ids));
  }
  return records::ReadAll(c, Absences(), std::move(query));
}

}  // namespace salesops::organization::store
