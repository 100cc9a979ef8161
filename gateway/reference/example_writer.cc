#include "gateway/reference/example_writer.h"

#include <re2/re2.h>

#include <algorithm>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gateway/reference/pattern.h"
#include "gateway/reference/value_types.h"

namespace salesops::gateway::reference {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::OneofDescriptor;
using options::v1::FieldRules;

constexpr char kUuid[] = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

// What people would write into a field whose name holds the word.
const struct {
  const char* word;
  const char* text;
} kLiked[] = {
    {"request_id", kUuid},
    {"email", "li.na@example.com"},
    {"phone", "+86 21 5555 0100"},
    {"website", "https://example.com"},
    {"time_zone", "Asia/Shanghai"},
    {"currency", "CNY"},
    {"country", "CN"},
    {"language", "zh"},
    {"filter", "create_time > \"2026-01-01T00:00:00Z\""},
    {"order_by", "name"},
    {"permission", "pipeline.accounts.read"},
    {"member", "group:sales"},
    {"source", "crm"},
    {"key", "A-1001"},
    {"type", "example.Type"},
    {"name", "Example"},
    {"", "example"},
    {"", "example-1"},
    {"", kUuid},
};

// "salesProcesses/{sales_process}" -> "salesProcesses/sales-process-1".
std::string NameOfForm(const std::string& form, int index) {
  std::string name;
  size_t at = 0;
  for (size_t open; (open = form.find('{', at)) != std::string::npos;) {
    const size_t close = form.find('}', open);
    if (close == std::string::npos) break;
    std::string variable = form.substr(open + 1, close - open - 1);
    std::replace(variable.begin(), variable.end(), '_', '-');
    absl::StrAppend(&name, form.substr(at, open - at), variable, "-", index + 1);
    at = close + 1;
  }
  return name + form.substr(at);
}

bool Keeps(const std::string& text, const FieldRules& rules) {
  const int length = static_cast<int>(text.size());  // all of them are ASCII
  if (length < rules.min_length()) return false;
  if (rules.max_length() > 0 && length > rules.max_length()) return false;
  return rules.pattern().empty() || RE2::FullMatch(text, rules.pattern());
}

std::string TextOf(const FieldDescriptor& field, const FieldFacts& facts, int index) {
  if (!facts.name_forms.empty()) return NameOfForm(facts.name_forms.front(), index);
  std::vector<std::string> fitting;
  for (const auto& liked : kLiked) {
    if (!absl::StrContains(field.name(), liked.word)) continue;
    if (index > 0) {
      const std::string numbered = absl::StrCat(liked.text, "-", index + 1);
      if (Keeps(numbered, facts.rules)) return numbered;
    } else if (Keeps(liked.text, facts.rules)) {
      return liked.text;
    }
  }
  const std::optional<Pattern> pattern = Pattern::Parse(facts.rules.pattern());
  std::string text = pattern ? pattern->Example() : "";
  while (static_cast<int>(text.size()) < facts.rules.min_length()) text += 'a';
  return text;
}

int64_t IntegerOf(const FieldRules& rules) {
  int64_t min = 0, max = 0;
  int64_t value = 1;
  if (absl::SimpleAtoi(rules.min(), &min)) value = std::max(value, min + rules.exclusive_min());
  if (absl::SimpleAtoi(rules.max(), &max)) value = std::min(value, max);
  return value;
}

double FloatingOf(const FieldRules& rules) {
  double min = 0, max = 0;
  double value = 1.5;
  const bool has_min = absl::SimpleAtod(rules.min(), &min);
  if (has_min) value = std::max(value, rules.exclusive_min() ? min + 1 : min);
  if (absl::SimpleAtod(rules.max(), &max)) value = std::min(value, max);
  return value;
}

std::string NameOfValue(const EnumDescriptor& type, int index) {
  // The zero says that nothing was said.
  return type.value(type.value_count() > 1 ? 1 + index % (type.value_count() - 1) : 0)->name();
}

std::string KeyOf(const FieldDescriptor& map, const FieldRules& rules) {
  switch (map.message_type()->map_key()->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true";
    case FieldDescriptor::CPPTYPE_STRING: {
      if (rules.key_pattern().empty() || RE2::FullMatch("example", rules.key_pattern())) {
        return "example";
      }
      const auto pattern = Pattern::Parse(rules.key_pattern());
      return pattern ? pattern->Example() : "example";
    }
    default:
      return "1";
  }
}

// No value of these can be made up that a service would take.
bool MeansSomethingRead(const FieldDescriptor& field) {
  for (const char* name : {"etag", "page_token", "resume_token", "request_id", "as_of_time",
                           "effective_date", "validate_only"}) {
    if (field.name() == name) return true;
  }
  return false;
}

}  // namespace

Json ExampleWriter::OfMessage(const Descriptor& type) const {
  Stack stack;
  return Message(type, stack);
}

std::optional<Json> ExampleWriter::OfField(const FieldDescriptor& field) const {
  Stack stack;
  return Field(field, stack);
}

Json ExampleWriter::OfElement(const FieldDescriptor& field, const FieldFacts& facts,
                              int index) const {
  Stack stack;
  return Element(field, facts, index, stack).value_or(Json());
}

Json ExampleWriter::Message(const Descriptor& type, Stack& stack) const {
  Json object = Json::object();
  stack.push_back(&type);
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const OneofDescriptor* oneof = field.real_containing_oneof();
    if (oneof != nullptr && oneof->field(0) != &field) continue;
    const FieldFacts facts = FactsOf(field);
    if (audience_ == For::kRequest) {
      if (facts.output_only || facts.identifier) continue;
      if (!facts.required && MeansSomethingRead(field)) continue;
    }
    if (std::optional<Json> value = Field(field, stack)) {
      object[field.json_name()] = *std::move(value);
    }
  }
  stack.pop_back();
  return object;
}

std::optional<Json> ExampleWriter::Field(const FieldDescriptor& field, Stack& stack) const {
  const FieldFacts facts = FactsOf(field);
  if (field.is_map()) {
    std::optional<Json> value = Element(field, facts, 0, stack);
    if (!value) return std::nullopt;
    return Json{{KeyOf(field, facts.rules), *std::move(value)}};
  }
  if (!field.is_repeated()) return Element(field, facts, 0, stack);
  Json list = Json::array();
  for (int i = 0; i < std::max(1, facts.rules.min_items()); ++i) {
    std::optional<Json> element = Element(field, facts, i, stack);
    if (!element) return std::nullopt;
    list.push_back(*std::move(element));
  }
  return list;
}

std::optional<Json> ExampleWriter::Element(const FieldDescriptor& field, const FieldFacts& facts,
                                           int index, Stack& stack) const {
  const FieldDescriptor& value = ValueField(field);
  if (std::optional<Json> known = ValueExample(value, facts.rules)) return known;
  switch (value.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      const Descriptor& type = *value.message_type();
      if (std::find(stack.begin(), stack.end(), &type) != stack.end()) return std::nullopt;
      return Message(type, stack);
    }
    case FieldDescriptor::CPPTYPE_STRING:
      if (value.type() == FieldDescriptor::TYPE_BYTES) return "ZXhhbXBsZQ==";
      return TextOf(field, facts, index);
    case FieldDescriptor::CPPTYPE_BOOL:
      return true;
    case FieldDescriptor::CPPTYPE_ENUM:
      if (value.enum_type()->full_name() == "google.protobuf.NullValue") return Json(nullptr);
      return NameOfValue(*value.enum_type(), index);
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(IntegerOf(facts.rules) + index);
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return FloatingOf(facts.rules);
    default:
      return IntegerOf(facts.rules);
  }
}

}  // namespace salesops::gateway::reference
