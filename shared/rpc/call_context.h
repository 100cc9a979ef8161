#pragma once

// Everything a method may know about the call it serves.
//
// Thread-safety: belongs to one call; `cancelled` may be read from any thread.

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "shared/auth/access.h"
#include "shared/auth/policy.h"
#include "shared/auth/principal.h"
#include "shared/base/context.h"

namespace salesops::rpc {

// `deadline()` is a time of the machine's clock (absl::Now()), not of the service's Clock. In a
// stream it belongs to the message being worked on, and so does `start_time()`.
class CallContext : public base::Context {
 public:
  // "/salesops.pipeline.v1.AccountService/GetAccount"
  virtual const std::string& method() const = 0;
  virtual const auth::MethodPolicy& policy() const = 0;
  virtual const auth::Principal& principal() const = 0;
  // What the principal may do. A service calling for itself (policy.allowed_services) has
  // everything for this method's permission.
  virtual const auth::Access& access() const = 0;
  // The rows this call may touch: access().ScopeOf(policy().permission), never None here.
  virtual const auth::RowScope& scope() const = 0;
  virtual const std::string& traceparent() const = 0;
  // The user's bearer token, to be sent on to another service that is called for the same user (see
  // OptionsFor in channel.h); empty if there is none. Never logged, never kept.
  virtual absl::string_view token() const { return {}; }
  // When the call arrived, by the service's clock: the one "now" of everything the call writes.
  virtual absl::Time start_time() const = 0;
};

}  // namespace salesops::rpc
