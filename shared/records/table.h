#pragma once

// A store of records of one type: typed columns over RawTable.
//
//   struct Account { std::string id; records::Meta meta; std::string display_name; … };
//   const Table<Account>& AccountTable() {
//     static const auto* table = new Table<Account>("account", {.history = true}, {
//       Key("id", &Account::id), Col("display_name", &Account::display_name), … });
//     return *table;
//   }
//   ASSIGN_OR_RETURN(Account a, AccountTable().Get(c, {"7"}));
//
// Every record has `records::Meta meta`. Reads and writes go through the connection or transaction
// they are given.
//
// Thread-safety: immutable after construction.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "shared/base/attribute.h"
#include "shared/records/json.h"
#include "shared/records/meta.h"
#include "shared/records/raw_table.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::records {

template <class T>
struct Column {
  std::string name;
  bool key = false;
  std::function<mysql::Value(const T&)> get;
  std::function<void(T&, mysql::Row&, int)> set;
};

namespace internal {

template <class M>
mysql::Value ToValue(const M& m) {
  if constexpr (std::is_enum_v<M>) {
    return mysql::Value(static_cast<int64_t>(m));
  } else if constexpr (std::is_same_v<M, int32_t>) {
    return mysql::Value(static_cast<int64_t>(m));
  } else {
    return mysql::Value(m);
  }
}

template <class M>
void FromRow(M& m, mysql::Row& row, int i) {
  if constexpr (std::is_enum_v<M> || std::is_same_v<M, int32_t>) {
    m = static_cast<M>(row.Int64(i));
  } else if constexpr (std::is_same_v<M, int64_t>) {
    m = row.Int64(i);
  } else if constexpr (std::is_same_v<M, double>) {
    m = row.Double(i);
  } else if constexpr (std::is_same_v<M, bool>) {
    m = row.Bool(i);
  } else if constexpr (std::is_same_v<M, std::string>) {
    m = row.String(i);
  } else if constexpr (std::is_same_v<M, base::Decimal>) {
    m = row.Decimal(i);
  } else if constexpr (std::is_same_v<M, base::CivilDay>) {
    m = row.Day(i);
  } else if constexpr (std::is_same_v<M, absl::Time>) {
    m = row.Time(i);
  } else {  // std::optional of one of them
    if (row.IsNull(i)) {
      m.reset();
    } else {
      FromRow(m.emplace(), row, i);
    }
  }
}

}  // namespace internal

// A column that holds a member as it is.
template <class T, class M>
Column<T> Col(std::string name, M T::*member) {
  return {std::move(name), false, [member](const T& r) { return internal::ToValue(r.*member); },
          [member](T& r, mysql::Row& row, int i) { internal::FromRow(r.*member, row, i); }};
}
template <class T, class M>
Column<T> Key(std::string name, M T::*member) {
  Column<T> column = Col(std::move(name), member);
  column.key = true;
  return column;
}
// A text that is unique unless it is empty: the empty text is NULL.
template <class T>
Column<T> NullableCol(std::string name, std::string T::*member) {
  return {
      std::move(name), false,
      [member](const T& r) {
        return (r.*member).empty() ? mysql::Value() : mysql::Value(r.*member);
      },
      [member](T& r, mysql::Row& row, int i) { r.*member = row.OptionalString(i).value_or(""); }};
}
// A JSON column: `to` and `from` are overloads of records::ToJson / records::FromJson.
template <class T, class M>
Column<T> JsonCol(std::string name, M T::*member) {
  return {std::move(name), false, [member](const T& r) { return mysql::Value(ToJson(r.*member)); },
          [member](T& r, mysql::Row& row, int i) { FromJson(row.String(i), &(r.*member)); }};
}
// Two columns for an optional amount: <prefix>_value DECIMAL(19,4), <prefix>_currency CHAR(3).
template <class T>
std::vector<Column<T>> MoneyCols(const std::string& prefix, std::optional<base::Money> T::*member) {
  return {{prefix + "_currency", false,
           [member](const T& r) {
             return (r.*member) ? mysql::Value((r.*member)->currency) : mysql::Value();
           },
           [member](T& r, mysql::Row& row, int i) {
             if (row.IsNull(i)) return (r.*member).reset();
             (r.*member).emplace().currency = row.String(i);
           }},
          {prefix + "_value", false,
           [member](const T& r) {
             return (r.*member) ? mysql::Value((r.*member)->amount) : mysql::Value();
           },
           [member](T& r, mysql::Row& row, int i) {
             if (!(r.*member)) return;
             // The column has four digits; the value keeps its currency's.
             const int digits = base::MinorDigits((r.*member)->currency).value_or(4);
             (r.*member)->amount = row.Decimal(i).Round(digits, base::Rounding::kHalfAwayFromZero);
           }}};
}

template <class T>
struct Page {
  std::vector<T> rows;
  std::optional<api::PageCursor> next;  // nullopt: this was the last page
};

// One version of a record.
template <class T>
struct Revision {
  T record;
  absl::Time recorded_from_time;               // when it began to be what is known
  std::optional<absl::Time> recorded_to_time;  // when another did; nullopt: it is still
  std::string fact;   // full name of the type of the fact that made it; empty: purged
  std::string actor;  // who did it; empty: not known, or purged
};

template <class T>
class Table {
 public:
  struct Options {
    bool history = true;
    // The history holds only versions that were replaced; see RawTable.
    bool only_replaced = false;
    // Fields that `filter` and `order_by` accept; their SQL uses the alias r ("r.display_name").
    api::Columns fields;
    std::string default_order;  // may be empty: by key
    // Names of the secondary indexes that lists walk; see RawTable.
    std::vector<std::string> indexes;
  };

  Table(std::string name, Options options, std::vector<Column<T>> columns)
      : columns_(std::move(columns)),
        options_(std::move(options)),
        raw_(std::move(name), Names(true), Names(false), options_.history, options_.indexes,
             options_.only_replaced) {}

  const RawTable& raw() const { return raw_; }
  const api::Columns& fields() const { return options_.fields; }
  const std::string& default_order() const { return options_.default_order; }

  // Writes new records, meta included; the i-th was made by the facts[i]-th fact appended, by the
  // i-th if `facts` is empty.
  absl::Status Insert(mysql::Transaction& tx, const std::vector<T>& records,
                      std::vector<int64_t> facts = {}) const {
    std::vector<mysql::Params> rows;
    for (const T& record : records) rows.push_back(ToParams(record));
    for (size_t i = facts.size(); i < rows.size(); ++i) facts.push_back(static_cast<int64_t>(i));
    return raw_.Insert(tx, rows, facts);
  }
  // Writes `record` over the version before it: record.meta.version is the new one.
  absl::Status Update(mysql::Transaction& tx, const T& record, int64_t fact = 0) const {
    return raw_.Update(tx, ToParams(record), record.meta.version, record.meta.recorded_from, fact);
  }
  absl::StatusOr<std::optional<T>> Find(mysql::Connection& c, const std::vector<std::string>& key,
                                        bool for_update = false,
                                        std::optional<int64_t> as_of = std::nullopt) const {
    std::optional<T> record;
    RETURN_IF_ERROR(raw_.Get(c, mysql::Params(key.begin(), key.end()), for_update, as_of,
                             [&](mysql::Row& row) { record = FromRow(row); }));
    return record;
  }
  // In key order; what does not exist is left out.
  absl::StatusOr<std::vector<T>> BatchFind(mysql::Connection& c,
                                           const std::vector<std::vector<std::string>>& keys,
                                           bool for_update = false,
                                           std::optional<int64_t> as_of = std::nullopt) const {
    std::vector<mysql::Params> params;
    for (const auto& key : keys) params.emplace_back(key.begin(), key.end());
    std::vector<T> records;
    RETURN_IF_ERROR(raw_.BatchGet(c, params, for_update, as_of,
                                  [&](mysql::Row& row) { records.push_back(FromRow(row)); }));
    return records;
  }
  absl::StatusOr<Page<T>> List(mysql::Connection& c, const ListQuery& asked) const {
    const ListQuery query = WithKeyForName(asked);
    Page<T> page;
    RETURN_IF_ERROR(
        raw_.List(c, query, [&](mysql::Row& row) { page.rows.push_back(FromRow(row)); }));
    if (static_cast<int>(page.rows.size()) > query.limit) {
      page.rows.pop_back();
      page.next = CursorAfter(page.rows.back(), query);
    }
    return page;
  }

  // At most query.limit + 1 versions, newest first; see RawTable.
  absl::StatusOr<std::vector<Revision<T>>> Revisions(mysql::Connection& c,
                                                     const RevisionQuery& query) const {
    std::vector<Revision<T>> revisions;
    const int extra = static_cast<int>(raw_.columns().size());
    RETURN_IF_ERROR(raw_.Revisions(c, query, [&](mysql::Row& row) {
      revisions.push_back({FromRow(row), row.Time(extra), row.OptionalTime(extra + 1),
                           row.OptionalString(extra + 2).value_or(""),
                           row.OptionalString(extra + 3).value_or("")});
    }));
    return revisions;
  }

  // Rewrites the values of every version of one record, and of no other column. `edit` changes one
  // and tells whether it did. Returns recorded_from of those that it changed, sorted.
  absl::StatusOr<std::vector<int64_t>> Rewrite(mysql::Transaction& tx,
                                               const std::vector<std::string>& key,
                                               const std::function<bool(T&)>& edit) const {
    std::map<int64_t, T> versions;
    RETURN_IF_ERROR(raw_.Versions(tx, mysql::Params(key.begin(), key.end()), [&](mysql::Row& row) {
      T record = FromRow(row);
      versions.emplace(record.meta.recorded_from, std::move(record));
    }));
    std::vector<int64_t> changed;
    for (auto& [recorded_from, record] : versions) {
      if (!edit(record)) continue;
      RETURN_IF_ERROR(raw_.Rewrite(tx, ToParams(record), recorded_from));
      changed.push_back(recorded_from);
    }
    return changed;
  }

  std::vector<std::string> KeyOf(const T& record) const {
    std::vector<std::string> key;
    for (const Column<T>& column : columns_) {
      if (column.key) key.push_back(std::get<std::string>(column.get(record).variant()));
    }
    return key;
  }

 private:
  std::vector<std::string> Names(bool key) const {
    std::vector<std::string> names;
    for (const Column<T>& column : columns_) {
      if (column.key == key) names.push_back(column.name);
    }
    return names;
  }

  // Ordering by `name` is ordering by the key, which may be several columns.
  ListQuery WithKeyForName(const ListQuery& asked) const {
    if (raw_.key_size() == 1) return asked;
    ListQuery query = asked;
    query.order.clear();
    for (const api::OrderTerm& term : asked.order) {
      if (term.field != "name") {
        query.order.push_back(term);
        continue;
      }
      for (size_t i = 0; i < raw_.key_size(); ++i) {
        api::OrderTerm key = term;
        key.column.sql = "r." + raw_.columns()[i];
        query.order.push_back(std::move(key));
      }
    }
    return query;
  }

  mysql::Params ToParams(const T& record) const {
    mysql::Params params;
    params.reserve(columns_.size() + 5);
    for (const Column<T>& column : columns_) params.push_back(column.get(record));
    params.push_back(record.meta.version);
    params.push_back(record.meta.create_time);
    params.push_back(record.meta.update_time);
    params.push_back(mysql::Value(record.meta.archive_time));
    return params;
  }

  T FromRow(mysql::Row& row) const {
    T record{};
    int i = 0;
    for (const Column<T>& column : columns_) column.set(record, row, i++);
    record.meta.version = row.Int64(i++);
    record.meta.create_time = row.Time(i++);
    record.meta.update_time = row.Time(i++);
    record.meta.archive_time = row.OptionalTime(i++);
    record.meta.recorded_from = row.Int64(i++);
    return record;
  }

  // The order keys of a row, taken from its columns: order terms are plain columns of the table.
  api::PageCursor CursorAfter(const T& record, const ListQuery& query) const {
    api::PageCursor cursor;
    cursor.position = query.as_of_position.value_or(0);
    const mysql::Params params = ToParams(record);
    for (const api::OrderTerm& term : query.order) {
      cursor.keys.push_back(params[raw_.IndexOf(term.column.sql.substr(2))]);
    }
    for (size_t i = 0; i < raw_.key_size(); ++i) {
      const bool fixed = i < query.parent.size() && query.parent[i] != "-";
      if (!fixed) cursor.keys.push_back(params[i]);
    }
    return cursor;
  }

  std::vector<Column<T>> columns_;
  Options options_;
  RawTable raw_;
};

}  // namespace salesops::records
