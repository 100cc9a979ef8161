#include "tools/salesopsctl/token_claims.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace salesops::ctl {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'000'000);

std::string Token(const std::string& claims) {
  return absl::StrCat("e30.", absl::WebSafeBase64Escape(claims), ".c2ln");
}

TEST(TokenClaimsTest, SubjectAndExpiry) {
  const auto claims = ClaimsOf(Token(R"({"sub":"ann","exp":1000060})"));
  ASSERT_TRUE(claims.has_value());
  EXPECT_EQ(claims->subject, "ann");
  EXPECT_EQ(claims->expires, kNow + absl::Minutes(1));
}

TEST(TokenClaimsTest, SaysWhenItEnds) {
  const auto text = [](int64_t exp) {
    return ExpiryText(Token(absl::StrCat(R"({"exp":)", exp, "}")), kNow);
  };
  EXPECT_EQ(text(1'000'040), "expires in 40 s");
  EXPECT_EQ(text(1'000'300), "expires in 5 min");
  EXPECT_EQ(text(1'007'800), "expires in 2 h 10 min");
  EXPECT_EQ(text(1'300'000), "expires in 3 days");
  EXPECT_EQ(text(999'820), "expired 3 min ago");
  EXPECT_EQ(text(1'000'000), "expired 0 s ago");
  EXPECT_TRUE(HasExpired(Token(R"({"exp":1000000})"), kNow));
  EXPECT_FALSE(HasExpired(Token(R"({"exp":1000001})"), kNow));
}

TEST(TokenClaimsTest, WhatIsNoWebTokenSaysNothing) {
  for (const std::string text : {"", "opaque", "a.b", "a.!!.c", "a.e30", "e30.W10.x"}) {
    EXPECT_FALSE(ClaimsOf(text).has_value()) << text;
    EXPECT_EQ(ExpiryText(text, kNow), "") << text;
    EXPECT_FALSE(HasExpired(text, kNow)) << text;
  }
  EXPECT_EQ(ExpiryText(Token(R"({"exp":"soon"})"), kNow), "");
}

TEST(TokenClaimsTest, AHeaderCannotBeSmuggledIn) {
  EXPECT_TRUE(LooksLikeToken("a.b-c_d.e"));
  for (const std::string text : {"", "a b", "a\r\nx: y", "a\n"}) {
    EXPECT_FALSE(LooksLikeToken(text)) << text;
  }
}

}  // namespace
}  // namespace salesops::ctl
