#include "gateway/reference/field_words.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gateway/reference/field_facts.h"

namespace salesops::gateway::reference {
namespace {

using google::protobuf::FieldDescriptor;
using options::v1::FieldRules;

std::string Count(int least, int most, const char* one, const char* many) {
  const auto unit = [&](int n) { return n == 1 ? one : many; };
  if (least > 0 && most == least) return absl::StrCat("exactly ", most, " ", unit(most));
  if (least > 0 && most > 0) return absl::StrCat(least, " to ", most, " ", unit(most));
  if (least > 0) return absl::StrCat("at least ", least, " ", unit(least));
  if (most > 0) return absl::StrCat("at most ", most, " ", unit(most));
  return "";
}

std::string Range(const FieldRules& rules) {
  std::string words;
  if (!rules.min().empty()) {
    words = absl::StrCat(rules.exclusive_min() ? "above " : "at least ", rules.min());
  }
  if (!rules.max().empty()) {
    absl::StrAppend(&words, words.empty() ? "" : ", ", "at most ", rules.max());
  }
  return words;
}

}  // namespace

std::vector<std::string> RulesInWords(const FieldDescriptor& field) {
  const FieldFacts facts = FactsOf(field);
  const FieldRules& rules = facts.rules;
  const bool bytes = ValueField(field).type() == FieldDescriptor::TYPE_BYTES;
  std::vector<std::string> words;
  const auto add = [&words](std::string rule) {
    if (!rule.empty()) words.push_back(std::move(rule));
  };
  add(facts.required ? "required" : "");
  add(facts.identifier ? "identifier" : "");
  add(facts.output_only ? "answered only" : "");
  add(facts.input_only ? "never answered" : "");
  add(facts.immutable ? "never changed by an update" : "");
  add(facts.personal ? "personal" : "");
  add(field.options().deprecated() ? "deprecated" : "");
  const bool map = field.is_map();
  add(Count(rules.min_items(), rules.max_items(), map ? "entry" : "element",
            map ? "entries" : "elements"));
  add(rules.unique_items() ? "no element twice" : "");
  add(rules.key_pattern().empty() ? "" : absl::StrCat("keys match `", rules.key_pattern(), "`"));
  add(Count(rules.min_length(), rules.max_length(), bytes ? "byte" : "character",
            bytes ? "bytes" : "characters"));
  add(rules.pattern().empty() ? "" : absl::StrCat("matches `", rules.pattern(), "`"));
  add(Range(rules));
  add(rules.has_max_scale() ? absl::StrCat("at most ", rules.max_scale(), " digits after the point")
                            : "");
  if (!facts.name_forms.empty()) {
    add(absl::StrCat("names `", absl::StrJoin(facts.name_forms, "` or `"), "`"));
  } else if (!rules.references().empty()) {
    add(absl::StrCat("names a `", rules.references(), "`"));
  }
  return words;
}

}  // namespace salesops::gateway::reference
