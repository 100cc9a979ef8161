#include "gateway/path_matcher.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/percent_encoding.h"

namespace salesops::gateway {

struct PathMatcher::Search {
  absl::string_view method;
  std::string verb;
  std::vector<absl::string_view> raw;  // segments as sent
  std::vector<std::string> decoded;
  std::set<std::string>* allowed;
};

PathMatcher::PathMatcher() : root_(std::make_unique<Node>()) {}
PathMatcher::~PathMatcher() = default;
PathMatcher::PathMatcher(PathMatcher&&) noexcept = default;
PathMatcher& PathMatcher::operator=(PathMatcher&&) noexcept = default;

absl::Status PathMatcher::Add(const HttpTemplate& path_template, const std::string& method,
                              int route) {
  Node* node = root_.get();
  for (const TemplateSegment& segment : path_template.segments()) {
    std::unique_ptr<Node>* next = nullptr;
    switch (segment.kind) {
      case TemplateSegment::Kind::kLiteral:
        next = &node->literals[segment.literal];
        break;
      case TemplateSegment::Kind::kOne:
        next = &node->one;
        break;
      case TemplateSegment::Kind::kMany:
        next = &node->many;
        break;
    }
    if (*next == nullptr) *next = std::make_unique<Node>();
    node = next->get();
  }
  auto [leaf, added] =
      node->leaves[path_template.verb()].try_emplace(method, Leaf{path_template, route});
  if (!added) {
    return absl::AlreadyExistsError(absl::StrCat(method, " ", path_template.text(),
                                                 " is the same path as ",
                                                 leaf->second.path_template.text()));
  }
  if (!path_template.verb().empty()) verbs_.insert(path_template.verb());
  return absl::OkStatus();
}

const PathMatcher::Leaf* PathMatcher::LeafOf(const Node& node, Search& search) {
  const auto methods = node.leaves.find(search.verb);
  if (methods == node.leaves.end()) return nullptr;
  auto leaf = methods->second.find(std::string(search.method));
  if (leaf == methods->second.end()) leaf = methods->second.find("*");
  if (leaf != methods->second.end()) return &leaf->second;
  for (const auto& [method, unused] : methods->second) search.allowed->insert(method);
  return nullptr;
}

// Every node lies at one depth, so a search visits each node at most once: the time is bounded by
// the size of the table, whatever the path.
const PathMatcher::Leaf* PathMatcher::FindLeaf(const Node& node, size_t depth, Search& search) {
  if (depth == search.decoded.size()) {
    if (const Leaf* leaf = LeafOf(node, search)) return leaf;
  } else {
    const auto literal = node.literals.find(search.decoded[depth]);
    if (literal != node.literals.end()) {
      if (const Leaf* leaf = FindLeaf(*literal->second, depth + 1, search)) return leaf;
    }
    if (node.one != nullptr && !search.decoded[depth].empty()) {
      if (const Leaf* leaf = FindLeaf(*node.one, depth + 1, search)) return leaf;
    }
  }
  if (node.many == nullptr) return nullptr;
  // "a//b" would give `**` the text "/b": no variable begins with a slash.
  if (depth + 1 < search.raw.size() && search.raw[depth].empty()) return nullptr;
  return LeafOf(*node.many, search);
}

namespace {

std::vector<absl::string_view> SplitSegments(absl::string_view path) {
  std::vector<absl::string_view> segments;
  while (true) {
    const size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == absl::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

// Raw text of segments [begin, end) with the slashes between them.
absl::string_view Join(const std::vector<absl::string_view>& raw, size_t begin, size_t end) {
  if (begin >= end) return {};
  const char* first = raw[begin].data();
  const char* last = raw[end - 1].data() + raw[end - 1].size();
  return {first, static_cast<size_t>(last - first)};
}

}  // namespace

PathMatch PathMatcher::Find(absl::string_view method, absl::string_view path) const {
  PathMatch match;
  if (path.empty() || path[0] != '/') return match;
  Search search{method, "", SplitSegments(path.substr(1)), {}, &match.allowed};
  search.decoded.reserve(search.raw.size());
  for (absl::string_view raw : search.raw) {
    std::optional<std::string> decoded = PercentDecode(raw, PercentDecoding::kAll);
    if (!decoded) {
      match.outcome = PathMatch::Outcome::kMalformed;
      return match;
    }
    search.decoded.push_back(*std::move(decoded));
  }

  const Leaf* leaf = nullptr;
  const size_t colon = search.raw.back().rfind(':');
  if (colon != absl::string_view::npos) {
    const absl::string_view raw_verb = search.raw.back().substr(colon + 1);
    if (verbs_.find(std::string(raw_verb)) != verbs_.end()) {
      Search with_verb = search;
      with_verb.verb = std::string(raw_verb);
      with_verb.raw.back() = search.raw.back().substr(0, colon);
      with_verb.decoded.back() = *PercentDecode(with_verb.raw.back(), PercentDecoding::kAll);
      leaf = FindLeaf(*root_, 0, with_verb);
      if (leaf != nullptr || !match.allowed.empty()) search = std::move(with_verb);
    }
  }
  if (leaf == nullptr && search.verb.empty()) leaf = FindLeaf(*root_, 0, search);
  if (leaf == nullptr) {
    match.outcome = match.allowed.empty() ? PathMatch::Outcome::kNotFound
                                          : PathMatch::Outcome::kMethodNotAllowed;
    return match;
  }

  match.outcome = PathMatch::Outcome::kFound;
  match.allowed.clear();
  match.route = leaf->route;
  for (const TemplateVariable& variable : leaf->path_template.variables()) {
    const bool many = variable.end == leaf->path_template.segments().size() &&
                      leaf->path_template.ends_with_many();
    const size_t end = many ? search.raw.size() : variable.end;
    if (!variable.multi_segment) {
      match.variables.push_back(search.decoded[variable.begin]);
      continue;
    }
    std::optional<std::string> text =
        PercentDecode(Join(search.raw, variable.begin, end), PercentDecoding::kKeepSlash);
    match.variables.push_back(*std::move(text));
  }
  return match;
}

}  // namespace salesops::gateway
