#include "tools/salesopsctl/text_encoding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace salesops::ctl {
namespace {

using ::testing::HasSubstr;

// "华为" in GB18030.
constexpr char kHuawei[] = "\xBB\xAA\xCE\xAA";

Encoding Guessed(absl::string_view bytes, size_t piece = 1) {
  EncodingGuess guess;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    guess.Look(bytes.substr(0, piece));
  }
  return guess.Best();
}

TEST(TextEncoding, ReadsBothEncodings) {
  EXPECT_EQ(*ToUtf8(kHuawei, Encoding::kGb18030), "华为");
  EXPECT_EQ(*ToUtf8("华为", Encoding::kUtf8), "华为");
  EXPECT_EQ(*ToUtf8("plain", Encoding::kGb18030), "plain");
  // Two bytes beyond GBK's, and four: 㐀 (U+3400) and an emoji outside the basic plane.
  EXPECT_EQ(*ToUtf8("\x81\x39\xEE\x39", Encoding::kGb18030), "㐀");
  EXPECT_EQ(*FromUtf8("😀", Encoding::kGb18030), "\x94\x39\xFC\x36");
}

TEST(TextEncoding, BytesThatAreNoTextAreAnErrorWithTheirPlace) {
  const std::pair<std::string, Encoding> cases[] = {
      {"ab\xFF", Encoding::kUtf8},         {"ab\xC0\x80", Encoding::kUtf8},  // overlong
      {"ab\xED\xA0\x80", Encoding::kUtf8},                                   // a surrogate
      {"ab\xE5\x8D", Encoding::kUtf8},                                       // cut short
      {"ab\xFF", Encoding::kGb18030},      {"ab\xBB,", Encoding::kGb18030},
      {"ab\x81", Encoding::kGb18030},
  };
  for (const auto& [bytes, encoding] : cases) {
    const auto text = ToUtf8(bytes, encoding);
    EXPECT_FALSE(text.ok());
    EXPECT_THAT(text.status().message(), HasSubstr("byte 3 is not text in")) << NameOf(encoding);
  }
}

TEST(TextEncoding, GuessesByMarkThenByWhatTheFileIsWholly) {
  EXPECT_EQ(Guessed("plain"), Encoding::kUtf8);
  EXPECT_EQ(Guessed("华为技术"), Encoding::kUtf8);
  EXPECT_EQ(Guessed(kHuawei), Encoding::kGb18030);
  EXPECT_EQ(Guessed(std::string("\xEF\xBB\xBF") + kHuawei), Encoding::kUtf8) << "the mark decides";
}

TEST(TextEncoding, OneBrokenPlaceDoesNotMakeAFileTheOtherEncoding) {
  EXPECT_EQ(Guessed("客户,城市\n华为,深圳\n\xFF,北京市\n比亚迪,深圳\n"), Encoding::kUtf8);
  EXPECT_EQ(Guessed(std::string(kHuawei) + "\n\xFF\n" + kHuawei + "\n"), Encoding::kGb18030);
}

TEST(TextEncoding, KnowsItsNames) {
  EXPECT_EQ(**ParseEncoding("GBK"), Encoding::kGb18030);
  EXPECT_EQ(**ParseEncoding("UTF8"), Encoding::kUtf8);
  EXPECT_FALSE(ParseEncoding("auto")->has_value());
  EXPECT_THAT(ParseEncoding("big5").status().message(), HasSubstr("utf-8, gb18030, auto"));
}

RC_GTEST_PROP(TextEncoding, AnyTextComesBackFromGb18030, (const std::vector<uint32_t>& codes)) {
  std::u32string text;
  for (const uint32_t code : codes) {
    const char32_t c = code % 0x110000;
    // Surrogates are no text; the private use area is where standards of GB18030 differ.
    if ((c < 0xD800 || c > 0xF8FF) && c < 0xF0000) text += c;
  }
  std::string utf8;
  for (const char32_t c : text) {
    if (c < 0x80) {
      utf8 += static_cast<char>(c);
    } else if (c < 0x800) {
      utf8 += {static_cast<char>(0xC0 | (c >> 6)), static_cast<char>(0x80 | (c & 0x3F))};
    } else if (c < 0x10000) {
      utf8 += {static_cast<char>(0xE0 | (c >> 12)), static_cast<char>(0x80 | (c >> 6 & 0x3F)),
               static_cast<char>(0x80 | (c & 0x3F))};
    } else {
      utf8 += {static_cast<char>(0xF0 | (c >> 18)), static_cast<char>(0x80 | (c >> 12 & 0x3F)),
               static_cast<char>(0x80 | (c >> 6 & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
    }
  }
  const auto bytes = FromUtf8(utf8, Encoding::kGb18030);
  RC_ASSERT(bytes.ok());
  RC_ASSERT(*ToUtf8(*bytes, Encoding::kGb18030) == utf8);
}

}  // namespace
}  // namespace salesops::ctl
