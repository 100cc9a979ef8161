#include "tools/salesopsctl/friendly_json.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/util/json_util.h"
#include "shared/base/civil.h"
#include "shared/base/decimal.h"
#include "shared/status/macros.h"

namespace salesops::ctl {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using nlohmann::json;

absl::Status Wrong(const std::string& path, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(path.empty() ? "the value" : path, ": ", what));
}

absl::StatusOr<json> DateOf(const std::string& text, const std::string& path) {
  absl::StatusOr<base::CivilDay> day = base::ParseDay(text);
  if (!day.ok()) {
    return Wrong(path, absl::StrCat("\"", text, "\" is not a day; write it like 2017-12-31"));
  }
  return json{{"year", day->year()}, {"month", day->month()}, {"day", day->day()}};
}

absl::StatusOr<json> MoneyOf(const std::string& text, const std::string& path) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits(' ', 1));
  absl::StatusOr<base::Decimal> amount = base::Decimal::Parse(parts.first);
  if (!amount.ok() || parts.second.size() != 3 || amount->scale() > 9) {
    return Wrong(path, absl::StrCat("\"", text, "\" is no amount; write it like 4514.50 USD"));
  }
  const base::Decimal units = amount->Round(0, base::Rounding::kDown);
  const base::Decimal rest =
      ((*amount - units) * base::Decimal::FromInt(1'000'000'000)).Round(0, base::Rounding::kDown);
  return json{{"currencyCode", parts.second},
              {"units", units.ToString()},
              {"nanos", static_cast<int64_t>(rest.unscaled())}};
}

absl::StatusOr<json> Convert(const json& value, const Descriptor* type, const std::string& path);

absl::StatusOr<json> ConvertOne(const json& value, const FieldDescriptor* field,
                                const std::string& path) {
  if (field->message_type() != nullptr) {
    const std::string& name = field->message_type()->full_name();
    if (value.is_string() && name == "google.type.Date") return DateOf(value, path);
    if (value.is_string() && name == "google.type.Money") return MoneyOf(value, path);
    if (value.is_string() && name == "google.type.Decimal") return json{{"value", value}};
    if (value.is_object()) return Convert(value, field->message_type(), path);
    return value;  // Timestamp, Duration, FieldMask have text forms of their own
  }
  if (value.is_string() && field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
    if (value == "true" || value == "false") return json(value == "true");
    return Wrong(path, "must be true or false");
  }
  return value;
}

const FieldDescriptor* FindField(const Descriptor* type, const std::string& name) {
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (field->name() == name || field->json_name() == name) return field;
  }
  return nullptr;
}

absl::StatusOr<json> Convert(const json& value, const Descriptor* type, const std::string& path) {
  json out = json::object();
  for (const auto& [key, inner] : value.items()) {
    const std::string inner_path = path.empty() ? key : absl::StrCat(path, ".", key);
    const FieldDescriptor* field = FindField(type, key);
    if (field == nullptr)
      return Wrong(inner_path, absl::StrCat(type->name(), " has no such field"));
    if (field->is_map() && inner.is_object()) {
      json map = json::object();
      for (const auto& [name, element] : inner.items()) {
        ASSIGN_OR_RETURN(map[name], ConvertOne(element, field->message_type()->map_value(),
                                               absl::StrCat(inner_path, ".", name)));
      }
      out[field->json_name()] = std::move(map);
    } else if (field->is_repeated() && inner.is_array()) {
      json list = json::array();
      for (size_t i = 0; i < inner.size(); ++i) {
        ASSIGN_OR_RETURN(json element,
                         ConvertOne(inner[i], field, absl::StrCat(inner_path, "[", i, "]")));
        list.push_back(std::move(element));
      }
      out[field->json_name()] = std::move(list);
    } else {
      ASSIGN_OR_RETURN(out[field->json_name()], ConvertOne(inner, field, inner_path));
    }
  }
  return out;
}

}  // namespace

absl::Status ParseFriendly(const json& value, google::protobuf::Message* message) {
  ASSIGN_OR_RETURN(const json converted, Convert(value, message->GetDescriptor(), ""));
  const auto parsed = google::protobuf::util::JsonStringToMessage(converted.dump(), message);
  if (parsed.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(std::string(parsed.message().data(), parsed.message().size()));
}

absl::Status SetPath(const std::string& path, const std::string& text, json* object) {
  const std::vector<std::string> parts = absl::StrSplit(path, '.');
  json* at = object;
  for (const std::string& part : parts) {
    if (part.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("\"", path, "\" is not a field path"));
    }
    if (!at->is_object()) *at = json::object();
    at = &(*at)[part];
  }
  const bool structured = !text.empty() && (text[0] == '{' || text[0] == '[');
  *at = text;
  if (!structured) return absl::OkStatus();
  json parsed = json::parse(text, nullptr, false);
  if (parsed.is_discarded()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": is not valid JSON"));
  }
  *at = std::move(parsed);
  return absl::OkStatus();
}

std::string ToJson(const google::protobuf::Message& message, bool indented) {
  std::string text;
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = indented;
  if (!google::protobuf::util::MessageToJsonString(message, &text, options).ok()) return "{}";
  return text;
}

}  // namespace salesops::ctl
