#include "services/pipeline/store/retention_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "shared/status/macros.h"

namespace salesops::pipeline::store {

using domain::RetentionKind;
using domain::RetentionRule;
using records::Col;
using records::Column;
using records::JsonCol;
using records::Key;

namespace {

// The kind of a rule that is not archived, else NULL: a unique key lets one of each be in force.
Column<RetentionRule> InForceCol() {
  return {"kind_in_force", false,
          [](const RetentionRule& rule) {
            return rule.meta.archive_time ? mysql::Value()
                                          : mysql::Value(static_cast<int64_t>(rule.kind));
          },
          [](RetentionRule&, mysql::Row&, int) {}};
}

// `SELECT id, version` of what is due, up to where it may be narrowed and is ordered. Each `?` is
// the moment before which it counts. What must not be is asked as a scalar, row by row: of NOT
// EXISTS the servers make a table of everything first.
struct DueSelect {
  std::string sql;
  int moments;
  const char* id;
  const char* rest;
};

DueSelect DisqualifiedLeads() {
  // A lead was created before it was decided: what is not as old need not be read.
  return {
      "SELECT l.id, l.version FROM sales_lead l FORCE INDEX (PRIMARY, sales_lead_retention) WHERE "
      "l.state = 3 AND l.erase_time IS NULL AND l.create_time < ? AND l.outcome_time < ?",
      2, "l.id", " ORDER BY l.create_time, l.id"};
}

DueSelect OpenLeads() {
  return {
      "SELECT l.id, l.version FROM sales_lead l FORCE INDEX (PRIMARY, sales_lead_retention) WHERE "
      "l.state = 1 AND l.erase_time IS NULL AND l.create_time < ? AND l.update_time < ? AND "
      "(SELECT 1 FROM activity a WHERE a.lead_id = l.id AND a.start_time >= ? LIMIT 1) IS NULL",
      3, "l.id", " ORDER BY l.create_time, l.id"};
}

// An archived contact was last changed when it was archived. Its roles in deals are found by its
// account: a role is of the deal's account, if the deal has one.
DueSelect InactiveContacts() {
  return {
      "SELECT c.id, c.version FROM contact c FORCE INDEX (PRIMARY, contact_retention) WHERE "
      "c.erase_time IS NULL AND c.update_time < ? AND (c.archive_time IS NOT NULL OR ("
      "(SELECT 1 FROM activity a WHERE a.contact_id = c.id AND a.start_time >= ? LIMIT 1) IS NULL "
      "AND (SELECT 1 FROM activity_participant p STRAIGHT_JOIN activity a ON a.id = p.activity_id "
      "WHERE p.contact_id = c.id AND a.start_time >= ? LIMIT 1) IS NULL AND "
      "(c.account_id = '' OR (SELECT 1 FROM opportunity o FORCE INDEX (opportunity_account) WHERE "
      "o.account_id = c.account_id AND o.state = 1 AND o.archive_time IS NULL LIMIT 1) IS NULL) "
      "AND (SELECT 1 FROM opportunity o FORCE INDEX (opportunity_account) WHERE o.account_id = '' "
      "AND o.state = 1 AND o.archive_time IS NULL AND o.contact_roles LIKE CONCAT('%\"', c.id, "
      "'\"%') LIMIT 1) IS NULL))",
      3, "c.id", " ORDER BY c.update_time, c.id"};
}

// The column is NULL if nothing is kept that could be erased.
DueSelect ActivitiesWithText() {
  return {"SELECT a.id, a.version FROM activity a WHERE a.text_start_time < ?", 1, "a.id",
          " ORDER BY a.text_start_time, a.id"};
}

// Those of which only earlier versions keep something.
DueSelect ActivitiesWithEarlierText() {
  return {
      "SELECT DISTINCT a.id, a.version FROM activity_history h STRAIGHT_JOIN activity a ON a.id = "
      "h.id WHERE h.text_start_time < ? AND a.start_time < ? AND a.text_start_time IS NULL",
      2, "a.id", " ORDER BY a.id"};
}

std::vector<DueSelect> SelectsOf(RetentionKind kind) {
  switch (kind) {
    case RetentionKind::kLeadDisqualified:
      return {DisqualifiedLeads()};
    case RetentionKind::kLeadOpen:
      return {OpenLeads()};
    case RetentionKind::kContactInactive:
      return {InactiveContacts()};
    case RetentionKind::kActivityText:
      return {ActivitiesWithText(), ActivitiesWithEarlierText()};
    case RetentionKind::kUnspecified:
      break;
  }
  return {};
}

absl::StatusOr<std::vector<DueRecord>> Find(mysql::Connection& c, RetentionKind kind,
                                            absl::Time before, const std::string& id, int limit) {
  std::vector<DueRecord> due;
  for (const DueSelect& select : SelectsOf(kind)) {
    const int left = limit - static_cast<int>(due.size());
    if (left <= 0) break;
    mysql::Params params(select.moments, before);
    std::string sql = select.sql;
    if (!id.empty()) {
      absl::StrAppend(&sql, " AND ", select.id, " = ?");
      params.push_back(id);
    }
    RETURN_IF_ERROR(
        c.ForEach(absl::StrCat(sql, select.rest, " LIMIT ", left), params, [&](mysql::Row& row) {
          due.push_back({row.String(0), row.Int64(1)});
        }));
  }
  return due;
}

}  // namespace

const records::Table<RetentionRule>& RetentionRules() {
  static const auto* table = [] {
    using salesops::api::ColumnType;
    records::Table<RetentionRule>::Options options;
    options.indexes = {"retention_rule_display_name", "retention_rule_update_time"};
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId, .name_prefix = "retentionRules/"}},
        {"display_name", {.sql = "r.display_name"}},
        {"kind",
         {.sql = "r.kind",
          .type = ColumnType::kEnum,
          .enum_values = {{"KIND_LEAD_DISQUALIFIED", 1},
                          {"KIND_LEAD_OPEN", 2},
                          {"KIND_CONTACT_INACTIVE", 3},
                          {"KIND_ACTIVITY_TEXT", 4}}}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<RetentionRule>(
        "retention_rule", std::move(options),
        {Key("id", &RetentionRule::id), Col("display_name", &RetentionRule::display_name),
         Col("kind", &RetentionRule::kind), InForceCol(),
         Col("keep_days", &RetentionRule::keep_days),
         JsonCol("external_keys", &RetentionRule::external_keys)});
  }();
  return *table;
}

absl::StatusOr<std::vector<DueRecord>> FindDue(mysql::Connection& c, RetentionKind kind,
                                               absl::Time before, int limit) {
  return Find(c, kind, before, "", limit);
}

absl::StatusOr<std::optional<DueRecord>> FindDue(mysql::Connection& c, RetentionKind kind,
                                                 absl::Time before, const std::string& id) {
  ASSIGN_OR_RETURN(const std::vector<DueRecord> due, Find(c, kind, before, id, 1));
  if (due.empty()) return std::optional<DueRecord>();
  return std::optional<DueRecord>(due.front());
}

}  // namespace salesops::pipeline::store
