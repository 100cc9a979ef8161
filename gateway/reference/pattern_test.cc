#include "gateway/reference/pattern.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <regex>
#include <string>

namespace salesops::gateway::reference {
namespace {

TEST(PatternTest, IsWrittenAsEcmaScriptAndMatchedByItsExample) {
  const struct {
    const char* re2;
    const char* ecma;
    const char* example;
  } cases[] = {
      {"", "", ""},
      {"abc", "abc", "abc"},
      {"a.b", "a[^\\n]b", "aab"},
      {"\\*|[a-z]+\\.x", "\\*|[a-z]+\\.x", "*"},
      {"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", "[a-z0-9](?:[a-z0-9\\-]{0,61}[a-z0-9])?", "a"},
      {"[0-9a-f]{8}-[0-9a-f]{4}", "[0-9a-f]{8}-[0-9a-f]{4}", "aaaaaaaa-aaaa"},
      {"https?://[^[:space:]]+", "https?://[^\\t-\\r ]+", "http://a"},
      {"[^@[:space:]]+@[^@[:space:]]+", "[^@\\t-\\r ]+@[^@\\t-\\r ]+", "a@a"},
      {"[+]?[0-9(][0-9 ()./x-]{2,38}", "\\+?[0-9(][0-9 ()./x\\-]{2,38}", "0xx"},
      {"(?:subject|group):.{1,190}", "(?:subject|group):[^\\n]{1,190}", "subject:a"},
      {"\\d{3,}\\w*", "[0-9]{3,}[0-9A-Z_a-z]*", "000"},
      {"[]a]", "[\\]a]", "a"},
      {"商(机|业)", "商(?:机|业)", "商机"},
      {"[一-龥]{2}", "[一-龥]{2}", "一一"},
      {"[^a-zA-Z0-9]", "[^a-zA-Z0-9]", "{"},
      {"(ab)+", "(?:ab)+", "ab"},
  };
  for (const auto& c : cases) {
    const std::optional<Pattern> pattern = Pattern::Parse(c.re2);
    ASSERT_TRUE(pattern) << c.re2;
    EXPECT_EQ(pattern->Ecma(), c.ecma) << c.re2;
    EXPECT_EQ(pattern->Example(), c.example) << c.re2;
    EXPECT_TRUE(RE2::FullMatch(pattern->Example(), c.re2)) << c.re2;
  }
}

TEST(PatternTest, WhatIsNotReadIsNotGuessed) {
  for (const char* re2 : {"(?i)a", "^a$", "\\pL", "[[:punct:]]", "a*?", "\\bword\\b", "(a", "a)",
                          "[a", "a{x}", "*", "[a-\\d]", "\\"}) {
    EXPECT_FALSE(Pattern::Parse(re2)) << re2;
  }
  EXPECT_FALSE(Pattern::Parse(std::string(1000, '(') + std::string(1000, ')')));
}

}  // namespace
}  // namespace salesops::gateway::reference
