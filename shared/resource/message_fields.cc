#include "shared/resource/message_fields.h"

#include <algorithm>
#include <set>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/util/message_differencer.h"

namespace salesops::resource {
namespace {

const FieldDescriptor* Find(const Message& m, const std::string& field) {
  return m.GetDescriptor()->FindFieldByName(field);
}

}  // namespace

std::string GetString(const Message& m, const char* field) {
  const FieldDescriptor* f = Find(m, field);
  return f == nullptr ? std::string() : m.GetReflection()->GetString(m, f);
}

bool GetBool(const Message& m, const char* field) {
  const FieldDescriptor* f = Find(m, field);
  return f != nullptr && m.GetReflection()->GetBool(m, f);
}

int64_t GetInt(const Message& m, const char* field) {
  const FieldDescriptor* f = Find(m, field);
  if (f == nullptr) return 0;
  if (f->cpp_type() == FieldDescriptor::CPPTYPE_INT32) return m.GetReflection()->GetInt32(m, f);
  return m.GetReflection()->GetInt64(m, f);
}

const Message* GetMessage(const Message& m, const std::string& field) {
  const FieldDescriptor* f = Find(m, field);
  if (f == nullptr || !m.GetReflection()->HasField(m, f)) return nullptr;
  return &m.GetReflection()->GetMessage(m, f);
}

std::vector<std::string> GetStrings(const Message& m, const char* field) {
  std::vector<std::string> list;
  const FieldDescriptor* f = Find(m, field);
  if (f == nullptr) return list;
  for (int i = 0; i < m.GetReflection()->FieldSize(m, f); ++i) {
    list.push_back(m.GetReflection()->GetRepeatedString(m, f, i));
  }
  return list;
}

void SetString(Message* m, const char* field, const std::string& value) {
  const FieldDescriptor* f = Find(*m, field);
  if (f != nullptr) m->GetReflection()->SetString(m, f, value);
}

void SetInt(Message* m, const char* field, int64_t value) {
  const FieldDescriptor* f = Find(*m, field);
  if (f == nullptr) return;
  if (f->cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
    m->GetReflection()->SetInt32(m, f, static_cast<int32_t>(value));
  } else {
    m->GetReflection()->SetInt64(m, f, value);
  }
}

void ClearField(Message* m, const char* field) {
  const FieldDescriptor* f = Find(*m, field);
  if (f != nullptr) m->GetReflection()->ClearField(m, f);
}

Message* MutableMessage(Message* m, const std::string& field) {
  const FieldDescriptor* f = Find(*m, field);
  return f == nullptr ? nullptr : m->GetReflection()->MutableMessage(m, f);
}

const FieldDescriptor* RepeatedOf(const Message& m, const google::protobuf::Descriptor* type) {
  const google::protobuf::Descriptor* d = m.GetDescriptor();
  for (int i = 0; i < d->field_count(); ++i) {
    if (d->field(i)->is_repeated() && d->field(i)->message_type() == type) return d->field(i);
  }
  return nullptr;
}

void Overlay(const Message& from, Message* to) {
  std::vector<const FieldDescriptor*> populated;
  from.GetReflection()->ListFields(from, &populated);
  for (const FieldDescriptor* f : populated) to->GetReflection()->ClearField(to, f);
  to->MergeFrom(from);
}

void ForEachNamed(Message* m, const google::protobuf::Descriptor* type, const std::string& name,
                  const std::function<void(Message*)>& visit) {
  const google::protobuf::Reflection* r = m->GetReflection();
  std::vector<const FieldDescriptor*> populated;
  r->ListFields(*m, &populated);
  for (const FieldDescriptor* f : populated) {
    if (f->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const int count = f->is_repeated() ? r->FieldSize(*m, f) : 1;
    for (int i = 0; i < count; ++i) {
      Message* below =
          f->is_repeated() ? r->MutableRepeatedMessage(m, f, i) : r->MutableMessage(m, f);
      if (f->message_type() == type && GetString(*below, "name") == name) visit(below);
      ForEachNamed(below, type, name, visit);
    }
  }
}

std::vector<std::string> DifferingFields(const Message& before, const Message& after) {
  static const auto* stamped =
      new std::set<std::string>{"name", "etag", "create_time", "update_time"};
  std::vector<std::string> differing;
  const google::protobuf::Descriptor* type = before.GetDescriptor();
  google::protobuf::util::MessageDifferencer differencer;
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* f = type->field(i);
    if (stamped->count(f->name()) > 0) continue;
    if (!differencer.CompareWithFields(before, after, {f}, {f})) differing.push_back(f->name());
  }
  std::sort(differing.begin(), differing.end());
  return differing;
}

}  // namespace salesops::resource
