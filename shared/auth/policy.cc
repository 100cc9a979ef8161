#include "shared/auth/policy.h"

#include "google/protobuf/descriptor.h"
#include "salesops/options/v1/options.pb.h"
#include "shared/status/status.h"

namespace salesops::auth {

absl::StatusOr<MethodPolicy> PolicyOf(const google::protobuf::MethodDescriptor* method) {
  if (method->service()->full_name() == "google.longrunning.Operations") {
    return MethodPolicy{.owner_decides = true};
  }
  const options::v1::MethodPolicy& declared = method->options().GetExtension(options::v1::policy);
  if (declared.permission().empty() && !declared.unauthenticated()) {
    return status::FailedPrecondition(
        "POLICY_MISSING", method->full_name(),
        "declare (salesops.options.v1.policy).permission for this method");
  }
  MethodPolicy policy;
  policy.permission = declared.permission();
  policy.allowed_services.assign(declared.allowed_services().begin(),
                                 declared.allowed_services().end());
  policy.full_scope = declared.full_scope();
  policy.unauthenticated = declared.unauthenticated();
  return policy;
}

}  // namespace salesops::auth
