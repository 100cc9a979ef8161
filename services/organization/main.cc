// The organization service: departments, teams, sellers, assignments and access. Wiring only.
#include <string>

#include "migrations/organization.h"
#include "services/organization/api/access_service.h"
#include "services/organization/api/assignment_service.h"
#include "services/organization/api/bootstrap.h"
#include "services/organization/api/department_service.h"
#include "services/organization/api/seller_service.h"
#include "services/organization/api/team_service.h"
#include "shared/base/context.h"
#include "shared/service/service.h"

int main(int argc, char** argv) {
  using namespace salesops;
  std::string admin_group;
  service::Definition definition;
  definition.name = "organization";
  definition.summary = "Departments, teams, sellers, assignments and access of the suite.";
  definition.migrations = OrganizationMigrations();
  definition.add_flags = [&admin_group](config::Flags& flags) {
    flags.String("bootstrap_admin_group", &admin_group,
                 "with --migrate: the group of tokens that becomes administrator");
  };
  definition.bootstrap = [&admin_group](const resource::Environment& environment,
                                        const base::Clock& clock) {
    const base::DeadlineContext soon(absl::Now() + absl::Minutes(1));
    return organization::api::Bootstrap(*environment.db, soon, clock.Now(), admin_group);
  };
  definition.bind = [](service::Frame& frame) {
    // They live as long as the process: the server calls them until it is gone.
    static organization::api::DepartmentService departments(frame.environment);
    static organization::api::TeamService teams(frame.environment);
    static organization::api::JobRoleService job_roles(frame.environment);
    static organization::api::SellerService sellers(frame.environment);
    static organization::api::AssignmentService assignments(frame.environment);
    static organization::api::AccessService access(frame.environment);
    std::vector<rpc::Binding> bindings;
    bindings.push_back(departments.Bind());
    bindings.push_back(teams.Bind());
    bindings.push_back(job_roles.Bind());
    bindings.push_back(sellers.Bind());
    bindings.push_back(assignments.Bind());
    bindings.push_back(access.Bind());
    return bindings;
  };
  return service::Run(argc, argv, definition);
}
