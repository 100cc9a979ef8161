#pragma once

// The same call asking for another permission of its caller: for a method that does, inside its own
// transaction, what another method does on its own, with that method's rows.
//
//   ASSIGN_OR_RETURN(const auto writing, rpc::UnderPermission::Of(ctx, "pipeline.accounts.write"));
//   ASSIGN_OR_RETURN(resource::Item made, accounts.CreateItem(*writing, tx, request, prefix));
//
// Thread-safety: as the call it stands for, which must outlive it.

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "shared/rpc/call_context.h"
#include "shared/status/status.h"

namespace salesops::rpc {

class UnderPermission final : public CallContext {
 public:
  // PERMISSION_DENIED if the caller does not have it on any row.
  static absl::StatusOr<std::unique_ptr<UnderPermission>> Of(const CallContext& call,
                                                             const std::string& permission) {
    auth::RowScope scope = call.access().ScopeOf(permission);
    if (scope.IsNone()) return status::PermissionDenied(permission, call.method());
    return std::unique_ptr<UnderPermission>(
        new UnderPermission(call, permission, std::move(scope)));
  }

  absl::Time deadline() const override { return call_.deadline(); }
  bool cancelled() const override { return call_.cancelled(); }
  const std::string& method() const override { return call_.method(); }
  const auth::MethodPolicy& policy() const override { return policy_; }
  const auth::Principal& principal() const override { return call_.principal(); }
  const auth::Access& access() const override { return call_.access(); }
  const auth::RowScope& scope() const override { return scope_; }
  const std::string& traceparent() const override { return call_.traceparent(); }
  absl::string_view token() const override { return call_.token(); }
  absl::Time start_time() const override { return call_.start_time(); }

 private:
  UnderPermission(const CallContext& call, const std::string& permission, auth::RowScope scope)
      : call_(call), policy_(call.policy()), scope_(std::move(scope)) {
    policy_.permission = permission;
  }

  const CallContext& call_;
  auth::MethodPolicy policy_;
  const auth::RowScope scope_;
};

}  // namespace salesops::rpc
