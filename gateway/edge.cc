#include "gateway/edge.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "gateway/bearer_token.h"
#include "gateway/call_metadata.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::gateway {

absl::StatusOr<auth::Principal> Edge::Admit(
    const Method& method, const std::vector<absl::string_view>& authorization) const {
  auth::Principal principal;
  if (!method.unauthenticated) {
    ASSIGN_OR_RETURN(principal, CheckCaller(*tokens, authorization, clock->Now()));
  }
  RETURN_IF_ERROR(Pace(principal));
  return principal;
}

// A caller who is refused takes nothing from what all have together.
absl::Status Edge::Pace(const auth::Principal& principal) const {
  const absl::Time now = clock->Now();
  if (calls_per_caller != nullptr && principal.has_user()) {
    if (const auto wait = calls_per_caller->Take(principal.subject, now)) {
      return status::Exhausted("CALLER_RATE_LIMITED",
                               "you call more often than one caller may; wait, then go on", *wait);
    }
  }
  if (calls != nullptr) {
    if (const auto wait = calls->Take("", now)) {
      return status::Exhausted("RATE_LIMITED",
                               "all callers together call too often; try again soon", *wait);
    }
  }
  return absl::OkStatus();
}

namespace {

// The value of a "-bin" header is base64 with a padding that not all write: not the same text.
bool MayTravel(const std::string& name) {
  return !IsOfThisHop(name) && !absl::EndsWith(name, "-bin") && IsLegalMetadata(name, "");
}

}  // namespace

void Edge::Forward(absl::string_view header) {
  const std::string name = absl::AsciiStrToLower(header);
  if (MayTravel(name)) forwarded_headers.push_back(name);
}

void Edge::Return(absl::string_view header) {
  const std::string name = absl::AsciiStrToLower(header);
  if (MayTravel(name)) returned_headers.push_back(name);
}

}  // namespace salesops::gateway
