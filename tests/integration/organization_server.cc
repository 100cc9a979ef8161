#include "tests/integration/organization_server.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/text_format.h"
#include "migrations/api.h"
#include "migrations/events.h"
#include "migrations/organization.h"
#include "migrations/resource.h"
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
#include "shared/api/audit.h"
#include "shared/api/field_rules.h"
#include "shared/events/event_log.h"
#include "shared/events/event_service.h"
#include "shared/roster/roster.h"

namespace salesops::organization {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

const MethodDescriptor* FindMethod(const std::string& method) {
  const std::string name =
      absl::StrCat("salesops.organization.v1.", absl::StrJoin(absl::StrSplit(method, '/'), "."));
  const MethodDescriptor* found = DescriptorPool::generated_pool()->FindMethodByName(name);
  if (found == nullptr) {
    std::fprintf(stderr, "no method %s\n", name.c_str());
    std::abort();
  }
  return found;
}

std::string PathOf(const std::string& method) { return "/salesops.organization.v1." + method; }

const Message& RequestPrototype(const std::string& method) {
  return *MessageFactory::generated_factory()->GetPrototype(FindMethod(method)->input_type());
}

std::unique_ptr<Message> Request(const std::string& method, const std::string& text) {
  std::unique_ptr<Message> request(RequestPrototype(method).New());
  if (!google::protobuf::TextFormat::ParseFromString(text, request.get())) {
    std::fprintf(stderr, "not a request of %s: %s\n", method.c_str(), text.c_str());
    std::abort();
  }
  return request;
}

// As the process does: the rows of an import are checked one by one by its handler.
base::Violations Validate(const Message& request) {
  if (request.GetDescriptor()->FindFieldByName("batch") != nullptr) return {};
  return salesops::api::CheckFieldRules(request);
}

// Makes the server when a test first wants it and ends it before the program does.
class SharedServer final : public ::testing::Environment {
 public:
  void TearDown() override { server_.reset(); }
  OrganizationServer& Get() {
    if (!server_) server_ = std::make_unique<OrganizationServer>();
    return *server_;
  }

 private:
  std::unique_ptr<OrganizationServer> server_;
};
SharedServer* const shared_server =
    static_cast<SharedServer*>(::testing::AddGlobalTestEnvironment(new SharedServer));

base::DeadlineContext Soon() { return base::DeadlineContext(absl::Now() + absl::Seconds(20)); }

}  // namespace

std::vector<mysql::MigrationSet> OrganizationSchema() {
  return {EventsMigrations(), ApiMigrations(), ResourceMigrations(), roster::Migrations(),
          OrganizationMigrations()};
}

struct OrganizationServer::Services {
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
        territories(environment),
        audit(environment.db, environment.sealer) {}

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
  salesops::api::Audit audit;
};

OrganizationServer::OrganizationServer()
    : schema_(OrganizationSchema()),
      mutations_(&schema_.database()),
      sealer_(std::string(32, 'k')) {
  const resource::Environment environment{&schema_.database(), &mutations_, &sealer_};
  services_ = std::make_unique<Services>(environment);
  std::vector<rpc::Binding> bindings;
  bindings.push_back(services_->departments.Bind());
  bindings.push_back(services_->job_roles.Bind());
  bindings.push_back(services_->teams.Bind());
  bindings.push_back(services_->sellers.Bind());
  bindings.push_back(services_->assignments.Bind());
  bindings.push_back(services_->absences.Bind());
  bindings.push_back(services_->access.Bind());
  bindings.push_back(services_->calendars.Bind());
  bindings.push_back(services_->fiscal_calendars.Bind());
  bindings.push_back(services_->exchange_rates.Bind());
  bindings.push_back(services_->territories.Bind());
  bindings.push_back(
      events::BindEventService("salesops.organization.v1.EventService", &schema_.database()));
  bindings.push_back(services_->audit.Bind("salesops.organization.v1.AuditService"));
  testing::InProcessServer::Options options;
  options.clock = &clock_;
  options.dependencies.validate = Validate;
  options.dependencies.after_success = services_->audit.ReadHook();
  server_ = std::make_unique<testing::InProcessServer>(std::move(bindings), std::move(options));
}

OrganizationServer::~OrganizationServer() = default;

absl::Status OrganizationServer::CallMessages(const std::string& method, const std::string& request,
                                              Message* response, const std::string& user) {
  return server_->channel().Call(PathOf(method), *Request(method, request), response,
                                 testing::InProcessServer::As(user));
}

absl::Status OrganizationServer::StreamMessages(const std::string& method,
                                                const std::string& request,
                                                const Message& prototype,
                                                const std::function<bool(const Message&)>& visit) {
  return server_->channel().Stream(PathOf(method), *Request(method, request), prototype,
                                   testing::InProcessServer::As("admin"), visit);
}

absl::Status OrganizationServer::ImportMessages(const std::string& method,
                                                const std::vector<std::string>& parts,
                                                const Message& prototype,
                                                const std::function<bool(const Message&)>& visit) {
  size_t next = 0;
  return server_->channel().Exchange(
      PathOf(method),
      [&](Message* request) {
        if (next == parts.size()) return false;
        request->CopyFrom(*Request(method, parts[next++]));
        return true;
      },
      RequestPrototype(method), prototype, testing::InProcessServer::As("admin"), visit);
}

void OrganizationServer::Clear() {
  const auto tables = database().Read(Soon(), [](mysql::Connection& c) {
    return c.Query(
        "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND "
        "TABLE_NAME NOT IN ('schema_migration', 'event_head', 'consistency_guard') LIMIT 1000",
        {}, [](mysql::Row& row) { return row.String(0); });
  });
  for (const std::string& table : tables.value()) schema_.Execute("DELETE FROM " + table);
  clock_.Set(testing::FakeClock().Now());
}

OrganizationServer& OrganizationTest::Shared() { return shared_server->Get(); }

void OrganizationServer::Sequence() {
  (void)events::SequenceOnce(database(), Soon());
  server_->server().WakeProducers();
}

std::vector<events::v1::Event> OrganizationServer::Events(const std::string& type) {
  std::vector<std::string> types;
  if (!type.empty()) types.push_back("salesops.organization.v1." + type);
  std::vector<events::v1::Event> all;
  Sequence();
  for (int64_t after = 0;;) {
    auto slice = database().Read(
        Soon(), [&](mysql::Connection& c) { return events::ReadEvents(c, after, types); });
    if (!slice.ok() || slice->seen == after) return all;
    for (events::v1::Event& event : slice->events) all.push_back(std::move(event));
    after = slice->seen;
  }
}

std::string OrganizationServer::Now() {
  Sequence();
  const auto now = database().Read(Soon(), [](mysql::Connection& c) {
    return c.QueryOne("SELECT UTC_TIMESTAMP(6)", {}, [](mysql::Row& row) { return row.Time(0); });
  });
  const int64_t micros = absl::ToUnixMicros(now.value().value());
  return absl::StrCat("seconds: ", micros / 1'000'000, " nanos: ", micros % 1'000'000 * 1000);
}

}  // namespace salesops::organization
