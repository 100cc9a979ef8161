#include "gateway/json_writer.h"

#include <google/protobuf/descriptor.h>

#include <array>
#include <charconv>
#include <cmath>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gateway/message_types.h"
#include "gateway/scalar_text.h"
#include "gateway/well_known_text.h"
#include "shared/status/macros.h"

namespace salesops::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

const FieldDescriptor* FieldOf(const Message& message, int number) {
  return message.GetDescriptor()->FindFieldByNumber(number);
}

template <typename T>
void AppendNumber(T value, std::string& out) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out.append(text, end - text);
}

template <typename T>
void AppendQuoted(T value, std::string& out) {
  out += '"';
  AppendNumber(value, out);
  out += '"';
}

template <typename T>
void AppendFloating(T value, std::string& out) {
  if (std::isnan(value)) {
    out += "\"NaN\"";
  } else if (std::isinf(value)) {
    out += value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  } else {
    AppendNumber(value, out);  // the shortest text that reads back as the same value
  }
}

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  absl::Status WriteMessage(const Message& message) {
    switch (message.GetDescriptor()->well_known_type()) {
      case Descriptor::WELLKNOWNTYPE_UNSPECIFIED:
        out_ += '{';
        RETURN_IF_ERROR(WriteMembers(message, /*first=*/true));
        out_ += '}';
        return absl::OkStatus();
      case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
        return WriteTimed(message, AppendTimestamp);
      case Descriptor::WELLKNOWNTYPE_DURATION:
        return WriteTimed(message, AppendDuration);
      case Descriptor::WELLKNOWNTYPE_FIELDMASK:
        return WriteFieldMask(message);
      case Descriptor::WELLKNOWNTYPE_STRUCT:
        return WriteMap(message, *FieldOf(message, 1));
      case Descriptor::WELLKNOWNTYPE_LISTVALUE:
        return WriteList(message, *FieldOf(message, 1));
      case Descriptor::WELLKNOWNTYPE_VALUE:
        return WriteValue(message);
      case Descriptor::WELLKNOWNTYPE_ANY:
        return WriteAny(message);
      default:  // the wrappers
        return WriteSingle(message, *FieldOf(message, 1));
    }
  }

  absl::Status WriteField(const Message& message, const FieldDescriptor& field) {
    if (field.is_map()) return WriteMap(message, field);
    if (field.is_repeated()) return WriteList(message, field);
    return WriteSingle(message, field);
  }

 private:
  absl::Status WriteMembers(const Message& message, bool first) {
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      if (field->is_extension()) continue;  // proto3 JSON has no form for them here
      if (!first) out_ += ',';
      first = false;
      AppendJsonString(field->json_name(), out_);
      out_ += ':';
      RETURN_IF_ERROR(WriteField(message, *field));
    }
    return absl::OkStatus();
  }

  absl::Status WriteList(const Message& message, const FieldDescriptor& field) {
    out_ += '[';
    const int size = message.GetReflection()->FieldSize(message, &field);
    for (int i = 0; i < size; ++i) {
      if (i > 0) out_ += ',';
      RETURN_IF_ERROR(WriteElement(message, field, i));
    }
    out_ += ']';
    return absl::OkStatus();
  }

  absl::Status WriteMap(const Message& message, const FieldDescriptor& field) {
    out_ += '{';
    const Reflection& r = *message.GetReflection();
    const int size = r.FieldSize(message, &field);
    for (int i = 0; i < size; ++i) {
      if (i > 0) out_ += ',';
      const Message& entry = r.GetRepeatedMessage(message, &field, i);
      WriteMapKey(entry, *FieldOf(entry, 1));
      out_ += ':';
      RETURN_IF_ERROR(WriteSingle(entry, *FieldOf(entry, 2)));
    }
    out_ += '}';
    return absl::OkStatus();
  }

  void WriteMapKey(const Message& entry, const FieldDescriptor& key) {
    const Reflection& r = *entry.GetReflection();
    switch (key.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string scratch;
        return AppendJsonString(r.GetStringReference(entry, &key, &scratch), out_);
      }
      case FieldDescriptor::CPPTYPE_BOOL:
        out_ += r.GetBool(entry, &key) ? "\"true\"" : "\"false\"";
        return;
      case FieldDescriptor::CPPTYPE_INT32:
        return AppendQuoted(r.GetInt32(entry, &key), out_);
      case FieldDescriptor::CPPTYPE_INT64:
        return AppendQuoted(r.GetInt64(entry, &key), out_);
      case FieldDescriptor::CPPTYPE_UINT32:
        return AppendQuoted(r.GetUInt32(entry, &key), out_);
      default:
        return AppendQuoted(r.GetUInt64(entry, &key), out_);
    }
  }

  absl::Status WriteSingle(const Message& message, const FieldDescriptor& field) {
    const Reflection& r = *message.GetReflection();
    std::string scratch;
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return WriteMessage(r.GetMessage(message, &field));
      case FieldDescriptor::CPPTYPE_STRING:
        WriteText(field, r.GetStringReference(message, &field, &scratch));
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        out_ += r.GetBool(message, &field) ? "true" : "false";
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        WriteEnum(field, r.GetEnumValue(message, &field));
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        AppendNumber(r.GetInt32(message, &field), out_);
        break;
      case FieldDescriptor::CPPTYPE_UINT32:
        AppendNumber(r.GetUInt32(message, &field), out_);
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        AppendQuoted(r.GetInt64(message, &field), out_);
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        AppendQuoted(r.GetUInt64(message, &field), out_);
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        AppendFloating(r.GetDouble(message, &field), out_);
        break;
      case FieldDescriptor::CPPTYPE_FLOAT:
        AppendFloating(r.GetFloat(message, &field), out_);
        break;
    }
    return absl::OkStatus();
  }

  absl::Status WriteElement(const Message& message, const FieldDescriptor& field, int i) {
    const Reflection& r = *message.GetReflection();
    std::string scratch;
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return WriteMessage(r.GetRepeatedMessage(message, &field, i));
      case FieldDescriptor::CPPTYPE_STRING:
        WriteText(field, r.GetRepeatedStringReference(message, &field, i, &scratch));
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        out_ += r.GetRepeatedBool(message, &field, i) ? "true" : "false";
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        WriteEnum(field, r.GetRepeatedEnumValue(message, &field, i));
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        AppendNumber(r.GetRepeatedInt32(message, &field, i), out_);
        break;
      case FieldDescriptor::CPPTYPE_UINT32:
        AppendNumber(r.GetRepeatedUInt32(message, &field, i), out_);
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        AppendQuoted(r.GetRepeatedInt64(message, &field, i), out_);
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        AppendQuoted(r.GetRepeatedUInt64(message, &field, i), out_);
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        AppendFloating(r.GetRepeatedDouble(message, &field, i), out_);
        break;
      case FieldDescriptor::CPPTYPE_FLOAT:
        AppendFloating(r.GetRepeatedFloat(message, &field, i), out_);
        break;
    }
    return absl::OkStatus();
  }

  void WriteText(const FieldDescriptor& field, const std::string& text) {
    if (field.type() != FieldDescriptor::TYPE_BYTES) return AppendJsonString(text, out_);
    out_ += '"';
    AppendBase64(text, out_);
    out_ += '"';
  }

  void WriteEnum(const FieldDescriptor& field, int number) {
    if (field.enum_type()->full_name() == "google.protobuf.NullValue") {
      out_ += "null";
      return;
    }
    const EnumValueDescriptor* value = field.enum_type()->FindValueByNumber(number);
    if (value == nullptr) return AppendNumber(number, out_);
    out_ += '"';
    out_ += value->name();
    out_ += '"';
  }

  absl::Status WriteTimed(const Message& message, bool (*append)(SecondsAndNanos, std::string&)) {
    const Reflection& r = *message.GetReflection();
    out_ += '"';
    if (!append(
            {r.GetInt64(message, FieldOf(message, 1)), r.GetInt32(message, FieldOf(message, 2))},
            out_)) {
      return absl::InternalError(
          absl::StrCat("a value out of range of ", message.GetDescriptor()->full_name()));
    }
    out_ += '"';
    return absl::OkStatus();
  }

  absl::Status WriteFieldMask(const Message& message) {
    const Reflection& r = *message.GetReflection();
    const FieldDescriptor& field = *FieldOf(message, 1);
    std::vector<std::string> paths;
    for (int i = 0; i < r.FieldSize(message, &field); ++i) {
      paths.push_back(r.GetRepeatedString(message, &field, i));
    }
    std::string text;
    AppendFieldMask(paths, text);
    AppendJsonString(text, out_);
    return absl::OkStatus();
  }

  absl::Status WriteValue(const Message& message) {
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    if (fields.empty()) {
      out_ += "null";
      return absl::OkStatus();
    }
    return WriteSingle(message, *fields.front());
  }

  absl::Status WriteAny(const Message& message) {
    const Reflection& r = *message.GetReflection();
    const std::string url = r.GetString(message, FieldOf(message, 1));
    const std::string bytes = r.GetString(message, FieldOf(message, 2));
    if (url.empty() && bytes.empty()) {
      out_ += "{}";
      return absl::OkStatus();
    }
    out_ += "{\"@type\":";
    AppendJsonString(url, out_);
    const Message* prototype = FindPrototype(message, TypeOfUrl(url));
    if (prototype == nullptr) {
      out_ += ",\"value\":\"";
      AppendBase64(bytes, out_);
      out_ += "\"}";
      return absl::OkStatus();
    }
    std::unique_ptr<Message> inner(prototype->New());
    if (!inner->ParseFromString(bytes)) {
      return absl::InternalError("an Any does not hold what its type says");
    }
    if (IsWrittenAsValue(*inner->GetDescriptor())) {
      out_ += ",\"value\":";
      RETURN_IF_ERROR(WriteMessage(*inner));
    } else {
      RETURN_IF_ERROR(WriteMembers(*inner, /*first=*/false));
    }
    out_ += '}';
    return absl::OkStatus();
  }

  std::string& out_;
};

// 0: as it is; 'u': \u00XX; otherwise the letter after the backslash.
constexpr std::array<char, 256> kEscapes = [] {
  std::array<char, 256> table{};
  for (int c = 0; c < 0x20; ++c) table[c] = 'u';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  table['"'] = '"';
  table['\\'] = '\\';
  table[0x7F] = 'u';
  return table;
}();

}  // namespace

void AppendJsonString(absl::string_view text, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  size_t copied = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const char escape = kEscapes[c];
    if (escape == 0) continue;
    out.append(text.data() + copied, i - copied);
    copied = i + 1;
    out += '\\';
    out += escape;
    if (escape == 'u') {
      out += "00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
    }
  }
  out.append(text.data() + copied, text.size() - copied);
  out += '"';
}

absl::Status WriteJson(const Message& message, std::string& out) {
  return Writer(out).WriteMessage(message);
}

absl::Status WriteJsonField(const Message& message, const FieldDescriptor& field,
                            std::string& out) {
  return Writer(out).WriteField(message, field);
}

}  // namespace salesops::gateway
