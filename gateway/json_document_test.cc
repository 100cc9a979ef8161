#include "gateway/json_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace salesops::gateway {
namespace {

std::string Show(JsonValue v) {
  switch (v.kind()) {
    case JsonValue::Kind::kNull:
      return "null";
    case JsonValue::Kind::kFalse:
      return "false";
    case JsonValue::Kind::kTrue:
      return "true";
    case JsonValue::Kind::kNumber:
      return absl::StrCat("#", v.text());
    case JsonValue::Kind::kString:
      return absl::StrCat("'", v.text(), "'");
    case JsonValue::Kind::kArray:
    case JsonValue::Kind::kObject: {
      const bool object = v.kind() == JsonValue::Kind::kObject;
      std::string text = object ? "{" : "[";
      size_t count = 0;
      for (JsonValue inner : v) {
        absl::StrAppend(&text, count++ ? " " : "", inner.name(), object ? ":" : "", Show(inner));
      }
      EXPECT_EQ(count, v.size());
      return text + (object ? "}" : "]");
    }
  }
  return "";
}

std::string Read(absl::string_view text) {
  base::Violations violations;
  const auto json = JsonDocument::Parse(text, violations);
  if (json) return Show(json->root());
  EXPECT_EQ(violations.list().size(), 1u);
  const base::Violation& v = violations.list().front();
  return absl::StrCat(v.reason, "@", v.field);
}

TEST(JsonDocument, Values) {
  EXPECT_EQ(Read("null"), "null");
  EXPECT_EQ(Read(" \t\r\n[true,false] "), "[true false]");
  EXPECT_EQ(Read("\"\""), "''");
  EXPECT_EQ(Read("[]"), "[]");
  EXPECT_EQ(Read("{}"), "{}");
  EXPECT_EQ(Read(R"({"a":{"b":[1,{"c":null}],"d":"x"},"e":2})"),
            "{a:{b:[#1 {c:null}] d:'x'} e:#2}");
  EXPECT_EQ(Read(R"("\u5546\ud83d\ude00\n\/\"")"), "'商😀\n/\"'");
  EXPECT_EQ(Read(R"({"":1})"), "{:#1}");
}

TEST(JsonDocument, NumbersKeepTheirText) {
  for (const char* text : {"0", "-0", "9007199254740993", "18446744073709551616", "1.10", "1E+2",
                           "-1.5e-7", "123456789012345678901234567890.5"}) {
    EXPECT_EQ(Read(text), absl::StrCat("#", text));
  }
}

TEST(JsonDocument, RefusesWhatIsNotStrict) {
  for (absl::string_view text : {"",
                                 " ",
                                 "{'a':1}",
                                 "{a:1}",
                                 "[1,]",
                                 "{\"a\":1,}",
                                 "[1 2]",
                                 "{\"a\" 1}",
                                 R"("\ude00")",
                                 R"("\ud83d")",
                                 R"({"\udc00":1})",
                                 "{\"a\":}",
                                 "[",
                                 "{",
                                 "\"a",
                                 "tru",
                                 "nul",
                                 "True",
                                 "NaN",
                                 "Infinity",
                                 "-Infinity",
                                 "01",
                                 "+1",
                                 ".5",
                                 "1.",
                                 "1e",
                                 "0x10",
                                 "--1",
                                 "\"\\x41\"",
                                 "\"\\u12g4\"",
                                 "\"\\ud800\"",
                                 "\"\\ud800\\u0041\"",
                                 "\"a\nb\"",
                                 "\"\xff\"",
                                 "\"\xed\xa0\x80\"",
                                 "{} {}",
                                 "1 2",
                                 "// x\n1",
                                 "/* x */1",
                                 "\xef\xbb\xbf{}",
                                 "[1]]",
                                 "{\"a\":1}}",
                                 "{\"\xff\":1}"}) {
    EXPECT_THAT(Read(text), testing::StartsWith("INVALID_JSON@")) << text;
  }
  EXPECT_EQ(Read(absl::string_view("{}\0x", 4)), "INVALID_JSON@");
  EXPECT_EQ(Read(absl::string_view("\"a\0b\"", 5)), "INVALID_JSON@");
}

TEST(JsonDocument, ErrorsCarryTheFieldPath) {
  EXPECT_EQ(Read(R"({"a":{"b":[1,{"c":'x'}]}})"), "INVALID_JSON@a.b[1].c");
  EXPECT_EQ(Read(R"({"a":1,"a":2})"), "DUPLICATE_FIELD@a");
  EXPECT_EQ(Read(R"({"x":[{"a":1},{"b":1,"\u0062":2}]})"), "DUPLICATE_FIELD@x[1].b");
  base::Violations violations;
  JsonDocument::Parse("{\n  \"secret\": \"x\" y}", violations);
  EXPECT_EQ(violations.list().front().message, "',' or '}' is expected at line 2, column 17");
}

TEST(JsonDocument, FindsDoublesInLargeObjects) {
  std::string text = "{";
  for (int i = 0; i < 5000; ++i) absl::StrAppend(&text, "\"k", i, "\":1,");
  EXPECT_EQ(Read(text + "\"k4999\":1}"), "DUPLICATE_FIELD@k4999");
  EXPECT_EQ(Read(text + "\"k3\":1}"), "DUPLICATE_FIELD@k3");
  EXPECT_THAT(Read(text + "\"other\":1}"), testing::StartsWith("{k0:#1"));
}

TEST(JsonDocument, DepthIsLimited) {
  EXPECT_THAT(Read(std::string(32, '[') + std::string(32, ']')), testing::StartsWith("[["));
  EXPECT_THAT(Read(std::string(33, '[') + std::string(33, ']')),
              testing::StartsWith("INVALID_JSON@"));
  EXPECT_THAT(Read(std::string(1000000, '[')), testing::StartsWith("INVALID_JSON@"));
}

TEST(JsonDocument, FindsMembers) {
  base::Violations violations;
  const auto json = JsonDocument::Parse(R"({"a":1,"b":{"c":2}})", violations);
  EXPECT_EQ(json->root().Find("b")->Find("c")->text(), "2");
  EXPECT_FALSE(json->root().Find("c"));
  EXPECT_FALSE(json->root().Find("a")->Find("x"));
}

}  // namespace
}  // namespace salesops::gateway
