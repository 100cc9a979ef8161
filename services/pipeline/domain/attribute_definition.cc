#include "services/pipeline/domain/attribute_definition.h"

#include <algorithm>
#include <variant>

namespace salesops::pipeline::domain {
namespace {

const char* NameOf(AttributeType type) {
  switch (type) {
    case AttributeType::kString:
      return "a string_value";
    case AttributeType::kDecimal:
      return "a decimal_value";
    case AttributeType::kMoney:
      return "a money_value";
    case AttributeType::kDate:
      return "a date_value";
    case AttributeType::kBool:
      return "a bool_value";
    case AttributeType::kUnspecified:
      break;
  }
  return "a value";
}

bool IsNumber(AttributeType type) {
  return type == AttributeType::kDecimal || type == AttributeType::kMoney;
}

void CheckRange(const AttributeDefinition& definition, const base::Decimal& number,
                const std::string& field, base::Violations* violations) {
  if (definition.min_value && number < *definition.min_value) {
    violations->Add(field, "OUT_OF_RANGE",
                    "must be at least " + definition.min_value->ToCanonicalString());
  }
  if (definition.max_value && number > *definition.max_value) {
    violations->Add(field, "OUT_OF_RANGE",
                    "must be at most " + definition.max_value->ToCanonicalString());
  }
}

void CheckValue(const AttributeDefinition& definition, const base::AttributeValue& value,
                base::Violations* violations) {
  const std::string field = "attributes." + definition.key;
  if (TypeOf(value) != definition.type) {
    violations->Add(field, "TYPE_MISMATCH", std::string("must be ") + NameOf(definition.type));
    return;
  }
  if (const auto* number = std::get_if<base::Decimal>(&value)) {
    CheckRange(definition, *number, field, violations);
  }
  if (const auto* money = std::get_if<base::Money>(&value)) {
    CheckRange(definition, money->amount, field, violations);
  }
  const auto* text = std::get_if<std::string>(&value);
  const std::vector<std::string>& allowed = definition.allowed_values;
  if (text != nullptr && !allowed.empty() &&
      std::find(allowed.begin(), allowed.end(), *text) == allowed.end()) {
    violations->Add(field, "NOT_ALLOWED_VALUE",
                    "must be one of the allowed_values of its attribute definition");
  }
}

}  // namespace

AttributeType TypeOf(const base::AttributeValue& value) {
  struct Type {
    AttributeType operator()(const std::string&) const { return AttributeType::kString; }
    AttributeType operator()(const base::Decimal&) const { return AttributeType::kDecimal; }
    AttributeType operator()(const base::Money&) const { return AttributeType::kMoney; }
    AttributeType operator()(base::CivilDay) const { return AttributeType::kDate; }
    AttributeType operator()(bool) const { return AttributeType::kBool; }
  };
  return std::visit(Type{}, value);
}

void CheckDefinition(const AttributeDefinition& definition, base::Violations* violations) {
  if (!definition.allowed_values.empty() && definition.type != AttributeType::kString) {
    violations->Add("allowed_values", "NOT_OF_THIS_TYPE", "is for STRING only; leave it out");
  }
  if (definition.min_value && !IsNumber(definition.type)) {
    violations->Add("min_value", "NOT_OF_THIS_TYPE", "is for DECIMAL and MONEY only; leave it out");
  }
  if (definition.max_value && !IsNumber(definition.type)) {
    violations->Add("max_value", "NOT_OF_THIS_TYPE", "is for DECIMAL and MONEY only; leave it out");
  }
  if (definition.min_value && definition.max_value &&
      *definition.max_value < *definition.min_value) {
    violations->Add(
        "max_value", "OUT_OF_RANGE",
        "must not be below the smallest value " + definition.min_value->ToCanonicalString());
  }
  if (!definition.required_from_stage.empty() &&
      definition.collection != AttributeCollection::kOpportunity) {
    violations->Add("required_from_stage", "NOT_OF_THIS_TYPE",
                    "is for opportunities only; leave it out");
  }
}

void CheckAttributes(const std::vector<AttributeDefinition>& definitions,
                     const base::Attributes& attributes, const base::Attributes* before,
                     base::Violations* violations) {
  for (const AttributeDefinition& definition : definitions) {
    const auto value = attributes.find(definition.key);
    if (value == attributes.end()) continue;
    if (before != nullptr) {
      const auto old = before->find(definition.key);
      if (old != before->end() && old->second == value->second) continue;
    }
    CheckValue(definition, value->second, violations);
  }
}

std::vector<std::string> MissingAttributes(const std::vector<AttributeDefinition>& definitions,
                                           const base::Attributes& attributes,
                                           const std::set<std::string>& reached_stage_ids) {
  std::vector<std::string> missing;
  for (const AttributeDefinition& definition : definitions) {
    const std::string& stage = definition.required_from_stage;
    if (stage.empty() || reached_stage_ids.count(stage) == 0) continue;
    const auto value = attributes.find(definition.key);
    if (value == attributes.end() || TypeOf(value->second) != definition.type) {
      missing.push_back(definition.key);
    }
  }
  std::sort(missing.begin(), missing.end());
  return missing;
}

std::set<std::string> ReachedStages(const SalesProcessVersion& process, const std::string& stage) {
  const int at = process.IndexOf(stage);
  if (at < 0) return {};
  std::set<std::string> reached = {stage};
  if (process.rules.stages[at].kind == StageKind::kLost) return reached;
  for (int i = 0; i < at; ++i) {
    if (process.rules.stages[i].kind == StageKind::kOpen)
      reached.insert(process.rules.stages[i].id);
  }
  return reached;
}

}  // namespace salesops::pipeline::domain
