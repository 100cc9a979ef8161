#pragma once

// A call for tests that have no server: who makes it, which method, when.
//
//   FakeCall call("alice");
//   mutations.Run<Deal>(call, request, work);
//
// Thread-safety: belongs to one thread.

#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "shared/rpc/call_context.h"

namespace salesops::api {

class FakeCall final : public rpc::CallContext {
 public:
  explicit FakeCall(std::string subject,
                    std::string method = "/salesops.api.testdata.DealService/CreateDeal",
                    absl::Time start = absl::FromUnixSeconds(1'800'000'000))
      : method_(std::move(method)), start_(start), deadline_(absl::Now() + absl::Seconds(60)) {
    principal_.subject = std::move(subject);
  }

  absl::Time deadline() const override { return deadline_; }
  bool cancelled() const override { return false; }
  const std::string& method() const override { return method_; }
  const auth::MethodPolicy& policy() const override { return policy_; }
  const auth::Principal& principal() const override { return principal_; }
  const auth::Access& access() const override { return access_; }
  const auth::RowScope& scope() const override { return scope_; }
  const std::string& traceparent() const override { return traceparent_; }
  absl::Time start_time() const override { return start_; }

  void set_access(auth::Access access) { access_ = std::move(access); }
  void set_permission(std::string permission) { policy_.permission = std::move(permission); }

 private:
  std::string method_;
  absl::Time start_;
  absl::Time deadline_;
  auth::MethodPolicy policy_;
  auth::Principal principal_;
  // Everything, until it is set to less.
  auth::Access access_{"", {{{"*"}, auth::RowScope::All()}}};
  auth::RowScope scope_ = auth::RowScope::All();
  std::string traceparent_ = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
};

}  // namespace salesops::api
