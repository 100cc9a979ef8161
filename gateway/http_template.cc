#include "gateway/http_template.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gateway/percent_encoding.h"
#include "shared/status/macros.h"

namespace salesops::gateway {

class TemplateParser {
 public:
  explicit TemplateParser(absl::string_view text) : text_(text) {
    parsed_.text_ = std::string(text);
  }

  absl::StatusOr<HttpTemplate> Parse() {
    if (!Take('/')) return Error("a template begins with '/'");
    RETURN_IF_ERROR(ParseSegments(/*inside_variable=*/false));
    if (Take(':')) {
      ASSIGN_OR_RETURN(parsed_.verb_, TakeLiteral());
    }
    if (at_ != text_.size()) return Error("unexpected character");
    return std::move(parsed_);
  }

 private:
  absl::Status ParseSegments(bool inside_variable) {
    do {
      if (parsed_.ends_with_many()) return Error("nothing may follow '**' but a verb");
      RETURN_IF_ERROR(ParseSegment(inside_variable));
    } while (Take('/'));
    return absl::OkStatus();
  }

  absl::Status ParseSegment(bool inside_variable) {
    if (Peek() == '{') {
      if (inside_variable) return Error("variables do not nest");
      return ParseVariable();
    }
    if (Take('*')) {
      const bool many = Take('*');
      parsed_.segments_.push_back(
          {many ? TemplateSegment::Kind::kMany : TemplateSegment::Kind::kOne, ""});
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(std::string literal, TakeLiteral());
    parsed_.segments_.push_back({TemplateSegment::Kind::kLiteral, std::move(literal)});
    return absl::OkStatus();
  }

  absl::Status ParseVariable() {
    Take('{');
    TemplateVariable variable;
    do {
      ASSIGN_OR_RETURN(std::string name, TakeIdentifier());
      variable.field_path.push_back(std::move(name));
    } while (Take('.'));
    for (const TemplateVariable& other : parsed_.variables_) {
      if (other.field_path == variable.field_path) return Error("a field is bound twice");
    }
    variable.begin = parsed_.segments_.size();
    if (Take('=')) {
      RETURN_IF_ERROR(ParseSegments(/*inside_variable=*/true));
    } else {
      parsed_.segments_.push_back({TemplateSegment::Kind::kOne, ""});
    }
    if (!Take('}')) return Error("expected '}'");
    variable.end = parsed_.segments_.size();
    variable.multi_segment = variable.end - variable.begin > 1 || parsed_.ends_with_many();
    parsed_.variables_.push_back(std::move(variable));
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> TakeIdentifier() {
    const size_t begin = at_;
    while (at_ < text_.size() && (absl::ascii_isalnum(text_[at_]) || text_[at_] == '_')) ++at_;
    if (begin == at_ || absl::ascii_isdigit(text_[begin])) return Error("expected a field name");
    return std::string(text_.substr(begin, at_ - begin));
  }

  // A literal is unreserved characters, sub-delimiters and percent escapes (RFC 3986, pchar without
  // ':' and '*', which mean something here).
  absl::StatusOr<std::string> TakeLiteral() {
    const size_t begin = at_;
    while (at_ < text_.size() &&
           (absl::ascii_isalnum(text_[at_]) ||
            absl::string_view("-._~!$&'()+,;@%").find(text_[at_]) != absl::string_view::npos)) {
      ++at_;
    }
    if (begin == at_) return Error("expected a segment");
    std::optional<std::string> decoded =
        PercentDecode(text_.substr(begin, at_ - begin), PercentDecoding::kAll);
    if (!decoded) return Error("a bad percent escape");
    return *std::move(decoded);
  }

  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool Take(char c) {
    if (Peek() != c || at_ == text_.size()) return false;
    ++at_;
    return true;
  }

  absl::Status Error(absl::string_view what) const {
    return absl::InvalidArgumentError(
        absl::StrCat("path template \"", text_, "\", character ", at_ + 1, ": ", what));
  }

  absl::string_view text_;
  size_t at_ = 0;
  HttpTemplate parsed_;
};

absl::StatusOr<HttpTemplate> HttpTemplate::Parse(absl::string_view text) {
  return TemplateParser(text).Parse();
}

}  // namespace salesops::gateway
