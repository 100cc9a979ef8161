#include "gateway/request_binder.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gateway/json_document.h"
#include "gateway/json_reader.h"
#include "gateway/percent_encoding.h"
#include "gateway/scalar_text.h"
#include "gateway/well_known_text.h"
#include "shared/base/violation.h"
#include "shared/status/status.h"

namespace salesops::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using google::protobuf::Reflection;

constexpr char kHttpBody[] = "google.api.HttpBody";
// More would only be an attack on the loop that looks for doubles.
constexpr size_t kMostParameters = 1000;

std::string Spell(const FieldPath& path) {
  std::string text;
  for (const FieldDescriptor* field : path) text = MemberPath(text, field->name());
  return text;
}

bool IsMessage(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

// The message that holds the last field of `path`, made if need be.
Message* Descend(Message& message, const FieldPath& path) {
  Message* holder = &message;
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    holder = holder->GetReflection()->MutableMessage(holder, path[i]);
  }
  return holder;
}

const char* SetScalar(absl::string_view text, Message& message, const FieldDescriptor& field) {
  const Reflection& r = *message.GetReflection();
  const bool add = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      std::optional<std::string> value(std::string{text});
      if (field.type() == FieldDescriptor::TYPE_BYTES) value = ParseBytes(text);
      if (!value) return "must be base64";
      add ? r.AddString(&message, &field, *std::move(value))
          : r.SetString(&message, &field, *std::move(value));
      return nullptr;
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      if (const auto v = ParseBool(text)) {
        add ? r.AddBool(&message, &field, *v) : r.SetBool(&message, &field, *v);
        return nullptr;
      }
      return "must be true or false";
    case FieldDescriptor::CPPTYPE_ENUM:
      if (const auto v = ParseEnum(*field.enum_type(), text)) {
        add ? r.AddEnumValue(&message, &field, *v) : r.SetEnumValue(&message, &field, *v);
        return nullptr;
      }
      return "must be the name or the number of one of its values";
    case FieldDescriptor::CPPTYPE_INT32:
      if (const auto v = ParseInt32(text)) {
        add ? r.AddInt32(&message, &field, *v) : r.SetInt32(&message, &field, *v);
        return nullptr;
      }
      return "must be an integer from -2147483648 to 2147483647";
    case FieldDescriptor::CPPTYPE_UINT32:
      if (const auto v = ParseUint32(text)) {
        add ? r.AddUInt32(&message, &field, *v) : r.SetUInt32(&message, &field, *v);
        return nullptr;
      }
      return "must be an integer from 0 to 4294967295";
    case FieldDescriptor::CPPTYPE_INT64:
      if (const auto v = ParseInt64(text)) {
        add ? r.AddInt64(&message, &field, *v) : r.SetInt64(&message, &field, *v);
        return nullptr;
      }
      return "must be an integer of 64 bits";
    case FieldDescriptor::CPPTYPE_UINT64:
      if (const auto v = ParseUint64(text)) {
        add ? r.AddUInt64(&message, &field, *v) : r.SetUInt64(&message, &field, *v);
        return nullptr;
      }
      return "must be an unsigned integer of 64 bits";
    case FieldDescriptor::CPPTYPE_DOUBLE:
      if (const auto v = ParseDouble(text, /*allow_special=*/true)) {
        add ? r.AddDouble(&message, &field, *v) : r.SetDouble(&message, &field, *v);
        return nullptr;
      }
      return "must be a number";
    case FieldDescriptor::CPPTYPE_FLOAT:
      if (const auto v = ParseFloat(text, /*allow_special=*/true)) {
        add ? r.AddFloat(&message, &field, *v) : r.SetFloat(&message, &field, *v);
        return nullptr;
      }
      return "must be a number";
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return "must not be a query parameter";
}

void SetSecondsAndNanos(Message& message, SecondsAndNanos value) {
  const Reflection& r = *message.GetReflection();
  r.SetInt64(&message, message.GetDescriptor()->FindFieldByNumber(1), value.seconds);
  r.SetInt32(&message, message.GetDescriptor()->FindFieldByNumber(2), value.nanos);
}

// A well-known type whose JSON is a scalar.
const char* SetWellKnown(absl::string_view text, Message& message) {
  switch (message.GetDescriptor()->well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      if (const auto v = ParseTimestamp(text)) return SetSecondsAndNanos(message, *v), nullptr;
      return "must be a time such as 2026-01-31T08:30:00Z (RFC 3339)";
    case Descriptor::WELLKNOWNTYPE_DURATION:
      if (const auto v = ParseDuration(text)) return SetSecondsAndNanos(message, *v), nullptr;
      return "must be seconds such as 1.5s";
    case Descriptor::WELLKNOWNTYPE_FIELDMASK: {
      auto paths = ParseFieldMask(text);
      if (!paths) return "must be field names with commas between";
      for (std::string& path : *paths) {
        message.GetReflection()->AddString(&message, message.GetDescriptor()->FindFieldByNumber(1),
                                           std::move(path));
      }
      return nullptr;
    }
    default:  // the wrappers
      return SetScalar(text, message, *message.GetDescriptor()->FindFieldByNumber(1));
  }
}

// True if a message of this type can be written as one text.
bool IsTextual(const Descriptor& type) {
  switch (type.well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_UNSPECIFIED:
    case Descriptor::WELLKNOWNTYPE_ANY:
    case Descriptor::WELLKNOWNTYPE_STRUCT:
    case Descriptor::WELLKNOWNTYPE_VALUE:
    case Descriptor::WELLKNOWNTYPE_LISTVALUE:
      return false;
    default:
      return true;
  }
}

class Binder {
 public:
  Binder(const Route& route, Message& message) : route_(route), message_(message) {}

  void BindBody(HttpPayload body) {
    if (route_.body_is_request) {
      if (IsHttpBody(*message_.GetDescriptor())) return SetHttpBody(message_, body);
      if (body.content.empty()) return;  // an empty body is {}
      if (auto json = JsonDocument::Parse(body.content, violations_)) {
        ReadJson(json->root(), message_, "", violations_);
      }
      return;
    }
    if (route_.body == nullptr) {
      if (!body.content.empty()) {
        violations_.Add("", "UNEXPECTED_BODY", "this method takes no body");
      }
      return;
    }
    const FieldDescriptor& field = *route_.body;
    if (IsMessage(field) && !field.is_repeated() && IsHttpBody(*field.message_type())) {
      return SetHttpBody(*message_.GetReflection()->MutableMessage(&message_, &field), body);
    }
    if (body.content.empty()) return;
    if (auto json = JsonDocument::Parse(body.content, violations_)) {
      ReadJsonField(json->root(), message_, field, field.name(), violations_);
    }
  }

  void BindQuery(absl::string_view query) {
    if (query.empty()) return;
    size_t count = 0;
    for (absl::string_view pair : absl::StrSplit(query, '&')) {
      if (pair.empty()) continue;
      if (++count > kMostParameters) {
        violations_.Add("", "TOO_MANY_PARAMETERS",
                        absl::StrCat("must be at most ", kMostParameters, " parameters"));
        return;
      }
      BindParameter(pair);
    }
  }

  // After body and query, so that a contradiction can be seen.
  void BindPath(const std::vector<std::string>& variables) {
    for (size_t i = 0; i < variables.size(); ++i) {
      const FieldPath& path = route_.variables[i];
      const FieldDescriptor& field = *path.back();
      Message* holder = Descend(message_, path);
      const Reflection& r = *holder->GetReflection();
      const bool was_set = r.HasField(*holder, &field);
      const OneofDescriptor* oneof = field.real_containing_oneof();
      if (!was_set && oneof != nullptr && r.HasOneof(*holder, oneof)) {
        violations_.Add(Spell(path), "ONEOF_CONFLICT", "is chosen by the path; leave it out");
        continue;
      }
      std::unique_ptr<Message> before;
      if (was_set) {
        before.reset(holder->New());
        before->CopyFrom(*holder);
      }
      if (!BindText(variables[i], path, message_, violations_)) continue;
      if (was_set && before->SerializeAsString() != holder->SerializeAsString()) {
        violations_.Add(Spell(path), "PATH_MISMATCH", "must be what the path says, or absent");
      }
    }
  }

  absl::Status Result() const {
    return violations_.empty() ? absl::OkStatus() : status::InvalidArgument(violations_);
  }

 private:
  static bool IsHttpBody(const Descriptor& type) { return type.full_name() == kHttpBody; }

  static void SetHttpBody(Message& message, HttpPayload body) {
    const Reflection& r = *message.GetReflection();
    const Descriptor& type = *message.GetDescriptor();
    r.SetString(&message, type.FindFieldByName("content_type"), std::string(body.content_type));
    r.SetString(&message, type.FindFieldByName("data"), std::string(body.content));
  }

  void BindParameter(absl::string_view pair) {
    const size_t equals = pair.find('=');
    const auto name = PercentDecode(pair.substr(0, equals), PercentDecoding::kQuery);
    const auto value = PercentDecode(
        equals == absl::string_view::npos ? absl::string_view() : pair.substr(equals + 1),
        PercentDecoding::kQuery);
    if (!name || !value) {
      violations_.Add("", "INVALID_QUERY",
                      "a query parameter must be UTF-8, with two hexadecimal digits after every %");
      return;
    }
    FieldPath path;
    if (!Resolve(*name, path) || !MayBeQuery(path)) return;
    const FieldDescriptor& field = *path.back();
    if (!field.is_repeated()) {
      if (std::find(given_.begin(), given_.end(), path) != given_.end()) {
        violations_.Add(Spell(path), "DUPLICATE_FIELD", "must be given once");
        return;
      }
      given_.push_back(path);
    }
    BindText(*value, path, message_, violations_);
  }

  bool Resolve(absl::string_view name, FieldPath& path) {
    const Descriptor* type = message_.GetDescriptor();
    for (absl::string_view part : absl::StrSplit(name, '.')) {
      const FieldDescriptor* field = type == nullptr ? nullptr : FindField(*type, part);
      if (field == nullptr) {
        violations_.Add(std::string(name), "UNKNOWN_FIELD", "is not a parameter");
        return false;
      }
      if (!path.empty() && path.back()->is_repeated()) {
        violations_.Add(Spell(path), "NOT_A_PARAMETER", "is a list of messages; send it in a body");
        return false;
      }
      path.push_back(field);
      type = field->message_type();
      // The parts of a Timestamp, Any or wrapper are not parameters.
      if (type != nullptr && type->well_known_type() != Descriptor::WELLKNOWNTYPE_UNSPECIFIED) {
        type = nullptr;
      }
    }
    return true;
  }

  bool MayBeQuery(const FieldPath& path) {
    const FieldDescriptor& field = *path.back();
    if (route_.body_is_request || (route_.body != nullptr && path.front() == route_.body)) {
      violations_.Add(Spell(path), "NOT_A_PARAMETER", "must be given in the body");
      return false;
    }
    if (std::find(route_.variables.begin(), route_.variables.end(), path) !=
        route_.variables.end()) {
      violations_.Add(Spell(path), "NOT_A_PARAMETER", "is given by the path; leave it out");
      return false;
    }
    if (IsMessage(field) && (field.is_map() || !IsTextual(*field.message_type()))) {
      violations_.Add(Spell(path), "NOT_A_PARAMETER", "is a message; name one of its fields");
      return false;
    }
    return NoOneofConflict(path);
  }

  bool NoOneofConflict(const FieldPath& path) {
    const Message* holder = &message_;
    for (const FieldDescriptor* field : path) {
      const Reflection& r = *holder->GetReflection();
      const OneofDescriptor* oneof = field->real_containing_oneof();
      if (oneof != nullptr) {
        const FieldDescriptor* chosen = r.GetOneofFieldDescriptor(*holder, oneof);
        if (chosen != nullptr && chosen != field) {
          violations_.Add(Spell(path), "ONEOF_CONFLICT",
                          absl::StrCat("must not be given together with ", chosen->name()));
          return false;
        }
      }
      if (field != path.back()) holder = &r.GetMessage(*holder, field);
    }
    return true;
  }

  const Route& route_;
  Message& message_;
  base::Violations violations_;
  std::vector<FieldPath> given_;
};

}  // namespace

bool BindText(absl::string_view text, const FieldPath& path, Message& message,
              base::Violations& violations) {
  const FieldDescriptor& field = *path.back();
  Message* holder = Descend(message, path);
  const char* wrong = nullptr;
  if (IsMessage(field)) {
    const Reflection& r = *holder->GetReflection();
    Message* value =
        field.is_repeated() ? r.AddMessage(holder, &field) : r.MutableMessage(holder, &field);
    wrong = SetWellKnown(text, *value);
  } else {
    wrong = SetScalar(text, *holder, field);
  }
  if (wrong == nullptr) return true;
  violations.Add(Spell(path), "INVALID_VALUE", wrong);
  return false;
}

absl::Status BindRequest(const Route& route, const std::vector<std::string>& variables,
                         absl::string_view query, HttpPayload body, Message& message) {
  Binder binder(route, message);
  binder.BindBody(body);
  binder.BindQuery(query);
  binder.BindPath(variables);
  return binder.Result();
}

}  // namespace salesops::gateway
