#include "shared/api/field_rules.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"
#include "google/type/decimal.pb.h"
#include "google/type/money.pb.h"
#include "shared/api/digest.h"
#include "shared/api/disclosure.h"
#include "shared/api/mask_path.h"
#include "shared/api/message_plan.h"
#include "shared/base/civil.h"
#include "shared/base/decimal.h"
#include "shared/base/id.h"
#include "shared/base/money.h"

namespace salesops::api {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Where a value stands, as a chain up the call stack; made into text only for a violation.
struct Path {
  const Path* parent = nullptr;
  const FieldDescriptor* field = nullptr;
  int index = -1;
  const std::string* key = nullptr;

  std::string Text() const {
    std::string text = parent == nullptr ? "" : parent->Text();
    absl::StrAppend(&text, text.empty() ? "" : ".", field->name());
    if (index >= 0) absl::StrAppend(&text, "[", index, "]");
    if (key != nullptr) {
      absl::StrAppend(&text, "[\"", absl::StrReplaceAll(*key, {{"\\", "\\\\"}, {"\"", "\\\""}}),
                      "\"]");
    }
    return text;
  }
};

// The number of code points of valid UTF-8 (RFC 3629), or -1.
int64_t CountCodePoints(absl::string_view s) {
  const auto* p = reinterpret_cast<const unsigned char*>(s.data());
  const unsigned char* const end = p + s.size();
  int64_t count = 0;
  while (p < end) {
    if (end - p >= 8) {  // most text is ASCII
      uint64_t block;
      std::memcpy(&block, p, sizeof(block));
      if ((block & 0x8080808080808080u) == 0) {
        p += 8;
        count += 8;
        continue;
      }
    }
    const unsigned char lead = *p;
    const int size = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (size == 0 || lead > 0xF4 || end - p < size) return -1;
    for (int i = 1; i < size; ++i) {
      if ((p[i] & 0xC0) != 0x80) return -1;
    }
    const bool overlong = (lead == 0xE0 && p[1] < 0xA0) || (lead == 0xF0 && p[1] < 0x90);
    const bool surrogate = lead == 0xED && p[1] > 0x9F;
    const bool beyond = lead == 0xF4 && p[1] > 0x8F;
    if (overlong || surrogate || beyond) return -1;
    p += size;
    ++count;
  }
  return count;
}

bool IsResourceName(absl::string_view name) {
  const std::vector<absl::string_view> segments = absl::StrSplit(name, '/');
  if (segments.size() % 2 != 0) return false;
  for (size_t i = 0; i < segments.size(); ++i) {
    if (i % 2 == 1 ? !base::IsValidId(segments[i]) : segments[i].empty()) return false;
  }
  return true;
}

// One scalar or message value, wherever it stands: in a field, a list or a map.
class Value {
 public:
  Value(const Message& m, const FieldDescriptor* field, int index = -1)
      : m_(m), r_(*m.GetReflection()), field_(field), index_(index) {}

  const std::string& String(std::string* scratch) const {
    return index_ < 0 ? r_.GetStringReference(m_, field_, scratch)
                      : r_.GetRepeatedStringReference(m_, field_, index_, scratch);
  }
  const Message& Sub() const {
    return index_ < 0 ? r_.GetMessage(m_, field_) : r_.GetRepeatedMessage(m_, field_, index_);
  }
  int Enum() const {
    return index_ < 0 ? r_.GetEnumValue(m_, field_) : r_.GetRepeatedEnumValue(m_, field_, index_);
  }
  double Floating() const {
    if (field_->cpp_type() == FieldDescriptor::CPPTYPE_FLOAT) {
      return index_ < 0 ? r_.GetFloat(m_, field_) : r_.GetRepeatedFloat(m_, field_, index_);
    }
    return index_ < 0 ? r_.GetDouble(m_, field_) : r_.GetRepeatedDouble(m_, field_, index_);
  }
  __int128 Integer() const {
    switch (field_->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return index_ < 0 ? r_.GetInt32(m_, field_) : r_.GetRepeatedInt32(m_, field_, index_);
      case FieldDescriptor::CPPTYPE_UINT32:
        return index_ < 0 ? r_.GetUInt32(m_, field_) : r_.GetRepeatedUInt32(m_, field_, index_);
      case FieldDescriptor::CPPTYPE_UINT64:
        return index_ < 0 ? r_.GetUInt64(m_, field_) : r_.GetRepeatedUInt64(m_, field_, index_);
      default:
        return index_ < 0 ? r_.GetInt64(m_, field_) : r_.GetRepeatedInt64(m_, field_, index_);
    }
  }
  const FieldDescriptor* field() const { return field_; }

 private:
  const Message& m_;
  const Reflection& r_;
  const FieldDescriptor* field_;
  int index_;
};

// A shared value message as its generated class: requests of run-time types are copied into it.
template <class T, class F>
void As(const Message& m, F use) {
  if (const T* known = google::protobuf::DynamicCastToGenerated<T>(&m)) return use(*known);
  T copy;
  copy.ParsePartialFromString(m.SerializePartialAsString());
  use(copy);
}

class Checker {
 public:
  base::Violations Take() { return std::move(violations_); }

  // `demand`: whether REQUIRED counts among the fields of this message itself.
  void CheckMessage(const Message& m, const MessagePlan& plan, const Path* at, bool demand) {
    for (const FieldPlan& field : plan.fields) {
      if (field.unchecked || field.identifier) continue;
      if (&field == plan.updated_resource) {
        CheckUpdate(m, plan, at);
      } else if (&field != plan.update_mask) {
        CheckField(m, field, at, demand);
      }
    }
  }

 private:
  void Add(const Path& at, const char* reason, std::string message) {
    violations_.Add(at.Text(), reason, std::move(message));
  }

  // --- Updates: the mask says what of the resource is meant ---

  void CheckUpdate(const Message& m, const MessagePlan& plan, const Path* at) {
    const Reflection* r = m.GetReflection();
    const FieldPlan& field = *plan.updated_resource;
    const Path here{at, field.field};
    if (!r->HasField(m, field.field)) return Add(here, "REQUIRED", "is required");
    const Message& resource = r->GetMessage(m, field.field);
    const MessagePlan& inner = *field.message;
    if (inner.name != nullptr) CheckField(resource, *inner.name, &here, /*demand=*/true);
    std::vector<std::string> paths;
    if (r->HasField(m, plan.update_mask->field)) {
      As<google::protobuf::FieldMask>(r->GetMessage(m, plan.update_mask->field),
                                      [&](const google::protobuf::FieldMask& mask) {
                                        paths.assign(mask.paths().begin(), mask.paths().end());
                                      });
    }
    if (paths.empty()) return CheckMessage(resource, inner, &here, /*demand=*/false);
    if (paths.size() == 1 && paths[0] == "*") {
      return CheckMessage(resource, inner, &here, /*demand=*/true);
    }
    if (const FieldPlan* etag = inner.Find("etag")) CheckField(resource, *etag, &here, true);
    CheckMasked(resource, inner, paths, here, Path{at, plan.update_mask->field});
  }

  void CheckMasked(const Message& resource, const MessagePlan& plan,
                   std::vector<std::string>& paths, const Path& here, const Path& mask) {
    if (paths.size() > kMaxMaskPaths) {
      return Add(mask, "BAD_MASK", absl::StrCat("has more than ", kMaxMaskPaths, " paths"));
    }
    std::sort(paths.begin(), paths.end());
    const std::string* whole = nullptr;  // the last path that was checked
    for (const std::string& path : paths) {
      const absl::StatusOr<MaskPath> resolved = ResolveMaskPath(path, plan);
      if (!resolved.ok()) {
        Add(mask, "BAD_MASK", std::string(resolved.status().message()));
        continue;
      }
      const bool covered = whole != nullptr && path.compare(0, whole->size(), *whole) == 0 &&
                           (path.size() == whole->size() || path[whole->size()] == '.');
      if (covered || resolved->unwritable) continue;
      whole = &path;
      CheckPath(resource, resolved->steps, 0, &here);
    }
  }

  void CheckPath(const Message& m, const std::vector<MaskStep>& steps, size_t i, const Path* at) {
    const MaskStep& step = steps[i];
    if (!step.key && i + 1 == steps.size()) {
      return CheckField(m, *step.field, at, /*demand=*/true);
    }
    const Reflection* r = m.GetReflection();
    if (!step.key) {
      const Path here{at, step.field->field};
      // An absent sub-message reads as empty, which is what the update would make of it.
      return CheckPath(r->GetMessage(m, step.field->field), steps, i + 1, &here);
    }
    const Path here{at, step.field->field, -1, &*step.key};
    CheckKey(*step.field, *step.key, here);
    for (int e = 0; e < r->FieldSize(m, step.field->field); ++e) {
      const Message& entry = r->GetRepeatedMessage(m, step.field->field, e);
      std::string scratch;
      if (Value(entry, step.field->map_key).String(&scratch) != *step.key) continue;
      const Value value(entry, step.field->map_value);
      if (i + 1 == steps.size()) return CheckValue(value, *step.field, here);
      return CheckPath(value.Sub(), steps, i + 1, &here);
    }
  }

  // --- Fields ---

  void CheckField(const Message& m, const FieldPlan& field, const Path* at, bool demand) {
    const bool required = demand && (field.required || field.identifier);
    if (field.map) return CheckMap(m, field, at, required);
    if (field.repeated) return CheckList(m, field, at, required);
    const Reflection* r = m.GetReflection();
    const Path here{at, field.field};
    if (!r->HasField(m, field.field)) {
      // A number or bool without presence that is zero is a value if it is required.
      const bool number = field.kind == FieldKind::kInteger || field.kind == FieldKind::kFloating ||
                          field.kind == FieldKind::kBool;
      if (required && number && !field.field->has_presence()) {
        CheckValue(Value(m, field.field), field, here);
      } else if (required) {
        Add(here, "REQUIRED", "is required");
      }
      return;
    }
    if (field.field->has_presence() && IsEmpty(Value(m, field.field), field.kind)) {
      if (required) Add(here, "REQUIRED", "is required");
      return;
    }
    CheckValue(Value(m, field.field), field, here);
  }

  // Empty text and an unspecified enum are no value, even where they are stated.
  static bool IsEmpty(const Value& value, FieldKind kind) {
    std::string scratch;
    switch (kind) {
      case FieldKind::kString:
      case FieldKind::kBytes:
        return value.String(&scratch).empty();
      case FieldKind::kEnum:
        return value.Enum() == 0;
      default:
        return false;
    }
  }

  void CheckCount(int count, const FieldPlan& field, const Path& here, bool required) {
    if (count == 0) {
      if (required) Add(here, "REQUIRED", "is required");
      return;
    }
    if (count < field.min_items) {
      Add(here, "TOO_FEW", absl::StrCat("must have at least ", field.min_items, " elements"));
    }
    if (field.max_items > 0 && count > field.max_items) {
      Add(here, "TOO_MANY",
          absl::StrCat("must have at most ", field.max_items, " elements, has ", count));
    }
  }

  void CheckList(const Message& m, const FieldPlan& field, const Path* at, bool required) {
    const int count = m.GetReflection()->FieldSize(m, field.field);
    CheckCount(count, field, Path{at, field.field}, required);
    for (int i = 0; i < count; ++i) {
      const Path here{at, field.field, i};
      const Value value(m, field.field, i);
      CheckValue(value, field, here);
      if (field.required && field.kind == FieldKind::kEnum && value.Enum() == 0) {
        Add(here, "REQUIRED", "must not be unspecified");
      }
    }
    if (field.unique_items) CheckUnique(m, field, at, count);
  }

  void CheckUnique(const Message& m, const FieldPlan& field, const Path* at, int count) {
    std::unordered_map<std::string, int> seen;
    for (int i = 0; i < count; ++i) {
      const auto [first, added] = seen.emplace(ElementKey(Value(m, field.field, i), field.kind), i);
      if (!added) {
        Add(Path{at, field.field, i}, "NOT_UNIQUE",
            absl::StrCat("is the same as element ", first->second));
      }
    }
  }

  static std::string ElementKey(const Value& value, FieldKind kind) {
    std::string scratch;
    switch (kind) {
      case FieldKind::kString:
      case FieldKind::kBytes:
        return value.String(&scratch);
      case FieldKind::kEnum:
        return absl::StrCat(value.Enum());
      case FieldKind::kFloating:
        return absl::StrCat(value.Floating());
      case FieldKind::kInteger:
        return absl::StrCat(static_cast<int64_t>(value.Integer()));
      case FieldKind::kBool:
        return "";
      default:
        return SerializeDeterministically(value.Sub());
    }
  }

  void CheckMap(const Message& m, const FieldPlan& field, const Path* at, bool required) {
    const Reflection* r = m.GetReflection();
    const int count = r->FieldSize(m, field.field);
    CheckCount(count, field, Path{at, field.field}, required);
    for (int i = 0; i < count; ++i) {
      const Message& entry = r->GetRepeatedMessage(m, field.field, i);
      std::string key;
      const Value key_value(entry, field.map_key);
      if (field.map_key->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        key = key_value.String(&key);
      } else if (field.map_key->cpp_type() != FieldDescriptor::CPPTYPE_BOOL) {
        key = absl::StrCat(static_cast<int64_t>(key_value.Integer()));
      }
      const Path here{at, field.field, -1, &key};
      CheckKey(field, key, here);
      CheckValue(Value(entry, field.map_value), field, here);
    }
  }

  void CheckKey(const FieldPlan& field, const std::string& key, const Path& here) {
    if (CountCodePoints(key) < 0) {
      violations_.Add(Path{here.parent, here.field}.Text(), "BAD_UTF8",
                      "has a key that is not valid UTF-8");
    } else if (field.key_pattern != nullptr && !RE2::FullMatch(key, *field.key_pattern)) {
      Add(here, "PATTERN",
          absl::StrCat("must have a key that matches ", field.key_pattern->pattern()));
    }
  }

  // --- Values ---

  void CheckValue(const Value& value, const FieldPlan& field, const Path& here) {
    switch (field.kind) {
      case FieldKind::kString:
        return CheckString(value, field, here);
      case FieldKind::kBytes: {
        std::string scratch;
        return CheckLength(static_cast<int64_t>(value.String(&scratch).size()), "bytes", field,
                           here);
      }
      case FieldKind::kInteger:
        return CheckInteger(value.Integer(), field, here);
      case FieldKind::kFloating:
        return CheckFloating(value.Floating(), field, here);
      case FieldKind::kBool:
        return;
      case FieldKind::kEnum:
        return CheckEnum(value, here);
      case FieldKind::kTimestamp:
        return As<google::protobuf::Timestamp>(
            value.Sub(), [&](const google::protobuf::Timestamp& t) { CheckTimestamp(t, here); });
      case FieldKind::kDuration:
        return As<google::protobuf::Duration>(
            value.Sub(), [&](const google::protobuf::Duration& d) { CheckDuration(d, here); });
      case FieldKind::kDate:
        return As<google::type::Date>(value.Sub(),
                                      [&](const google::type::Date& d) { CheckDate(d, here); });
      case FieldKind::kDecimal:
        return As<google::type::Decimal>(value.Sub(), [&](const google::type::Decimal& d) {
          CheckDecimal(d.value(), field, here);
        });
      case FieldKind::kMoney:
        return As<google::type::Money>(
            value.Sub(), [&](const google::type::Money& money) { CheckMoney(money, field, here); });
      case FieldKind::kMask:
        return;
      case FieldKind::kMessage:
        return CheckMessage(value.Sub(), *field.message, &here, /*demand=*/true);
    }
  }

  void CheckLength(int64_t length, const char* unit, const FieldPlan& field, const Path& here) {
    if (length < field.min_length) {
      Add(here, "TOO_SHORT", absl::StrCat("must have at least ", field.min_length, " ", unit));
    }
    if (field.max_length > 0 && length > field.max_length) {
      Add(here, "TOO_LONG",
          absl::StrCat("must have at most ", field.max_length, " ", unit, ", has ", length));
    }
  }

  void CheckString(const Value& value, const FieldPlan& field, const Path& here) {
    std::string scratch;
    const std::string& text = value.String(&scratch);
    const int64_t length = CountCodePoints(text);
    if (length < 0) return Add(here, "BAD_UTF8", "is not valid UTF-8");
    if (field.personal && IsMask(text)) {
      return Add(
          here, "MASKED",
          "is what those see who may not read this field; leave it out to keep what is stored");
    }
    CheckLength(length, "characters", field, here);
    if (field.pattern != nullptr) {
      const bool matches = field.known_pattern != nullptr ? field.known_pattern(text)
                                                          : RE2::FullMatch(text, *field.pattern);
      if (!matches) {
        Add(here, "PATTERN", absl::StrCat("must match ", field.pattern->pattern()));
      }
    }
    if (field.references) CheckReference(text, field, here);
  }

  void CheckReference(const std::string& name, const FieldPlan& field, const Path& here) {
    for (const NamePattern& pattern : field.reference_patterns) {
      if (pattern.Matches(name)) return;
    }
    if (!field.reference_patterns.empty()) {
      Add(here, "BAD_REFERENCE",
          absl::StrCat("must be a name of the form ",
                       absl::StrJoin(field.reference_patterns, " or ",
                                     [](std::string* out, const NamePattern& p) {
                                       absl::StrAppend(out, p.text());
                                     })));
    } else if (!IsResourceName(name)) {
      Add(here, "BAD_REFERENCE", "must be a resource name such as collection/id");
    }
  }

  void AddBelow(const Bound& min, bool exclusive, const Path& here) {
    Add(here, "OUT_OF_RANGE",
        absl::StrCat("must be ", exclusive ? "above " : "at least ", min.text));
  }
  void AddAbove(const Bound& max, const Path& here) {
    Add(here, "OUT_OF_RANGE", absl::StrCat("must be at most ", max.text));
  }

  void CheckInteger(__int128 value, const FieldPlan& field, const Path& here) {
    if (field.min && value < field.min->integer) AddBelow(*field.min, field.exclusive_min, here);
    if (field.max && value > field.max->integer) AddAbove(*field.max, here);
  }

  void CheckFloating(double value, const FieldPlan& field, const Path& here) {
    if (!std::isfinite(value)) return Add(here, "OUT_OF_RANGE", "must be a finite number");
    const bool below = field.min && (value < field.min->floating ||
                                     (field.exclusive_min && value == field.min->floating));
    if (below) AddBelow(*field.min, field.exclusive_min, here);
    if (field.max && value > field.max->floating) AddAbove(*field.max, here);
  }

  void CheckAmount(const base::Decimal& value, const FieldPlan& field, const Path& here) {
    const bool below = field.min && (value < field.min->decimal ||
                                     (field.exclusive_min && value == field.min->decimal));
    if (below) AddBelow(*field.min, field.exclusive_min, here);
    if (field.max && value > field.max->decimal) AddAbove(*field.max, here);
  }

  void CheckEnum(const Value& value, const Path& here) {
    const int number = value.Enum();
    if (value.field()->enum_type()->FindValueByNumber(number) != nullptr) return;
    Add(here, "BAD_ENUM",
        absl::StrCat("must be a value of ", value.field()->enum_type()->name(), "; ", number,
                     " is none"));
  }

  void CheckTimestamp(const google::protobuf::Timestamp& t, const Path& here) {
    // 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z, as timestamp.proto says.
    const bool valid = t.seconds() >= -62135596800 && t.seconds() <= 253402300799 &&
                       t.nanos() >= 0 && t.nanos() <= 999'999'999;
    if (!valid) Add(here, "BAD_TIME", "must be a time in the years 1 to 9999");
  }

  void CheckDuration(const google::protobuf::Duration& d, const Path& here) {
    constexpr int64_t kMost = 315'576'000'000;  // seconds, as duration.proto says
    const bool valid = d.seconds() >= -kMost && d.seconds() <= kMost && d.nanos() >= -999'999'999 &&
                       d.nanos() <= 999'999'999 && !(d.seconds() > 0 && d.nanos() < 0) &&
                       !(d.seconds() < 0 && d.nanos() > 0);
    if (!valid) Add(here, "BAD_TIME", "must be a length of at most 10,000 years");
  }

  void CheckDate(const google::type::Date& d, const Path& here) {
    const bool plausible = d.year() >= 1 && d.year() <= 9999 && d.month() >= 1 && d.month() <= 12 &&
                           d.day() >= 1 && d.day() <= 31;
    // Civil days normalise: 30 February comes back as 1 or 2 March.
    if (plausible && base::CivilDay(d.year(), d.month(), d.day()).day() == d.day()) return;
    Add(here, "BAD_DATE", "must be a real day with year (1 to 9999), month and day");
  }

  void CheckDecimal(const std::string& text, const FieldPlan& field, const Path& here) {
    const absl::StatusOr<base::Decimal> value = base::Decimal::Parse(text);
    if (!value.ok()) {
      return Add(here, "BAD_DECIMAL",
                 "must be a decimal number such as 12.5, of at most 38 digits, 18 of them after "
                 "the point");
    }
    if (field.max_scale && value->Round(*field.max_scale, base::Rounding::kDown) != *value) {
      Add(here, "TOO_MANY_DIGITS",
          absl::StrCat("must have at most ", *field.max_scale, " digits after the point"));
    }
    CheckAmount(*value, field, here);
  }

  void CheckMoney(const google::type::Money& money, const FieldPlan& field, const Path& here) {
    const std::optional<int> digits = base::MinorDigits(money.currency_code());
    if (!digits) {
      violations_.Add(absl::StrCat(here.Text(), ".currency_code"), "BAD_CURRENCY",
                      "must be a code of ISO 4217 such as CNY");
    }
    const bool mixed =
        (money.units() > 0 && money.nanos() < 0) || (money.units() < 0 && money.nanos() > 0);
    if (mixed || money.nanos() < -999'999'999 || money.nanos() > 999'999'999) {
      return violations_.Add(
          absl::StrCat(here.Text(), ".nanos"), "OUT_OF_RANGE",
          "must be between -999,999,999 and 999,999,999 and of the sign of units");
    }
    if (digits) {
      int32_t smallest = 1'000'000'000;
      for (int i = 0; i < *digits; ++i) smallest /= 10;
      if (money.nanos() % smallest != 0) {
        Add(here, "TOO_MANY_DIGITS",
            absl::StrCat("must have at most ", *digits, " digits after the point, as an amount in ",
                         money.currency_code()));
      }
    }
    if (field.min || field.max) {
      constexpr __int128 kNanosPerUnit = 1'000'000'000;
      CheckAmount(base::Decimal::FromUnscaled(money.units() * kNanosPerUnit + money.nanos(), 9),
                  field, here);
    }
  }

  base::Violations violations_;
};

}  // namespace

base::Violations CheckFieldRules(const Message& request) {
  Checker checker;
  checker.CheckMessage(request, PlanOf(request.GetDescriptor()), nullptr, /*demand=*/true);
  return checker.Take();
}

}  // namespace salesops::api
