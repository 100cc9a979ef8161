#include "shared/api/filter.h"

#include <cstdint>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "shared/api/filter_tree.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::api {
namespace {

constexpr size_t kMaxOrderTerms = 3;

// ---------------------------------------------------------------------------------------------
// SQL. A filter is true or false of a row, never unknown: NOT is pushed down to the comparisons,
// and one that must not hold also takes the rows without a value.

const char* Sql(FilterOp op) {
  switch (op) {
    case FilterOp::kNotEqual:
      return "<>";
    case FilterOp::kLess:
      return "<";
    case FilterOp::kLessOrEqual:
      return "<=";
    case FilterOp::kGreater:
      return ">";
    case FilterOp::kGreaterOrEqual:
      return ">=";
    default:
      return "=";
  }
}

FilterOp Opposite(FilterOp op) {
  switch (op) {
    case FilterOp::kEqual:
      return FilterOp::kNotEqual;
    case FilterOp::kNotEqual:
      return FilterOp::kEqual;
    case FilterOp::kLess:
      return FilterOp::kGreaterOrEqual;
    case FilterOp::kLessOrEqual:
      return FilterOp::kGreater;
    case FilterOp::kGreater:
      return FilterOp::kLessOrEqual;
    case FilterOp::kGreaterOrEqual:
      return FilterOp::kLess;
    default:
      return op;
  }
}

Predicate OrNull(Predicate p, const Column& column) {
  if (column.nullable) p.sql = absl::StrCat("(", p.sql, " OR ", column.sql, " IS NULL)");
  return p;
}

Predicate CustomPredicate(const Comparison& c, bool holds) {
  // The template stands in `custom`, or in `sql` if `custom` only names what it is.
  const bool in_custom = c.column->custom.find('?') != std::string::npos;
  const std::string& text = in_custom ? c.column->custom : c.column->sql;
  Predicate p;
  p.sql = absl::StrCat("(", text, ")", holds == (c.op == FilterOp::kEqual) ? "" : " IS NOT TRUE");
  for (char ch : text) {
    if (ch == '?') p.params.push_back(c.value);
  }
  return p;
}

Predicate PresencePredicate(const Column& column, bool holds) {
  if (column.nullable) return {absl::StrCat(column.sql, holds ? " IS NOT NULL" : " IS NULL"), {}};
  const char* op = holds ? " <> " : " = ";
  switch (column.type) {
    case ColumnType::kText:
    case ColumnType::kId:
      return {absl::StrCat(column.sql, op, "''"), {}};
    case ColumnType::kDay:
    case ColumnType::kTime:
      return {holds ? "TRUE" : "FALSE", {}};
    default:
      return {absl::StrCat(column.sql, op, "0"), {}};
  }
}

std::string LikePattern(const std::string& text) {
  return absl::StrCat("%", absl::StrReplaceAll(text, {{"!", "!!"}, {"%", "!%"}, {"_", "!_"}}), "%");
}

Predicate ComparisonPredicate(const Comparison& c, bool holds);

// A row without a value has no row there: what must not hold is asked for and denied.
Predicate WithinPredicate(const Comparison& c, bool holds) {
  Column there = *c.column;
  there.within.clear();
  there.nullable = true;
  Comparison asked = c;
  asked.column = &there;
  if (c.op == FilterOp::kNotEqual) asked.op = FilterOp::kEqual;
  Predicate p = ComparisonPredicate(asked, true);
  const bool negated = (c.op == FilterOp::kNotEqual) == holds;
  p.sql =
      absl::StrCat(negated ? "NOT " : "", absl::StrReplaceAll(c.column->within, {{"$", p.sql}}));
  return p;
}

Predicate ComparisonPredicate(const Comparison& c, bool holds) {
  const Column& column = *c.column;
  if (!column.custom.empty()) return CustomPredicate(c, holds);
  if (!column.within.empty()) return WithinPredicate(c, holds);
  if (c.op == FilterOp::kPresent) return PresencePredicate(column, holds);
  if (c.op == FilterOp::kHas) {
    // An escape character other than \ means the same under every sql_mode.
    Predicate p{absl::StrCat(column.sql, holds ? "" : " NOT", " LIKE ? ESCAPE '!'"),
                {LikePattern(c.text)}};
    return holds ? p : OrNull(std::move(p), column);
  }
  const FilterOp op = holds ? c.op : Opposite(c.op);
  Predicate p{absl::StrCat(column.sql, " ", Sql(op), " ?"), {c.value}};
  const bool takes_null = (c.op == FilterOp::kNotEqual) == holds;
  return takes_null ? OrNull(std::move(p), column) : p;
}

Predicate ToPredicate(const FilterNode& node, bool holds);

// The operands of one AND or OR after negation is pushed down; nested ones of the same kind are
// taken apart, so that redundant parentheses make no difference.
void AppendOperands(const FilterNode& node, bool holds, bool conjunction,
                    std::vector<Predicate>* operands) {
  for (const FilterNode& child : node.children) {
    const bool child_holds = child.negated != holds;
    const bool same = child.kind != FilterNode::kComparison &&
                      ((child.kind == FilterNode::kAnd) == child_holds) == conjunction;
    if (same) {
      AppendOperands(child, child_holds, conjunction, operands);
    } else {
      operands->push_back(ToPredicate(child, holds));
    }
  }
}

Predicate ToPredicate(const FilterNode& node, bool parent_holds) {
  const bool holds = node.negated != parent_holds;
  if (node.kind == FilterNode::kComparison) return ComparisonPredicate(node.comparison, holds);
  const bool conjunction = (node.kind == FilterNode::kAnd) == holds;
  std::vector<Predicate> operands;
  AppendOperands(node, holds, conjunction, &operands);
  Predicate all;
  if (operands.empty()) return all;
  all.sql = "(";
  for (Predicate& operand : operands) {
    absl::StrAppend(&all.sql,
                    &operand == &operands[0] ? ""
                    : conjunction            ? " AND "
                                             : " OR ",
                    operand.sql);
    for (mysql::Value& v : operand.params) all.params.push_back(std::move(v));
  }
  all.sql += ")";
  return all;
}

// ---------------------------------------------------------------------------------------------
// order_by

absl::Status OrderFault(absl::string_view text, size_t offset, absl::string_view message) {
  return status::InvalidField("order_by", "BAD_ORDER",
                              absl::StrCat("column ", ColumnNumber(text, offset), ": ", message));
}

absl::StatusOr<OrderTerm> ParseOrderTerm(absl::string_view text, absl::string_view part,
                                         size_t offset, const Columns& columns) {
  const std::vector<std::string> words =
      absl::StrSplit(part, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (words.empty()) return OrderFault(text, offset, "expected a field");
  const auto found = columns.find(words[0]);
  if (found == columns.end() || !found->second.orderable || !found->second.custom.empty()) {
    return OrderFault(text, offset,
                      absl::StrCat("cannot order by ", Quoted(words[0]),
                                   "; fields are: ", FieldList(columns, true)));
  }
  const bool directed = words.size() == 2 && (words[1] == "asc" || words[1] == "desc");
  if (words.size() > 1 && !directed) {
    return OrderFault(text, offset,
                      absl::StrCat("after ", Quoted(words[0]),
                                   " expected asc, desc or a comma, found ", Quoted(words[1])));
  }
  return OrderTerm{found->first, found->second, directed && words[1] == "desc"};
}

}  // namespace

absl::StatusOr<Predicate> ParseFilter(absl::string_view filter, const Columns& columns) {
  ASSIGN_OR_RETURN(const FilterNode root, ParseFilterTree(filter, columns));
  return ToPredicate(root, true);
}

absl::StatusOr<std::vector<OrderTerm>> ParseOrderBy(absl::string_view order_by,
                                                    const Columns& columns,
                                                    absl::string_view fallback) {
  const absl::string_view text = absl::StripAsciiWhitespace(order_by).empty() ? fallback : order_by;
  std::vector<OrderTerm> terms;
  if (absl::StripAsciiWhitespace(text).empty()) return terms;
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    const size_t start = static_cast<size_t>(part.data() - text.data());
    const size_t offset = start + (part.size() - absl::StripLeadingAsciiWhitespace(part).size());
    ASSIGN_OR_RETURN(OrderTerm term, ParseOrderTerm(text, part, offset, columns));
    for (const OrderTerm& earlier : terms) {
      if (earlier.field == term.field) {
        return OrderFault(text, offset, absl::StrCat(Quoted(term.field), " stands here twice"));
      }
    }
    terms.push_back(std::move(term));
    if (terms.size() > kMaxOrderTerms) {
      return OrderFault(text, offset, absl::StrCat("at most ", kMaxOrderTerms, " fields"));
    }
  }
  return terms;
}

}  // namespace salesops::api
