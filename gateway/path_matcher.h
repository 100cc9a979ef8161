#pragma once

// Finds the template that a request's method and path match, and the text of its variables.
//
//   PathMatcher matcher;
//   matcher.Add(*HttpTemplate::Parse("/v1/{name=accounts/*}"), "GET", 7);
//   PathMatch m = matcher.Find("GET", "/v1/accounts/a%20b");
//   m.outcome == kFound, m.route == 7, m.variables == {"accounts/a b"}
//
// At each segment a literal is preferred to `*` and `*` to `**`; a less exact template is used when
// only it serves the method. A verb after the last ':' is preferred to an id that contains ':'.
//
// Thread-safety: safe to read from any thread once the last Add has returned.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gateway/http_template.h"

namespace salesops::gateway {

struct PathMatch {
  enum class Outcome {
    kFound,
    kNotFound,
    kMethodNotAllowed,  // the path is known, `allowed` lists its methods
    kMalformed,         // a bad percent escape, or text that is not UTF-8
  };
  Outcome outcome = Outcome::kNotFound;
  int route = -1;
  std::vector<std::string> variables;  // in the order of the template's variables()
  std::set<std::string> allowed;
};

class PathMatcher {
 public:
  PathMatcher();
  ~PathMatcher();
  PathMatcher(PathMatcher&&) noexcept;
  PathMatcher& operator=(PathMatcher&&) noexcept;

  // `method` "*" serves every method that has no route of its own. ALREADY_EXISTS, naming the other
  // template, if a template of the same shape serves the method.
  absl::Status Add(const HttpTemplate& path_template, const std::string& method, int route);

  // `path` is the request's path as it was sent, without the query.
  PathMatch Find(absl::string_view method, absl::string_view path) const;

 private:
  struct Leaf {
    HttpTemplate path_template;
    int route;
  };
  struct Node {
    absl::flat_hash_map<std::string, std::unique_ptr<Node>> literals;
    std::unique_ptr<Node> one;
    std::unique_ptr<Node> many;
    // By verb ("" = none), then by method.
    std::map<std::string, std::map<std::string, Leaf, std::less<>>, std::less<>> leaves;
  };
  struct Search;

  static const Leaf* FindLeaf(const Node& node, size_t depth, Search& search);
  static const Leaf* LeafOf(const Node& node, Search& search);

  std::unique_ptr<Node> root_;
  std::set<std::string, std::less<>> verbs_;
};

}  // namespace salesops::gateway
