#include "services/pipeline/store/sales_process_store.h"

#include <utility>

#include "nlohmann/json.hpp"

namespace salesops::pipeline::domain {

// The rules of a version as a JSON column; found by argument-dependent lookup from
// records::JsonCol. What is empty is left out, so that a plain process stays a short text.
namespace {

using nlohmann::json;

void Put(json& object, const char* key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}
void Put(json& object, const char* key, const std::optional<absl::Duration>& length) {
  if (length) object[key] = absl::ToInt64Microseconds(*length);
}
void Put(json& object, const char* key, json list) {
  if (!list.empty()) object[key] = std::move(list);
}
std::optional<absl::Duration> LengthOf(const json& object, const char* key) {
  if (!object.contains(key)) return std::nullopt;
  return absl::Microseconds(object.value(key, int64_t{0}));
}
// The objects of a list; none if it is absent.
const json& ListOf(const json& object, const char* key) {
  static const auto* none = new json(json::array());
  const auto found = object.find(key);
  return found == object.end() || !found->is_array() ? *none : *found;
}

template <class Item, class Write>
json Listed(const std::vector<Item>& items, Write write) {
  json list = json::array();
  for (const Item& item : items) list.push_back(write(item));
  return list;
}

json ToObject(const Criterion& c) {
  json object = {{"id", c.id}, {"asks", static_cast<int>(c.requirement)}, {"for", c.subject}};
  Put(object, "message", c.message);
  Put(object, "module", c.module);
  if (c.requirement != Requirement::kActivity) return object;
  Put(object, "kinds",
      Listed(c.activity_kinds, [](ActivityKind k) { return static_cast<int>(k); }));
  object["least"] = c.min_count;
  if (c.in_stage) object["in_stage"] = true;
  return object;
}

json ToObject(const Step& step) {
  json object = {{"id", step.id}, {"name", step.display_name}};
  Put(object, "text", step.instruction);
  Put(object, "module", step.module);
  Put(object, "target_us", step.target_duration);
  if (step.evidence_required) object["evidence"] = true;
  return object;
}

json ToObject(const Stage& stage) {
  const auto criterion = [](const Criterion& c) { return ToObject(c); };
  json object = {{"id", stage.id},
                 {"name", stage.display_name},
                 {"kind", static_cast<int>(stage.kind)},
                 {"text", stage.description}};
  Put(object, "module", stage.module);
  Put(object, "target_us", stage.target_duration);
  Put(object, "steps", Listed(stage.steps, [](const Step& s) { return ToObject(s); }));
  Put(object, "entry", Listed(stage.entry_criteria, criterion));
  Put(object, "exit", Listed(stage.exit_criteria, criterion));
  return object;
}

std::vector<Criterion> CriteriaOf(const json& list) {
  std::vector<Criterion> criteria;
  for (const json& item : list) {
    Criterion& c = criteria.emplace_back();
    c.id = item.value("id", "");
    c.message = item.value("message", "");
    c.module = item.value("module", "");
    c.requirement = static_cast<Requirement>(item.value("asks", 0));
    c.subject = item.value("for", "");
    for (const json& kind : ListOf(item, "kinds")) {
      c.activity_kinds.push_back(static_cast<ActivityKind>(kind.get<int>()));
    }
    c.min_count = item.value("least", 1);
    c.in_stage = item.value("in_stage", false);
  }
  return criteria;
}

Stage StageOf(const json& item) {
  Stage stage;
  stage.id = item.value("id", "");
  stage.display_name = item.value("name", "");
  stage.kind = static_cast<StageKind>(item.value("kind", 0));
  stage.description = item.value("text", "");
  stage.module = item.value("module", "");
  stage.target_duration = LengthOf(item, "target_us");
  for (const json& step : ListOf(item, "steps")) {
    stage.steps.push_back({step.value("id", ""), step.value("name", ""), step.value("text", ""),
                           step.value("module", ""), LengthOf(step, "target_us"),
                           step.value("evidence", false)});
  }
  stage.entry_criteria = CriteriaOf(ListOf(item, "entry"));
  stage.exit_criteria = CriteriaOf(ListOf(item, "exit"));
  return stage;
}

}  // namespace

std::string ToJson(const std::vector<Stage>& stages) {
  return Listed(stages, [](const Stage& s) { return ToObject(s); }).dump();
}

void FromJson(const std::string& text, std::vector<Stage>* stages) {
  stages->clear();
  for (const json& item : json::parse(text, nullptr, false)) {
    if (item.is_object()) stages->push_back(StageOf(item));
  }
}

// Modules, approval rules and mappings: one object, empty for most processes.
std::string ExtrasToJson(const ProcessRules& rules) {
  json object = json::object();
  Put(object, "modules", Listed(rules.modules, [](const ProcessModule& m) {
        return json{{"id", m.id}, {"name", m.display_name}, {"when", m.condition}};
      }));
  Put(object, "approvals", Listed(rules.approval_rules, [](const ApprovalRule& rule) {
        json item = {{"id", rule.id}, {"name", rule.display_name}};
        Put(item, "text", rule.description);
        Put(item, "permission", rule.permission);
        Put(item, "fields", json(rule.fields));
        return item;
      }));
  Put(object, "mappings", Listed(rules.mappings, [](const VersionMapping& mapping) {
        json item = {{"from", mapping.from_version_id}};
        Put(item, "stages", json(mapping.stages));
        Put(item, "steps", json(mapping.steps));
        return item;
      }));
  return object.empty() ? "" : object.dump();
}

void ExtrasFromJson(const std::string& text, ProcessRules* rules) {
  rules->modules.clear();
  rules->approval_rules.clear();
  rules->mappings.clear();
  if (text.empty()) return;
  const json object = json::parse(text, nullptr, false);
  if (!object.is_object()) return;
  for (const json& item : ListOf(object, "modules")) {
    rules->modules.push_back(
        {item.value("id", ""), item.value("name", ""), item.value("when", "")});
  }
  for (const json& item : ListOf(object, "approvals")) {
    rules->approval_rules.push_back({item.value("id", ""), item.value("name", ""),
                                     item.value("text", ""), item.value("permission", ""),
                                     item.value("fields", std::vector<std::string>())});
  }
  using Map = std::map<std::string, std::string>;
  for (const json& item : ListOf(object, "mappings")) {
    rules->mappings.push_back(
        {item.value("from", ""), item.value("stages", Map()), item.value("steps", Map())});
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
          .enum_values = {{"STATE_DRAFT", 1}, {"STATE_PUBLISHED", 2}, {"STATE_RETIRED", 3}}}},
        {"publish_time", {.sql = "r.publish_time", .type = ColumnType::kTime, .nullable = true}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<SalesProcessVersion>(
        "sales_process_version", std::move(options),
        {Key("process_id", &SalesProcessVersion::process_id),
         Key("id", &SalesProcessVersion::id),
         {"stages", false,
          [](const SalesProcessVersion& v) { return mysql::Value(ToJson(v.rules.stages)); },
          [](SalesProcessVersion& v, mysql::Row& row, int i) {
            FromJson(row.String(i), &v.rules.stages);
          }},
         Col("state", &SalesProcessVersion::state),
         Col("publish_time", &SalesProcessVersion::publish_time),
         JsonCol("external_keys", &SalesProcessVersion::external_keys),
         {"extras", false,
          [](const SalesProcessVersion& v) { return mysql::Value(ExtrasToJson(v.rules)); },
          [](SalesProcessVersion& v, mysql::Row& row, int i) {
            ExtrasFromJson(row.String(i), &v.rules);
          }},
         Col("retire_time", &SalesProcessVersion::retire_time)});
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
