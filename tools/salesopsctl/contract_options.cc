#include "tools/salesopsctl/contract_options.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "google/api/annotations.pb.h"
#include "google/api/field_behavior.pb.h"

namespace salesops::ctl {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;

// Options of files that were loaded at run time may hold our extensions as unknown fields; the
// serialised form is read by the generated classes.
template <class Options>
Options Known(const Options& options) {
  Options known;
  known.ParseFromString(options.SerializeAsString());
  return known;
}

std::string RangeText(absl::string_view from, absl::string_view to, absl::string_view what) {
  if (from.empty() && to.empty()) return "";
  if (to.empty()) return absl::StrCat("at least ", from, what);
  if (from.empty()) return absl::StrCat("at most ", to, what);
  return from == to ? absl::StrCat("exactly ", to, what) : absl::StrCat(from, " to ", to, what);
}

std::string Positive(int number) { return number > 0 ? absl::StrCat(number) : ""; }

std::string ElementText(const FieldDescriptor* field) {
  if (field->message_type() != nullptr) {
    const std::string& name = field->message_type()->full_name();
    return field->message_type()->file()->package() == field->file()->package()
               ? field->message_type()->name()
               : name;
  }
  if (field->enum_type() != nullptr) return field->enum_type()->name();
  return field->type_name();
}

void AddRoutes(const google::api::HttpRule& rule, std::vector<std::string>* routes) {
  using Rule = google::api::HttpRule;
  switch (rule.pattern_case()) {
    case Rule::kGet:
      routes->push_back("GET " + rule.get());
      break;
    case Rule::kPut:
      routes->push_back("PUT " + rule.put());
      break;
    case Rule::kPost:
      routes->push_back("POST " + rule.post());
      break;
    case Rule::kDelete:
      routes->push_back("DELETE " + rule.delete_());
      break;
    case Rule::kPatch:
      routes->push_back("PATCH " + rule.patch());
      break;
    case Rule::kCustom:
      routes->push_back(absl::StrCat(rule.custom().kind(), " ", rule.custom().path()));
      break;
    case Rule::PATTERN_NOT_SET:
      break;
  }
  for (const Rule& more : rule.additional_bindings()) AddRoutes(more, routes);
}

}  // namespace

options::v1::MethodPolicy PolicyOf(const MethodDescriptor* method) {
  return Known(method->options()).GetExtension(options::v1::policy);
}

options::v1::FieldRules FieldRulesOf(const FieldDescriptor* field) {
  return Known(field->options()).GetExtension(options::v1::field);
}

bool IsPersonal(const FieldDescriptor* field) {
  return Known(field->options()).GetExtension(options::v1::personal);
}

options::v1::ResourceRules ResourceRulesOf(const Descriptor* type) {
  return Known(type->options()).GetExtension(options::v1::resource_rules);
}

std::vector<std::string> RoutesOf(const MethodDescriptor* method) {
  std::vector<std::string> routes;
  AddRoutes(Known(method->options()).GetExtension(google::api::http), &routes);
  return routes;
}

std::string BehaviourOf(const FieldDescriptor* field) {
  const google::protobuf::FieldOptions options = Known(field->options());
  std::vector<std::string> words;
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    const auto behaviour = options.GetExtension(google::api::field_behavior, i);
    if (behaviour == google::api::OPTIONAL) continue;
    words.push_back(absl::StrReplaceAll(
        absl::AsciiStrToLower(google::api::FieldBehavior_Name(behaviour)), {{"_", " "}}));
  }
  return absl::StrJoin(words, ", ");
}

std::vector<std::string> RuleTexts(const FieldDescriptor* field) {
  const options::v1::FieldRules rules = FieldRulesOf(field);
  std::vector<std::string> texts;
  const auto add = [&](std::string text) {
    if (!text.empty()) texts.push_back(std::move(text));
  };
  const bool bytes = field->type() == FieldDescriptor::TYPE_BYTES;
  add(RangeText(Positive(rules.min_length()), Positive(rules.max_length()),
                bytes ? " bytes" : " characters"));
  if (!rules.pattern().empty()) add(absl::StrCat("matches ", rules.pattern()));
  if (rules.exclusive_min()) {
    add(absl::StrCat("above ", rules.min()));
    add(RangeText("", rules.max(), ""));
  } else {
    add(RangeText(rules.min(), rules.max(), ""));
  }
  if (rules.has_max_scale()) add(absl::StrCat("at most ", rules.max_scale(), " decimal places"));
  if (!rules.references().empty()) {
    add(absl::StrCat("names ", rules.references().substr(rules.references().rfind('/') + 1)));
  }
  add(RangeText(Positive(rules.min_items()), Positive(rules.max_items()), " items"));
  if (rules.unique_items()) add("none twice");
  if (!rules.key_pattern().empty()) add(absl::StrCat("keys match ", rules.key_pattern()));
  if (IsPersonal(field)) add("personal");
  return texts;
}

std::string TypeText(const FieldDescriptor* field) {
  if (field->is_map()) {
    return absl::StrCat("map<", ElementText(field->message_type()->map_key()), ", ",
                        ElementText(field->message_type()->map_value()), ">");
  }
  return absl::StrCat(field->is_repeated() ? "repeated " : "", ElementText(field));
}

template <class Element>
std::string CommentOf(const Element* element) {
  google::protobuf::SourceLocation location;
  if (!element->GetSourceLocation(&location)) return "";
  std::vector<std::string> lines;
  for (absl::string_view line : absl::StrSplit(location.leading_comments, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (!line.empty()) lines.emplace_back(line);
  }
  return absl::StrJoin(lines, " ");
}

template std::string CommentOf(const Descriptor*);
template std::string CommentOf(const FieldDescriptor*);
template std::string CommentOf(const MethodDescriptor*);
template std::string CommentOf(const google::protobuf::ServiceDescriptor*);
template std::string CommentOf(const google::protobuf::EnumDescriptor*);
template std::string CommentOf(const google::protobuf::EnumValueDescriptor*);

}  // namespace salesops::ctl
