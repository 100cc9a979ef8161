#pragma once

// Attribute definitions (自定义字段): what the values in `attributes` of accounts and opportunities
// may be, and from which stage on a deal must have them.
//
//   CheckAttributes(definitions, o.attributes, before, &violations);
//   for (const std::string& key :
//        MissingAttributes(definitions, o.attributes, ReachedStages(process, o.stage))) { … }
//
// `definitions` are those of one collection that are not archived. Values under keys without a
// definition are not looked at.
//
// Thread-safety: values and pure functions.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "services/pipeline/domain/sales_process.h"
#include "shared/base/attribute.h"
#include "shared/base/violation.h"
#include "shared/records/meta.h"

namespace salesops::pipeline::domain {

enum class AttributeCollection : int { kUnspecified = 0, kAccount = 1, kOpportunity = 2 };

enum class AttributeType : int {
  kUnspecified = 0,
  kString = 1,
  kDecimal = 2,
  kMoney = 3,
  kDate = 4,
  kBool = 5
};

struct AttributeDefinition {
  std::string id;
  records::Meta meta;

  AttributeCollection collection = AttributeCollection::kUnspecified;
  std::string key;  // in `attributes`; unique in the collection
  std::string display_name;
  AttributeType type = AttributeType::kUnspecified;
  std::string unit;
  std::vector<std::string> allowed_values;  // of kString; empty = any
  std::optional<base::Decimal> min_value;   // of kDecimal, and of the amount of kMoney
  std::optional<base::Decimal> max_value;   // inclusive, both
  std::string required_from_stage;          // of kOpportunity: a stage id; empty = never
  bool filterable = false;
  std::vector<base::ExternalKey> external_keys;
};

AttributeType TypeOf(const base::AttributeValue& value);

// Limits that fit the type, in order. Reasons NOT_OF_THIS_TYPE, OUT_OF_RANGE.
void CheckDefinition(const AttributeDefinition& definition, base::Violations* violations);

// Values that `before` (null = none) does not hold just so match their definitions. Violations at
// "attributes.<key>", reasons TYPE_MISMATCH, NOT_ALLOWED_VALUE, OUT_OF_RANGE.
void CheckAttributes(const std::vector<AttributeDefinition>& definitions,
                     const base::Attributes& attributes, const base::Attributes* before,
                     base::Violations* violations);

// Keys that are required from one of the reached stages on and have no value of their type, sorted.
std::vector<std::string> MissingAttributes(const std::vector<AttributeDefinition>& definitions,
                                           const base::Attributes& attributes,
                                           const std::set<std::string>& reached_stage_ids);

// Ids of the stages that a deal in `stage` has come to: those up to it, with skipped ones and those
// of modules that do not hold. A lost deal has only come to its own: which others it had passed is
// for its transitions to say.
std::set<std::string> ReachedStages(const SalesProcessVersion& process, const std::string& stage);

}  // namespace salesops::pipeline::domain
