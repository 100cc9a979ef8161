#pragma once

// `filter` (AIP-160) and `order_by` (AIP-132) of List methods, translated to SQL by the columns a
// store declares.
//
//   Columns columns = {{"display_name", {"a.display_name", ColumnType::kText}}, …};
//   ASSIGN_OR_RETURN(Predicate p, ParseFilter("stage = \"won\" AND amount > 1000", columns));
//   sql += " WHERE " + p.sql;  params += p.params;
//
// Grammar: AND, OR, NOT / leading '-', parentheses (AND binds looser than OR, as AIP-160 says),
// `field op literal` with = != < <= > >= and `:` (has: substring for text, case-insensitive by the
// column's collation; `field:*` = is present), literals: numbers, "strings" with \" and \\, bare
// words, true/false, dates "2026-01-31", timestamps RFC 3339. A bare literal without a field is
// refused. Nesting depth <= 32, at most 100 comparisons, at most 4,096 bytes.
// Errors: INVALID_ARGUMENT with field "filter"/"order_by", reason BAD_FILTER / BAD_ORDER and a
// message that shows the column of the fault and what was expected.
//
// Thread-safety: pure functions.

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "shared/mysql/value.h"

namespace salesops::api {

// kAny: of conditions only (condition.h), a value that brings its own type.
enum class ColumnType { kText, kId, kInt, kDecimal, kBool, kDay, kTime, kEnum, kAny };

struct Column {
  std::string sql;  // expression, such as "owner_id"
  ColumnType type = ColumnType::kText;
  bool nullable = false;
  bool orderable = true;
  // kId: the name pattern's prefix that a literal carries, such as "sellers/"; the column holds the
  // rest. kEnum: literal names to stored numbers.
  std::string name_prefix;
  std::map<std::string, int64_t> enum_values;
  // For a field that is not one column (such as `team`): SQL that is true where the field equals
  // the literal, which every `?` in it takes. Only = and != reach it. (If it holds no `?`, `sql` is
  // that template.)
  std::string custom;
  // For a field whose value stands in a row of another table, at most one: SQL that is true where
  // such a row exists and `$` is true of it, "r.id IN (SELECT v.id FROM … WHERE v.k = 'x' AND $)".
  // `sql` is the value in that row; every operator of the type works. Without such a row the field
  // has no value. Not orderable.
  std::string within = "";
};

using Columns = std::map<std::string, Column>;

struct Predicate {
  std::string sql = "TRUE";
  mysql::Params params;
};

// The SQL stands in parentheses unless it is one term, and is true or false of every row: a row
// without a value is matched by != and by NOT of a comparison.
absl::StatusOr<Predicate> ParseFilter(absl::string_view filter, const Columns& columns);

struct OrderTerm {
  std::string field;
  Column column;
  bool descending = false;
};
// Empty text = `fallback`. At most 3 terms; the id is added by the list itself as the last key.
absl::StatusOr<std::vector<OrderTerm>> ParseOrderBy(absl::string_view order_by,
                                                    const Columns& columns,
                                                    absl::string_view fallback);

}  // namespace salesops::api
