#include "shared/api/message_plan.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <limits>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/api/field_behavior.pb.h"
#include "google/api/resource.pb.h"
#include "salesops/options/v1/options.pb.h"
#include "shared/base/id.h"

namespace salesops::api {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

// A rule that cannot be read is a fault of the program, seen the first time its type is used.
[[noreturn]] void AbortOnRule(const FieldDescriptor* field, absl::string_view what) {
  std::fprintf(stderr, "field %s: %s\n", field->full_name().c_str(), std::string(what).c_str());
  std::abort();
}

FieldKind MessageKind(const Descriptor* type) {
  const std::string& name = type->full_name();
  if (name == "google.protobuf.Timestamp") return FieldKind::kTimestamp;
  if (name == "google.protobuf.Duration") return FieldKind::kDuration;
  if (name == "google.protobuf.FieldMask") return FieldKind::kMask;
  if (name == "google.type.Date") return FieldKind::kDate;
  if (name == "google.type.Decimal") return FieldKind::kDecimal;
  if (name == "google.type.Money") return FieldKind::kMoney;
  return FieldKind::kMessage;
}

FieldKind KindOf(const FieldDescriptor* field) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return FieldKind::kBool;
    case FieldDescriptor::CPPTYPE_ENUM:
      return FieldKind::kEnum;
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return FieldKind::kFloating;
    case FieldDescriptor::CPPTYPE_STRING:
      return field->type() == FieldDescriptor::TYPE_BYTES ? FieldKind::kBytes : FieldKind::kString;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return MessageKind(field->message_type());
    default:
      return FieldKind::kInteger;
  }
}

Bound ParseBound(const FieldDescriptor* field, const std::string& text, bool lower,
                 bool exclusive) {
  const absl::StatusOr<base::Decimal> value = base::Decimal::Parse(text);
  if (!value.ok()) AbortOnRule(field, absl::StrCat("\"", text, "\" is no number"));
  Bound bound;
  bound.decimal = *value;
  bound.text = text;
  bound.integer =
      value->Round(0, lower ? base::Rounding::kCeiling : base::Rounding::kFloor).unscaled();
  if (exclusive && base::Decimal::FromUnscaled(bound.integer, 0) == *value) ++bound.integer;
  if (!absl::SimpleAtod(text, &bound.floating)) AbortOnRule(field, "a bound does not fit a double");
  return bound;
}

std::unique_ptr<RE2> ParsePattern(const FieldDescriptor* field, const std::string& text) {
  if (text.empty()) return nullptr;
  auto pattern = std::make_unique<RE2>(text, RE2::Quiet);
  if (!pattern->ok()) AbortOnRule(field, pattern->error());
  return pattern;
}

// Patterns that stand on every call's path have a hand-written equal, many times faster than RE2.
bool (*KnownPattern(const std::string& text))(absl::string_view) {
  if (text == "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?") return base::IsValidId;
  if (text == "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}") {
    return base::IsValidUuid;
  }
  return nullptr;
}

void AddPatterns(const google::api::ResourceDescriptor& resource, const std::string& type,
                 std::vector<NamePattern>* patterns) {
  if (resource.type() != type) return;
  for (const std::string& pattern : resource.pattern()) patterns->emplace_back(pattern);
}

// The patterns of a resource type, declared by a message or by a file option in the field's file
// or one that it imports.
std::vector<NamePattern> FindPatterns(const FileDescriptor* from, const std::string& type) {
  std::vector<NamePattern> patterns;
  std::set<const FileDescriptor*> seen = {from};
  std::deque<const FileDescriptor*> open = {from};
  for (; !open.empty() && patterns.empty(); open.pop_front()) {
    const FileDescriptor* file = open.front();
    for (int i = 0; i < file->message_type_count(); ++i) {
      AddPatterns(file->message_type(i)->options().GetExtension(google::api::resource), type,
                  &patterns);
    }
    const auto& options = file->options();
    for (int i = 0; i < options.ExtensionSize(google::api::resource_definition); ++i) {
      AddPatterns(options.GetExtension(google::api::resource_definition, i), type, &patterns);
    }
    for (int i = 0; i < file->dependency_count(); ++i) {
      if (seen.insert(file->dependency(i)).second) open.push_back(file->dependency(i));
    }
  }
  return patterns;
}

void ReadBehavior(FieldPlan* plan) {
  const auto& options = plan->field->options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    switch (options.GetExtension(google::api::field_behavior, i)) {
      case google::api::REQUIRED:
        plan->required = true;
        break;
      case google::api::OUTPUT_ONLY:
        plan->output_only = true;
        break;
      case google::api::IMMUTABLE:
        plan->immutable = true;
        break;
      case google::api::IDENTIFIER:
        plan->identifier = true;
        break;
      default:
        break;
    }
  }
  plan->unwritable = plan->output_only || plan->identifier || plan->field->name() == "etag";
  plan->personal = options.GetExtension(options::v1::personal);
}

void ReadRules(FieldPlan* plan) {
  const FieldDescriptor* field = plan->field;
  const options::v1::FieldRules& rules = field->options().GetExtension(options::v1::field);
  plan->min_length = rules.min_length();
  plan->max_length = rules.max_length();
  plan->min_items = rules.min_items();
  plan->max_items = rules.max_items();
  plan->unique_items = rules.unique_items();
  plan->exclusive_min = rules.exclusive_min();
  if (rules.has_max_scale()) plan->max_scale = rules.max_scale();
  if (!rules.min().empty()) {
    plan->min = ParseBound(field, rules.min(), /*lower=*/true, rules.exclusive_min());
  } else if (field->name() == "page_size" && plan->kind == FieldKind::kInteger) {
    plan->min = ParseBound(field, "0", /*lower=*/true, /*exclusive=*/false);
  }
  if (!rules.max().empty()) {
    plan->max = ParseBound(field, rules.max(), /*lower=*/false, /*exclusive=*/false);
  }
  plan->pattern = ParsePattern(field, rules.pattern());
  plan->known_pattern = KnownPattern(rules.pattern());
  plan->key_pattern = ParsePattern(field, rules.key_pattern());
  if (!rules.references().empty()) {
    plan->references = true;
    plan->reference_patterns = FindPatterns(field->file(), rules.references());
  }
}

class PlanCompiler {
 public:
  using Plans = std::unordered_map<const Descriptor*, const MessagePlan*>;
  explicit PlanCompiler(Plans* plans) : plans_(plans) {}

  // Types may hold themselves: a plan is known before its fields are.
  const MessagePlan* Compile(const Descriptor* type) {
    const auto found = plans_->find(type);
    if (found != plans_->end()) return found->second;
    auto* plan = new MessagePlan;
    plan->type = type;
    (*plans_)[type] = plan;
    plan->is_resource = !type->options().GetExtension(google::api::resource).type().empty();
    plan->fields.reserve(type->field_count());
    for (int i = 0; i < type->field_count(); ++i) {
      plan->fields.push_back(CompileField(type->field(i)));
    }
    for (const FieldPlan& field : plan->fields) plan->by_name.push_back(&field);
    std::sort(
        plan->by_name.begin(), plan->by_name.end(),
        [](const FieldPlan* a, const FieldPlan* b) { return a->field->name() < b->field->name(); });
    FindUpdate(plan);
    if (plan->is_resource) plan->name = plan->Find("name");
    plan->has_unwritable = Reaches(type, [](const FieldPlan& f) { return f.unwritable; });
    plan->has_personal = Reaches(type, [](const FieldPlan& f) { return f.personal; });
    return plan;
  }

 private:
  FieldPlan CompileField(const FieldDescriptor* field) {
    FieldPlan plan;
    plan.field = field;
    plan.map = field->is_map();
    plan.repeated = field->is_repeated() && !plan.map;
    const FieldDescriptor* value = field;
    if (plan.map) {
      plan.map_key = field->message_type()->map_key();
      plan.map_value = value = field->message_type()->map_value();
    }
    plan.kind = KindOf(value);
    if (plan.kind == FieldKind::kMessage) plan.message = Compile(value->message_type());
    ReadBehavior(&plan);
    ReadRules(&plan);
    plan.unchecked =
        plan.output_only || (plan.kind == FieldKind::kBool && !plan.map && !plan.repeated &&
                             !(plan.required && field->has_presence()));
    return plan;
  }

  static void FindUpdate(MessagePlan* plan) {
    const FieldPlan* mask = plan->Find("update_mask");
    if (mask == nullptr || mask->kind != FieldKind::kMask) return;
    for (const FieldPlan& field : plan->fields) {
      const bool resource =
          field.kind == FieldKind::kMessage && !field.repeated && !field.map &&
          !field.message->type->options().GetExtension(google::api::resource).type().empty();
      if (!resource) continue;
      plan->update_mask = mask;
      plan->updated_resource = &field;
    }
  }

  // Whether a field with the property is in the type or anywhere below it.
  template <class Property>
  bool Reaches(const Descriptor* from, Property property) {
    std::set<const Descriptor*> seen = {from};
    std::deque<const Descriptor*> open = {from};
    for (; !open.empty(); open.pop_front()) {
      for (int i = 0; i < open.front()->field_count(); ++i) {
        FieldPlan field;
        field.field = open.front()->field(i);
        ReadBehavior(&field);
        if (property(field)) return true;
        const Descriptor* below = field.field->message_type();
        if (below != nullptr && seen.insert(below).second) open.push_back(below);
      }
    }
    return false;
  }

  Plans* plans_;
};

// Copy on write: readers follow one pointer; a writer publishes a bigger copy. Old copies are kept,
// since a reader may still be in one; there are as many as there are types of requests.
class PlanCache {
 public:
  const MessagePlan& Get(const Descriptor* type) {
    const PlanCompiler::Plans* plans = plans_.load(std::memory_order_acquire);
    const auto found = plans->find(type);
    return found != plans->end() ? *found->second : Add(type);
  }

 private:
  const MessagePlan& Add(const Descriptor* type) {
    std::lock_guard<std::mutex> lock(mutex_);
    auto plans = std::make_unique<PlanCompiler::Plans>(*plans_.load(std::memory_order_relaxed));
    const MessagePlan* plan = PlanCompiler(plans.get()).Compile(type);
    plans_.store(plans.get(), std::memory_order_release);
    generations_.push_back(std::move(plans));
    return *plan;
  }

  const PlanCompiler::Plans empty_;
  std::atomic<const PlanCompiler::Plans*> plans_{&empty_};
  std::mutex mutex_;
  std::vector<std::unique_ptr<PlanCompiler::Plans>> generations_;
};

}  // namespace

const FieldPlan* MessagePlan::Find(absl::string_view name) const {
  const auto at = std::lower_bound(
      by_name.begin(), by_name.end(), name,
      [](const FieldPlan* f, absl::string_view n) { return f->field->name() < n; });
  return at != by_name.end() && (*at)->field->name() == name ? *at : nullptr;
}

const MessagePlan& PlanOf(const Descriptor* type) {
  static auto* cache = new PlanCache;
  return cache->Get(type);
}

bool IsOneValue(FieldKind kind) {
  switch (kind) {
    case FieldKind::kTimestamp:
    case FieldKind::kDuration:
    case FieldKind::kDate:
    case FieldKind::kDecimal:
    case FieldKind::kMoney:
    case FieldKind::kMask:
      return true;
    default:
      return false;
  }
}

}  // namespace salesops::api
