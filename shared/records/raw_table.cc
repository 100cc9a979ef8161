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
// Versions of one record that are rewritten together.
constexpr int kMostVersions = 100'000;
// version, create_time, update_time, archive_time.
constexpr size_t kStamps = 4;

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

// One statement of all of them; `rest` orders and limits what several give together.
std::string Together(const std::vector<std::string>& selects, const std::string& rest) {
  if (selects.size() == 1) return selects[0];
  return absl::StrCat("(", absl::StrJoin(selects, ") UNION ALL ("), ")", rest);
}

}  // namespace

RawTable::RawTable(std::string name, std::vector<std::string> key_columns,
                   std::vector<std::string> value_columns, bool history,
                   const std::vector<std::string>& indexes, bool only_replaced)
    : name_(std::move(name)),
      key_size_(key_columns.size()),
      history_(history),
      only_replaced_(only_replaced) {
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
  assignments.resize(assignments.size() - kStamps);
  rewrite_sql_ = absl::StrCat(" SET ", absl::StrJoin(assignments, ", "), " WHERE ",
                              absl::StrJoin(keys, " AND "), " AND recorded_from = ?");
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
      if (!history_ || only_replaced_) continue;
      absl::StrAppend(&history_values, i == begin ? "(" : ",(", marks, ",LAST_INSERT_ID() + ?,",
                      kOpen, ")");
    }
    RETURN_IF_ERROR(tx.Execute(absl::StrCat("INSERT INTO ", name_, " (", insert_list_,
                                            ", recorded_from) VALUES ", values),
                               params)
                        .status());
    if (!history_ || only_replaced_) continue;
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
  if (history_ && only_replaced_) {
    RETURN_IF_ERROR(KeepReplaced(tx, key, version - 1, fact));
  }
  Params params(row.begin() + key_size_, row.end());
  params.push_back(fact);
  params.insert(params.end(), key.begin(), key.end());
  params.push_back(version - 1);
  absl::StatusOr<int64_t> matched = tx.Execute(update_sql_, params);
  RETURN_IF_ERROR(matched.status());
  if (*matched == 0) return status::EtagMismatch(name_);
  if (!history_ || only_replaced_) return absl::OkStatus();

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

// Copies a version that is about to be replaced into the history.
absl::Status RawTable::KeepReplaced(mysql::Transaction& tx, const Params& key, int64_t version,
                                    int64_t fact) const {
  Params params = {fact};
  params.insert(params.end(), key.begin(), key.end());
  params.push_back(version);
  std::string where;
  for (size_t i = 0; i < key_size_; ++i) absl::StrAppend(&where, columns_[i], " = ? AND ");
  return tx
      .Execute(absl::StrCat("INSERT INTO ", name_, "_history (", insert_list_,
                            ", recorded_from, recorded_to) SELECT ", insert_list_,
                            ", recorded_from, LAST_INSERT_ID() + ? FROM ", name_, " WHERE ", where,
                            "version = ?"),
               params)
      .status();
}

// As of a position the rows are walked in the list's own index order. What the log says of the
// position (b) tells of nearly every version whether it was there; only the facts of versions
// between its bounds are looked up.
std::vector<RawTable::Part> RawTable::PartsOf(std::optional<int64_t> as_of_position) const {
  if (!as_of_position) return {{name_ + " r", "", {}, true}};
  const std::string high = absl::StrCat("COALESCE(b.high_seq, ", kOpen, ")");
  const std::string made = absl::StrCat(
      " AND b.partition_id = 0 AND b.position = ? AND r.recorded_from <= ", high,
      " AND (r.recorded_from < COALESCE(b.low_seq, 0) OR"
      " (SELECT f.position FROM event_log f WHERE f.outbox_seq = r.recorded_from) <= b.position)");
  const std::string not_replaced = absl::StrCat(
      " AND (r.recorded_to > ", high,
      " OR (r.recorded_to >= COALESCE(b.low_seq, 0) AND COALESCE((SELECT t.position FROM event_log"
      " t WHERE t.outbox_seq = r.recorded_to), ",
      kOpen, ") > b.position))");
  std::vector<Part> parts;
  if (!history_ || only_replaced_) {
    parts.push_back(
        {absl::StrCat("event_log b JOIN ", name_, " r"), made, {*as_of_position}, true});
  }
  if (history_) {
    parts.push_back({absl::StrCat("event_log b JOIN ", name_, "_history r"),
                     made + not_replaced,
                     {*as_of_position}});
  }
  return parts;
}

absl::Status RawTable::Get(mysql::Connection& c, const Params& key, bool for_update,
                           std::optional<int64_t> as_of_position,
                           const std::function<void(mysql::Row&)>& visit) const {
  std::string where;
  for (size_t i = 0; i < key_size_; ++i) {
    absl::StrAppend(&where, i > 0 ? " AND " : "", "r.", columns_[i], " = ?");
  }
  Params params;
  std::vector<std::string> selects;
  for (const Part& part : PartsOf(as_of_position)) {
    params.insert(params.end(), key.begin(), key.end());
    params.insert(params.end(), part.params.begin(), part.params.end());
    selects.push_back(absl::StrCat(as_of_position ? "SELECT STRAIGHT_JOIN " : "SELECT ",
                                   select_list_, " FROM ", part.from, " WHERE ", where, part.where,
                                   " LIMIT 1"));
  }
  return c.ForEach(Together(selects, " LIMIT 1") + (for_update ? " FOR UPDATE" : ""), params,
                   visit);
}

absl::Status RawTable::BatchGet(mysql::Connection& c, const std::vector<Params>& keys,
                                bool for_update, std::optional<int64_t> as_of_position,
                                const std::function<void(mysql::Row&)>& visit) const {
  if (keys.empty()) return absl::OkStatus();
  Params key_params;
  std::string where;
  if (key_size_ == 1) {
    where = absl::StrCat("r.", columns_[0], " IN (", Placeholders(keys.size()), ")");
    for (const Params& key : keys) key_params.push_back(key[0]);
  } else {
    where = "(";
    for (size_t k = 0; k < keys.size(); ++k) {
      absl::StrAppend(&where, k > 0 ? " OR (" : "(");
      for (size_t i = 0; i < key_size_; ++i) {
        absl::StrAppend(&where, i > 0 ? " AND " : "", "r.", columns_[i], " = ?");
        key_params.push_back(keys[k][i]);
      }
      absl::StrAppend(&where, ")");
    }
    absl::StrAppend(&where, ")");
  }
  const std::vector<std::string> order(columns_.begin(), columns_.begin() + key_size_);
  const std::string limit = absl::StrCat(" LIMIT ", keys.size());
  Params params;
  std::vector<std::string> selects;
  for (const Part& part : PartsOf(as_of_position)) {
    params.insert(params.end(), key_params.begin(), key_params.end());
    params.insert(params.end(), part.params.begin(), part.params.end());
    selects.push_back(absl::StrCat("SELECT ", select_list_, " FROM ", part.from, " WHERE ", where,
                                   part.where, " ORDER BY r.", absl::StrJoin(order, ", r."),
                                   limit));
  }
  return c.ForEach(
      Together(selects, absl::StrCat(" ORDER BY ", absl::StrJoin(order, ", "), limit)) +
          (for_update ? " FOR UPDATE" : ""),
      params, visit);
}

absl::Status RawTable::List(mysql::Connection& c, const ListQuery& query,
                            const std::function<void(mysql::Row&)>& visit) const {
  Params asked;
  std::string where = "TRUE";
  std::vector<OrderKey> keys;
  for (const OrderTerm& term : query.order) {
    keys.push_back({term.column.sql, term.descending, term.column.nullable});
  }
  for (size_t i = 0; i < query.parent.size(); ++i) {
    if (query.parent[i] == "-") continue;
    absl::StrAppend(&where, " AND r.", columns_[i], " = ?");
    asked.push_back(query.parent[i]);
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
    asked.insert(asked.end(), predicate.params.begin(), predicate.params.end());
  }
  std::string after;
  Params after_params;
  if (query.after) {
    if (query.after->keys.size() != keys.size()) {
      return status::InvalidField("page_token", "BAD_PAGE_TOKEN",
                                  "does not belong to this query; start again from the first page");
    }
    after = " AND " + KeysetPredicate(keys, query.after->keys, &after_params);
  }
  std::vector<std::string> order, order_together;
  for (const OrderKey& key : keys) {
    const std::string direction = key.descending ? " DESC" : "";
    order.push_back(key.sql + direction);
    order_together.push_back(key.sql.substr(sizeof "r." - 1) + direction);
  }
  const std::string limit = absl::StrCat(" LIMIT ", query.limit + 1);
  Params params;
  std::vector<std::string> selects;
  for (const Part& part : PartsOf(query.as_of_position)) {
    for (const Params& more : {asked, part.params, after_params}) {
      params.insert(params.end(), more.begin(), more.end());
    }
    selects.push_back(absl::StrCat(
        query.as_of_position ? "SELECT STRAIGHT_JOIN " : "SELECT ", select_list_, " FROM ",
        part.from, query.after && part.current ? later_pages_ : "", " WHERE ", where, part.where,
        after, " ORDER BY ", absl::StrJoin(order, ", "), limit));
  }
  return c.ForEach(
      Together(selects, absl::StrCat(" ORDER BY ", absl::StrJoin(order_together, ", "), limit)),
      params, visit);
}

absl::Status RawTable::Revisions(mysql::Connection& c, const RevisionQuery& query,
                                 const std::function<void(mysql::Row&)>& visit) const {
  if (!history_) return status::Internal(absl::StrCat(name_, " keeps no history"));
  std::string where;
  for (size_t i = 0; i < key_size_; ++i) absl::StrAppend(&where, "r.", columns_[i], " = ? AND ");
  absl::StrAppend(&where, "f.position <= ?", query.before ? " AND r.recorded_from < ?" : "");
  const std::string limit = absl::StrCat(" ORDER BY recorded_from DESC LIMIT ", query.limit + 1);
  Params params;
  std::vector<std::string> selects;
  // A current row that has no version in the history joins no successor: its end is NULL.
  for (const bool current : {true, false}) {
    if (current && !only_replaced_) continue;
    if (!current) params.push_back(query.as_of_position);
    params.insert(params.end(), query.key.begin(), query.key.end());
    params.push_back(query.as_of_position);
    if (query.before) params.push_back(*query.before);
    selects.push_back(absl::StrCat(
        "SELECT STRAIGHT_JOIN ", select_list_, ", f.sequenced_at, t.sequenced_at, o.type, o.actor",
        " FROM ", name_, current ? " r" : "_history r",
        " JOIN event_log f ON f.outbox_seq = r.recorded_from LEFT JOIN event_log t ON ",
        current ? "FALSE" : "t.outbox_seq = r.recorded_to AND t.position <= ?",
        " LEFT JOIN outbox o ON o.seq = r.recorded_from WHERE ", where, limit));
  }
  return c.ForEach(Together(selects, limit), params, visit);
}

absl::Status RawTable::Versions(mysql::Transaction& tx, const Params& key,
                                const std::function<void(mysql::Row&)>& visit) const {
  std::vector<std::string> keys;
  for (size_t i = 0; i < key_size_; ++i) keys.push_back(absl::StrCat("r.", columns_[i], " = ?"));
  std::vector<std::string> tables = {name_};
  if (history_) tables.push_back(name_ + "_history");
  for (const std::string& table : tables) {
    RETURN_IF_ERROR(
        tx.ForEach(absl::StrCat("SELECT ", select_list_, " FROM ", table, " r WHERE ",
                                absl::StrJoin(keys, " AND "), " ORDER BY r.recorded_from LIMIT ",
                                kMostVersions, " FOR UPDATE"),
                   key, visit));
  }
  return absl::OkStatus();
}

absl::Status RawTable::Rewrite(mysql::Transaction& tx, const Params& row,
                               int64_t recorded_from) const {
  const size_t values_end = columns_.size() - 1 - kStamps;  // recorded_from is the last
  Params params(row.begin() + key_size_, row.begin() + values_end);
  params.insert(params.end(), row.begin(), row.begin() + key_size_);
  params.push_back(recorded_from);
  RETURN_IF_ERROR(tx.Execute(absl::StrCat("UPDATE ", name_, rewrite_sql_), params).status());
  if (!history_) return absl::OkStatus();
  return tx.Execute(absl::StrCat("UPDATE ", name_, "_history", rewrite_sql_), params).status();
}

}  // namespace salesops::records
