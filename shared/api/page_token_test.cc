#include "shared/api/page_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "salesops/events/v1/event.pb.h"
#include "shared/status/status.h"

namespace salesops::api {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);
const std::string kKey(32, 'k');

PageCursor EveryKind() {
  return {
      .keys = {mysql::Value(), int64_t{-5}, 2.5, true, "青岛", mysql::Bytes{std::string("\0x", 2)},
               base::Decimal::Parse("-12.50").value(), base::CivilDay(2026, 1, 31), kNow},
      .position = 42};
}

std::string ReasonOf(const absl::StatusOr<PageCursor>& cursor) {
  if (cursor.ok()) return "OK";
  EXPECT_EQ(cursor.status().code(), absl::StatusCode::kInvalidArgument);
  const base::Violations violations = status::ViolationsOf(cursor.status());
  EXPECT_EQ(violations.list().at(0).field, "page_token");
  return violations.list().at(0).reason;
}

TEST(PageTokenTest, GivesBackEveryKindOfKey) {
  const PageSealer sealer(kKey);
  const absl::StatusOr<PageCursor> cursor =
      sealer.Open(sealer.Seal(EveryKind(), "query", kNow), "query", kNow);
  ASSERT_TRUE(cursor.ok()) << cursor.status();
  EXPECT_EQ(cursor->position, 42);
  ASSERT_EQ(cursor->keys.size(), EveryKind().keys.size());
  for (size_t i = 0; i < cursor->keys.size(); ++i) {
    EXPECT_EQ(cursor->keys[i].variant(), EveryKind().keys[i].variant()) << i;
  }
  const auto& decimal = std::get<base::Decimal>(cursor->keys[6].variant());
  EXPECT_EQ(decimal.ToString(), "-12.50");
}

TEST(PageTokenTest, TwoProcessesWithOneKeyUnderstandEachOther) {
  EXPECT_EQ(
      ReasonOf(PageSealer(kKey).Open(PageSealer(kKey).Seal(EveryKind(), "q", kNow), "q", kNow)),
      "OK");
  EXPECT_EQ(ReasonOf(PageSealer(std::string(32, 'x'))
                         .Open(PageSealer(kKey).Seal(EveryKind(), "q", kNow), "q", kNow)),
            "BAD_PAGE_TOKEN");
}

TEST(PageTokenTest, HidesWhatItCarriesAndNeverRepeats) {
  const PageSealer sealer(kKey);
  std::set<std::string> tokens;
  for (int i = 0; i < 100; ++i) tokens.insert(sealer.Seal(EveryKind(), "q", kNow));
  EXPECT_EQ(tokens.size(), 100);
}

TEST(PageTokenTest, RefusesEveryChangedCharacter) {
  const PageSealer sealer(kKey);
  const std::string token = sealer.Seal({.keys = {"7"}}, "q", kNow);
  for (size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(ReasonOf(sealer.Open(changed, "q", kNow)), "BAD_PAGE_TOKEN") << i;
    EXPECT_EQ(ReasonOf(sealer.Open(token.substr(0, i), "q", kNow)), "BAD_PAGE_TOKEN") << i;
  }
  for (const std::string& other : {token + "A", token + "=", " " + token, std::string("x"),
                                   std::string("!"), std::string(5000, 'A')}) {
    EXPECT_EQ(ReasonOf(sealer.Open(other, "q", kNow)), "BAD_PAGE_TOKEN") << other;
  }
}

TEST(PageTokenTest, ExpiresAfter24Hours) {
  const PageSealer sealer(kKey);
  const std::string token = sealer.Seal(EveryKind(), "q", kNow);
  EXPECT_EQ(ReasonOf(sealer.Open(token, "q", kNow + absl::Hours(24))), "OK");
  EXPECT_EQ(ReasonOf(sealer.Open(token, "q", kNow + absl::Hours(24) + absl::Microseconds(1))),
            "PAGE_TOKEN_EXPIRED");
}

TEST(PageTokenTest, BelongsToOneQueryOfOneCaller) {
  events::v1::WatchEventsRequest request;
  request.add_types("a");
  const std::string alice = QueryFingerprint(request, "user:alice");
  const PageSealer sealer(kKey);
  const std::string token = sealer.Seal(EveryKind(), alice, kNow);
  EXPECT_EQ(ReasonOf(sealer.Open(token, QueryFingerprint(request, "user:bob"), kNow)),
            "PAGE_TOKEN_OF_ANOTHER_QUERY");
  request.add_types("b");
  EXPECT_EQ(ReasonOf(sealer.Open(token, QueryFingerprint(request, "user:alice"), kNow)),
            "PAGE_TOKEN_OF_ANOTHER_QUERY");
}

TEST(PageTokenTest, CoercesThePageSize) {
  EXPECT_EQ(CoercePageSize(0), 50);
  EXPECT_EQ(CoercePageSize(1), 1);
  EXPECT_EQ(CoercePageSize(1000), 1000);
  EXPECT_EQ(CoercePageSize(1001), 1000);
  EXPECT_EQ(CoercePageSize(2'000'000'000), 1000);
}

TEST(PageTokenDeathTest, RefusesAShortKey) {
  EXPECT_DEATH({ PageSealer sealer(std::string(31, 'k')); }, "less than 32 bytes");
}

RC_GTEST_PROP(PageTokenProperty, TextKeysRoundTrip, (std::string key, int64_t position)) {
  const PageSealer sealer(kKey);
  const auto cursor =
      sealer.Open(sealer.Seal({.keys = {key}, .position = position}, "q", kNow), "q", kNow);
  RC_ASSERT(cursor.ok());
  RC_ASSERT(cursor->position == position);
  RC_ASSERT(std::get<std::string>(cursor->keys.at(0).variant()) == key);
}

}  // namespace
}  // namespace salesops::api
