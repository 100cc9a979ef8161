#include "shared/rpc/caller.h"

#include <algorithm>
#include <random>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::rpc {
namespace {

constexpr absl::string_view kServicePrefix = "spiffe://salesops/";

absl::Status Denied(const auth::MethodPolicy& policy) {
  return status::PermissionDenied(policy.permission, "");
}

bool Allows(const auth::MethodPolicy& policy, const std::string& service) {
  return std::find(policy.allowed_services.begin(), policy.allowed_services.end(), service) !=
         policy.allowed_services.end();
}

absl::StatusOr<Caller> AuthoriseService(const auth::MethodPolicy& policy, Caller caller) {
  if (!Allows(policy, caller.principal.service)) return Denied(policy);
  caller.scope = auth::RowScope::All();
  caller.access = std::make_shared<const auth::Access>(
      "", std::vector<auth::GrantedScope>{{{policy.permission}, caller.scope}});
  return caller;
}

absl::StatusOr<Caller> AuthoriseUser(const auth::MethodPolicy& policy,
                                     const Authorities& authorities, Caller caller) {
  // A service that calls for a user: both must be allowed.
  if (!caller.principal.service.empty() && !Allows(policy, caller.principal.service)) {
    return Denied(policy);
  }
  ASSIGN_OR_RETURN(caller.access, authorities.access->Lookup(caller.principal));
  caller.scope = caller.access->ScopeOf(policy.permission);
  if (caller.scope.IsNone()) return Denied(policy);
  if (policy.full_scope && !caller.scope.all) return Denied(policy);
  return caller;
}

// An identity is enough; what it may see is the handler's to decide.
absl::StatusOr<Caller> Identify(const Authorities& authorities, Caller caller) {
  if (!caller.principal.has_user()) {
    caller.access = std::make_shared<const auth::Access>();
    return caller;
  }
  ASSIGN_OR_RETURN(caller.access, authorities.access->Lookup(caller.principal));
  return caller;
}

bool IsLowerHex(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c)) || (c >= 'a' && c <= 'f');
  });
}

bool IsZero(absl::string_view text) {
  return text.find_first_not_of('0') == absl::string_view::npos;
}

// https://www.w3.org/TR/trace-context/ version 00: 00-<32 hex>-<16 hex>-<2 hex>, ids not zero.
bool IsTraceparent(absl::string_view text) {
  return text.size() == 55 && absl::StartsWith(text, "00-") && text[35] == '-' && text[52] == '-' &&
         IsLowerHex(text.substr(3, 32)) && IsLowerHex(text.substr(36, 16)) &&
         IsLowerHex(text.substr(53)) && !IsZero(text.substr(3, 32)) && !IsZero(text.substr(36, 16));
}

}  // namespace

absl::StatusOr<absl::string_view> BearerToken(const Credentials& credentials) {
  if (credentials.authorization.empty()) return absl::string_view();
  if (credentials.authorization.size() > 1) {
    return status::Unauthenticated("TOKEN_DOUBLED", "send one authorization header");
  }
  absl::string_view header = credentials.authorization.front();
  constexpr absl::string_view kScheme = "bearer ";
  if (!absl::StartsWithIgnoreCase(header, kScheme) || header.size() == kScheme.size()) {
    return status::Unauthenticated("TOKEN_MALFORMED", "send `authorization: Bearer <token>`");
  }
  return header.substr(kScheme.size());
}

absl::StatusOr<Caller> Authorise(const auth::MethodPolicy& policy, const Credentials& credentials,
                                 const Authorities& authorities, absl::Time now) {
  Caller caller;
  if (policy.unauthenticated) {
    caller.access = std::make_shared<const auth::Access>();
    return caller;
  }
  ASSIGN_OR_RETURN(absl::string_view token, BearerToken(credentials));
  if (!token.empty()) {
    ASSIGN_OR_RETURN(caller.principal, authorities.tokens->Verify(token, now));
  }
  const bool conduit = authorities.conduits->count(credentials.service) > 0;
  caller.principal.service = conduit ? "" : credentials.service;
  if (!caller.principal.has_user() && caller.principal.service.empty()) {
    return status::Unauthenticated("TOKEN_MISSING", "send `authorization: Bearer <token>`");
  }
  if (policy.owner_decides) return Identify(authorities, std::move(caller));
  return caller.principal.has_user() ? AuthoriseUser(policy, authorities, std::move(caller))
                                     : AuthoriseService(policy, std::move(caller));
}

std::string ServiceOf(const std::vector<absl::string_view>& uri_names) {
  if (uri_names.size() != 1 || !absl::StartsWith(uri_names[0], kServicePrefix)) return "";
  absl::string_view service = uri_names[0].substr(kServicePrefix.size());
  const bool plain = std::all_of(service.begin(), service.end(), [](unsigned char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-' || c == '_';
  });
  return plain ? std::string(service) : "";
}

std::string TraceparentOrNew(absl::string_view received) {
  if (IsTraceparent(received)) return std::string(received);
  thread_local std::mt19937_64 random{std::random_device{}()};
  const auto hex = [](uint64_t number) { return absl::Hex(number, absl::kZeroPad16); };
  return absl::StrCat("00-", hex(random()), hex(random() | 1), "-", hex(random() | 1), "-01");
}

}  // namespace salesops::rpc
