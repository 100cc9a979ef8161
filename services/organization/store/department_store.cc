#include "services/organization/store/department_store.h"

namespace salesops::organization::store {
namespace {

using records::Col;
using records::JsonCol;
using records::Key;
using salesops::api::ColumnType;

// Departments and job roles have the same fields.
template <class T>
const records::Table<T>* DescribedTable(const char* table, const char* name_prefix) {
  typename records::Table<T>::Options options;
  options.fields = {
      {"name", {.sql = "r.id", .type = ColumnType::kId, .name_prefix = name_prefix}},
      {"display_name", {.sql = "r.display_name"}},
      {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
      {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
  };
  return new records::Table<T>(
      table, std::move(options),
      {Key("id", &T::id), Col("display_name", &T::display_name),
       Col("description", &T::description), JsonCol("external_keys", &T::external_keys)});
}

}  // namespace

const records::Table<domain::Department>& Departments() {
  static const auto* table = DescribedTable<domain::Department>("department", "departments/");
  return *table;
}

const records::Table<domain::JobRole>& JobRoles() {
  static const auto* table = DescribedTable<domain::JobRole>("job_role", "jobRoles/");
  return *table;
}

}  // namespace salesops::organization::store
