#pragma once

// A path template of google.api.http.
//
//   auto t = HttpTemplate::Parse("/pipeline/v1/{name=accounts/*}:archive");
//   t->segments()  -> "pipeline" "v1" "accounts" *
//   t->variables() -> name = segments [2, 4)
//   t->verb()      -> "archive"
//
// Grammar (google/api/http.proto):
//   Template = "/" Segments [ ":" LITERAL ] ;   Segments = Segment { "/" Segment } ;
//   Segment  = "*" | "**" | LITERAL | "{" FieldPath [ "=" Segments ] "}" ;
// "**" may only be the last segment; variables do not nest.
//
// Thread-safety: immutable after Parse.

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace salesops::gateway {

struct TemplateSegment {
  enum class Kind { kLiteral, kOne, kMany };
  Kind kind = Kind::kLiteral;
  std::string literal;  // decoded; empty unless kLiteral

  friend bool operator==(const TemplateSegment&, const TemplateSegment&) = default;
};

struct TemplateVariable {
  std::vector<std::string> field_path;
  size_t begin = 0;  // segments [begin, end) of the template
  size_t end = 0;
  // More than one segment, or "**": %2F in the path is then kept as it is.
  bool multi_segment = false;

  friend bool operator==(const TemplateVariable&, const TemplateVariable&) = default;
};

class HttpTemplate {
 public:
  // INVALID_ARGUMENT says what is wrong and at which character.
  static absl::StatusOr<HttpTemplate> Parse(absl::string_view text);

  const std::vector<TemplateSegment>& segments() const { return segments_; }
  const std::vector<TemplateVariable>& variables() const { return variables_; }
  const std::string& verb() const { return verb_; }
  const std::string& text() const { return text_; }
  bool ends_with_many() const {
    return !segments_.empty() && segments_.back().kind == TemplateSegment::Kind::kMany;
  }

 private:
  friend class TemplateParser;
  std::string text_;
  std::vector<TemplateSegment> segments_;
  std::vector<TemplateVariable> variables_;
  std::string verb_;
};

}  // namespace salesops::gateway
