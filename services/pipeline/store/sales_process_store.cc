#include "services/pipeline/store/sales_process_store.h"

#include "nlohmann/json.hpp"

namespace salesops::pipeline::domain {

// Stages as a JSON column; found by argument-dependent lookup from records::JsonCol.
std::string ToJson(const std::vector<Stage>& stages) {
  nlohmann::json list = nlohmann::json::array();
  for (const Stage& stage : stages) {
    list.push_back({{"id", stage.id},
                    {"name", stage.display_name},
                    {"kind", static_cast<int>(stage.kind)},
                    {"text", stage.description}});
  }
  return list.dump();
}

void FromJson(const std::string& text, std::vector<Stage>* stages) {
  stages->clear();
  for (const nlohmann::json& item : nlohmann::json::parse(text, nullptr, false)) {
    if (!item.is_object()) continue;
    stages->push_back({item.value("id", ""), item.value("name", ""),
                       static_cast<StageKind>(item.value("kind", 0)), item.value("text", "")});
  }
}

}  // namespace salesops::pipeline::domain

namespace salesops::pipeline::store {

using domain::SalesProcess;
using domain::SalesProcessVersion;
using records::Col;
using records::JsonCol;
using records::Key;
using salesops::api::ColumnType;

const records::Table<SalesProcess>& SalesProcesses() {
  static const auto* table = [] {
    records::Table<SalesProcess>::Options options;
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId, .name_prefix = "salesProcesses/"}},
        {"display_name", {.sql = "r.display_name"}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<SalesProcess>(
        "sales_process", std::move(options),
        {Key("id", &SalesProcess::id), Col("display_name", &SalesProcess::display_name),
         Col("description", &SalesProcess::description),
         Col("default_version_id", &SalesProcess::default_version_id),
         JsonCol("external_keys", &SalesProcess::external_keys)});
  }();
  return *table;
}

const records::Table<SalesProcessVersion>& SalesProcessVersions() {
  static const auto* table = [] {
    records::Table<SalesProcessVersion>::Options options;
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId}},
        {"state",
         {.sql = "r.state",
          .type = ColumnType::kEnum,
          .enum_values = {{"STATE_DRAFT", 1}, {"STATE_PUBLISHED", 2}}}},
        {"publish_time", {.sql = "r.publish_time", .type = ColumnType::kTime, .nullable = true}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<SalesProcessVersion>(
        "sales_process_version", std::move(options),
        {Key("process_id", &SalesProcessVersion::process_id), Key("id", &SalesProcessVersion::id),
         JsonCol("stages", &SalesProcessVersion::stages), Col("state", &SalesProcessVersion::state),
         Col("publish_time", &SalesProcessVersion::publish_time),
         JsonCol("external_keys", &SalesProcessVersion::external_keys)});
  }();
  return *table;
}

absl::StatusOr<std::vector<SalesProcess>> ProcessesInUse(mysql::Connection& c) {
  records::ListQuery query;
  query.where.push_back({"r.default_version_id <> ''", {}});
  query.limit = 2;
  ASSIGN_OR_RETURN(records::Page<SalesProcess> page, SalesProcesses().List(c, query));
  return std::move(page.rows);
}

absl::StatusOr<std::string> NewestPublished(mysql::Connection& c, const std::string& process_id) {
  ASSIGN_OR_RETURN(
      std::optional<std::string> id,
      c.QueryOne("SELECT id FROM sales_process_version WHERE process_id = ? AND state = 2 AND "
                 "archive_time IS NULL ORDER BY publish_time DESC, id DESC LIMIT 1",
                 {process_id}, [](mysql::Row& row) { return row.String(0); }));
  return id.value_or("");
}

}  // namespace salesops::pipeline::store
