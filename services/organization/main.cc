// The organization service: departments, teams, sellers, assignments and access. Wiring only.
#include <string>

#include "migrations/organization.h"
#include "services/organization/api/absence_service.h"
#include "services/organization/api/access_service.h"
#include "services/organization/api/assignment_service.h"
#include "services/organization/api/bootstrap.h"
#include "services/organization/api/calendar_service.h"
#include "services/organization/api/department_service.h"
#include "services/organization/api/exchange_rate_service.h"
#include "services/organization/api/fiscal_calendar_service.h"
#include "services/organization/api/seller_service.h"
#include "services/organization/api/team_service.h"
#include "services/organization/api/territory_service.h"
#include "shared/base/context.h"
#include "shared/base/end_process.h"
#include "shared/service/service.h"

int main(int argc, char** argv) {
  std::string admin_group;
  salesops::service::Definition definition;
  definition.name = "organization";
  definition.summary = "Departments, teams, sellers, assignments and access of the suite.";
  definition.migrations = salesops::OrganizationMigrations();
  definition.add_flags = [&admin_group](salesops::config::Flags& flags) {
    flags.String("bootstrap_admin_group", &admin_group,
                 "with --migrate: the group of tokens that becomes administrator");
  };
  definition.bootstrap = [&admin_group](const salesops::resource::Environment& environment,
                                        const salesops::base::Clock& clock) {
    const salesops::base::DeadlineContext soon(absl::Now() + absl::Minutes(1));
    return salesops::organization::api::Bootstrap(*environment.db, soon, clock.Now(), admin_group);
  };
  definition.bind = [](salesops::service::Frame& frame) {
    // They live as long as the process: the server calls them until it is gone.
    static salesops::organization::api::DepartmentService departments(frame.environment);
    static salesops::organization::api::TeamService teams(frame.environment);
    static salesops::organization::api::JobRoleService job_roles(frame.environment);
    static salesops::organization::api::SellerService sellers(frame.environment);
    static salesops::organization::api::AssignmentService assignments(frame.environment);
    static salesops::organization::api::AbsenceService absences(frame.environment);
    static salesops::organization::api::AccessService access(frame.environment);
    static salesops::organization::api::CalendarService calendars(frame.environment);
    static salesops::organization::api::FiscalCalendarService fiscal_calendars(frame.environment);
    static salesops::organization::api::ExchangeRateService exchange_rates(frame.environment);
    static salesops::organization::api::TerritoryService territories(frame.environment);
    std::vector<salesops::rpc::Binding> bindings;
    bindings.push_back(departments.Bind());
    bindings.push_back(teams.Bind());
    bindings.push_back(job_roles.Bind());
    bindings.push_back(sellers.Bind());
    bindings.push_back(assignments.Bind());
    bindings.push_back(absences.Bind());
    bindings.push_back(access.Bind());
    bindings.push_back(calendars.Bind());
    bindings.push_back(fiscal_calendars.Bind());
    bindings.push_back(exchange_rates.Bind());
    bindings.push_back(territories.Bind());
    return bindings;
  };
  salesops::base::EndProcess(salesops::service::Run(argc, argv, definition));
}
