#pragma once

// Resource names: "sellers/{seller}/assignments/{assignment}" <-> ids.
//
//   NamePattern pattern("sellers/{seller}/assignments/{assignment}");
//   std::optional<std::vector<std::string>> ids = pattern.Parse("sellers/7/assignments/1");
//   pattern.Format({"7", "1"});
//
// Thread-safety: immutable.

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace salesops::api {

class NamePattern {
 public:
  // Aborts on a malformed pattern: patterns are constants of the program.
  explicit NamePattern(absl::string_view pattern);
  // The ids in order; nullopt if `name` is not of this pattern or an id is not valid
  // (base::IsValidId). "-" is accepted for any id but the last if `allow_wildcard`.
  std::optional<std::vector<std::string>> Parse(absl::string_view name,
                                                bool allow_wildcard = false) const;
  // The same question without the answer's cost.
  bool Matches(absl::string_view name) const;
  // The only id of a one-level name, such as "7" of "opportunities/7".
  std::optional<std::string> ParseId(absl::string_view name) const;
  std::string Format(const std::vector<std::string>& ids) const;
  std::string FormatId(absl::string_view id) const { return Format({std::string(id)}); }
  const std::string& text() const { return text_; }
  // "sellers/{seller}", for the pattern above; empty for a top-level collection.
  std::string ParentText() const;

 private:
  template <class TakeId>
  bool Walk(absl::string_view name, bool allow_wildcard, TakeId take_id) const;

  std::string text_;
  std::vector<std::string> collections_;
};

}  // namespace salesops::api
