#include "shared/auth/token.h"

#include <cjose/cjose.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstring>
#include <deque>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "shared/auth/json.h"
#include "shared/auth/key_set.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::auth {
namespace {

constexpr size_t kMaxTokenBytes = 16 << 10;
constexpr size_t kMaxSubjectBytes = 255;
constexpr size_t kMaxGroups = 1000;
constexpr size_t kEs256SignatureBytes = 64;
constexpr size_t kMaxRemembered = 10'000;
constexpr absl::Duration kRememberFor = absl::Seconds(60);
constexpr absl::Duration kKeyCheckEvery = absl::Seconds(1);

absl::Status Malformed(absl::string_view what) {
  return status::Unauthenticated("TOKEN_MALFORMED", absl::StrCat("the token ", what));
}

// Base64url without padding, in its one canonical spelling.
bool DecodeSegment(absl::string_view segment, std::string* out) {
  return absl::WebSafeBase64Unescape(segment, out) && absl::WebSafeBase64Escape(*out) == segment;
}

struct Segments {
  std::string header, payload, signature;  // decoded
};

absl::StatusOr<Segments> Split(absl::string_view token) {
  if (token.size() > kMaxTokenBytes) return Malformed("is longer than 16 KiB");
  const size_t first = token.find('.');
  const size_t second = first == absl::string_view::npos ? first : token.find('.', first + 1);
  if (second == absl::string_view::npos) {
    return Malformed("does not have three parts with dots between");
  }
  Segments s;
  if (!DecodeSegment(token.substr(0, first), &s.header) ||
      !DecodeSegment(token.substr(first + 1, second - first - 1), &s.payload) ||
      !DecodeSegment(token.substr(second + 1), &s.signature)) {
    return Malformed("is not base64url");
  }
  return s;
}

struct Header {
  std::string algorithm, kid;
};

absl::StatusOr<Header> ParseHeader(const std::string& text) {
  JsonPtr json = ParseObject(text);
  if (!json) return Malformed("has a header that is no JSON object of distinct members");
  // Extensions that we would have to understand (RFC 7515 section 4.1.11); we understand none.
  for (const char* extension : {"crit", "b64"}) {
    if (json_object_get(json.get(), extension) != nullptr) {
      return status::Unauthenticated(
          "TOKEN_CRITICAL", "the token demands an extension (crit) that is not known here");
    }
  }
  const std::string algorithm = StringMember(json.get(), "alg").value_or("");
  if (algorithm != "RS256" && algorithm != "ES256") {
    return status::Unauthenticated("TOKEN_ALGORITHM", "sign the token with RS256 or ES256");
  }
  if (json_object_get(json.get(), "typ") != nullptr) {
    const std::string type = absl::AsciiStrToLower(StringMember(json.get(), "typ").value_or(""));
    if (type != "jwt" && type != "at+jwt") return Malformed("is not of type JWT");
  }
  std::optional<std::string> kid = StringMember(json.get(), "kid");
  if (!kid || kid->empty()) {
    return status::Unauthenticated("TOKEN_KEY", "the token names no key (kid)");
  }
  return Header{algorithm, *std::move(kid)};
}

bool SignatureHolds(absl::string_view token, const VerificationKey& key) {
  std::unique_ptr<cjose_jws_t, decltype(&cjose_jws_release)> jws(
      cjose_jws_import(token.data(), token.size(), nullptr), &cjose_jws_release);
  return jws && cjose_jws_verify(jws.get(), key.jwk.get(), nullptr);
}

// A NumericDate (RFC 7519 section 2): seconds, perhaps with a fraction.
std::optional<absl::Time> TimeMember(const json_t* object, const char* name) {
  const json_t* member = json_object_get(object, name);
  if (json_is_integer(member)) return absl::FromUnixSeconds(json_integer_value(member));
  if (json_is_real(member)) return absl::UnixEpoch() + absl::Seconds(json_real_value(member));
  return std::nullopt;
}

bool NamesAudience(const json_t* claims, const std::string& audience) {
  const json_t* member = json_object_get(claims, "aud");
  if (json_is_string(member)) return StringMember(claims, "aud") == audience;
  for (size_t i = 0; i < json_array_size(member); ++i) {
    const json_t* one = json_array_get(member, i);
    if (json_is_string(one) &&
        absl::string_view(json_string_value(one), json_string_length(one)) == audience) {
      return true;
    }
  }
  return false;
}

// Names end up in logs and audit rows, so no control characters.
bool IsPlainText(absl::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](unsigned char c) { return absl::ascii_iscntrl(c); });
}

absl::StatusOr<std::vector<std::string>> Groups(const json_t* claims) {
  std::vector<std::string> groups;
  const json_t* member = json_object_get(claims, "groups");
  if (member == nullptr) return groups;
  if (!json_is_array(member) || json_array_size(member) > kMaxGroups) {
    return Malformed("has `groups` that are no list of at most 1000 strings");
  }
  for (size_t i = 0; i < json_array_size(member); ++i) {
    const json_t* one = json_array_get(member, i);
    if (!json_is_string(one)) return Malformed("has a group that is no string");
    groups.emplace_back(json_string_value(one), json_string_length(one));
    if (!IsPlainText(groups.back())) return Malformed("has a group with control characters");
  }
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  return groups;
}

// When a token may be used: [from, until), skew included.
struct Validity {
  absl::Time from = absl::InfinitePast(), until;

  absl::Status Check(absl::Time now) const {
    if (now >= until) {
      return status::Unauthenticated("TOKEN_EXPIRED", "the token has expired; get a new one");
    }
    if (now < from) {
      return status::Unauthenticated("TOKEN_NOT_YET_VALID",
                                     "the token is not valid yet (nbf); use it later");
    }
    return absl::OkStatus();
  }
};

struct VerifiedToken {
  Principal principal;
  Validity validity;
};

absl::StatusOr<VerifiedToken> ParseClaims(const std::string& text, const TokenOptions& options) {
  JsonPtr json = ParseObject(text);
  if (!json) return Malformed("has claims that are no JSON object of distinct members");
  const json_t* claims = json.get();
  VerifiedToken token;
  token.principal.issuer = StringMember(claims, "iss").value_or("");
  if (token.principal.issuer != options.issuer) {
    return status::Unauthenticated(
        "TOKEN_ISSUER", "the token is from another issuer (iss) than the one trusted here");
  }
  if (!NamesAudience(claims, options.audience)) {
    return status::Unauthenticated("TOKEN_AUDIENCE",
                                   "the token is for another audience (aud) than this suite");
  }
  std::optional<absl::Time> expiry = TimeMember(claims, "exp");
  if (!expiry) return Malformed("has no expiry (exp)");
  token.validity.until = *expiry + options.skew;
  if (json_object_get(claims, "nbf") != nullptr) {
    std::optional<absl::Time> not_before = TimeMember(claims, "nbf");
    if (!not_before) return Malformed("has an `nbf` that is no time");
    token.validity.from = *not_before - options.skew;
  }
  token.principal.subject = StringMember(claims, "sub").value_or("");
  if (token.principal.subject.empty() || token.principal.subject.size() > kMaxSubjectBytes ||
      !IsPlainText(token.principal.subject)) {
    return Malformed("needs a subject (sub) of 1 to 255 bytes without control characters");
  }
  ASSIGN_OR_RETURN(token.principal.groups, Groups(claims));
  return token;
}

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;
struct DigestHash {
  size_t operator()(const Digest& digest) const {
    size_t head;
    std::memcpy(&head, digest.data(), sizeof head);
    return head;
  }
};

// Verified tokens by their SHA-256, so that the tokens themselves are not kept. Bounded; the oldest
// goes first. An entry is good only for the key set that verified it.
class RememberedTokens {
 public:
  // Null if it is not remembered.
  std::shared_ptr<const VerifiedToken> Find(const Digest& digest, uint64_t generation,
                                            absl::Time now) {
    std::lock_guard lock(mu_);
    auto it = entries_.find(digest);
    if (it == entries_.end()) return nullptr;
    const Entry& entry = it->second;
    if (entry.generation != generation || now >= entry.until || now < entry.since) return nullptr;
    return entry.token;
  }

  void Add(const Digest& digest, uint64_t generation, absl::Time now,
           std::shared_ptr<const VerifiedToken> token) {
    std::lock_guard lock(mu_);
    auto [it, added] = entries_.try_emplace(digest);
    it->second = {generation, now, now + kRememberFor, std::move(token)};
    if (added) order_.push_back(digest);
    if (order_.size() <= kMaxRemembered) return;
    entries_.erase(order_.front());
    order_.pop_front();
  }

 private:
  struct Entry {
    uint64_t generation = 0;
    absl::Time since, until;
    std::shared_ptr<const VerifiedToken> token;
  };

  std::mutex mu_;
  std::unordered_map<Digest, Entry, DigestHash> entries_;
  std::deque<Digest> order_;
};

// The key set now in force, read again when its files change.
class WatchedKeys {
 public:
  struct Version {
    uint64_t generation = 0;
    KeySet keys;
  };

  explicit WatchedKeys(const TokenOptions& options)
      : path_(options.keys), on_error_(options.on_key_error) {}

  absl::Status ReadFirst() {
    std::vector<std::string> problems;
    fingerprint_ = KeyFingerprint(path_);
    KeySet keys = ReadKeys(path_, {}, &problems);
    if (!problems.empty()) return absl::InvalidArgumentError(absl::StrJoin(problems, "; "));
    if (keys.keys.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("no token keys in ", path_));
    }
    Publish(std::move(keys));
    return absl::OkStatus();
  }

  std::shared_ptr<const Version> Current() const {
    std::lock_guard lock(mu_);
    return current_;
  }

  // At most one look per second, by one thread; the others go on with the keys they have.
  void CheckSometimes(absl::Time now) {
    const int64_t at = absl::ToUnixMillis(now);
    int64_t last = last_check_.load(std::memory_order_relaxed);
    if (std::abs(at - last) < absl::ToInt64Milliseconds(kKeyCheckEvery)) return;
    if (last_check_.compare_exchange_strong(last, at)) CheckNow();
  }

  void CheckNow() {
    std::lock_guard lock(reading_);
    std::string fingerprint = KeyFingerprint(path_);
    if (fingerprint == fingerprint_) return;
    std::vector<std::string> problems;
    KeySet keys = ReadKeys(path_, Current()->keys, &problems);
    // With a problem the old fingerprint stays, so that a file caught half-written is read again.
    fingerprint_ = problems.empty() ? std::move(fingerprint) : "";
    Publish(std::move(keys));
    if (!on_error_) return;
    for (const std::string& problem : problems) on_error_(problem);
  }

 private:
  void Publish(KeySet keys) {
    std::lock_guard lock(mu_);
    const uint64_t generation = current_ ? current_->generation + 1 : 1;
    current_ = std::make_shared<const Version>(Version{generation, std::move(keys)});
  }

  const std::string path_;
  const std::function<void(const std::string&)> on_error_;
  std::atomic<int64_t> last_check_{0};
  std::mutex reading_;  // before mu_
  std::string fingerprint_;
  mutable std::mutex mu_;
  std::shared_ptr<const Version> current_;
};

class KeyedVerifier final : public TokenVerifier {
 public:
  explicit KeyedVerifier(const TokenOptions& options) : options_(options), keys_(options) {}

  absl::Status ReadKeys() { return keys_.ReadFirst(); }

  absl::StatusOr<Principal> Verify(absl::string_view token, absl::Time now) override {
    if (token.size() > kMaxTokenBytes) return Malformed("is longer than 16 KiB");
    keys_.CheckSometimes(now);
    Digest digest;
    SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), digest.data());
    std::shared_ptr<const WatchedKeys::Version> keys = keys_.Current();
    if (auto known = remembered_.Find(digest, keys->generation, now)) {
      RETURN_IF_ERROR(known->validity.Check(now));
      return known->principal;
    }
    ASSIGN_OR_RETURN(Segments segments, Split(token));
    ASSIGN_OR_RETURN(Header header, ParseHeader(segments.header));
    if (keys->keys.Find(header.kid) == nullptr) {
      keys_.CheckNow();  // perhaps a key that has just been added
      keys = keys_.Current();
    }
    RETURN_IF_ERROR(CheckSignature(token, segments, header, keys->keys));
    ASSIGN_OR_RETURN(VerifiedToken verified, ParseClaims(segments.payload, options_));
    RETURN_IF_ERROR(verified.validity.Check(now));
    remembered_.Add(digest, keys->generation, now, std::make_shared<const VerifiedToken>(verified));
    return std::move(verified.principal);
  }

 private:
  static absl::Status CheckSignature(absl::string_view token, const Segments& segments,
                                     const Header& header, const KeySet& keys) {
    const VerificationKey* key = keys.Find(header.kid);
    if (key == nullptr) {
      return status::Unauthenticated(
          "TOKEN_KEY",
          "the token's key (kid) is not known here; get a new token from the trusted issuer");
    }
    // The key decides the algorithm, never the token: this is what stops a public key from being
    // used as an HMAC secret.
    if (header.algorithm != key->algorithm) {
      return status::Unauthenticated("TOKEN_ALGORITHM",
                                     "the token's algorithm (alg) is not the one of its key");
    }
    if (key->algorithm == "ES256" && segments.signature.size() != kEs256SignatureBytes) {
      return status::Unauthenticated(
          "TOKEN_SIGNATURE",
          "the token's signature does not fit it; get a new token from the trusted issuer");
    }
    if (!SignatureHolds(token, *key)) {
      return status::Unauthenticated(
          "TOKEN_SIGNATURE",
          "the token's signature does not fit it; get a new token from the trusted issuer");
    }
    return absl::OkStatus();
  }

  const TokenOptions options_;
  WatchedKeys keys_;
  RememberedTokens remembered_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<TokenVerifier>> TokenVerifier::Create(const TokenOptions& options) {
  if (options.issuer.empty() || options.audience.empty()) {
    return absl::InvalidArgumentError("a token verifier needs an issuer and an audience");
  }
  auto verifier = std::make_unique<KeyedVerifier>(options);
  RETURN_IF_ERROR(verifier->ReadKeys());
  return verifier;
}

}  // namespace salesops::auth
