#include "shared/api/resource_name.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "shared/base/id.h"

namespace salesops::api {
namespace {

[[noreturn]] void AbortOnPattern(absl::string_view pattern) {
  std::fprintf(stderr, "malformed resource name pattern \"%.*s\"\n",
               static_cast<int>(pattern.size()), pattern.data());
  std::abort();
}

bool IsVariable(absl::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

// Cuts the text up to the next '/' (or the end) off the front of `rest`.
absl::string_view TakeSegment(absl::string_view& rest) {
  const size_t slash = rest.find('/');
  absl::string_view segment = rest.substr(0, slash);
  rest = slash == absl::string_view::npos ? absl::string_view() : rest.substr(slash + 1);
  return segment;
}

}  // namespace

NamePattern::NamePattern(absl::string_view pattern) : text_(pattern) {
  const std::vector<std::string> segments = absl::StrSplit(pattern, '/');
  if (segments.size() % 2 != 0) AbortOnPattern(pattern);
  for (size_t i = 0; i < segments.size(); i += 2) {
    if (segments[i].empty() || segments[i].find_first_of("{}") != std::string::npos ||
        !IsVariable(segments[i + 1])) {
      AbortOnPattern(pattern);
    }
    collections_.push_back(segments[i]);
  }
}

template <class TakeId>
bool NamePattern::Walk(absl::string_view name, bool allow_wildcard, TakeId take_id) const {
  absl::string_view rest = name;
  for (size_t i = 0; i < collections_.size(); ++i) {
    if (TakeSegment(rest) != collections_[i]) return false;
    const bool last = i + 1 == collections_.size();
    // The last id takes all that is left, so that a longer name fails the check of the id.
    const absl::string_view id = last ? rest : TakeSegment(rest);
    const bool wildcard = allow_wildcard && !last && id == "-";
    if (!wildcard && !base::IsValidId(id)) return false;
    take_id(id);
  }
  return true;
}

std::optional<std::vector<std::string>> NamePattern::Parse(absl::string_view name,
                                                           bool allow_wildcard) const {
  std::vector<std::string> ids;
  ids.reserve(collections_.size());
  const auto take = [&](absl::string_view id) { ids.emplace_back(id); };
  if (!Walk(name, allow_wildcard, take)) return std::nullopt;
  return ids;
}

bool NamePattern::Matches(absl::string_view name) const {
  return Walk(name, /*allow_wildcard=*/false, [](absl::string_view) {});
}

std::optional<std::string> NamePattern::ParseId(absl::string_view name) const {
  if (collections_.size() != 1) return std::nullopt;
  std::optional<std::vector<std::string>> ids = Parse(name);
  if (!ids) return std::nullopt;
  return std::move(ids->front());
}

std::string NamePattern::Format(const std::vector<std::string>& ids) const {
  if (ids.size() != collections_.size()) AbortOnPattern(text_);
  std::string name;
  for (size_t i = 0; i < ids.size(); ++i) {
    absl::StrAppend(&name, i == 0 ? "" : "/", collections_[i], "/", ids[i]);
  }
  return name;
}

std::string NamePattern::ParentText() const {
  if (collections_.size() < 2) return "";
  const size_t id = text_.rfind('/');
  return text_.substr(0, text_.rfind('/', id - 1));
}

}  // namespace salesops::api
