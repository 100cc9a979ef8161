#pragma once

// What the contracts declare about the fields of a message type, read from its descriptor once.
// Field rules, update masks and the audit walk messages along these plans. Private to shared/api.
//
//   const MessagePlan& plan = PlanOf(message.GetDescriptor());
//
// Plans live as long as the process, and so must their descriptors: the generated ones do.
//
// Thread-safety: safe from any thread; a known type costs one lookup without a lock.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "re2/re2.h"
#include "shared/api/resource_name.h"
#include "shared/base/decimal.h"

namespace salesops::api {

struct MessagePlan;

enum class FieldKind {
  kInteger,
  kFloating,
  kBool,
  kEnum,
  kString,
  kBytes,
  kTimestamp,
  kDuration,
  kDate,
  kDecimal,
  kMoney,
  kMask,
  kMessage,  // any other: its own plan holds its rules
};

// One end of a range in the forms that checks need. `text` is for the person who reads the error.
struct Bound {
  base::Decimal decimal;
  __int128 integer = 0;  // the nearest whole number inside
  double floating = 0;
  std::string text;
};

struct FieldPlan {
  const google::protobuf::FieldDescriptor* field = nullptr;
  FieldKind kind = FieldKind::kMessage;  // of a map: of its values
  bool repeated = false;                 // and not a map
  bool map = false;
  const google::protobuf::FieldDescriptor* map_key = nullptr;
  const google::protobuf::FieldDescriptor* map_value = nullptr;
  const MessagePlan* message = nullptr;  // of kMessage

  bool required = false;
  bool immutable = false;
  bool personal = false;
  // OUTPUT_ONLY, IDENTIFIER or the etag: no update writes it.
  bool unwritable = false;
  bool output_only = false;
  bool identifier = false;

  int64_t min_length = 0;
  int64_t max_length = 0;  // 0 = no limit
  int64_t min_items = 0;
  int64_t max_items = 0;  // 0 = no limit
  bool unique_items = false;
  std::optional<Bound> min;
  std::optional<Bound> max;
  bool exclusive_min = false;
  std::optional<int> max_scale;
  std::unique_ptr<RE2> pattern;
  bool (*known_pattern)(absl::string_view) = nullptr;  // decides instead of `pattern`
  std::unique_ptr<RE2> key_pattern;
  bool references = false;
  std::vector<NamePattern> reference_patterns;  // empty, though it references: any resource name

  // Nothing that a client can send in this field is wrong.
  bool unchecked = false;
};

struct MessagePlan {
  const google::protobuf::Descriptor* type = nullptr;
  std::vector<FieldPlan> fields;          // in the order of the contract
  std::vector<const FieldPlan*> by_name;  // the same, sorted by name
  // Of an Update request: the update_mask and the resource that it speaks of.
  const FieldPlan* update_mask = nullptr;
  const FieldPlan* updated_resource = nullptr;
  bool is_resource = false;
  const FieldPlan* name = nullptr;  // of a resource
  // A field here or further down has the property.
  bool has_unwritable = false;
  bool has_personal = false;

  const FieldPlan* Find(absl::string_view name) const;
};

const MessagePlan& PlanOf(const google::protobuf::Descriptor* type);

// Timestamps, dates, amounts and their like: one value, written and compared whole.
bool IsOneValue(FieldKind kind);

}  // namespace salesops::api
