#include "gateway/reference/value_types.h"

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "shared/base/decimal.h"

namespace salesops::gateway::reference {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using options::v1::FieldRules;

Json Text(const char* pattern, const char* description) {
  return {{"type", "string"}, {"pattern", pattern}, {"description", description}};
}

// "999" -> 3; 0 for anything else.
size_t CountNines(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '9'; }) ? text.size() : 0;
}

// The digits before the point of a number between the bounds, if a pattern can say them: a bound of
// nines is a number of digits, and a least of 0 a missing sign.
std::optional<std::string> WholeDigits(const FieldRules& rules) {
  const std::string& min = rules.min();
  const std::string& max = rules.max();
  const size_t nines = CountNines(max);
  if (min.empty() && max.empty()) return std::nullopt;
  if (rules.exclusive_min() || (!max.empty() && nines == 0)) return std::nullopt;
  const std::string digits = max.empty() ? "[0-9]+" : absl::StrCat("[0-9]{1,", nines, "}");
  if (min == "0") return digits;
  if (min.empty() ? max.empty() : min == absl::StrCat("-", max)) return absl::StrCat("-?", digits);
  return std::nullopt;
}

bool Within(const std::string& text, const FieldRules& rules) {
  const auto value = base::Decimal::Parse(text);
  if (!value.ok()) return false;
  if (const auto min = base::Decimal::Parse(rules.min()); min.ok()) {
    if (*value < *min || (rules.exclusive_min() && *value == *min)) return false;
  }
  const auto max = base::Decimal::Parse(rules.max());
  return !max.ok() || *value <= *max;
}

std::string NumberWithin(const FieldRules& rules, std::initializer_list<const char*> liked) {
  for (const char* text : liked) {
    if (Within(text, rules)) return text;
  }
  if (!rules.min().empty() && !rules.exclusive_min()) return rules.min();
  return rules.max().empty() ? "0" : rules.max();
}

Json DateSchema() {
  const auto part = [](int least, int most) {
    return Json{{"type", "integer"}, {"format", "int32"}, {"minimum", least}, {"maximum", most}};
  };
  return {{"type", "object"},
          {"description", "A whole, real day of the civil calendar."},
          {"properties", {{"year", part(1, 9999)}, {"month", part(1, 12)}, {"day", part(1, 31)}}},
          {"required", {"year", "month", "day"}},
          {"example", {{"year", 2026}, {"month", 3}, {"day", 31}}}};
}

Json DecimalSchema() {
  return {
      {"type", "object"},
      {"description", "An exact decimal number: at most 38 digits, 18 of them after the point."},
      {"properties",
       {{"value", Text("^[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?$", "Such as \"12.5\".")}}},
      {"required", {"value"}},
      {"example", {{"value", "12.5"}}}};
}

Json MoneySchema() {
  return {{"type", "object"},
          {"description",
           "An amount of money, `units` + `nanos` × 10⁻⁹, with no more digits than its currency's "
           "minor "
           "unit."},
          {"properties",
           {{"currencyCode", Text("^[A-Z]{3}$", "The ISO 4217 code, such as \"CNY\".")},
            {"units", Text("^-?[0-9]+$", "The whole units; absent = 0.")},
            {"nanos",
             {{"type", "integer"},
              {"format", "int32"},
              {"minimum", -999999999},
              {"maximum", 999999999},
              {"description", "Billionths of a unit, of the sign of `units`; absent = 0."}}}}},
          {"required", {"currencyCode"}},
          {"example", {{"currencyCode", "CNY"}, {"units", "1200"}}}};
}

Json WrapperSchema(const FieldDescriptor& value) {
  switch (value.type()) {
    case FieldDescriptor::TYPE_BOOL:
      return {{"type", "boolean"}};
    case FieldDescriptor::TYPE_DOUBLE:
    case FieldDescriptor::TYPE_FLOAT:
      return {{"type", "number"}};
    case FieldDescriptor::TYPE_INT32:
      return {{"type", "integer"}, {"format", "int32"}};
    case FieldDescriptor::TYPE_UINT32:
      return {{"type", "integer"}, {"minimum", 0}};
    case FieldDescriptor::TYPE_INT64:
      return {{"type", "string"}, {"format", "int64"}};
    case FieldDescriptor::TYPE_UINT64:
      return {{"type", "string"}, {"format", "uint64"}};
    case FieldDescriptor::TYPE_BYTES:
      return {{"type", "string"}, {"contentEncoding", "base64"}};
    default:
      return {{"type", "string"}};
  }
}

bool IsNamed(const FieldDescriptor& field, const char* type) {
  return field.message_type() != nullptr && field.message_type()->full_name() == type;
}

}  // namespace

std::optional<Json> WellKnownSchema(const Descriptor& type) {
  switch (type.well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_UNSPECIFIED:
      return std::nullopt;
    case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      return Json{{"type", "string"}, {"format", "date-time"}};
    case Descriptor::WELLKNOWNTYPE_DURATION:
      return Json{{"type", "string"}, {"pattern", "^-?[0-9]{1,12}(\\.[0-9]{1,9})?s$"}};
    case Descriptor::WELLKNOWNTYPE_FIELDMASK:
      return Json{{"type", "string"}};
    case Descriptor::WELLKNOWNTYPE_STRUCT:
      return Json{{"type", "object"}};
    case Descriptor::WELLKNOWNTYPE_VALUE:
      return Json::object();
    case Descriptor::WELLKNOWNTYPE_LISTVALUE:
      return Json{{"type", "array"}, {"items", Json::object()}};
    case Descriptor::WELLKNOWNTYPE_ANY:
      return Json{{"type", "object"}, {"properties", {{"@type", {{"type", "string"}}}}}};
    default:
      return WrapperSchema(*type.FindFieldByNumber(1));
  }
}

std::optional<Json> SharedValueSchema(const Descriptor& type) {
  if (type.full_name() == "google.type.Date") return DateSchema();
  if (type.full_name() == "google.type.Decimal") return DecimalSchema();
  if (type.full_name() == "google.type.Money") return MoneySchema();
  return std::nullopt;
}

void BoundText(const FieldDescriptor& value, const FieldRules& rules, Json& schema) {
  if (!rules.min().empty()) schema["x-minimum"] = rules.min();
  if (rules.exclusive_min()) schema["x-exclusive-minimum"] = true;
  if (!rules.max().empty()) schema["x-maximum"] = rules.max();
  if (rules.has_max_scale()) schema["x-max-scale"] = rules.max_scale();
  const std::optional<std::string> whole = WholeDigits(rules);
  if (IsNamed(value, "google.type.Decimal")) {
    if (!whole && !rules.has_max_scale()) return;
    const std::string scale =
        rules.has_max_scale() ? absl::StrCat("{1,", rules.max_scale(), "}") : "+";
    schema["properties"]["value"]["pattern"] =
        absl::StrCat("^", whole.value_or("-?[0-9]+"), "(\\.[0-9]", scale, ")?$");
  } else if (IsNamed(value, "google.type.Money")) {
    if (!whole) return;
    schema["properties"]["units"]["pattern"] = absl::StrCat("^", *whole, "$");
    if (rules.min() == "0") schema["properties"]["nanos"]["minimum"] = 0;
  } else if (whole) {
    schema["pattern"] = absl::StrCat("^", *whole, "$");
  }
}

std::optional<Json> ValueExample(const FieldDescriptor& field, const FieldRules& rules) {
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) return std::nullopt;
  const Descriptor& type = *field.message_type();
  const bool end =
      absl::StartsWith(field.name(), "end_") || absl::StrContains(field.name(), "close");
  if (type.full_name() == "google.type.Date") {
    return Json{{"year", 2026}, {"month", end ? 12 : 3}, {"day", 31}};
  }
  if (type.full_name() == "google.type.Decimal") {
    return Json{{"value", NumberWithin(rules, {"12.5", "1", "0.5"})}};
  }
  if (type.full_name() == "google.type.Money") {
    return Json{{"currencyCode", "CNY"}, {"units", NumberWithin(rules, {"1200", "1"})}};
  }
  switch (type.well_known_type()) {
    case Descriptor::WELLKNOWNTYPE_UNSPECIFIED:
      return std::nullopt;
    case Descriptor::WELLKNOWNTYPE_TIMESTAMP:
      return end ? "2026-06-30T16:00:00Z" : "2026-01-31T08:30:00Z";
    case Descriptor::WELLKNOWNTYPE_DURATION:
      return "3600s";
    case Descriptor::WELLKNOWNTYPE_FIELDMASK:
      return "*";
    case Descriptor::WELLKNOWNTYPE_STRUCT:
    case Descriptor::WELLKNOWNTYPE_VALUE:
      return Json{{"key", "value"}};
    case Descriptor::WELLKNOWNTYPE_LISTVALUE:
      return Json::array({"value"});
    case Descriptor::WELLKNOWNTYPE_ANY:
      return Json{{"@type", "type.googleapis.com/google.protobuf.Empty"},
                  {"value", Json::object()}};
    case Descriptor::WELLKNOWNTYPE_BOOLVALUE:
      return true;
    case Descriptor::WELLKNOWNTYPE_DOUBLEVALUE:
    case Descriptor::WELLKNOWNTYPE_FLOATVALUE:
      return 1.5;
    case Descriptor::WELLKNOWNTYPE_INT32VALUE:
    case Descriptor::WELLKNOWNTYPE_UINT32VALUE:
      return 1;
    case Descriptor::WELLKNOWNTYPE_INT64VALUE:
    case Descriptor::WELLKNOWNTYPE_UINT64VALUE:
      return "1";
    case Descriptor::WELLKNOWNTYPE_BYTESVALUE:
      return "ZXhhbXBsZQ==";
    default:
      return "example";
  }
}

}  // namespace salesops::gateway::reference
