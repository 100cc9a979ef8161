#include "tools/salesopsctl/token_claims.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"

namespace salesops::ctl {

std::optional<TokenClaims> ClaimsOf(const std::string& token) {
  const std::vector<std::string> parts = absl::StrSplit(token, '.');
  std::string text;
  if (parts.size() != 3 || !absl::WebSafeBase64Unescape(parts[1], &text)) return std::nullopt;
  const nlohmann::json claims = nlohmann::json::parse(text, nullptr, false);
  if (!claims.is_object()) return std::nullopt;
  TokenClaims found;
  if (claims.contains("sub") && claims["sub"].is_string()) found.subject = claims["sub"];
  if (claims.contains("exp") && claims["exp"].is_number()) {
    found.expires = absl::UnixEpoch() + absl::Seconds(claims["exp"].get<double>());
  }
  return found;
}

std::string SpanText(absl::Duration span) {
  const int64_t seconds = absl::ToInt64Seconds(span);
  if (seconds < 60) return absl::StrCat(seconds, " s");
  if (seconds < 3600) return absl::StrCat(seconds / 60, " min");
  if (seconds < 48 * 3600) {
    return absl::StrCat(seconds / 3600, " h ", seconds / 60 % 60, " min");
  }
  return absl::StrCat(seconds / 86400, " days");
}

std::string ExpiryText(const std::string& token, absl::Time now) {
  const std::optional<TokenClaims> claims = ClaimsOf(token);
  if (!claims || !claims->expires) return "";
  const absl::Duration left = *claims->expires - now;
  return left > absl::ZeroDuration() ? absl::StrCat("expires in ", SpanText(left))
                                     : absl::StrCat("expired ", SpanText(-left), " ago");
}

bool HasExpired(const std::string& token, absl::Time now) {
  const std::optional<TokenClaims> claims = ClaimsOf(token);
  return claims && claims->expires && *claims->expires <= now;
}

bool LooksLikeToken(const std::string& token) {
  for (char c : token) {
    if (!absl::ascii_isgraph(c)) return false;
  }
  return !token.empty();
}

}  // namespace salesops::ctl
