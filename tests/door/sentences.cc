#include "tests/door/sentences.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace salesops::door {
namespace {

// FNV-1a of 32 bits.
std::string MarkOf(const std::string& text) {
  uint32_t hash = 2166136261u;
  for (unsigned char c : text) hash = (hash ^ c) * 16777619u;
  return absl::StrFormat("%08x", hash);
}

std::string Squeezed(const std::string& text) {
  return absl::StrJoin(absl::StrSplit(text, absl::ByAnyChar(" \t\n"), absl::SkipEmpty()), " ");
}

bool BeginsItem(const std::string& line) {
  const absl::string_view text = absl::StripLeadingAsciiWhitespace(line);
  return absl::StartsWith(text, "- ") ||
         (text.size() > 2 && absl::ascii_isdigit(text[0]) && text[1] == '.' && text[2] == ' ');
}

class Splitter {
 public:
  void Line(const std::string& line) {
    const bool indented = absl::StartsWith(line, "    ");
    if (absl::StripAsciiWhitespace(line).empty()) {
      if (!example_) EndParagraph();
      after_gap_ = true;
      return;
    }
    if (indented && (example_ || after_gap_)) {
      example_ = true;
    } else {
      if (example_) EndExample();
      if (BeginsItem(line)) EndParagraph();
    }
    absl::StrAppend(&text_, line, "\n");
    after_gap_ = false;
  }

  void End() {
    example_ ? EndExample() : EndParagraph();
    after_gap_ = false;
  }

  std::vector<Sentence> Take() { return std::move(sentences_); }

 private:
  void EndExample() {
    Add(text_);
    text_.clear();
    example_ = false;
  }

  // A full stop ends a sentence if a capital letter, a quote or a bracket follows.
  void EndParagraph() {
    const std::string text = Squeezed(text_);
    text_.clear();
    size_t begin = 0;
    for (size_t i = 2; i + 2 < text.size(); ++i) {
      const bool stop = text[i] == '.' && text[i + 1] == ' ' && !absl::ascii_isdigit(text[i - 1]);
      if (!stop) continue;
      const char next = text[i + 2];
      if (!absl::ascii_isupper(next) && next != '`' && next != '*' && next != '[') continue;
      if (text.compare(i - 3 > i ? 0 : i - 3, 4, "e.g.") == 0) continue;
      Add(text.substr(begin, i + 1 - begin));
      begin = i + 2;
    }
    Add(text.substr(begin));
  }

  void Add(const std::string& text) {
    const std::string squeezed = Squeezed(text);
    if (squeezed.empty()) return;
    sentences_.push_back({static_cast<int>(sentences_.size()) + 1, squeezed, MarkOf(squeezed)});
  }

  std::string text_;
  bool example_ = false;
  bool after_gap_ = false;
  std::vector<Sentence> sentences_;
};

}  // namespace

std::vector<Sentence> SentencesOf(const std::string& proto) {
  Splitter splitter;
  bool licence = true, inside = false;
  for (absl::string_view raw : absl::StrSplit(proto, '\n')) {
    const absl::string_view line = absl::StripLeadingAsciiWhitespace(raw);
    if (!absl::StartsWith(line, "//")) {
      if (inside && !licence) splitter.End();
      if (inside) licence = false;
      inside = false;
      continue;
    }
    inside = true;
    std::string text(line.substr(2));
    if (absl::StartsWith(text, " ")) text.erase(0, 1);
    if (!licence) splitter.Line(text);
  }
  return splitter.Take();
}

}  // namespace salesops::door
