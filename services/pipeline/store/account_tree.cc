#include "services/pipeline/store/account_tree.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::pipeline::store {
namespace {

// Above any number of accounts that one transaction's chains can have.
constexpr int kMostAbove = 100'000;

std::string Marks(size_t n) { return absl::StrJoin(std::vector<std::string>(n, "?"), ","); }

// A table of accounts with the alias a, and what WHERE must say of it: the current rows, or the
// versions that a position sees. The position stands in the text: it is a number of ours.
struct Source {
  std::string from;
  std::string where = "TRUE";
};

Source AccountsAsOf(std::optional<int64_t> position) {
  if (!position) return {"account a"};
  return {
      "account_history a JOIN event_log f ON f.outbox_seq = a.recorded_from "
      "LEFT JOIN event_log u ON u.outbox_seq = a.recorded_to",
      absl::StrCat("f.position <= ", *position, " AND (u.position IS NULL OR u.position > ",
                   *position, ")")};
}

// The same joined to the alias t by the condition on a.
std::string JoinedBy(std::optional<int64_t> position, const std::string& condition) {
  if (!position) return absl::StrCat("JOIN account a ON ", condition);
  return absl::StrCat("JOIN account_history a ON ", condition,
                      " JOIN event_log f ON f.outbox_seq = a.recorded_from "
                      "LEFT JOIN event_log u ON u.outbox_seq = a.recorded_to");
}

}  // namespace

absl::Status LockTree(mysql::Transaction& tx) {
  ASSIGN_OR_RETURN(
      const auto locked,
      tx.QueryOne("SELECT name FROM consistency_guard WHERE name = 'accounts' FOR UPDATE", {},
                  [](mysql::Row& row) { return row.String(0); }));
  if (!locked) return status::Internal("consistency_guard has no row for accounts");
  return absl::OkStatus();
}

absl::StatusOr<domain::ParentOf> ParentsAbove(mysql::Connection& c,
                                              const std::set<std::string>& ids,
                                              std::optional<int64_t> as_of_position) {
  domain::ParentOf parent_of;
  if (ids.empty()) return parent_of;
  const Source accounts = AccountsAsOf(as_of_position);
  // UNION without ALL ends even where rows would go round.
  RETURN_IF_ERROR(
      c.ForEach(absl::StrCat("WITH RECURSIVE tree AS (SELECT a.id, a.parent_id FROM ",
                             accounts.from, " WHERE ", accounts.where, " AND a.id IN (",
                             Marks(ids.size()), ") UNION SELECT a.id, a.parent_id FROM tree t ",
                             JoinedBy(as_of_position, "a.id = t.parent_id"), " WHERE ",
                             accounts.where, ") SELECT id, parent_id FROM tree LIMIT ", kMostAbove),
                mysql::Params(ids.begin(), ids.end()),
                [&](mysql::Row& row) { parent_of[row.String(0)] = row.String(1); }));
  return parent_of;
}

absl::StatusOr<std::map<std::string, int>> LevelsBelow(mysql::Connection& c,
                                                       const std::set<std::string>& ids) {
  std::map<std::string, int> levels;
  if (ids.empty()) return levels;
  RETURN_IF_ERROR(c.ForEach(
      absl::StrCat("WITH RECURSIVE tree AS (SELECT id AS root, id, 1 AS level FROM account "
                   "WHERE id IN (",
                   Marks(ids.size()),
                   ") UNION ALL SELECT t.root, a.id, t.level + 1 FROM tree t "
                   "JOIN account a ON a.parent_id = t.id WHERE t.level <= ",
                   domain::kMostLevels, ") SELECT root, MAX(level) FROM tree GROUP BY root LIMIT ",
                   ids.size()),
      mysql::Params(ids.begin(), ids.end()),
      [&](mysql::Row& row) { levels[row.String(0)] = static_cast<int>(row.Int64(1)); }));
  return levels;
}

salesops::api::Column InTreeOf(const std::string& sql, std::optional<int64_t> as_of_position) {
  const Source accounts = AccountsAsOf(as_of_position);
  return {.sql = sql,
          .type = salesops::api::ColumnType::kId,
          .orderable = false,
          .name_prefix = "accounts/",
          .custom = absl::StrCat(sql, " IN (WITH RECURSIVE tree AS (SELECT a.id FROM ",
                                 accounts.from, " WHERE ", accounts.where,
                                 " AND a.id = ? UNION SELECT a.id FROM tree t ",
                                 JoinedBy(as_of_position, "a.parent_id = t.id"), " WHERE ",
                                 accounts.where, ") SELECT id FROM tree)")};
}

}  // namespace salesops::pipeline::store
