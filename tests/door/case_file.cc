#include "tests/door/case_file.h"

#include <stdexcept>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace salesops::door {
namespace {

[[noreturn]] void Wrong(int line, const std::string& what) {
  throw std::runtime_error(absl::StrCat("line ", line, ": ", what));
}

std::pair<std::string, std::string> FirstWord(absl::string_view text) {
  const size_t blank = text.find(' ');
  if (blank == absl::string_view::npos) return {std::string(text), ""};
  return {std::string(text.substr(0, blank)),
          std::string(absl::StripAsciiWhitespace(text.substr(blank)))};
}

Promise ParsePromise(const std::string& line, int number) {
  Promise promise;
  promise.line = number;
  const auto [source, rest] = FirstWord(line);
  const auto [count, marked] = FirstWord(rest);
  const auto [mark, words] = FirstWord(marked);
  promise.source = source;
  promise.mark = mark;
  promise.words = words;
  if (!absl::SimpleAtoi(count, &promise.number) || words.empty()) {
    Wrong(number, "a sentence is: source, number, mark, words");
  }
  return promise;
}

void ParseBelow(const std::string& key, const std::string& value, int line, Promise& promise) {
  if (key == "as") {
    if (!absl::SimpleAtoi(value, &promise.as)) Wrong(line, "`as` names a sentence's number");
  } else if (key == "remark") {
    promise.remark = true;
  } else if (key == "test") {
    promise.tests.push_back(FirstWord(value));
  } else if (key == "good" || key == "bad") {
    promise.cases.push_back({key == "good", value, line, {}});
  } else {
    Wrong(line, "expected good, bad, as, remark or test");
  }
}

}  // namespace

std::vector<Promise> ParseCases(const std::string& text) {
  std::vector<Promise> promises;
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    const std::string content(absl::StripAsciiWhitespace(line));
    if (content.empty() || content[0] == '#') continue;
    const size_t indent = line.find_first_not_of(' ');
    if (indent == 0) {
      promises.push_back(ParsePromise(content, number));
      continue;
    }
    if (promises.empty()) Wrong(number, "no sentence yet");
    const auto [key, value] = FirstWord(content);
    if (indent == 2) {
      ParseBelow(key, value, number, promises.back());
    } else if (indent == 4 && !promises.back().cases.empty()) {
      promises.back().cases.back().steps.emplace_back(key, value);
    } else {
      Wrong(number, "indent by 0, 2 or 4");
    }
  }
  return promises;
}

}  // namespace salesops::door
