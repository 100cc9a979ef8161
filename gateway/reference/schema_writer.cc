#include "gateway/reference/schema_writer.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gateway/reference/pattern.h"
#include "gateway/reference/value_types.h"
#include "google/api/resource.pb.h"

namespace salesops::gateway::reference {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::OneofDescriptor;
using options::v1::FieldRules;

void AppendSentence(const std::string& sentence, std::string& text) {
  if (sentence.empty()) return;
  absl::StrAppend(&text, text.empty() ? "" : " ", sentence);
}

// "sellers/{seller}" -> "sellers/<id>".
std::string PatternOfName(const std::string& form) {
  std::string pattern;
  size_t at = 0;
  for (size_t open; (open = form.find('{', at)) != std::string::npos;) {
    absl::StrAppend(&pattern, form.substr(at, open - at), kIdPattern);
    const size_t close = form.find('}', open);
    if (close == std::string::npos) return pattern;
    at = close + 1;
  }
  return pattern + form.substr(at);
}

// What the whole text must match, in RE2, by `pattern` or `references`; empty if any.
std::string PatternOf(const FieldFacts& facts) {
  if (!facts.rules.pattern().empty()) return facts.rules.pattern();
  std::string pattern;
  for (const std::string& form : facts.name_forms) {
    absl::StrAppend(&pattern, pattern.empty() ? "" : "|", PatternOfName(form));
  }
  return pattern;
}

Json TextSchema(const FieldFacts& facts, bool may_be_empty) {
  Json schema = {{"type", "string"}};
  const FieldRules& rules = facts.rules;
  const int least =
      facts.required && !may_be_empty ? std::max(1, rules.min_length()) : rules.min_length();
  if (may_be_empty && least > 1) {
    schema["anyOf"] = {{{"maxLength", 0}}, {{"minLength", least}}};
  } else if (!may_be_empty && least > 0) {
    schema["minLength"] = least;
  }
  if (rules.max_length() > 0) schema["maxLength"] = rules.max_length();
  const std::string re2 = PatternOf(facts);
  if (!re2.empty()) {
    if (const std::optional<Pattern> pattern = Pattern::Parse(re2)) {
      schema["pattern"] = absl::StrCat("^(?:", pattern->Ecma(), ")", may_be_empty ? "?" : "", "$");
    } else {
      schema["x-re2-pattern"] = re2;
    }
  }
  if (!rules.references().empty()) schema["x-references"] = rules.references();
  return schema;
}

Json BytesSchema(const FieldRules& rules) {
  Json schema = {{"type", "string"}, {"contentEncoding", "base64"}};
  if (rules.min_length() > 0) schema["x-min-bytes"] = rules.min_length();
  if (rules.max_length() > 0) schema["x-max-bytes"] = rules.max_length();
  return schema;
}

void SetBound(const char* name, const std::string& text, bool whole, Json& schema) {
  int64_t integer = 0;
  double floating = 0;
  if (whole && absl::SimpleAtoi(text, &integer)) {
    schema[name] = integer;
  } else if (absl::SimpleAtod(text, &floating)) {
    schema[name] = floating;
  }
}

Json NumberSchema(const FieldDescriptor& field, const FieldRules& rules) {
  const bool whole = field.cpp_type() == FieldDescriptor::CPPTYPE_INT32 ||
                     field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32;
  Json schema;
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
    schema = {{"type", "integer"}, {"format", "int32"}};
  } else if (whole) {
    schema = {{"type", "integer"}, {"format", "int64"}, {"minimum", 0}, {"maximum", 4294967295u}};
  } else {
    schema = {{"type", "number"},
              {"format", field.cpp_type() == FieldDescriptor::CPPTYPE_FLOAT ? "float" : "double"}};
  }
  SetBound(rules.exclusive_min() ? "exclusiveMinimum" : "minimum", rules.min(), whole, schema);
  SetBound("maximum", rules.max(), whole, schema);
  return schema;
}

// 64-bit integers are text in JSON, since many readers keep only 53 bits of a number.
Json LongSchema(const FieldDescriptor& field, const FieldRules& rules) {
  const bool has_sign = field.cpp_type() == FieldDescriptor::CPPTYPE_INT64;
  Json schema = {{"type", "string"},
                 {"format", has_sign ? "int64" : "uint64"},
                 {"pattern", has_sign ? "^-?[0-9]{1,19}$" : "^[0-9]{1,20}$"}};
  BoundText(field, rules, schema);
  return schema;
}

void BoundCount(const FieldFacts& facts, const char* least, const char* most, Json& schema) {
  const FieldRules& rules = facts.rules;
  if (facts.required) {
    schema[least] = std::max(1, rules.min_items());
  } else if (rules.min_items() > 1) {  // an empty list is an absent one
    schema["anyOf"] = {{{most, 0}}, {{least, rules.min_items()}}};
  }
  if (rules.max_items() > 0) schema[most] = rules.max_items();
}

Json Texts(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  Json all = Json::array();
  for (const std::string& text : texts) all.push_back(text);
  return all;
}

}  // namespace

Json SchemaWriter::Refer(const std::string& name, const Wanted& wanted) {
  if (written_.count(name) == 0) wanted_.emplace(name, wanted);
  return {{"$ref", absl::StrCat("#/components/schemas/", name)}};
}

Json SchemaWriter::OfMessage(const Descriptor& type) {
  if (std::optional<Json> known = WellKnownSchema(type)) return *known;
  return Refer(type.full_name(), {.message = &type});
}

Json SchemaWriter::OfUpdated(const Descriptor& resource) {
  return Refer(resource.full_name() + "-update", {.message = &resource, .updated = true});
}

Json SchemaWriter::OfRest(const Descriptor& type, const std::set<const FieldDescriptor*>& without) {
  return Object(type, /*updated=*/false, without);
}

Json SchemaWriter::OfElement(const FieldDescriptor& field, const FieldFacts& facts) {
  const bool stands_alone = !field.is_repeated();
  const FieldDescriptor& value = ValueField(field);
  switch (value.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      Json schema = OfMessage(*value.message_type());
      if (SharedValueSchema(*value.message_type())) BoundText(value, facts.rules, schema);
      return schema;
    }
    case FieldDescriptor::CPPTYPE_STRING:
      if (value.type() == FieldDescriptor::TYPE_BYTES) return BytesSchema(facts.rules);
      return TextSchema(facts, stands_alone && !facts.required && !facts.identifier);
    case FieldDescriptor::CPPTYPE_BOOL:
      return {{"type", "boolean"}};
    case FieldDescriptor::CPPTYPE_ENUM: {
      const EnumDescriptor& type = *value.enum_type();
      if (type.full_name() == "google.protobuf.NullValue") return {{"type", "null"}};
      Json schema = Refer(type.full_name(), {.enumeration = &type});
      if (facts.required) schema["not"] = {{"const", type.value(0)->name()}};
      return schema;
    }
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT64:
      return LongSchema(value, facts.rules);
    default:
      return NumberSchema(value, facts.rules);
  }
}

Json SchemaWriter::OfField(const FieldDescriptor& field) {
  const FieldFacts facts = FactsOf(field);
  Json schema;
  if (field.is_map()) {
    schema = {{"type", "object"}, {"additionalProperties", OfElement(field, facts)}};
    if (const auto key = Pattern::Parse(facts.rules.key_pattern());
        key && !facts.rules.key_pattern().empty()) {
      schema["propertyNames"] = {{"pattern", absl::StrCat("^(?:", key->Ecma(), ")$")}};
    }
    BoundCount(facts, "minProperties", "maxProperties", schema);
  } else if (field.is_repeated()) {
    schema = {{"type", "array"}, {"items", OfElement(field, facts)}};
    BoundCount(facts, "minItems", "maxItems", schema);
    if (facts.rules.unique_items()) schema["uniqueItems"] = true;
  } else {
    schema = OfElement(field, facts);
  }
  std::string description = comments_.Of(field.full_name());
  if (facts.required && !MustBeGiven(field, facts)) {
    AppendSentence("Required; absent means 0 or false.", description);
  }
  if (!description.empty()) schema["description"] = description;
  if (facts.output_only) schema["readOnly"] = true;
  if (facts.input_only) schema["writeOnly"] = true;
  if (facts.immutable) schema["x-immutable"] = true;
  if (facts.identifier) schema["x-identifier"] = true;
  if (facts.personal) schema["x-personal"] = true;
  if (field.options().deprecated()) schema["deprecated"] = true;
  return schema;
}

Json SchemaWriter::Object(const Descriptor& type, bool updated,
                          const std::set<const FieldDescriptor*>& without) {
  Json schema = {{"type", "object"}};
  std::string description = comments_.Of(type.full_name());
  Json required = Json::array();
  Json properties = Json::object();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (without.count(&field) > 0) continue;
    properties[field.json_name()] = OfField(field);
    if (!updated && MustBeGiven(field, FactsOf(field))) required.push_back(field.json_name());
  }
  for (int i = 0; i < type.real_oneof_decl_count(); ++i) {
    const OneofDescriptor& oneof = *type.oneof_decl(i);
    std::string members;
    for (int m = 0; m < oneof.field_count(); ++m) {
      absl::StrAppend(&members, m == 0 ? "" : ", ", "`", oneof.field(m)->json_name(), "`");
    }
    AppendSentence(absl::StrCat("At most one of ", members, " is given."), description);
    AppendSentence(comments_.Of(oneof.full_name()), description);
  }
  if (updated) AppendSentence("In an update; the mask says which fields are meant.", description);
  if (!description.empty()) schema["description"] = description;
  if (!properties.empty()) schema["properties"] = std::move(properties);
  if (!required.empty()) schema["required"] = std::move(required);
  AddOneofs(type, schema);
  const auto& resource = type.options().GetExtension(google::api::resource);
  if (!resource.type().empty()) {
    const auto& rules = type.options().GetExtension(options::v1::resource_rules);
    schema["x-resource"] = {{"type", resource.type()},
                            {"pattern", resource.pattern_size() > 0 ? resource.pattern(0) : ""},
                            {"filterable", Texts(rules.filterable())},
                            {"defaultOrder", rules.default_order()}};
  }
  return schema;
}

// No two members of a oneof together.
void SchemaWriter::AddOneofs(const Descriptor& type, Json& schema) const {
  Json pairs = Json::array();
  for (int i = 0; i < type.real_oneof_decl_count(); ++i) {
    const OneofDescriptor& oneof = *type.oneof_decl(i);
    if (oneof.field_count() == type.field_count() && oneof.field_count() > 1) {
      schema["maxProperties"] = 1;
      return;
    }
    for (int a = 0; a < oneof.field_count(); ++a) {
      for (int b = a + 1; b < oneof.field_count(); ++b) {
        pairs.push_back({{"required", {oneof.field(a)->json_name(), oneof.field(b)->json_name()}}});
      }
    }
  }
  if (!pairs.empty()) schema["not"] = {{"anyOf", std::move(pairs)}};
}

Json SchemaWriter::Enumeration(const EnumDescriptor& type) const {
  Json names = Json::array();
  std::string description = comments_.Of(type.full_name());
  Json meanings = Json::object();
  for (int i = 0; i < type.value_count(); ++i) {
    const std::string& name = type.value(i)->name();
    names.push_back(name);
    const std::string& meaning = comments_.Of(absl::StrCat(type.full_name(), ".", name));
    if (!meaning.empty()) meanings[name] = meaning;
  }
  Json schema = {{"type", "string"}, {"enum", std::move(names)}};
  if (!description.empty()) schema["description"] = description;
  if (!meanings.empty()) schema["x-enum-descriptions"] = std::move(meanings);
  return schema;
}

Json SchemaWriter::TakeComponents() {
  while (!wanted_.empty()) {
    const auto [name, wanted] = *wanted_.begin();
    wanted_.erase(wanted_.begin());
    Json& schema = written_[name];  // known before its fields are: types may hold themselves
    if (wanted.enumeration != nullptr) {
      schema = Enumeration(*wanted.enumeration);
    } else if (std::optional<Json> value = SharedValueSchema(*wanted.message)) {
      schema = *std::move(value);
    } else {
      schema = Object(*wanted.message, wanted.updated, {});
    }
  }
  Json all = Json::object();
  for (auto& [name, schema] : written_) all[name] = std::move(schema);
  written_.clear();
  return all;
}

}  // namespace salesops::gateway::reference
