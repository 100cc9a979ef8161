#include "gateway/json_reader.h"

#include <google/protobuf/descriptor.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gateway/message_types.h"
#include "gateway/percent_encoding.h"
#include "gateway/scalar_text.h"
#include "gateway/well_known_text.h"

namespace salesops::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using google::protobuf::Reflection;
using Kind = JsonValue::Kind;

// Enough to mend a request; a hostile body cannot make the answer large.
constexpr size_t kMostViolations = 50;

const FieldDescriptor* FieldOf(const Message& message, int number) {
  return message.GetDescriptor()->FindFieldByNumber(number);
}

class Reader {
 public:
  explicit Reader(base::Violations& violations) : violations_(violations) {}

  void ReadMessage(JsonValue json, Message& message, absl::string_view path) {
    switch (message.GetDescriptor()->well_known_type()) {
      case Descriptor::WELLKNOWNTYPE_UNSPECIFIED:
        return ReadMembers(json, message, path, /*skip=*/{});
      case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
        return ReadTimestamp(json, message, path);
      case Descriptor::WELLKNOWNTYPE_DURATION:
        return ReadDuration(json, message, path);
      case Descriptor::WELLKNOWNTYPE_FIELDMASK:
        return ReadFieldMask(json, message, path);
      case Descriptor::WELLKNOWNTYPE_STRUCT:
        return ReadStruct(json, message, path);
      case Descriptor::WELLKNOWNTYPE_VALUE:
        return ReadValue(json, message, path);
      case Descriptor::WELLKNOWNTYPE_LISTVALUE:
        return ReadListValue(json, message, path);
      case Descriptor::WELLKNOWNTYPE_ANY:
        return ReadAny(json, message, path);
      default:  // the wrappers
        return ReadSingle(json, message, *FieldOf(message, 1), path, /*add=*/false);
    }
  }

  void ReadField(JsonValue json, Message& message, const FieldDescriptor& field,
                 absl::string_view path) {
    if (json.is_null() && !TakesNull(field)) return;
    if (field.is_map()) return ReadMap(json, message, field, path);
    if (field.is_repeated()) return ReadList(json, message, field, path);
    ReadSingle(json, message, field, path, /*add=*/false);
  }

 private:
  void Refuse(absl::string_view path, const char* reason, absl::string_view message) {
    if (violations_.list().size() < kMostViolations) {
      violations_.Add(std::string(path), reason, std::string(message));
    }
  }

  // null means "absent" for every field but google.protobuf.Value and NullValue.
  static bool TakesNull(const FieldDescriptor& field) {
    if (field.is_repeated()) return false;
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      return field.message_type()->well_known_type() == Descriptor::WELLKNOWNTYPE_VALUE;
    }
    return field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM &&
           field.enum_type()->full_name() == "google.protobuf.NullValue";
  }

  void ReadMembers(JsonValue json, Message& message, absl::string_view path,
                   absl::string_view skip) {
    if (json.kind() != Kind::kObject) return Refuse(path, "WRONG_TYPE", "must be an object");
    const Descriptor& type = *message.GetDescriptor();
    std::vector<bool> seen(type.field_count());
    std::vector<const FieldDescriptor*> chosen(type.real_oneof_decl_count());
    for (JsonValue member : json) {
      if (!skip.empty() && member.name() == skip) continue;
      const FieldDescriptor* field = FindField(type, member.name());
      if (field == nullptr) {
        Refuse(MemberPath(path, member.name()), "UNKNOWN_FIELD", "is not a field");
        continue;
      }
      const std::string field_path = MemberPath(path, field->name());
      if (seen[field->index()]) {
        Refuse(field_path, "DUPLICATE_FIELD", "must be given once");
        continue;
      }
      seen[field->index()] = true;
      if (member.is_null() && !TakesNull(*field)) continue;
      if (const OneofDescriptor* oneof = field->real_containing_oneof()) {
        if (chosen[oneof->index()] != nullptr) {
          Refuse(field_path, "ONEOF_CONFLICT",
                 absl::StrCat("must not be given together with ", chosen[oneof->index()]->name()));
          continue;
        }
        chosen[oneof->index()] = field;
      }
      ReadField(member, message, *field, field_path);
    }
  }

  void ReadList(JsonValue json, Message& message, const FieldDescriptor& field,
                absl::string_view path) {
    if (json.kind() != Kind::kArray) return Refuse(path, "WRONG_TYPE", "must be an array");
    size_t index = 0;
    for (JsonValue element : json) {
      ReadSingle(element, message, field, ElementPath(path, index++), /*add=*/true);
    }
  }

  void ReadMap(JsonValue json, Message& message, const FieldDescriptor& field,
               absl::string_view path) {
    if (json.kind() != Kind::kObject) return Refuse(path, "WRONG_TYPE", "must be an object");
    for (JsonValue member : json) {
      Message* entry = message.GetReflection()->AddMessage(&message, &field);
      const std::string entry_path = absl::StrCat(path, "[\"", member.name(), "\"]");
      if (const char* wrong = SetMapKey(*entry, *FieldOf(*entry, 1), member.name())) {
        Refuse(entry_path, "INVALID_KEY", wrong);
        continue;
      }
      ReadSingle(member, *entry, *FieldOf(*entry, 2), entry_path, /*add=*/false);
    }
  }

  static const char* SetMapKey(Message& entry, const FieldDescriptor& key, absl::string_view text) {
    const Reflection& r = *entry.GetReflection();
    switch (key.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        r.SetString(&entry, &key, std::string(text));
        return nullptr;
      case FieldDescriptor::CPPTYPE_BOOL:
        if (const auto v = ParseBool(text)) return r.SetBool(&entry, &key, *v), nullptr;
        return "must be \"true\" or \"false\"";
      case FieldDescriptor::CPPTYPE_INT32:
        if (const auto v = ParseInt32(text)) return r.SetInt32(&entry, &key, *v), nullptr;
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        if (const auto v = ParseInt64(text)) return r.SetInt64(&entry, &key, *v), nullptr;
        break;
      case FieldDescriptor::CPPTYPE_UINT32:
        if (const auto v = ParseUint32(text)) return r.SetUInt32(&entry, &key, *v), nullptr;
        break;
      default:
        if (const auto v = ParseUint64(text)) return r.SetUInt64(&entry, &key, *v), nullptr;
        break;
    }
    return "must be an integer that its type can hold";
  }

  // One value: of a singular field, or added to a repeated one.
  void ReadSingle(JsonValue json, Message& message, const FieldDescriptor& field,
                  absl::string_view path, bool add) {
    const Reflection& r = *message.GetReflection();
    const Kind kind = json.kind();
    const bool number_or_string = kind == Kind::kNumber || kind == Kind::kString;
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE: {
        const bool takes_null =
            field.message_type()->well_known_type() == Descriptor::WELLKNOWNTYPE_VALUE;
        if (json.is_null() && !takes_null) return Refuse(path, "WRONG_TYPE", "must not be null");
        Message* child = add ? r.AddMessage(&message, &field) : r.MutableMessage(&message, &field);
        return ReadMessage(json, *child, path);
      }
      case FieldDescriptor::CPPTYPE_STRING:
        return ReadText(json, message, field, path, add);
      case FieldDescriptor::CPPTYPE_BOOL:
        if (kind != Kind::kTrue && kind != Kind::kFalse) {
          return Refuse(path, "WRONG_TYPE", "must be true or false");
        }
        return add ? r.AddBool(&message, &field, kind == Kind::kTrue)
                   : r.SetBool(&message, &field, kind == Kind::kTrue);
      case FieldDescriptor::CPPTYPE_ENUM:
        return ReadEnum(json, message, field, path, add);
      case FieldDescriptor::CPPTYPE_INT32:
        if (const auto v = ParseInt32(json.text()); v && number_or_string) {
          return add ? r.AddInt32(&message, &field, *v) : r.SetInt32(&message, &field, *v);
        }
        return Refuse(path, "INVALID_NUMBER", "must be an integer from -2147483648 to 2147483647");
      case FieldDescriptor::CPPTYPE_UINT32:
        if (const auto v = ParseUint32(json.text()); v && number_or_string) {
          return add ? r.AddUInt32(&message, &field, *v) : r.SetUInt32(&message, &field, *v);
        }
        return Refuse(path, "INVALID_NUMBER", "must be an integer from 0 to 4294967295");
      case FieldDescriptor::CPPTYPE_INT64:
        if (const auto v = ParseInt64(json.text()); v && number_or_string) {
          return add ? r.AddInt64(&message, &field, *v) : r.SetInt64(&message, &field, *v);
        }
        return Refuse(path, "INVALID_NUMBER", "must be an integer of 64 bits");
      case FieldDescriptor::CPPTYPE_UINT64:
        if (const auto v = ParseUint64(json.text()); v && number_or_string) {
          return add ? r.AddUInt64(&message, &field, *v) : r.SetUInt64(&message, &field, *v);
        }
        return Refuse(path, "INVALID_NUMBER", "must be an unsigned integer of 64 bits");
      case FieldDescriptor::CPPTYPE_DOUBLE:
        if (const auto v = ParseDouble(json.text(), kind == Kind::kString); v && number_or_string) {
          return add ? r.AddDouble(&message, &field, *v) : r.SetDouble(&message, &field, *v);
        }
        return Refuse(path, "INVALID_NUMBER", "must be a number that 64-bit floating point holds");
      case FieldDescriptor::CPPTYPE_FLOAT:
        if (const auto v = ParseFloat(json.text(), kind == Kind::kString); v && number_or_string) {
          return add ? r.AddFloat(&message, &field, *v) : r.SetFloat(&message, &field, *v);
        }
        return Refuse(path, "INVALID_NUMBER", "must be a number that 32-bit floating point holds");
    }
  }

  void ReadText(JsonValue json, Message& message, const FieldDescriptor& field,
                absl::string_view path, bool add) {
    if (json.kind() != Kind::kString) return Refuse(path, "WRONG_TYPE", "must be a string");
    std::string value;
    if (field.type() == FieldDescriptor::TYPE_BYTES) {
      std::optional<std::string> bytes = ParseBytes(json.text());
      if (!bytes) return Refuse(path, "INVALID_BYTES", "must be base64");
      value = *std::move(bytes);
    } else {
      value = std::string(json.text());
    }
    const Reflection& r = *message.GetReflection();
    if (add) {
      r.AddString(&message, &field, std::move(value));
    } else {
      r.SetString(&message, &field, std::move(value));
    }
  }

  void ReadEnum(JsonValue json, Message& message, const FieldDescriptor& field,
                absl::string_view path, bool add) {
    std::optional<int> number;
    if (json.kind() == Kind::kString || json.kind() == Kind::kNumber) {
      number = ParseEnum(*field.enum_type(), json.text());
    } else if (json.is_null() && field.enum_type()->full_name() == "google.protobuf.NullValue") {
      number = 0;
    }
    if (!number) {
      return Refuse(path, "UNKNOWN_VALUE",
                    absl::StrCat("must be a value of ", field.enum_type()->full_name()));
    }
    const Reflection& r = *message.GetReflection();
    if (add) {
      r.AddEnumValue(&message, &field, *number);
    } else {
      r.SetEnumValue(&message, &field, *number);
    }
  }

  static void SetSecondsAndNanos(Message& message, SecondsAndNanos value) {
    const Reflection& r = *message.GetReflection();
    r.SetInt64(&message, FieldOf(message, 1), value.seconds);
    r.SetInt32(&message, FieldOf(message, 2), value.nanos);
  }

  void ReadTimestamp(JsonValue json, Message& message, absl::string_view path) {
    std::optional<SecondsAndNanos> time;
    if (json.kind() == Kind::kString) time = ParseTimestamp(json.text());
    if (!time) {
      return Refuse(path, "INVALID_TIMESTAMP",
                    "must be a time such as \"2026-01-31T08:30:00Z\" (RFC 3339)");
    }
    SetSecondsAndNanos(message, *time);
  }

  void ReadDuration(JsonValue json, Message& message, absl::string_view path) {
    std::optional<SecondsAndNanos> length;
    if (json.kind() == Kind::kString) length = ParseDuration(json.text());
    if (!length) {
      return Refuse(path, "INVALID_DURATION", "must be seconds such as \"1.5s\"");
    }
    SetSecondsAndNanos(message, *length);
  }

  void ReadFieldMask(JsonValue json, Message& message, absl::string_view path) {
    std::optional<std::vector<std::string>> paths;
    if (json.kind() == Kind::kString) paths = ParseFieldMask(json.text());
    if (!paths) {
      return Refuse(path, "INVALID_FIELD_MASK",
                    "must be field names with commas between, such as \"displayName,amount\"");
    }
    for (std::string& mask_path : *paths) {
      message.GetReflection()->AddString(&message, FieldOf(message, 1), std::move(mask_path));
    }
  }

  void ReadStruct(JsonValue json, Message& message, absl::string_view path) {
    ReadMap(json, message, *FieldOf(message, 1), path);
  }

  void ReadListValue(JsonValue json, Message& message, absl::string_view path) {
    ReadList(json, message, *FieldOf(message, 1), path);
  }

  void ReadValue(JsonValue json, Message& message, absl::string_view path) {
    const Reflection& r = *message.GetReflection();
    switch (json.kind()) {
      case Kind::kNull:
        return r.SetEnumValue(&message, FieldOf(message, 1), 0);
      case Kind::kNumber:
        return ReadSingle(json, message, *FieldOf(message, 2), path, /*add=*/false);
      case Kind::kString:
        return r.SetString(&message, FieldOf(message, 3), std::string(json.text()));
      case Kind::kTrue:
      case Kind::kFalse:
        return r.SetBool(&message, FieldOf(message, 4), json.kind() == Kind::kTrue);
      case Kind::kObject:
        return ReadStruct(json, *r.MutableMessage(&message, FieldOf(message, 5)), path);
      case Kind::kArray:
        return ReadListValue(json, *r.MutableMessage(&message, FieldOf(message, 6)), path);
    }
  }

  void ReadAny(JsonValue json, Message& message, absl::string_view path) {
    if (json.kind() != Kind::kObject) return Refuse(path, "WRONG_TYPE", "must be an object");
    if (json.size() == 0) return;
    const std::optional<JsonValue> url = json.Find("@type");
    if (!url || url->kind() != Kind::kString) {
      return Refuse(MemberPath(path, "@type"), "MISSING_TYPE", "must be the URL of a type");
    }
    const Message* prototype = FindPrototype(message, TypeOfUrl(url->text()));
    if (prototype == nullptr) {
      return Refuse(MemberPath(path, "@type"), "UNKNOWN_TYPE", "is not a known type");
    }
    std::unique_ptr<Message> inner(prototype->New());
    if (IsWrittenAsValue(*inner->GetDescriptor())) {
      ReadAnyValue(json, *inner, path);
    } else {
      ReadMembers(json, *inner, path, /*skip=*/"@type");
    }
    const Reflection& r = *message.GetReflection();
    r.SetString(&message, FieldOf(message, 1), std::string(url->text()));
    r.SetString(&message, FieldOf(message, 2), inner->SerializeAsString());
  }

  void ReadAnyValue(JsonValue json, Message& inner, absl::string_view path) {
    for (JsonValue member : json) {
      if (member.name() != "@type" && member.name() != "value") {
        Refuse(MemberPath(path, member.name()), "UNKNOWN_FIELD", "is not a field");
      }
    }
    const std::optional<JsonValue> value = json.Find("value");
    if (!value) return Refuse(MemberPath(path, "value"), "MISSING_VALUE", "must be given");
    ReadMessage(*value, inner, MemberPath(path, "value"));
  }

  base::Violations& violations_;
};

}  // namespace

void ReadJson(JsonValue json, Message& message, absl::string_view path,
              base::Violations& violations) {
  Reader(violations).ReadMessage(json, message, path);
}

void ReadJsonField(JsonValue json, Message& message, const FieldDescriptor& field,
                   absl::string_view path, base::Violations& violations) {
  Reader(violations).ReadField(json, message, field, path);
}

const FieldDescriptor* FindField(const Descriptor& type, absl::string_view name) {
  const std::string key(name);
  if (const FieldDescriptor* field = type.FindFieldByName(key)) return field;
  const FieldDescriptor* camel = type.FindFieldByCamelcaseName(key);
  if (camel != nullptr && camel->json_name() == key) return camel;
  for (int i = 0; i < type.field_count(); ++i) {
    if (type.field(i)->json_name() == key) return type.field(i);
  }
  return nullptr;
}

}  // namespace salesops::gateway
