#include "services/organization/api/access_kinds.h"

#include <memory>
#include <set>

#include "services/organization/api/references.h"
#include "services/organization/store/access_store.h"
#include "services/organization/store/rows.h"
#include "shared/api/audit.h"
#include "shared/api/field_mask.h"
#include "shared/resource/shared_shapes.h"
#include "shared/status/status.h"

namespace salesops::organization::api {
namespace {

using domain::AccessRole;
using domain::Grant;
using resource::Changed;
using resource::IdOf;
using resource::NameOf;

void RoleToProto(const AccessRole& role, v1::AccessRole* proto) {
  proto->set_display_name(role.display_name);
  proto->set_description(role.description);
  for (const std::string& permission : role.permissions) proto->add_permissions(permission);
  resource::ToProto(role.external_keys, proto->mutable_external_keys());
}

void RoleFromProto(const v1::AccessRole& proto, AccessRole* role) {
  role->display_name = proto.display_name();
  role->description = proto.description();
  role->permissions.assign(proto.permissions().begin(), proto.permissions().end());
  role->external_keys = resource::FromProto(proto.external_keys());
}

void GrantToProto(const Grant& grant, v1::Grant* proto) {
  proto->set_access_role(NameOf("accessRoles", grant.role_id));
  proto->set_member(grant.member);
  proto->set_scope(static_cast<v1::Grant::Scope>(grant.scope));
  proto->set_department(NameOf("departments", grant.department_id));
  resource::ToProto(grant.external_keys, proto->mutable_external_keys());
}

void GrantFromProto(const v1::Grant& proto, Grant* grant) {
  grant->role_id = IdOf(proto.access_role());
  grant->member = proto.member();
  grant->scope = static_cast<domain::GrantScope>(proto.scope());
  grant->department_id = IdOf(proto.department());
  grant->external_keys = resource::FromProto(proto.external_keys());
}

// The rules over roles and grants look at all of them: changes wait for each other.
absl::Status LockAccess(rpc::CallContext&, mysql::Transaction& tx,
                        const std::vector<std::vector<std::string>>&) {
  return store::LockGuard(tx, store::kAccess);
}

// Refuses what would leave nobody who can do everything; then nobody could give it back.
template <class Record>
absl::Status CheckAdministratorStays(mysql::Transaction& tx,
                                     const std::vector<Changed<Record>>& changes) {
  ASSIGN_OR_RETURN(domain::Administration administration, store::ReadAdministration(tx));
  if (!administration.HasAdministrator()) return absl::OkStatus();
  for (const Changed<Record>& change : changes) administration.Put(*change.after);
  if (administration.HasAdministrator()) return absl::OkStatus();
  for (const Changed<Record>& change : changes) {
    Refuse(
        change.write,
        status::FailedPrecondition(
            "LAST_ADMIN", change.after->id,
            "no grant would give \"*\" with scope ALL any more; give it to somebody else first"));
  }
  return absl::OkStatus();
}

// Who may do what is accounted for: one entry for each transaction that changes it.
template <class Record>
absl::Status Account(rpc::CallContext& ctx, mysql::Transaction& tx,
                     std::vector<Changed<Record>>& changes) {
  std::vector<std::string> names;
  std::set<std::string> fields;
  for (const Changed<Record>& change : changes) {
    const resource::Write& write = *change.write;
    names.push_back(resource::GetString(*write.after.proto, "name"));
    if (write.verb == "Archived" || write.verb == "Unarchived") fields.insert("archive_time");
    const std::unique_ptr<resource::Message> nothing(write.after.proto->New());
    const resource::Message& before = write.before ? *write.before->proto : *nothing;
    // Named, because a loop does not keep the mask alive while it walks the mask's paths.
    const google::protobuf::FieldMask changed =
        salesops::api::ChangedFields(before, *write.after.proto);
    fields.insert(changed.paths().begin(), changed.paths().end());
  }
  return salesops::api::Audit::Record(tx, ctx, names, {fields.begin(), fields.end()});
}

absl::Status CheckRoles(rpc::CallContext&, mysql::Transaction& tx,
                        std::vector<Changed<AccessRole>>& changes) {
  for (const Changed<AccessRole>& change : changes) {
    if (change.write->verb != "Archived") continue;
    ASSIGN_OR_RETURN(const bool in_use, store::RoleInUse(tx, change.after->id));
    if (in_use) {
      Refuse(change.write,
             status::FailedPrecondition("IN_USE", NameOf("accessRoles", change.after->id),
                                        "a grant gives this role; archive its grants first"));
    }
  }
  return CheckAdministratorStays(tx, changes);
}

absl::Status CheckGrants(rpc::CallContext&, mysql::Transaction& tx,
                         std::vector<Changed<Grant>>& changes) {
  References references;
  for (const Changed<Grant>& change : changes) {
    if (change.write->verb == "Archived") continue;
    const Grant& after = *change.after;
    domain::CheckGrant(after, change.violations);
    // A grant that comes back gives its role anew: the role must not be archived.
    const bool same_role = change.before && change.before->role_id == after.role_id &&
                           !change.before->meta.archive_time;
    if (!same_role) references.Add(kAccessRoles, after.role_id, "access_role", change.write);
    if (!change.before || change.before->department_id != after.department_id) {
      references.Add(kDepartments, after.department_id, "department", change.write);
    }
  }
  RETURN_IF_ERROR(references.Check(tx));
  return CheckAdministratorStays(tx, changes);
}

}  // namespace

resource::Kind<v1::AccessRole, AccessRole> AccessRoleKind() {
  resource::Kind<v1::AccessRole, AccessRole> kind;
  kind.table = &store::AccessRoles();
  kind.to_proto = RoleToProto;
  kind.from_proto = RoleFromProto;
  kind.lock_first = LockAccess;
  kind.check = CheckRoles;
  kind.after_store = Account<AccessRole>;
  return kind;
}

resource::Kind<v1::Grant, Grant> GrantKind() {
  resource::Kind<v1::Grant, Grant> kind;
  kind.table = &store::Grants();
  kind.to_proto = GrantToProto;
  kind.from_proto = GrantFromProto;
  kind.lock_first = LockAccess;
  kind.check = CheckGrants;
  kind.after_store = Account<Grant>;
  return kind;
}

}  // namespace salesops::organization::api
