#include "shared/auth/token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "absl/strings/str_replace.h"
#include "shared/status/status.h"
#include "shared/testing/signing_key.h"

namespace salesops::auth {
namespace {

using ::testing::ElementsAre;
using testing::HmacToken;
using testing::SigningKey;
namespace fs = std::filesystem;

constexpr char kIssuer[] = "https://issuer.test";
constexpr char kAudience[] = "salesops";
constexpr int64_t kNow = 1'780'000'000;
const absl::Time kStart = absl::FromUnixSeconds(kNow);

const char kRsaHeader[] = R"({"alg":"RS256","kid":"rsa","typ":"JWT"})";
const char kEcHeader[] = R"({"alg":"ES256","kid":"ec"})";

// Keys are slow to make; every test may use these.
const SigningKey& RsaKey() {
  static const SigningKey* key = new SigningKey(SigningKey::Rsa());
  return *key;
}
const SigningKey& EcKey() {
  static const SigningKey* key = new SigningKey(SigningKey::Ec());
  return *key;
}
const SigningKey& StrangersKey() {
  static const SigningKey* key = new SigningKey(SigningKey::Rsa());
  return *key;
}

// The claims of a good token for alice, with `change` replacing or adding members.
std::string Claims(const std::vector<std::pair<std::string, std::string>>& change = {}) {
  std::vector<std::pair<std::string, std::string>> members = {
      {"iss", "\"https://issuer.test\""},
      {"aud", "\"salesops\""},
      {"sub", "\"alice\""},
      {"exp", absl::StrCat(kNow + 600)},
      {"groups", R"(["sales","admins","sales"])"}};
  for (const auto& [name, value] : change) {
    auto it = std::find_if(members.begin(), members.end(),
                           [&, n = name](const auto& m) { return m.first == n; });
    if (it == members.end()) {
      members.emplace_back(name, value);
    } else {
      it->second = value;
    }
  }
  std::string json = "{";
  for (const auto& [name, value] : members) {
    if (value == "absent") continue;
    absl::StrAppend(&json, json.size() > 1 ? "," : "", "\"", name, "\":", value);
  }
  return json + "}";
}

class TokenTest : public ::testing::Test {
 protected:
  TokenTest() {
    static std::atomic<int> count{0};
    folder_ = fs::temp_directory_path() / absl::StrCat("token_test.", getpid(), ".", count++);
    fs::create_directories(folder_);
    Write("rsa.pem", RsaKey().PublicPem());
    Write("ec.pem", EcKey().PublicPem());
  }
  ~TokenTest() override { fs::remove_all(folder_); }

  // Replaced at once, as every deployment tool does.
  void Write(const std::string& name, const std::string& content) {
    std::ofstream(folder_ / "new") << content;
    fs::rename(folder_ / "new", folder_ / name);
  }

  std::unique_ptr<TokenVerifier> Verifier(const std::string& keys = "") {
    auto verifier = TokenVerifier::Create(Options(keys));
    EXPECT_TRUE(verifier.ok()) << verifier.status();
    return *std::move(verifier);
  }
  TokenOptions Options(const std::string& keys = "") {
    return {.keys = keys.empty() ? folder_.string() : (folder_ / keys).string(),
            .issuer = kIssuer,
            .audience = kAudience,
            .on_key_error = [this](const std::string& why) { key_errors_.push_back(why); }};
  }

  // The reason of the refusal; "OK" if there is none.
  static std::string Verdict(TokenVerifier& verifier, const std::string& token,
                             absl::Time now = kStart) {
    absl::StatusOr<Principal> who = verifier.Verify(token, now);
    if (who.ok()) return "OK";
    EXPECT_EQ(who.status().code(), absl::StatusCode::kUnauthenticated);
    return status::Reason(who.status());
  }
  std::string Verdict(const std::string& token, absl::Time now = kStart) {
    return Verdict(*Verifier(), token, now);
  }

  fs::path folder_;
  std::vector<std::string> key_errors_;
};

TEST_F(TokenTest, ReadsWhoIsCalling) {
  auto verifier = Verifier();
  for (const std::string& token :
       {RsaKey().Token(kRsaHeader, Claims()), EcKey().Token(kEcHeader, Claims())}) {
    absl::StatusOr<Principal> who = verifier->Verify(token, kStart);
    ASSERT_TRUE(who.ok()) << who.status();
    EXPECT_EQ(who->subject, "alice");
    EXPECT_EQ(who->issuer, kIssuer);
    EXPECT_THAT(who->groups, ElementsAre("admins", "sales"));
    EXPECT_EQ(who->service, "");
  }
}

TEST_F(TokenTest, RefusesHeadersThatAreNotAsTheyShouldBe) {
  const struct {
    const char* header;
    const char* reason;
  } kCases[] = {
      {R"({"alg":"none","kid":"rsa"})", "TOKEN_ALGORITHM"},
      {R"({"alg":"None","kid":"rsa"})", "TOKEN_ALGORITHM"},
      {R"({"alg":"rs256","kid":"rsa"})", "TOKEN_ALGORITHM"},
      {R"({"alg":"RS512","kid":"rsa"})", "TOKEN_ALGORITHM"},
      {R"({"alg":"PS256","kid":"rsa"})", "TOKEN_ALGORITHM"},
      {R"({"alg":["RS256"],"kid":"rsa"})", "TOKEN_ALGORITHM"},
      {R"({"kid":"rsa"})", "TOKEN_ALGORITHM"},
      {R"({"alg":"RS256","kid":"other"})", "TOKEN_KEY"},
      {R"({"alg":"RS256","kid":"../rsa"})", "TOKEN_KEY"},
      {R"({"alg":"RS256","kid":""})", "TOKEN_KEY"},
      {R"({"alg":"RS256","kid":7})", "TOKEN_KEY"},
      {R"({"alg":"RS256"})", "TOKEN_KEY"},
      {R"({"alg":"ES256","kid":"rsa"})", "TOKEN_ALGORITHM"},
      {R"({"alg":"RS256","kid":"ec"})", "TOKEN_ALGORITHM"},
      {R"({"alg":"RS256","kid":"rsa","crit":["exp"]})", "TOKEN_CRITICAL"},
      {R"({"alg":"RS256","kid":"rsa","crit":[]})", "TOKEN_CRITICAL"},
      {R"({"alg":"RS256","kid":"rsa","b64":false})", "TOKEN_CRITICAL"},
      {R"({"alg":"RS256","alg":"RS256","kid":"rsa"})", "TOKEN_MALFORMED"},
      {R"({"alg":"none","alg":"RS256","kid":"rsa"})", "TOKEN_MALFORMED"},
      {R"({"alg":"RS256","kid":"other","kid":"rsa"})", "TOKEN_MALFORMED"},
      {R"({"alg":"RS256","kid":"rsa","typ":"JWE"})", "TOKEN_MALFORMED"},
      {R"({"alg":"RS256","kid":"rsa"} )"
       "x",
       "TOKEN_MALFORMED"},
      {R"(["RS256"])", "TOKEN_MALFORMED"},
      {"", "TOKEN_MALFORMED"},
  };
  for (const auto& c : kCases) {
    EXPECT_EQ(Verdict(RsaKey().Token(c.header, Claims())), c.reason) << c.header;
  }
}

TEST_F(TokenTest, RefusesAPublicKeyUsedAsAnHmacSecret) {
  for (const char* header : {R"({"alg":"HS256","kid":"rsa"})", R"({"alg":"HS384","kid":"rsa"})"}) {
    EXPECT_EQ(Verdict(HmacToken(RsaKey().PublicPem(), header, Claims())), "TOKEN_ALGORITHM");
  }
  // Nor does it help to claim the key's own algorithm.
  EXPECT_EQ(Verdict(HmacToken(RsaKey().PublicPem(), kRsaHeader, Claims())), "TOKEN_SIGNATURE");
  EXPECT_EQ(Verdict(HmacToken(EcKey().PublicPem(), kEcHeader, Claims())), "TOKEN_SIGNATURE");
}

TEST_F(TokenTest, RefusesASignatureThatDoesNotHold) {
  EXPECT_EQ(Verdict(StrangersKey().Token(kRsaHeader, Claims())), "TOKEN_SIGNATURE");
  EXPECT_EQ(Verdict(SigningKey::Ec().Token(kEcHeader, Claims())), "TOKEN_SIGNATURE");
  // Of another token.
  const std::string good = RsaKey().Token(kRsaHeader, Claims());
  const std::string other = RsaKey().Token(kRsaHeader, Claims({{"sub", "\"root\""}}));
  EXPECT_EQ(Verdict(other.substr(0, other.rfind('.')) + good.substr(good.rfind('.'))),
            "TOKEN_SIGNATURE");
  // None at all.
  EXPECT_EQ(Verdict(good.substr(0, good.rfind('.') + 1)), "TOKEN_SIGNATURE");
  const std::string ec = EcKey().Token(kEcHeader, Claims());
  EXPECT_EQ(Verdict(ec.substr(0, ec.rfind('.') + 1)), "TOKEN_SIGNATURE");
  // Both numbers zero (the "psychic signature").
  EXPECT_EQ(Verdict(ec.substr(0, ec.rfind('.') + 1) + testing::Base64Url(std::string(64, '\0'))),
            "TOKEN_SIGNATURE");
}

TEST_F(TokenTest, RefusesClaimsThatAreNotAsTheyShouldBe) {
  const struct {
    std::vector<std::pair<std::string, std::string>> change;
    const char* verdict;
  } kCases[] = {
      {{{"iss", "\"https://other.test\""}}, "TOKEN_ISSUER"},
      {{{"iss", "absent"}}, "TOKEN_ISSUER"},
      {{{"iss", "[\"https://issuer.test\"]"}}, "TOKEN_ISSUER"},
      {{{"aud", "\"other\""}}, "TOKEN_AUDIENCE"},
      {{{"aud", "\"salesops2\""}}, "TOKEN_AUDIENCE"},
      {{{"aud", "absent"}}, "TOKEN_AUDIENCE"},
      {{{"aud", "[]"}}, "TOKEN_AUDIENCE"},
      {{{"aud", R"(["other",7])"}}, "TOKEN_AUDIENCE"},
      {{{"aud", R"({"salesops":1})"}}, "TOKEN_AUDIENCE"},
      {{{"aud", R"(["other","salesops"])"}}, "OK"},
      {{{"exp", "absent"}}, "TOKEN_MALFORMED"},
      {{{"exp", "\"1790000000\""}}, "TOKEN_MALFORMED"},
      {{{"exp", "-1"}}, "TOKEN_EXPIRED"},
      {{{"exp", "-1e300"}}, "TOKEN_EXPIRED"},
      {{{"exp", "1e300"}}, "OK"},
      {{{"exp", "9223372036854775807"}}, "OK"},
      {{{"exp", absl::StrCat(kNow + 600, ".5")}}, "OK"},
      {{{"nbf", "\"now\""}}, "TOKEN_MALFORMED"},
      {{{"nbf", absl::StrCat(kNow)}}, "OK"},
      {{{"sub", "absent"}}, "TOKEN_MALFORMED"},
      {{{"sub", "\"\""}}, "TOKEN_MALFORMED"},
      {{{"sub", R"("a\nb")"}}, "TOKEN_MALFORMED"},
      {{{"sub", absl::StrCat("\"", std::string(256, 'a'), "\"")}}, "TOKEN_MALFORMED"},
      {{{"sub", absl::StrCat("\"", std::string(255, 'a'), "\"")}}, "OK"},
      {{{"groups", "absent"}}, "OK"},
      {{{"groups", "\"admins\""}}, "TOKEN_MALFORMED"},
      {{{"groups", "[1]"}}, "TOKEN_MALFORMED"},
      {{{"x\",\"sub\":\"root\",\"y", "1"}}, "TOKEN_MALFORMED"},  // a doubled claim
  };
  for (const auto& c : kCases) {
    const std::string claims = Claims(c.change);
    EXPECT_EQ(Verdict(RsaKey().Token(kRsaHeader, claims)), c.verdict) << claims;
  }
  for (const char* claims : {"", "null", "[]", "{", R"({"sub":"a"} {})"}) {
    EXPECT_EQ(Verdict(RsaKey().Token(kRsaHeader, claims)), "TOKEN_MALFORMED") << claims;
  }
}

TEST_F(TokenTest, ExpiresAndBeginsWithTheSkewOfThirtySeconds) {
  const std::string token = RsaKey().Token(
      kRsaHeader, Claims({{"exp", absl::StrCat(kNow + 100)}, {"nbf", absl::StrCat(kNow + 50)}}));
  // With and without the token being remembered.
  auto one = Verifier();
  for (const auto& [seconds, verdict] :
       std::vector<std::pair<int, std::string>>{{19, "TOKEN_NOT_YET_VALID"},
                                                {20, "OK"},
                                                {100, "OK"},
                                                {129, "OK"},
                                                {130, "TOKEN_EXPIRED"},
                                                {500, "TOKEN_EXPIRED"}}) {
    const absl::Time now = kStart + absl::Seconds(seconds);
    EXPECT_EQ(Verdict(*one, token, now), verdict) << seconds;
    EXPECT_EQ(Verdict(token, now), verdict) << seconds;
  }
}

TEST_F(TokenTest, RefusesWhatIsNoToken) {
  const std::string good = RsaKey().Token(kRsaHeader, Claims());
  ASSERT_EQ(Verdict(good), "OK");
  std::vector<std::string> bad = {"",
                                  ".",
                                  "..",
                                  "a.b",
                                  "a.b.c",
                                  good + "=",
                                  good + ".",
                                  good + ".x",
                                  " " + good,
                                  good + "\n",
                                  absl::StrReplaceAll(good, {{".", ".."}}),
                                  std::string(20'000, 'a'),
                                  std::string(20'000, '.'),
                                  "Bearer " + good};
  for (const std::string& token : bad) {
    EXPECT_EQ(Verdict(token), "TOKEN_MALFORMED") << token.substr(0, 40);
  }
  auto verifier = Verifier();
  for (size_t length = 0; length < good.size(); length += 7) {
    EXPECT_NE(Verdict(*verifier, good.substr(0, length)), "OK") << length;
  }
}

TEST_F(TokenTest, RefusesAHugeButWellSignedToken) {
  const std::string claims = Claims({{"pad", absl::StrCat("\"", std::string(13'000, 'x'), "\"")}});
  EXPECT_EQ(Verdict(RsaKey().Token(kRsaHeader, claims)), "TOKEN_MALFORMED");
}

TEST_F(TokenTest, RefusesDeepNesting) {
  const std::string deep = std::string(4000, '[') + std::string(4000, ']');
  EXPECT_EQ(Verdict(RsaKey().Token(kRsaHeader, Claims({{"x", deep}}))), "TOKEN_MALFORMED");
}

// Any change of one character of a good token makes it bad.
RC_GTEST_FIXTURE_PROP(TokenTest, NoChangedTokenPasses, ()) {
  static const std::string good = EcKey().Token(kEcHeader, Claims());
  std::string changed = good;
  const size_t at = *rc::gen::inRange<size_t>(0, good.size());
  changed[at] =
      *rc::gen::suchThat(rc::gen::arbitrary<char>(), [&](char c) { return c != good[at]; });
  RC_ASSERT(Verdict(changed) != "OK");
}

TEST_F(TokenTest, TakesANewKeyAtOnceAndForgetsARemovedOneWithinASecond) {
  auto verifier = Verifier();
  const std::string old = RsaKey().Token(kRsaHeader, Claims());
  const std::string next = StrangersKey().Token(R"({"alg":"RS256","kid":"next"})", Claims());
  EXPECT_EQ(Verdict(*verifier, old), "OK");
  EXPECT_EQ(Verdict(*verifier, next), "TOKEN_KEY");

  Write("next.pem", StrangersKey().PublicPem());
  EXPECT_EQ(Verdict(*verifier, next), "OK");  // an unknown kid is worth a look at any time
  EXPECT_EQ(Verdict(*verifier, old), "OK");

  fs::remove(folder_ / "rsa.pem");
  EXPECT_EQ(Verdict(*verifier, old, kStart + absl::Seconds(1)), "TOKEN_KEY");
  EXPECT_EQ(Verdict(*verifier, next, kStart + absl::Seconds(1)), "OK");
}

TEST_F(TokenTest, TakesTheNewKeyOfTheSameName) {
  auto verifier = Verifier();
  const std::string old = RsaKey().Token(kRsaHeader, Claims());
  EXPECT_EQ(Verdict(*verifier, old), "OK");
  Write("rsa.pem", StrangersKey().PublicPem());
  const absl::Time later = kStart + absl::Seconds(1);
  EXPECT_EQ(Verdict(*verifier, old, later), "TOKEN_SIGNATURE");
  EXPECT_EQ(Verdict(*verifier, StrangersKey().Token(kRsaHeader, Claims()), later), "OK");
}

TEST_F(TokenTest, KeepsAKeyWhoseFileIsDamagedAndSaysSo) {
  auto verifier = Verifier();
  const std::string token = RsaKey().Token(kRsaHeader, Claims());
  Write("rsa.pem", RsaKey().PublicPem().substr(0, 100));
  EXPECT_EQ(Verdict(*verifier, token, kStart + absl::Seconds(1)), "OK");
  ASSERT_FALSE(key_errors_.empty());
  EXPECT_THAT(key_errors_[0], ::testing::HasSubstr("rsa.pem"));
  Write("rsa.pem", StrangersKey().PublicPem());
  EXPECT_EQ(Verdict(*verifier, token, kStart + absl::Seconds(2)), "TOKEN_SIGNATURE");
}

TEST_F(TokenTest, ReadsAJwksAndFollowsItsChanges) {
  const auto set = [](const std::vector<std::string>& keys) {
    std::string json = R"({"keys":[)";
    for (const std::string& key : keys) absl::StrAppend(&json, json.back() == '[' ? "" : ",", key);
    return json + "]}";
  };
  Write("keys.json",
        set({RsaKey().Jwk("rsa", R"(,"use":"sig","alg":"RS256")"), EcKey().Jwk("ec"),
             R"({"kty":"oct","kid":"secret","k":"c2VjcmV0"})", R"({"kty":"OKP","kid":"ed"})",
             StrangersKey().Jwk("enc", R"(,"use":"enc")")}));
  auto verifier = Verifier("keys.json");
  EXPECT_EQ(Verdict(*verifier, RsaKey().Token(kRsaHeader, Claims())), "OK");
  EXPECT_EQ(Verdict(*verifier, EcKey().Token(kEcHeader, Claims())), "OK");
  EXPECT_EQ(Verdict(*verifier, StrangersKey().Token(R"({"alg":"RS256","kid":"enc"})", Claims())),
            "TOKEN_KEY");
  EXPECT_EQ(Verdict(*verifier, HmacToken("secret", R"({"alg":"HS256","kid":"secret"})", Claims())),
            "TOKEN_ALGORITHM");

  Write("keys.json", set({StrangersKey().Jwk("next")}));
  EXPECT_EQ(Verdict(*verifier, StrangersKey().Token(R"({"alg":"RS256","kid":"next"})", Claims())),
            "OK");
  EXPECT_EQ(Verdict(*verifier, RsaKey().Token(kRsaHeader, Claims())), "TOKEN_KEY");

  Write("keys.json", "{");
  EXPECT_EQ(Verdict(*verifier, StrangersKey().Token(R"({"alg":"RS256","kid":"next"})", Claims()),
                    kStart + absl::Seconds(5)),
            "OK");
  EXPECT_FALSE(key_errors_.empty());
}

TEST_F(TokenTest, DoesNotStartWithKeysItCannotUse) {
  const auto refused = [&](const std::string& name, const std::string& content) {
    Write(name, content);
    absl::Status status = TokenVerifier::Create(Options(name == "k.json" ? name : "")).status();
    fs::remove(folder_ / name);
    EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr(name));
    return !status.ok();
  };
  EXPECT_TRUE(refused("small.pem", SigningKey::Rsa(1024).PublicPem()));
  EXPECT_TRUE(refused("p384.pem", SigningKey::Ec("P-384").PublicPem()));
  EXPECT_TRUE(refused("text.pem", "hello"));
  EXPECT_TRUE(refused("k.json", "{}"));
  EXPECT_TRUE(refused("k.json", R"({"keys":[]})"));
  const std::string twice = EcKey().Jwk("a");
  EXPECT_TRUE(refused("k.json", absl::StrCat(R"({"keys":[)", twice, ",", twice, "]}")));
  EXPECT_TRUE(refused("k.json", R"({"keys":[{"kty":"RSA","kid":"a","n":"AQAB","e":"AQAB"}]})"));
  EXPECT_FALSE(TokenVerifier::Create(Options("nothing")).ok());
  EXPECT_FALSE(TokenVerifier::Create({.keys = folder_.string()}).ok());
}

TEST_F(TokenTest, IsUsedByManyThreadsWhileKeysChange) {
  auto verifier = Verifier();
  const std::string token = EcKey().Token(kEcHeader, Claims());
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        // Each second of the clock is a look at the files.
        if (Verdict(*verifier, token, kStart + absl::Seconds(i + t)) != "OK") ++refused;
      }
    });
  }
  for (int i = 0; i < 20; ++i) Write("rsa.pem", (i % 2 ? RsaKey() : StrangersKey()).PublicPem());
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(refused, 0);
}

}  // namespace
}  // namespace salesops::auth
