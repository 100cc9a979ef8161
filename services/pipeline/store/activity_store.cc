#include "services/pipeline/store/activity_store.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "nlohmann/json.hpp"

namespace salesops::pipeline::domain {

// Participants as a JSON column; found by argument-dependent lookup from records::JsonCol.
std::string ToJson(const std::vector<Participant>& participants) {
  nlohmann::json list = nlohmann::json::array();
  for (const Participant& p : participants) {
    nlohmann::json item = nlohmann::json::object();
    if (!p.seller_id.empty()) item["s"] = p.seller_id;
    if (!p.contact_id.empty()) item["c"] = p.contact_id;
    if (!p.display_name.empty()) item["n"] = p.display_name;
    if (!p.address.empty()) item["a"] = p.address;
    list.push_back(std::move(item));
  }
  return list.dump();
}

void FromJson(const std::string& text, std::vector<Participant>* participants) {
  participants->clear();
  for (const nlohmann::json& item : nlohmann::json::parse(text, nullptr, false)) {
    if (!item.is_object()) continue;
    participants->push_back(
        {item.value("s", ""), item.value("c", ""), item.value("n", ""), item.value("a", "")});
  }
}

}  // namespace salesops::pipeline::domain

namespace salesops::pipeline::store {

using domain::Activity;
using domain::ActivityKind;
using records::Col;
using records::JsonCol;
using records::Key;
using salesops::api::ColumnType;

namespace {

salesops::api::Column IdColumn(const char* sql, const char* prefix) {
  return {.sql = sql, .type = ColumnType::kId, .name_prefix = prefix};
}

// A stored activity is complete: whether it is done is known.
records::Column<Activity> DoneCol() {
  return {"done", false, [](const Activity& a) { return mysql::Value(a.done.value_or(false)); },
          [](Activity& a, mysql::Row& row, int i) { a.done = row.Bool(i); }};
}

constexpr size_t kPartsPerInsert = 500;

// Where an activity's id stands beside that of somebody whom it names.
struct NamedIn {
  const char* table;
  const char* activity;
  const char* who;
};

absl::StatusOr<std::vector<std::string>> FindActivities(mysql::Connection& c,
                                                        const std::vector<NamedIn>& places,
                                                        const std::string& who,
                                                        const std::string& after, int limit) {
  std::vector<std::string> selects;
  mysql::Params params;
  for (const NamedIn& in : places) {
    selects.push_back(absl::StrCat("(SELECT DISTINCT ", in.activity, " AS id FROM ", in.table,
                                   " WHERE ", in.who, " = ? AND ", in.activity,
                                   " > ? ORDER BY id LIMIT ", limit, ")"));
    params.push_back(who);
    params.push_back(after);
  }
  return c.Query(absl::StrCat(absl::StrJoin(selects, " UNION "), " ORDER BY id LIMIT ", limit),
                 params, [](mysql::Row& row) { return row.String(0); });
}

// DATETIME begins with the year 1000; nothing here happened before.
absl::Time Earliest() {
  return absl::FromCivil(absl::CivilSecond(1000, 1, 1), absl::UTCTimeZone());
}

}  // namespace

const records::Table<Activity>& Activities() {
  static const auto* table = [] {
    records::Table<Activity>::Options options;
    options.only_replaced = true;
    options.default_order = "start_time";
    options.indexes = {"activity_start_time", "activity_kind",    "activity_owner",
                       "activity_account",    "activity_contact", "activity_lead",
                       "activity_opportunity"};
    // Nobody filters by what is personal: a list would tell it without an audit entry.
    options.fields = {
        {"name", IdColumn("r.id", "activities/")},
        {"display_name", {.sql = "r.display_name"}},
        {"kind",
         {.sql = "r.kind",
          .type = ColumnType::kEnum,
          .enum_values = {{"KIND_CALL", 1},
                          {"KIND_VISIT", 2},
                          {"KIND_EMAIL", 3},
                          {"KIND_MEETING", 4},
                          {"KIND_MESSAGE", 5},
                          {"KIND_SYSTEM", 6},
                          {"KIND_DEVICE", 7}}}},
        {"direction",
         {.sql = "r.direction",
          .type = ColumnType::kEnum,
          .enum_values = {{"DIRECTION_UNSPECIFIED", 0},
                          {"DIRECTION_INBOUND", 1},
                          {"DIRECTION_OUTBOUND", 2},
                          {"DIRECTION_INTERNAL", 3}}}},
        {"start_time", {.sql = "r.start_time", .type = ColumnType::kTime}},
        {"end_time", {.sql = "r.end_time", .type = ColumnType::kTime, .nullable = true}},
        {"done", {.sql = "r.done", .type = ColumnType::kBool}},
        {"owner", IdColumn("r.owner_id", "sellers/")},
        {"account", IdColumn("r.account_id", "accounts/")},
        {"contact", IdColumn("r.contact_id", "contacts/")},
        {"lead", IdColumn("r.lead_id", "leads/")},
        {"opportunity", IdColumn("r.opportunity_id", "opportunities/")},
        {"outcome",
         {.sql = "r.outcome",
          .type = ColumnType::kEnum,
          .enum_values = {{"OUTCOME_NONE", 1},
                          {"OUTCOME_REACHED", 2},
                          {"OUTCOME_NOT_REACHED", 3},
                          {"OUTCOME_POSTPONED", 4},
                          {"OUTCOME_AGREED", 5},
                          {"OUTCOME_DECLINED", 6}}}},
        {"source", {.sql = "r.source"}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<Activity>(
        "activity", std::move(options),
        {Key("id", &Activity::id), Col("display_name", &Activity::display_name),
         Col("kind", &Activity::kind), Col("direction", &Activity::direction),
         Col("start_time", &Activity::start_time), Col("end_time", &Activity::end_time), DoneCol(),
         Col("owner_id", &Activity::owner_id), Col("account_id", &Activity::account_id),
         Col("contact_id", &Activity::contact_id), Col("lead_id", &Activity::lead_id),
         Col("opportunity_id", &Activity::opportunity_id),
         JsonCol("participants", &Activity::participants), Col("outcome", &Activity::outcome),
         Col("outcome_note", &Activity::outcome_note), Col("description", &Activity::description),
         Col("source", &Activity::source), JsonCol("external_keys", &Activity::external_keys),
         JsonCol("attributes", &Activity::attributes)});
  }();
  return *table;
}

absl::StatusOr<std::map<ActivityKind, int64_t>> CountActivities(
    mysql::Connection& c, const std::string& opportunity_id, const std::vector<ActivityKind>& kinds,
    absl::Time since) {
  std::map<ActivityKind, int64_t> counts;
  mysql::Params params = {opportunity_id, std::max(since, Earliest())};
  for (const ActivityKind kind : kinds) {
    if (counts.emplace(kind, 0).second) params.push_back(static_cast<int64_t>(kind));
  }
  if (counts.empty()) return counts;
  const std::string marks = absl::StrJoin(std::vector<std::string>(counts.size(), "?"), ",");
  RETURN_IF_ERROR(c.ForEach(
      absl::StrCat("SELECT kind, COUNT(*) FROM activity WHERE opportunity_id = ? AND "
                   "start_time >= ? AND done AND archive_time IS NULL AND kind IN (",
                   marks, ") GROUP BY kind LIMIT ", counts.size()),
      params,
      [&](mysql::Row& row) { counts[static_cast<ActivityKind>(row.Int64(0))] = row.Int64(1); }));
  return counts;
}

absl::Status IndexParticipants(mysql::Transaction& tx, const std::vector<TakenPart>& parts) {
  for (size_t begin = 0; begin < parts.size(); begin += kPartsPerInsert) {
    const size_t end = std::min(parts.size(), begin + kPartsPerInsert);
    mysql::Params params;
    for (size_t i = begin; i < end; ++i) {
      params.push_back(parts[i].contact_id);
      params.push_back(parts[i].activity_id);
    }
    const std::string marks = absl::StrJoin(std::vector<std::string>(end - begin, "(?,?)"), ",");
    RETURN_IF_ERROR(tx.Execute("INSERT IGNORE INTO activity_participant (contact_id, activity_id) "
                               "VALUES " +
                                   marks,
                               params)
                        .status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> ActivitiesOfContact(mysql::Connection& c,
                                                             const std::string& contact_id,
                                                             const std::string& after, int limit) {
  return FindActivities(c,
                        {{"activity", "id", "contact_id"},
                         {"activity_history", "id", "contact_id"},
                         {"activity_participant", "activity_id", "contact_id"}},
                        contact_id, after, limit);
}

absl::StatusOr<std::vector<std::string>> ActivitiesOfLead(mysql::Connection& c,
                                                          const std::string& lead_id,
                                                          const std::string& after, int limit) {
  return FindActivities(c, {{"activity", "id", "lead_id"}, {"activity_history", "id", "lead_id"}},
                        lead_id, after, limit);
}

}  // namespace salesops::pipeline::store
