#include "services/organization/api/department_service.h"

#include "services/organization/store/department_store.h"
#include "shared/resource/shared_shapes.h"

namespace salesops::organization::api {
namespace {

// Departments and job roles have the same fields.
template <class Proto, class Record>
resource::Kind<Proto, Record> DescribedKind(const records::Table<Record>& table) {
  resource::Kind<Proto, Record> kind;
  kind.table = &table;
  kind.to_proto = [](const Record& record, Proto* proto) {
    proto->set_display_name(record.display_name);
    proto->set_description(record.description);
    resource::ToProto(record.external_keys, proto->mutable_external_keys());
  };
  kind.from_proto = [](const Proto& proto, Record* record) {
    record->display_name = proto.display_name();
    record->description = proto.description();
    record->external_keys = resource::FromProto(proto.external_keys());
  };
  return kind;
}

}  // namespace

DepartmentService::DepartmentService(const resource::Environment& environment)
    : departments_(environment,
                   DescribedKind<v1::Department, domain::Department>(store::Departments())) {}

rpc::Binding DepartmentService::Bind() {
  rpc::Binding binding("salesops.organization.v1.DepartmentService");
  departments_.BindTo(binding);
  return binding;
}

JobRoleService::JobRoleService(const resource::Environment& environment)
    : job_roles_(environment, DescribedKind<v1::JobRole, domain::JobRole>(store::JobRoles())) {}

rpc::Binding JobRoleService::Bind() {
  rpc::Binding binding("salesops.organization.v1.JobRoleService");
  job_roles_.BindTo(binding);
  return binding;
}

}  // namespace salesops::organization::api
