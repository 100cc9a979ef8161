#include "shared/api/field_mask.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "google/api/resource.pb.h"
#include "shared/api/digest.h"
#include "shared/api/mask_path.h"
#include "shared/api/message_plan.h"

namespace salesops::api {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool IsPopulated(const Message& m, const FieldDescriptor* field) {
  const Reflection* r = m.GetReflection();
  return field->is_repeated() ? r->FieldSize(m, field) > 0 : r->HasField(m, field);
}

// ---------------------------------------------------------------------------------------------
// Equality, field by field along the plan: some 50 times faster than MessageDifferencer.

bool Equal(const Message& a, const Message& b, const MessagePlan* plan);

bool EqualScalars(const Message& a, const Message& b, const FieldDescriptor* f) {
  const Reflection* r = a.GetReflection();
  switch (f->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return r->GetInt32(a, f) == r->GetInt32(b, f);
    case FieldDescriptor::CPPTYPE_INT64:
      return r->GetInt64(a, f) == r->GetInt64(b, f);
    case FieldDescriptor::CPPTYPE_UINT32:
      return r->GetUInt32(a, f) == r->GetUInt32(b, f);
    case FieldDescriptor::CPPTYPE_UINT64:
      return r->GetUInt64(a, f) == r->GetUInt64(b, f);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return r->GetDouble(a, f) == r->GetDouble(b, f);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return r->GetFloat(a, f) == r->GetFloat(b, f);
    case FieldDescriptor::CPPTYPE_BOOL:
      return r->GetBool(a, f) == r->GetBool(b, f);
    case FieldDescriptor::CPPTYPE_ENUM:
      return r->GetEnumValue(a, f) == r->GetEnumValue(b, f);
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch_a, scratch_b;
      return r->GetStringReference(a, f, &scratch_a) == r->GetStringReference(b, f, &scratch_b);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return true;
}

// The entries of a map as bytes, in one order for equal maps.
std::vector<std::string> Entries(const Message& m, const FieldPlan& field) {
  const Reflection* r = m.GetReflection();
  std::vector<std::string> entries;
  for (int i = 0; i < r->FieldSize(m, field.field); ++i) {
    entries.push_back(SerializeDeterministically(r->GetRepeatedMessage(m, field.field, i)));
  }
  std::sort(entries.begin(), entries.end());
  return entries;
}

bool EqualRepeatedScalars(const Message& a, const Message& b, const FieldDescriptor* f, int i) {
  const Reflection* r = a.GetReflection();
  switch (f->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return r->GetRepeatedInt32(a, f, i) == r->GetRepeatedInt32(b, f, i);
    case FieldDescriptor::CPPTYPE_INT64:
      return r->GetRepeatedInt64(a, f, i) == r->GetRepeatedInt64(b, f, i);
    case FieldDescriptor::CPPTYPE_UINT32:
      return r->GetRepeatedUInt32(a, f, i) == r->GetRepeatedUInt32(b, f, i);
    case FieldDescriptor::CPPTYPE_UINT64:
      return r->GetRepeatedUInt64(a, f, i) == r->GetRepeatedUInt64(b, f, i);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return r->GetRepeatedDouble(a, f, i) == r->GetRepeatedDouble(b, f, i);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return r->GetRepeatedFloat(a, f, i) == r->GetRepeatedFloat(b, f, i);
    case FieldDescriptor::CPPTYPE_BOOL:
      return r->GetRepeatedBool(a, f, i) == r->GetRepeatedBool(b, f, i);
    case FieldDescriptor::CPPTYPE_ENUM:
      return r->GetRepeatedEnumValue(a, f, i) == r->GetRepeatedEnumValue(b, f, i);
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch_a, scratch_b;
      return r->GetRepeatedStringReference(a, f, i, &scratch_a) ==
             r->GetRepeatedStringReference(b, f, i, &scratch_b);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return true;
}

bool EqualLists(const Message& a, const Message& b, const FieldPlan& field) {
  const Reflection* r = a.GetReflection();
  const int size = r->FieldSize(a, field.field);
  if (size != r->FieldSize(b, field.field)) return false;
  if (size == 0) return true;
  if (field.map) return Entries(a, field) == Entries(b, field);
  const bool messages = field.field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
  for (int i = 0; i < size; ++i) {
    const bool equal = messages ? Equal(r->GetRepeatedMessage(a, field.field, i),
                                        r->GetRepeatedMessage(b, field.field, i), field.message)
                                : EqualRepeatedScalars(a, b, field.field, i);
    if (!equal) return false;
  }
  return true;
}

bool EqualField(const Message& a, const Message& b, const FieldPlan& field) {
  if (field.repeated || field.map) return EqualLists(a, b, field);
  const Reflection* r = a.GetReflection();
  if (field.field->has_presence()) {
    const bool has = r->HasField(a, field.field);
    if (has != r->HasField(b, field.field)) return false;
    if (!has) return true;
  }
  if (field.field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    return EqualScalars(a, b, field.field);
  }
  return Equal(r->GetMessage(a, field.field), r->GetMessage(b, field.field), field.message);
}

bool Equal(const Message& a, const Message& b, const MessagePlan* plan) {
  if (plan == nullptr) plan = &PlanOf(a.GetDescriptor());
  for (const FieldPlan& field : plan->fields) {
    if (!field.output_only && !EqualField(a, b, field)) return false;
  }
  return true;
}

// ---------------------------------------------------------------------------------------------
// Update

// How a resource is called in the fields of requests: "sales_process".
std::string RequestField(const google::protobuf::Descriptor* type) {
  const std::string& singular = type->options().GetExtension(google::api::resource).singular();
  const std::string& camel = singular.empty() ? type->name() : singular;
  std::string snake;
  for (size_t i = 0; i < camel.size(); ++i) {
    if (absl::ascii_isupper(camel[i]) && i > 0) snake.push_back('_');
    snake.push_back(absl::ascii_tolower(camel[i]));
  }
  return snake;
}

// The entry of a map with a text key, or -1.
int FindEntry(const Message& m, const FieldPlan& map, const std::string& key) {
  const Reflection* r = m.GetReflection();
  for (int i = 0; i < r->FieldSize(m, map.field); ++i) {
    const Message& entry = r->GetRepeatedMessage(m, map.field, i);
    std::string scratch;
    if (entry.GetReflection()->GetStringReference(entry, map.map_key, &scratch) == key) return i;
  }
  return -1;
}

void RemoveEntry(Message* m, const FieldPlan& map, int index) {
  const Reflection* r = m->GetReflection();
  r->SwapElements(m, map.field, index, r->FieldSize(*m, map.field) - 1);
  r->RemoveLast(m, map.field);
}

class Updater {
 public:
  explicit Updater(const MessagePlan& plan) : plan_(plan), prefix_(RequestField(plan.type) + ".") {}

  base::Violations Take() { return std::move(violations_); }

  // Every populated field (`replace` false), or every field.
  void ApplyAll(Message* update, Message* current, bool replace) {
    for (const FieldPlan& field : plan_.fields) {
      if (field.unwritable) continue;
      const bool populated = IsPopulated(*update, field.field);
      if (populated || (replace && !field.immutable)) {
        SetField(update, current, field, field.field->name());
      }
    }
  }

  void ApplyPath(const std::string& path, Message* update, Message* current) {
    absl::StatusOr<MaskPath> resolved = ResolveMaskPath(path, plan_);
    if (!resolved.ok()) {
      return violations_.Add("update_mask", "BAD_MASK", std::string(resolved.status().message()));
    }
    if (!resolved->unwritable) Descend(path, resolved->steps, 0, update, current);
  }

 private:
  void Descend(const std::string& path, const std::vector<MaskStep>& steps, size_t i,
               Message* update, Message* current) {
    const FieldPlan& field = *steps[i].field;
    if (field.immutable && !EqualField(*update, *current, field)) return Immutable(path);
    if (steps[i].key) return DescendIntoMap(path, steps, i, update, current);
    if (i + 1 == steps.size()) return SetField(update, current, field, path);
    const Reflection* r = update->GetReflection();
    // A sub-message that neither side has holds nothing to clear.
    if (!r->HasField(*update, field.field) && !r->HasField(*current, field.field)) return;
    Descend(path, steps, i + 1, r->MutableMessage(update, field.field),
            r->MutableMessage(current, field.field));
  }

  void DescendIntoMap(const std::string& path, const std::vector<MaskStep>& steps, size_t i,
                      Message* update, Message* current) {
    const FieldPlan& map = *steps[i].field;
    const std::string& key = *steps[i].key;
    const Reflection* r = update->GetReflection();
    const int from = FindEntry(*update, map, key);
    const int to = FindEntry(*current, map, key);
    if (from < 0 && to < 0) return;
    const bool whole = i + 1 == steps.size();
    if (from < 0 && whole) return RemoveEntry(current, map, to);
    Message* target = to >= 0 ? r->MutableRepeatedMessage(current, map.field, to)
                              : r->AddMessage(current, map.field);
    if (whole) {
      target->CopyFrom(r->GetRepeatedMessage(*update, map.field, from));
      return;
    }
    target->GetReflection()->SetString(target, map.map_key, key);
    const Reflection* er = target->GetReflection();
    std::unique_ptr<Message> nothing(target->New());
    Message* source =
        from >= 0 ? r->MutableRepeatedMessage(update, map.field, from) : nothing.get();
    Descend(path, steps, i + 1, er->MutableMessage(source, map.map_value),
            er->MutableMessage(target, map.map_value));
  }

  // Moves the field's whole value over, but what lies below it and no update writes.
  void SetField(Message* update, Message* current, const FieldPlan& field,
                const std::string& path) {
    if (field.immutable) {
      if (!EqualField(*update, *current, field)) Immutable(path);
      return;
    }
    const Reflection* r = update->GetReflection();
    const bool inner = !field.repeated && !field.map && field.message != nullptr &&
                       field.message->has_unwritable && r->HasField(*update, field.field) &&
                       r->HasField(*current, field.field);
    if (!inner) return MoveField(update, current, field.field);
    for (const FieldPlan& below : field.message->fields) {
      if (below.unwritable) continue;
      SetField(r->MutableMessage(update, field.field), r->MutableMessage(current, field.field),
               below, absl::StrCat(path, ".", below.field->name()));
    }
  }

  static void MoveField(Message* update, Message* current, const FieldDescriptor* field) {
    const Reflection* r = update->GetReflection();
    const google::protobuf::OneofDescriptor* oneof = field->real_containing_oneof();
    if (oneof == nullptr) return r->SwapFields(update, current, {field});
    if (!r->HasField(*update, field)) return r->ClearField(current, field);
    // The whole oneof moves; what comes back must not be moved again for its other fields.
    r->SwapFields(update, current, {field});
    r->ClearOneof(update, oneof);
  }

  void Immutable(const std::string& path) {
    violations_.Add(prefix_ + path, "IMMUTABLE", "cannot be changed by an update");
  }

  const MessagePlan& plan_;
  const std::string prefix_;
  base::Violations violations_;
};

}  // namespace

base::Violations ApplyUpdate(const Message& update, const google::protobuf::FieldMask& mask,
                             Message* current) {
  Updater updater(PlanOf(current->GetDescriptor()));
  // Values are moved out of a copy.
  std::unique_ptr<Message> source(update.New());
  source->CopyFrom(update);
  if (mask.paths().empty()) {
    updater.ApplyAll(source.get(), current, /*replace=*/false);
  } else if (mask.paths_size() == 1 && mask.paths(0) == "*") {
    updater.ApplyAll(source.get(), current, /*replace=*/true);
  } else {
    for (const std::string& path : mask.paths()) {
      // A path may repeat what another one moved already, so each starts from the whole update.
      if (mask.paths_size() > 1) source->CopyFrom(update);
      updater.ApplyPath(path, source.get(), current);
    }
  }
  return updater.Take();
}

google::protobuf::FieldMask ChangedFields(const Message& before, const Message& after) {
  google::protobuf::FieldMask changed;
  for (const FieldPlan* field : PlanOf(before.GetDescriptor()).by_name) {
    const bool ignored = field->output_only || field->field->name() == "etag";
    if (!ignored && !EqualField(before, after, *field)) changed.add_paths(field->field->name());
  }
  return changed;
}

void ClearOutputOnly(Message* resource) {
  for (const FieldPlan& field : PlanOf(resource->GetDescriptor()).fields) {
    if (field.output_only) resource->GetReflection()->ClearField(resource, field.field);
  }
}

}  // namespace salesops::api
