#include "services/organization/api/access_service.h"

#include <set>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "services/organization/api/access_kinds.h"
#include "services/organization/store/access_store.h"
#include "services/organization/store/seller_store.h"
#include "shared/resource/shared_shapes.h"

namespace salesops::organization::api {
namespace {

// The members that a grant may name and that mean this principal.
std::set<std::string> MembersOf(const auth::Principal& principal) {
  std::set<std::string> members = {domain::kEverybody, absl::StrCat("subject:", principal.subject)};
  for (const std::string& group : principal.groups) members.insert(absl::StrCat("group:", group));
  return members;
}

}  // namespace

AccessService::AccessService(const resource::Environment& environment)
    : environment_(environment),
      roles_(environment, AccessRoleKind()),
      grants_(environment, GrantKind()) {}

rpc::Binding AccessService::Bind() {
  rpc::Binding binding("salesops.organization.v1.AccessService");
  roles_.BindTo(binding);
  grants_.BindTo(binding);
  binding.Unary("DescribeCaller", this, &AccessService::DescribeCaller);
  return binding;
}

absl::StatusOr<v1::DescribeCallerResponse> AccessService::DescribeCaller(
    rpc::CallContext& ctx, const v1::DescribeCallerRequest&) {
  const auth::Principal& principal = ctx.principal();
  return environment_.db->ReadSnapshot(
      ctx, [&](mysql::Connection& c) -> absl::StatusOr<v1::DescribeCallerResponse> {
        ASSIGN_OR_RETURN(const std::string seller, store::SellerOfSubject(c, principal.subject));
        ASSIGN_OR_RETURN(const auto granted, store::GrantedTo(c, MembersOf(principal)));
        std::set<std::tuple<std::string, domain::GrantScope, std::string>> permissions;
        for (const store::Granted& grant : granted) {
          for (const std::string& permission : grant.permissions) {
            permissions.emplace(permission, grant.scope, grant.department_id);
          }
        }
        v1::DescribeCallerResponse response;
        response.set_subject(principal.subject);
        for (const std::string& group : principal.groups) response.add_groups(group);
        response.set_seller(resource::NameOf("sellers", seller));
        for (const auto& [permission, scope, department] : permissions) {
          v1::CallerPermission* item = response.add_permissions();
          item->set_permission(permission);
          item->set_scope(static_cast<v1::Grant::Scope>(scope));
          item->set_department(resource::NameOf("departments", department));
        }
        return response;
      });
}

}  // namespace salesops::organization::api
