#include "gateway/reference/pattern.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace salesops::gateway::reference {
namespace {

constexpr absl::string_view kPlain =
    "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
using Ranges = std::vector<std::pair<char32_t, char32_t>>;

struct NamedClass {
  absl::string_view name;
  Ranges ranges;
};

// The ASCII classes of RE2.
const std::vector<NamedClass>& NamedClasses() {
  static const auto* classes = new std::vector<NamedClass>{
      {"alnum", {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}},
      {"alpha", {{'A', 'Z'}, {'a', 'z'}}},
      {"blank", {{'\t', '\t'}, {' ', ' '}}},
      {"digit", {{'0', '9'}}},
      {"lower", {{'a', 'z'}}},
      {"space", {{'\t', '\r'}, {' ', ' '}}},
      {"upper", {{'A', 'Z'}}},
      {"word", {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}},
      {"xdigit", {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}},
  };
  return *classes;
}

const Ranges* FindNamedClass(absl::string_view name) {
  for (const NamedClass& known : NamedClasses()) {
    if (known.name == name) return &known.ranges;
  }
  return nullptr;
}

// What \d, \s and \w mean; nullptr for any other letter.
const Ranges* FindEscapedClass(char letter) {
  switch (letter) {
    case 'd':
      return FindNamedClass("digit");
    case 's': {
      // Unlike [:space:], \s has no vertical tab in RE2.
      static const auto* space = new Ranges{{'\t', '\n'}, {'\f', '\r'}, {' ', ' '}};
      return space;
    }
    case 'w':
      return FindNamedClass("word");
    default:
      return nullptr;
  }
}

std::string Utf8(char32_t c) {
  std::string out;
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
  return out;
}

bool Contains(const Ranges& ranges, char32_t c) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [c](const auto& range) { return range.first <= c && c <= range.second; });
}

void AppendCharacter(char32_t c, absl::string_view special, std::string& out) {
  if (c == '\t') {
    out += "\\t";
  } else if (c == '\n') {
    out += "\\n";
  } else if (c == '\r') {
    out += "\\r";
  } else if (c < 0x20 || c == 0x7F) {
    absl::StrAppendFormat(&out, "\\x%02x", static_cast<unsigned>(c));
  } else {
    if (c < 0x80 && absl::StrContains(special, static_cast<char>(c))) out += '\\';
    out += Utf8(c);
  }
}

}  // namespace

// Recursive descent over the text; every Read… returns false at what it does not know.
class PatternParser {
 public:
  using Node = Pattern::Node;

  explicit PatternParser(absl::string_view text) : rest_(text) {}

  std::optional<Pattern> Parse() {
    Pattern pattern;
    if (!ReadAlternatives(pattern.root_) || !rest_.empty()) return std::nullopt;
    return pattern;
  }

 private:
  static constexpr int kDeepest = 50;

  bool Take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool Take(absl::string_view text) {
    if (!absl::StartsWith(rest_, text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  bool ReadAlternatives(Node& node) {
    if (++depth_ > kDeepest) return false;
    node.kind = Node::Kind::kAlternatives;
    do {
      node.parts.emplace_back();
      if (!ReadSequence(node.parts.back())) return false;
    } while (Take('|'));
    --depth_;
    return true;
  }

  bool ReadSequence(Node& node) {
    while (!rest_.empty() && rest_.front() != '|' && rest_.front() != ')') {
      Node part;
      if (!ReadAtom(part) || !ReadRepeats(part)) return false;
      node.parts.push_back(std::move(part));
    }
    return true;
  }

  bool ReadAtom(Node& node) {
    if (Take('(')) {
      if (absl::StartsWith(rest_, "?") && !Take("?:")) return false;
      return ReadAlternatives(node) && Take(')');
    }
    node.kind = Node::Kind::kClass;
    if (Take('[')) return ReadClass(node);
    if (Take('.')) {
      node.negated = true;
      node.ranges = {{'\n', '\n'}};
      return true;
    }
    if (absl::StrContains("*+?{}^$]", rest_.front())) return false;
    return ReadCharacter(node.ranges);
  }

  // One character, or a class such as \d.
  bool ReadCharacter(Ranges& ranges) {
    if (Take('\\')) {
      if (rest_.empty()) return false;
      const char escaped = rest_.front();
      rest_.remove_prefix(1);
      if (const Ranges* known = FindEscapedClass(escaped)) {
        ranges.insert(ranges.end(), known->begin(), known->end());
        return true;
      }
      if (absl::ascii_isalnum(static_cast<unsigned char>(escaped))) return false;
      ranges.emplace_back(escaped, escaped);
      return true;
    }
    char32_t c = 0;
    if (!ReadCodePoint(c)) return false;
    ranges.emplace_back(c, c);
    return true;
  }

  bool ReadCodePoint(char32_t& c) {
    if (rest_.empty()) return false;
    const auto lead = static_cast<unsigned char>(rest_.front());
    const size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (rest_.size() < size) return false;
    c = size == 1 ? lead : lead & (0x3F >> (size - 1));
    for (size_t i = 1; i < size; ++i) {
      c = (c << 6) | (static_cast<unsigned char>(rest_[i]) & 0x3F);
    }
    rest_.remove_prefix(size);
    return true;
  }

  bool ReadClass(Node& node) {
    node.negated = Take('^');
    bool first = true;
    while (first || !Take(']')) {
      if (rest_.empty()) return false;
      if (Take("[:")) {
        const size_t end = rest_.find(":]");
        const Ranges* known = FindNamedClass(rest_.substr(0, end));
        if (end == absl::string_view::npos || known == nullptr) return false;
        node.ranges.insert(node.ranges.end(), known->begin(), known->end());
        rest_.remove_prefix(end + 2);
      } else if (!ReadCharacter(node.ranges)) {
        return false;
      } else if (rest_.size() > 1 && rest_[0] == '-' && rest_[1] != ']') {
        rest_.remove_prefix(1);
        Ranges end;
        const bool single =
            ReadCharacter(end) && end.size() == 1 && end.front().first == end.front().second;
        if (!single) return false;
        node.ranges.back().second = end.front().first;
      }
      first = false;
    }
    return !node.ranges.empty();
  }

  bool ReadRepeats(Node& node) {
    int least = 0, most = -1;
    if (Take('*')) {
    } else if (Take('+')) {
      least = 1;
    } else if (Take('?')) {
      most = 1;
    } else if (absl::StartsWith(rest_, "{")) {
      if (!ReadCounts(least, most)) return false;
    } else {
      return true;
    }
    if (absl::StartsWith(rest_, "?") || absl::StartsWith(rest_, "+")) return false;  // lazy
    Node repeat;
    repeat.kind = Node::Kind::kRepeat;
    repeat.least = least;
    repeat.most = most;
    repeat.parts.push_back(std::move(node));
    node = std::move(repeat);
    return true;
  }

  bool ReadCounts(int& least, int& most) {
    const size_t end = rest_.find('}');
    if (end == absl::string_view::npos) return false;
    const absl::string_view counts = rest_.substr(1, end - 1);
    const size_t comma = counts.find(',');
    if (!absl::SimpleAtoi(counts.substr(0, comma), &least)) return false;
    if (comma == absl::string_view::npos) {
      most = least;
    } else if (comma + 1 < counts.size() && !absl::SimpleAtoi(counts.substr(comma + 1), &most)) {
      return false;
    }
    rest_.remove_prefix(end + 1);
    return least <= 1000;
  }

  absl::string_view rest_;
  int depth_ = 0;
};

std::optional<Pattern> Pattern::Parse(absl::string_view re2) { return PatternParser(re2).Parse(); }

std::string Pattern::Ecma() const {
  std::string out;
  AppendEcma(root_, out);
  return out;
}

std::string Pattern::Example() const {
  std::string out;
  AppendExample(root_, out);
  return out;
}

void Pattern::AppendEcma(const Node& node, std::string& out) {
  switch (node.kind) {
    case Node::Kind::kClass: {
      const bool single =
          !node.negated && node.ranges.size() == 1 && node.ranges[0].first == node.ranges[0].second;
      if (single) return AppendCharacter(node.ranges[0].first, "^$\\.*+?()[]{}|", out);
      out += node.negated ? "[^" : "[";
      for (const auto& [first, last] : node.ranges) {
        AppendCharacter(first, "^\\[]-", out);
        if (last == first) continue;
        if (last > first + 1) out += '-';
        AppendCharacter(last, "^\\[]-", out);
      }
      out += ']';
      return;
    }
    case Node::Kind::kSequence:
      for (const Node& part : node.parts) {
        const bool group = part.kind == Node::Kind::kAlternatives;
        if (group) out += "(?:";
        AppendEcma(part, out);
        if (group) out += ')';
      }
      return;
    case Node::Kind::kAlternatives:
      for (size_t i = 0; i < node.parts.size(); ++i) {
        if (i > 0) out += '|';
        AppendEcma(node.parts[i], out);
      }
      return;
    case Node::Kind::kRepeat: {
      const bool group = node.parts[0].kind != Node::Kind::kClass;
      if (group) out += "(?:";
      AppendEcma(node.parts[0], out);
      if (group) out += ')';
      if (node.least == 0 && node.most < 0) {
        out += '*';
      } else if (node.least == 1 && node.most < 0) {
        out += '+';
      } else if (node.least == 0 && node.most == 1) {
        out += '?';
      } else if (node.most < 0) {
        absl::StrAppend(&out, "{", node.least, ",}");
      } else if (node.most == node.least) {
        absl::StrAppend(&out, "{", node.least, "}");
      } else {
        absl::StrAppend(&out, "{", node.least, ",", node.most, "}");
      }
      return;
    }
  }
}

void Pattern::AppendExample(const Node& node, std::string& out) {
  switch (node.kind) {
    case Node::Kind::kClass: {
      for (const char c : kPlain) {
        if (Contains(node.ranges, c) != node.negated) {
          out += c;
          return;
        }
      }
      char32_t c = node.ranges[0].first;
      while (node.negated && Contains(node.ranges, c)) ++c;
      out += Utf8(c);
      return;
    }
    case Node::Kind::kSequence:
      for (const Node& part : node.parts) AppendExample(part, out);
      return;
    case Node::Kind::kAlternatives:
      return AppendExample(node.parts[0], out);
    case Node::Kind::kRepeat:
      for (int i = 0; i < node.least; ++i) AppendExample(node.parts[0], out);
      return;
  }
}

}  // namespace salesops::gateway::reference
