#pragma once

// A RE2 pattern of a field rule, read so that others can use it: as a pattern of ECMAScript, which
// JSON Schema speaks, and as a text that matches.
//
//   std::optional<Pattern> p = Pattern::Parse("[^[:space:]]+@[a-z]{2,9}");
//   p->Ecma()    -> "[^\\t-\\r ]+@[a-z]{2,9}"
//   p->Example() -> "a@aa"
//
// Read are literals, classes with ranges and POSIX names, groups, alternatives and repetition: what
// contracts use. Anything else (flags, assertions, Unicode properties) is not read, and then
// documentation shows the pattern in words only.
//
// Thread-safety: immutable after Parse.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace salesops::gateway::reference {

class Pattern {
 public:
  static std::optional<Pattern> Parse(absl::string_view re2);

  // Without anchors; in the syntax of the "u" flag.
  std::string Ecma() const;
  // The shortest match, of letters and digits where they will do.
  std::string Example() const;

 private:
  friend class PatternParser;

  struct Node {
    enum class Kind { kClass, kSequence, kAlternatives, kRepeat };
    Kind kind = Kind::kSequence;
    std::vector<std::pair<char32_t, char32_t>> ranges;  // kClass
    bool negated = false;                               // kClass
    std::vector<Node> parts;
    int least = 0;  // kRepeat
    int most = -1;  // -1 = without end
  };

  static void AppendEcma(const Node& node, std::string& out);
  static void AppendExample(const Node& node, std::string& out);

  Node root_;
};

}  // namespace salesops::gateway::reference
