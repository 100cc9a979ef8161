#include "gateway/content_coding.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace salesops::gateway {
namespace {

TEST(ContentCoding, GzipIsUsedOnlyIfTheCallerTakesIt) {
  for (const char* yes :
       {"gzip", "GZIP", "deflate, gzip;q=0.5", "*", "br, *;q=0.1", "x-gzip", "gzip ; q=1.0"}) {
    EXPECT_TRUE(AcceptsGzip(yes)) << yes;
  }
  for (const char* no :
       {"", "identity", "br", "gzip;q=0", "*;q=0", "*, gzip;q=0", "gzip;q=x", "notgzip"}) {
    EXPECT_FALSE(AcceptsGzip(no)) << no;
  }
}

RC_GTEST_PROP(ContentCoding, WhatIsPackedComesBack, (const std::string& text, uint8_t times)) {
  std::string data;
  for (int i = 0; i <= times; ++i) data += text;
  RC_ASSERT(*Gunzip(Gzip(data), data.size()) == data);
}

RC_GTEST_PROP(ContentCoding, PiecesMakeOneBody, (const std::vector<std::string>& pieces)) {
  GzipStream stream;
  std::string packed, whole;
  for (const std::string& piece : pieces) {
    packed += stream.Add(piece);
    whole += piece;
  }
  packed += stream.Finish();
  RC_ASSERT(*Gunzip(packed, whole.size()) == whole);
}

TEST(ContentCoding, UnpacksNoMoreThanTheLimit) {
  const std::string bomb = Gzip(std::string(50 << 20, '0'));
  EXPECT_LT(bomb.size(), 1u << 20);
  const auto unpacked = Gunzip(bomb, 1 << 20);
  EXPECT_EQ(unpacked.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(Gunzip(Gzip("1234"), 3).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(*Gunzip(Gzip("1234"), 4), "1234");
}

TEST(ContentCoding, RefusesWhatIsNotOneGzipStream) {
  const std::string good = Gzip("some text");
  for (const std::string& bad :
       {std::string(), std::string("plain"), good.substr(0, good.size() - 1), good + "x",
        good.substr(0, 5), good + good}) {
    EXPECT_EQ(Gunzip(bad, 100).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace salesops::gateway
