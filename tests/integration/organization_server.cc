#include "tests/integration/organization_server.h"

#include <memory>
#include <utility>
#include <vector>

#include "migrations/organization.h"
#include "services/organization/api/absence_service.h"
#include "services/organization/api/access_service.h"
#include "services/organization/api/assignment_service.h"
#include "services/organization/api/calendar_service.h"
#include "services/organization/api/department_service.h"
#include "services/organization/api/exchange_rate_service.h"
#include "services/organization/api/fiscal_calendar_service.h"
#include "services/organization/api/seller_service.h"
#include "services/organization/api/team_service.h"
#include "services/organization/api/territory_service.h"
#include "shared/events/event_service.h"

namespace salesops::organization {
namespace {

testing::SharedServer<OrganizationServer>* const shared_server =
    testing::SharedServer<OrganizationServer>::Register();

struct Services {
  explicit Services(const resource::Environment& environment)
      : departments(environment),
        job_roles(environment),
        teams(environment),
        sellers(environment),
        assignments(environment),
        absences(environment),
        access(environment),
        calendars(environment),
        fiscal_calendars(environment),
        exchange_rates(environment),
        territories(environment) {}

  api::DepartmentService departments;
  api::JobRoleService job_roles;
  api::TeamService teams;
  api::SellerService sellers;
  api::AssignmentService assignments;
  api::AbsenceService absences;
  api::AccessService access;
  api::CalendarService calendars;
  api::FiscalCalendarService fiscal_calendars;
  api::ExchangeRateService exchange_rates;
  api::TerritoryService territories;
};

}  // namespace

OrganizationServer::OrganizationServer() : ServiceServer("organization", OrganizationMigrations()) {
  auto services = std::make_shared<Services>(environment());
  std::vector<rpc::Binding> bindings;
  bindings.push_back(services->departments.Bind());
  bindings.push_back(services->job_roles.Bind());
  bindings.push_back(services->teams.Bind());
  bindings.push_back(services->sellers.Bind());
  bindings.push_back(services->assignments.Bind());
  bindings.push_back(services->absences.Bind());
  bindings.push_back(services->access.Bind());
  bindings.push_back(services->calendars.Bind());
  bindings.push_back(services->fiscal_calendars.Bind());
  bindings.push_back(services->exchange_rates.Bind());
  bindings.push_back(services->territories.Bind());
  bindings.push_back(
      events::BindEventService("salesops.organization.v1.EventService", &database()));
  Serve(std::move(services), std::move(bindings));
}

OrganizationServer& OrganizationTest::Shared() { return shared_server->Get(); }

}  // namespace salesops::organization
