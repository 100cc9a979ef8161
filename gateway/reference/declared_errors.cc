#include "gateway/reference/declared_errors.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "gateway/reference/field_facts.h"

namespace salesops::gateway::reference {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

constexpr absl::StatusCode kCodes[] = {
    absl::StatusCode::kInvalidArgument,   absl::StatusCode::kFailedPrecondition,
    absl::StatusCode::kOutOfRange,        absl::StatusCode::kUnauthenticated,
    absl::StatusCode::kPermissionDenied,  absl::StatusCode::kNotFound,
    absl::StatusCode::kAlreadyExists,     absl::StatusCode::kAborted,
    absl::StatusCode::kResourceExhausted, absl::StatusCode::kCancelled,
    absl::StatusCode::kUnimplemented,     absl::StatusCode::kInternal,
    absl::StatusCode::kUnavailable,       absl::StatusCode::kDeadlineExceeded,
    absl::StatusCode::kDataLoss,
};

const absl::StatusCode* FindCode(absl::string_view word) {
  for (const absl::StatusCode& code : kCodes) {
    if (absl::StatusCodeToString(code) == word) return &code;
  }
  return nullptr;
}

bool IsConstant(absl::string_view word) {
  if (word.size() < 3) return false;
  return std::all_of(word.begin(), word.end(), [](char c) {
    return absl::ascii_isupper(static_cast<unsigned char>(c)) ||
           absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '_';
  });
}

// A sentence ends at a full stop before a space and at a paragraph's end.
std::vector<absl::string_view> Sentences(absl::string_view text) {
  std::vector<absl::string_view> sentences;
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool stop =
        text[i] == '.' && (i + 1 == text.size() || text[i + 1] == ' ' || text[i + 1] == '\n');
    if (!stop && text[i] != '\n') continue;
    sentences.push_back(absl::StripAsciiWhitespace(text.substr(begin, i + 1 - begin)));
    begin = i + 1;
  }
  if (begin < text.size()) sentences.push_back(absl::StripAsciiWhitespace(text.substr(begin)));
  return sentences;
}

std::vector<absl::string_view> Words(absl::string_view sentence) {
  std::vector<absl::string_view> words;
  size_t begin = 0;
  const auto part = [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
  };
  while (begin < sentence.size()) {
    size_t end = begin;
    while (end < sentence.size() && part(sentence[end])) ++end;
    if (end > begin) words.push_back(sentence.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

void AddSentence(absl::string_view sentence, const std::string& prefix,
                 std::vector<DeclaredError>& errors) {
  const size_t first = errors.size();
  bool after_reason = false;
  for (absl::string_view word : Words(sentence)) {
    if (const absl::StatusCode* code = FindCode(word)) {
      after_reason = false;
      errors.push_back({*code, {}, prefix + std::string(sentence)});
    } else if (word == "reason" || word == "reasons") {
      after_reason = true;
    } else if (after_reason && IsConstant(word) && errors.size() > first) {
      errors.back().reasons.emplace_back(word);
    } else if (word != "or" && word != "and") {
      after_reason = false;
    }
  }
}

class Collector {
 public:
  explicit Collector(const Comments& comments) : comments_(comments) {}

  void AddText(const std::string& text, const std::string& prefix) {
    for (absl::string_view sentence : Sentences(text)) AddSentence(sentence, prefix, errors_);
  }

  void AddFields(const Descriptor& type, const std::string& path) {
    if (!seen_.insert(&type).second) return;
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      if (FactsOf(field).output_only) continue;
      const std::string here = absl::StrCat(path, field.json_name());
      AddText(comments_.Of(field.full_name()), absl::StrCat("`", here, "`: "));
      const FieldDescriptor& value = ValueField(field);
      const bool ours = value.message_type() != nullptr &&
                        value.message_type()->file()->package().rfind("google.", 0) != 0;
      if (ours) {
        AddFields(*value.message_type(), absl::StrCat(here, field.is_repeated() ? "[]." : "."));
      }
    }
  }

  std::vector<DeclaredError> Take() {
    std::stable_sort(
        errors_.begin(), errors_.end(),
        [](const DeclaredError& a, const DeclaredError& b) { return a.code < b.code; });
    return std::move(errors_);
  }

 private:
  const Comments& comments_;
  std::set<const Descriptor*> seen_;
  std::vector<DeclaredError> errors_;
};

}  // namespace

std::vector<DeclaredError> ErrorsIn(absl::string_view text) {
  std::vector<DeclaredError> errors;
  for (absl::string_view sentence : Sentences(text)) AddSentence(sentence, "", errors);
  return errors;
}

std::vector<DeclaredError> ErrorsOf(const google::protobuf::MethodDescriptor& method,
                                    const Comments& comments) {
  Collector collector(comments);
  collector.AddText(comments.Of(method.full_name()), "");
  collector.AddFields(*method.input_type(), "");
  return collector.Take();
}

}  // namespace salesops::gateway::reference
