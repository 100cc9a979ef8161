#include "shared/api/condition.h"

#include <compare>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "shared/status/macros.h"

namespace salesops::api {
namespace {

// How a value stands to the literal; nullopt: they cannot be compared.
std::optional<std::strong_ordering> CompareNumber(const base::Decimal& value,
                                                  const std::string& literal) {
  const absl::StatusOr<base::Decimal> number = base::Decimal::Parse(literal);
  if (!number.ok()) return std::nullopt;
  return value <=> *number;
}

std::optional<std::strong_ordering> CompareDay(base::CivilDay value, const std::string& literal) {
  const absl::StatusOr<base::CivilDay> day = base::ParseDay(literal);
  if (!day.ok()) return std::nullopt;
  if (value == *day) return std::strong_ordering::equal;
  return value < *day ? std::strong_ordering::less : std::strong_ordering::greater;
}

std::optional<std::strong_ordering> CompareFlag(bool value, const std::string& literal) {
  if (literal != "true" && literal != "false") return std::nullopt;
  return value <=> (literal == "true");
}

std::strong_ordering CompareText(const std::string& value, const Comparison& c,
                                 const Condition::Fold& fold) {
  if (c.column->type == ColumnType::kId) return value <=> c.text;
  return fold(value) <=> fold(c.text);
}

std::optional<std::strong_ordering> Compare(const Condition::Value& value, const Comparison& c,
                                            const Condition::Fold& fold) {
  if (const auto* text = std::get_if<std::string>(&value)) return CompareText(*text, c, fold);
  if (const auto* number = std::get_if<base::Decimal>(&value))
    return CompareNumber(*number, c.text);
  if (const auto* whole = std::get_if<int64_t>(&value)) {
    return CompareNumber(base::Decimal::FromInt(*whole), c.text);
  }
  if (const auto* day = std::get_if<base::CivilDay>(&value)) return CompareDay(*day, c.text);
  if (const auto* flag = std::get_if<bool>(&value)) return CompareFlag(*flag, c.text);
  return std::nullopt;
}

bool HoldsComparison(const Comparison& c, const Condition::Value& value,
                     const Condition::Fold& fold) {
  if (c.op == FilterOp::kPresent) return value.index() != 0;
  if (c.op == FilterOp::kHas) {
    const auto* text = std::get_if<std::string>(&value);
    return text != nullptr && absl::StrContains(fold(*text), fold(c.text));
  }
  const std::optional<std::strong_ordering> order = Compare(value, c, fold);
  if (!order) return c.op == FilterOp::kNotEqual;
  switch (c.op) {
    case FilterOp::kEqual:
      return *order == 0;
    case FilterOp::kNotEqual:
      return *order != 0;
    case FilterOp::kLess:
      return *order < 0;
    case FilterOp::kLessOrEqual:
      return *order <= 0;
    case FilterOp::kGreater:
      return *order > 0;
    default:
      return *order >= 0;
  }
}

bool HoldsNode(const FilterNode& node, const Condition::ValueOf& value_of,
               const Condition::Fold& fold) {
  bool holds = node.kind != FilterNode::kOr;
  switch (node.kind) {
    case FilterNode::kComparison:
      holds = HoldsComparison(node.comparison, value_of(node.comparison.field), fold);
      break;
    case FilterNode::kAnd:
      for (const FilterNode& child : node.children) {
        holds = holds && HoldsNode(child, value_of, fold);
      }
      break;
    case FilterNode::kOr:
      for (const FilterNode& child : node.children) {
        holds = holds || HoldsNode(child, value_of, fold);
      }
      break;
  }
  return holds != node.negated;
}

}  // namespace

absl::StatusOr<Condition> Condition::Parse(absl::string_view text, Columns fields, Fold fold) {
  Condition condition;
  condition.fields_ = std::make_shared<const Columns>(std::move(fields));
  ASSIGN_OR_RETURN(condition.root_, ParseFilterTree(text, *condition.fields_));
  condition.fold_ = std::move(fold);
  return condition;
}

bool Condition::Holds(const ValueOf& value_of) const { return HoldsNode(root_, value_of, fold_); }

}  // namespace salesops::api
