#pragma once

// A filter (AIP-160) as a tree of comparisons: its grammar, once for the SQL of lists (filter.h)
// and for conditions that are decided in memory (condition.h).
//
// Thread-safety: pure functions.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "shared/api/filter.h"

namespace salesops::api {

enum class FilterOp {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kHas,
  kPresent
};

struct Comparison {
  std::string field;
  const Column* column = nullptr;  // of the columns that the filter was read with
  FilterOp op = FilterOp::kEqual;
  std::string text;    // of the literal, unescaped
  mysql::Value value;  // the literal as the column's type; of kHas and kAny: the text
};

struct FilterNode {
  enum Kind { kAnd, kOr, kComparison };
  Kind kind = kComparison;
  bool negated = false;
  std::vector<FilterNode> children;
  Comparison comparison;
};

// An empty filter is an AND of nothing. Errors as ParseFilter.
absl::StatusOr<FilterNode> ParseFilterTree(absl::string_view filter, const Columns& columns);

// For faults of filters and orders: where a byte is for a person, characters from 1; and at most 40
// bytes of what the client sent, in quotation marks.
size_t ColumnNumber(absl::string_view text, size_t byte);
std::string Quoted(absl::string_view text);
// The fields that a filter, or an order, may name.
std::string FieldList(const Columns& columns, bool orderable_only);

}  // namespace salesops::api
