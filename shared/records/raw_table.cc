#include "shared/records/raw_table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::records {
namespace {

using api::OrderTerm;
using mysql::Params;
using mysql::Value;

// Rows of one statement; a batch of 500 with 30 columns stays below MySQL's 65,535 parameters.
// A statement of so many bytes is still kept prepared by the session; parsing a longer one each
// time costs more than the round trips it saves.
constexpr size_t kLongestInsert = 7500;

std::string Placeholders(size_t n) {
  std::string text = "?";
  for (size_t i = 1; i < n; ++i) text += ",?";
  return text;
}

struct OrderKey {
  std::string sql;
  bool descending;
  bool nullable;
};

// Appends "comes after `v` in this key" / "equals `v`". NULL sorts first, as in MySQL.
std::string After(const OrderKey& key, const Value& v, Params* params) {
  if (v.is_null()) return key.descending ? "FALSE" : absl::StrCat(key.sql, " IS NOT NULL");
  params->push_back(v);
  if (!key.descending) return absl::StrCat(key.sql, " > ?");
  if (!key.nullable) return absl::StrCat(key.sql, " < ?");
  return absl::StrCat("(", key.sql, " < ? OR ", key.sql, " IS NULL)");
}

std::string Equal(const OrderKey& key, const Value& v, Params* params) {
  if (v.is_null()) return absl::StrCat(key.sql, " IS NULL");
  params->push_back(v);
  return absl::StrCat(key.sql, " = ?");
}

// (k1, k2, k3) after (v1, v2, v3), written so that the index range on k1 is used: a row comparison
// would scan the whole index.
std::string KeysetPredicate(const std::vector<OrderKey>& keys, const std::vector<Value>& values,
                            Params* params) {
  std::string sql;
  const OrderKey& first = keys[0];
  if (!values[0].is_null() && !(first.descending && first.nullable)) {
    params->push_back(values[0]);
    absl::StrAppend(&sql, first.sql, first.descending ? " <= ?" : " >= ?", " AND ");
  }
  absl::StrAppend(&sql, "(");
  for (size_t i = 0; i < keys.size(); ++i) {
    if (i > 0) absl::StrAppend(&sql, " OR (");
    for (size_t j = 0; j < i; ++j)
      absl::StrAppend(&sql, Equal(keys[j], values[j], params), " AND ");
    absl::StrAppend(&sql, After(keys[i], values[i], params), i > 0 ? ")" : "");
  }
  absl::StrAppend(&sql, ")");
  return sql;
}

}  // namespace

RawTable::RawTable(std::string name, std::vector<std::string> key_columns,
                   std::vector<std::string> value_columns, bool history,
                   const std::vector<std::string>& indexes)
    : name_(std::move(name)), key_size_(key_columns.size()), history_(history) {
  columns_ = std::move(key_columns);
  for (std::string& column : value_columns) columns_.push_back(std::move(column));
  for (const char* column : {"version", "create_time", "update_time", "archive_time"}) {
    columns_.push_back(column);
  }
  insert_list_ = absl::StrJoin(columns_, ", ");
  if (!indexes.empty()) {
    later_pages_ = absl::StrCat(" FORCE INDEX (PRIMARY, ", absl::StrJoin(indexes, ", "), ")");
  }
  std::vector<std::string> assignments;
  for (size_t i = key_size_; i < columns_.size(); ++i) assignments.push_back(columns_[i] + " = ?");
  std::vector<std::string> keys;
  for (size_t i = 0; i < key_size_; ++i) keys.push_back(columns_[i] + " = ?");
  update_sql_ = absl::StrCat("UPDATE ", name_, " SET ", absl::StrJoin(assignments, ", "),
                             ", recorded_from = LAST_INSERT_ID() + ? WHERE ",
                             absl::StrJoin(keys, " AND "), " AND version = ?");
  columns_.push_back("recorded_from");
  std::vector<std::string> qualified;
  for (const std::string& column : columns_) qualified.push_back("r." + column);
  select_list_ = absl::StrJoin(qualified, ", ");
}

int RawTable::IndexOf(const std::string& column) const {
  auto found = std::find(columns_.begin(), columns_.end(), column);
  return found == columns_.end() ? -1 : static_cast<int>(found - columns_.begin());
}

absl::Status RawTable::Insert(mysql::Transaction& tx, const std::vector<Params>& rows,
                              const std::vector<int64_t>& facts) const {
  if (rows.empty()) return absl::OkStatus();
  const size_t row_size =
      2 * columns_.size() + sizeof "(),LAST_INSERT_ID() + ?,9223372036854775807";
  const size_t rows_per_insert =
      std::max<size_t>(1, (kLongestInsert - 2 * insert_list_.size()) / row_size);
  for (size_t begin = 0; begin < rows.size(); begin += rows_per_insert) {
    const size_t end = std::min(rows.size(), begin + rows_per_insert);
    std::string values, history_values;
    Params params, history_params;
    for (size_t i = begin; i < end; ++i) {
      const std::string marks = Placeholders(rows[i].size());
      absl::StrAppend(&values, i == begin ? "(" : ",(", marks, ",LAST_INSERT_ID() + ?)");
      params.insert(params.end(), rows[i].begin(), rows[i].end());
      params.push_back(facts[i]);
      if (!history_) continue;
      absl::StrAppend(&history_values, i == begin ? "(" : ",(", marks, ",LAST_INSERT_ID() + ?,",
                      kOpen, ")");
    }
    RETURN_IF_ERROR(tx.Execute(absl::StrCat("INSERT INTO ", name_, " (", insert_list_,
                                            ", recorded_from) VALUES ", values),
                               params)
                        .status());
    if (!history_) continue;
    RETURN_IF_ERROR(
        tx.Execute(absl::StrCat("INSERT INTO ", name_, "_history (", insert_list_,
                                ", recorded_from, recorded_to) VALUES ", history_values),
                   params)
            .status());
  }
  return absl::OkStatus();
}

absl::Status RawTable::Update(mysql::Transaction& tx, const Params& row, int64_t version,
                              int64_t recorded_from, int64_t fact) const {
  Params key(row.begin(), row.begin() + key_size_);
  Params params(row.begin() + key_size_, row.end());
  params.push_back(fact);
  params.insert(params.end(), key.begin(), key.end());
  params.push_back(version - 1);
  absl::StatusOr<int64_t> matched = tx.Execute(update_sql_, params);
  RETURN_IF_ERROR(matched.status());
  if (*matched == 0) return status::EtagMismatch(name_);
  if (!history_) return absl::OkStatus();

  Params close = {fact};
  close.insert(close.end(), key.begin(), key.end());
  close.push_back(recorded_from);
  std::string where;
  for (size_t i = 0; i < key_size_; ++i) absl::StrAppend(&where, columns_[i], " = ? AND ");
  RETURN_IF_ERROR(tx.Execute(absl::StrCat("UPDATE ", name_,
                                          "_history SET recorded_to = LAST_INSERT_ID() + ? WHERE ",
                                          where, "recorded_from = ?"),
                             close)
                      .status());
  Params history = row;
  history.push_back(fact);
  return tx
      .Execute(absl::StrCat("INSERT INTO ", name_, "_history (", insert_list_,
                            ", recorded_from, recorded_to) VALUES (", Placeholders(row.size()),
                            ",LAST_INSERT_ID() + ?,", kOpen, ")"),
               history)
      .status();
}

// The FROM clause, and what it adds to WHERE. As of a position the history drives the join, so
// that the list's own index order is walked.
std::string RawTable::From(std::optional<int64_t> as_of_position, Params* params,
                           std::string* where) const {
  if (!as_of_position) return absl::StrCat(name_, " r");
  if (!history_) {
    absl::StrAppend(where, " AND f.position <= ?");
    params->push_back(*as_of_position);
    return absl::StrCat(name_, " r JOIN event_log f ON f.outbox_seq = r.recorded_from");
  }
  absl::StrAppend(where, " AND f.position <= ? AND (t.position IS NULL OR t.position > ?)");
  params->push_back(*as_of_position);
  params->push_back(*as_of_position);
  return absl::StrCat(name_,
                      "_history r JOIN event_log f ON f.outbox_seq = r.recorded_from "
                      "LEFT JOIN event_log t ON t.outbox_seq = r.recorded_to");
}

absl::Status RawTable::Get(mysql::Connection& c, const Params& key, bool for_update,
                           std::optional<int64_t> as_of_position,
                           const std::function<void(mysql::Row&)>& visit) const {
  Params params = key;
  std::string where;
  for (size_t i = 0; i < key_size_; ++i) {
    absl::StrAppend(&where, i > 0 ? " AND " : "", "r.", columns_[i], " = ?");
  }
  const std::string from = From(as_of_position, &params, &where);
  return c.ForEach(
      absl::StrCat(as_of_position ? "SELECT STRAIGHT_JOIN " : "SELECT ", select_list_, " FROM ",
                   from, " WHERE ", where, " LIMIT 1", for_update ? " FOR UPDATE" : ""),
      params, visit);
}

absl::Status RawTable::BatchGet(mysql::Connection& c, const std::vector<Params>& keys,
                                bool for_update, std::optional<int64_t> as_of_position,
                                const std::function<void(mysql::Row&)>& visit) const {
  if (keys.empty()) return absl::OkStatus();
  Params params;
  std::string where;
  if (key_size_ == 1) {
    where = absl::StrCat("r.", columns_[0], " IN (", Placeholders(keys.size()), ")");
    for (const Params& key : keys) params.push_back(key[0]);
  } else {
    where = "(";
    for (size_t k = 0; k < keys.size(); ++k) {
      absl::StrAppend(&where, k > 0 ? " OR (" : "(");
      for (size_t i = 0; i < key_size_; ++i) {
        absl::StrAppend(&where, i > 0 ? " AND " : "", "r.", columns_[i], " = ?");
        params.push_back(keys[k][i]);
      }
      absl::StrAppend(&where, ")");
    }
    absl::StrAppend(&where, ")");
  }
  const std::string from = From(as_of_position, &params, &where);
  std::string order;
  for (size_t i = 0; i < key_size_; ++i)
    absl::StrAppend(&order, i > 0 ? ", r." : "r.", columns_[i]);
  return c.ForEach(
      absl::StrCat("SELECT ", select_list_, " FROM ", from, " WHERE ", where, " ORDER BY ", order,
                   " LIMIT ", keys.size(), for_update ? " FOR UPDATE" : ""),
      params, visit);
}

absl::Status RawTable::List(mysql::Connection& c, const ListQuery& query,
                            const std::function<void(mysql::Row&)>& visit) const {
  Params params;
  std::string where = "TRUE";
  std::vector<OrderKey> keys;
  for (const OrderTerm& term : query.order) {
    keys.push_back({term.column.sql, term.descending, term.column.nullable});
  }
  for (size_t i = 0; i < query.parent.size(); ++i) {
    if (query.parent[i] == "-") continue;
    absl::StrAppend(&where, " AND r.", columns_[i], " = ?");
    params.push_back(query.parent[i]);
  }
  for (size_t i = 0; i < key_size_; ++i) {
    const bool fixed = i < query.parent.size() && query.parent[i] != "-";
    // The key follows the direction of the last term, so that one index serves both.
    if (!fixed) {
      keys.push_back(
          {"r." + columns_[i], !query.order.empty() && query.order.back().descending, false});
    }
  }
  if (!query.show_archived) absl::StrAppend(&where, " AND r.archive_time IS NULL");
  for (const api::Predicate& predicate : query.where) {
    absl::StrAppend(&where, " AND (", predicate.sql, ")");
    params.insert(params.end(), predicate.params.begin(), predicate.params.end());
  }
  std::string from = From(query.as_of_position, &params, &where);
  if (query.after) {
    if (!query.as_of_position) from += later_pages_;
    if (query.after->keys.size() != keys.size()) {
      return status::InvalidField("page_token", "BAD_PAGE_TOKEN", "does not belong to this query");
    }
    absl::StrAppend(&where, " AND ", KeysetPredicate(keys, query.after->keys, &params));
  }
  std::vector<std::string> order;
  for (const OrderKey& key : keys) order.push_back(key.sql + (key.descending ? " DESC" : ""));
  return c.ForEach(absl::StrCat(query.as_of_position ? "SELECT STRAIGHT_JOIN " : "SELECT ",
                                select_list_, " FROM ", from, " WHERE ", where, " ORDER BY ",
                                absl::StrJoin(order, ", "), " LIMIT ", query.limit + 1),
                   params, visit);
}

absl::Status RawTable::Revisions(mysql::Connection& c, const RevisionQuery& query,
                                 const std::function<void(mysql::Row&)>& visit) const {
  if (!history_) return status::Internal(absl::StrCat(name_, " keeps no history"));
  Params params = {query.as_of_position};
  std::string where;
  for (size_t i = 0; i < key_size_; ++i) {
    absl::StrAppend(&where, "r.", columns_[i], " = ? AND ");
    params.push_back(query.key[i]);
  }
  params.push_back(query.as_of_position);
  if (query.before) params.push_back(*query.before);
  return c.ForEach(
      absl::StrCat("SELECT STRAIGHT_JOIN ", select_list_,
                   ", f.sequenced_at, t.sequenced_at, o.type, o.actor FROM ", name_,
                   "_history r JOIN event_log f ON f.outbox_seq = r.recorded_from "
                   "LEFT JOIN event_log t ON t.outbox_seq = r.recorded_to AND t.position <= ? "
                   "LEFT JOIN outbox o ON o.seq = r.recorded_from WHERE ",
                   where, "f.position <= ?", query.before ? " AND r.recorded_from < ?" : "",
                   " ORDER BY r.recorded_from DESC LIMIT ", query.limit + 1),
      params, visit);
}

}  // namespace salesops::records
