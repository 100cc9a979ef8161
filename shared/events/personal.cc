#include "shared/events/personal.h"

#include <mutex>
#include <unordered_map>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "salesops/options/v1/options.pb.h"

namespace salesops::events {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

bool IsPersonal(const FieldDescriptor* field) {
  return field->options().GetExtension(options::v1::personal);
}

// True if a message of this type can hold a personal field at any depth. `open` are the types on
// the way here, so that a type that contains itself ends.
bool Holds(const Descriptor* type, std::unordered_map<const Descriptor*, bool>& known) {
  auto [at, added] = known.emplace(type, false);
  if (!added) return at->second;
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    const bool nested = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (IsPersonal(field) || (nested && Holds(field->message_type(), known))) {
      known[type] = true;
      return true;
    }
  }
  return false;
}

}  // namespace

bool MayHoldPersonal(const Descriptor* type) {
  static std::mutex mutex;
  static auto* answers = new std::unordered_map<const Descriptor*, bool>;
  std::lock_guard<std::mutex> lock(mutex);
  auto at = answers->find(type);
  if (at != answers->end()) return at->second;
  // Types of a cycle may be left with a "no" that only means "not on this way", so only the answer
  // for `type` itself is kept.
  std::unordered_map<const Descriptor*, bool> known;
  const bool answer = Holds(type, known);
  answers->emplace(type, answer);
  return answer;
}

void ClearPersonal(Message* message) {
  const Reflection* reflection = message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (IsPersonal(field)) {
      reflection->ClearField(message, field);
      continue;
    }
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      ClearPersonal(reflection->MutableMessage(message, field));
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(*message, field); ++i) {
      ClearPersonal(reflection->MutableRepeatedMessage(message, field, i));
    }
  }
}

}  // namespace salesops::events
