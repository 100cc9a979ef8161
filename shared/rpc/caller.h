#pragma once

// Who makes a call, and whether they may make it. Decides before anything about the resource is
// known.
//
//   ASSIGN_OR_RETURN(Caller caller, Authorise(policy, credentials, authorities, now));
//
// Thread-safety: pure apart from the verifier and the directory, which are safe from any thread.

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "shared/auth/access.h"
#include "shared/auth/policy.h"
#include "shared/auth/principal.h"
#include "shared/auth/token.h"

namespace salesops::rpc {

// What one call itself brings; never anything kept from another call of its connection.
struct Credentials {
  std::vector<absl::string_view> authorization;  // every `authorization` header
  std::string service;  // ServiceOf its verified certificate's URI names; empty if it has none
};

struct Authorities {
  auth::TokenVerifier* tokens = nullptr;
  auth::AccessDirectory* access = nullptr;
  const std::set<std::string>* conduits = nullptr;
};

struct Caller {
  auth::Principal principal;
  std::shared_ptr<const auth::Access> access;
  auth::RowScope scope;
};

// The token of the one well-formed `authorization` header; empty if there is none at all.
absl::StatusOr<absl::string_view> BearerToken(const Credentials& credentials);

// UNAUTHENTICATED or PERMISSION_DENIED with their reason.
absl::StatusOr<Caller> Authorise(const auth::MethodPolicy& policy, const Credentials& credentials,
                                 const Authorities& authorities, absl::Time now);

// "pipeline" from the one URI name "spiffe://salesops/pipeline"; empty for anything else.
std::string ServiceOf(const std::vector<absl::string_view>& uri_names);

// A W3C traceparent as it came, or a new one if it is absent or malformed.
std::string TraceparentOrNew(absl::string_view received);

}  // namespace salesops::rpc
