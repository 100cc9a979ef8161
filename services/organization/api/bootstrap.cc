#include "services/organization/api/bootstrap.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "salesops/organization/v1/events.pb.h"
#include "services/organization/api/access_kinds.h"
#include "services/organization/store/access_store.h"
#include "services/organization/store/rows.h"
#include "shared/api/field_mask.h"
#include "shared/base/id.h"
#include "shared/events/outbox.h"

namespace salesops::organization::api {
namespace {

using domain::AccessRole;
using domain::Grant;
using domain::GrantScope;

constexpr char kAdmin[] = "admin";
constexpr char kCaller[] = "caller";

AccessRole AdminRole() {
  AccessRole role;
  role.id = kAdmin;
  role.display_name = "Administrator";
  role.description = "May do everything.";
  role.permissions = {domain::kEverything};
  return role;
}

AccessRole CallerRole() {
  AccessRole role;
  role.id = kCaller;
  role.display_name = "Caller";
  role.description = "May ask who the suite takes them for and what they may do.";
  role.permissions = {"organization.caller.read"};
  return role;
}

Grant GrantOf(const std::string& role_id, const std::string& member) {
  Grant grant;
  grant.id = base::GenerateId();
  grant.role_id = role_id;
  grant.member = member;
  grant.scope = GrantScope::kAll;
  return grant;
}

// What Create would write, without a caller.
class Creation {
 public:
  Creation(mysql::Transaction& tx, absl::Time now)
      : tx_(tx), now_(now), roles_({}, AccessRoleKind()), grants_({}, GrantKind()) {}

  absl::Status Create(AccessRole role) {
    v1::AccessRoleCreated payload;
    Begin(&role.meta);
    *payload.mutable_access_role() = roles_.ToProto(role);
    *payload.mutable_changed() =
        salesops::api::ChangedFields(v1::AccessRole(), payload.access_role());
    RETURN_IF_ERROR(Append("accessRole", payload.access_role().name(), payload));
    return store::AccessRoles().Insert(tx_, {role});
  }

  absl::Status Create(Grant grant) {
    v1::GrantCreated payload;
    Begin(&grant.meta);
    *payload.mutable_grant() = grants_.ToProto(grant);
    *payload.mutable_changed() = salesops::api::ChangedFields(v1::Grant(), payload.grant());
    RETURN_IF_ERROR(Append("grant", payload.grant().name(), payload));
    return store::Grants().Insert(tx_, {grant});
  }

 private:
  void Begin(records::Meta* meta) const {
    meta->version = 1;
    meta->create_time = meta->update_time = now_;
  }
  absl::Status Append(const char* type, const std::string& name,
                      const google::protobuf::Message& payload) {
    return events::Append(tx_, now_, "", {events::MakeFact(type, name, payload)});
  }

  mysql::Transaction& tx_;
  const absl::Time now_;
  const resource::Resource<v1::AccessRole, AccessRole> roles_;
  const resource::Resource<v1::Grant, Grant> grants_;
};

absl::Status CreateIfAbsent(mysql::Transaction& tx, Creation& creation, const AccessRole& role,
                            const std::string& member) {
  ASSIGN_OR_RETURN(const auto existing, store::AccessRoles().Find(tx, {role.id}));
  if (!existing) RETURN_IF_ERROR(creation.Create(role));
  if (member.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool was_granted, store::WasGranted(tx, role.id, member));
  if (was_granted) return absl::OkStatus();
  return creation.Create(GrantOf(role.id, member));
}

}  // namespace

absl::Status Bootstrap(mysql::Database& db, const base::Context& ctx, absl::Time now,
                       const std::string& admin_group) {
  return db.RunInTransaction(ctx, [&](mysql::Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(store::LockGuard(tx, store::kAccess));
    Creation creation(tx, now);
    RETURN_IF_ERROR(CreateIfAbsent(tx, creation, CallerRole(), domain::kEverybody));
    const std::string member = admin_group.empty() ? "" : absl::StrCat("group:", admin_group);
    return CreateIfAbsent(tx, creation, AdminRole(), member);
  });
}

}  // namespace salesops::organization::api
