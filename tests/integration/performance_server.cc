#include "tests/integration/performance_server.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/text_format.h"
#include "migrations/api.h"
#include "migrations/events.h"
#include "migrations/performance.h"
#include "migrations/resource.h"
#include "services/performance/api/crediting_rule_service.h"
#include "services/performance/api/deal_facts.h"
#include "services/performance/api/incentive_plan_service.h"
#include "services/performance/api/measure_value_service.h"
#include "services/performance/api/plan_assignment_service.h"
#include "services/performance/api/quota_service.h"
#include "services/performance/api/transaction_service.h"
#include "shared/api/audit.h"
#include "shared/api/field_rules.h"
#include "shared/events/event_log.h"

namespace salesops::performance {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

constexpr char kPackage[] = "salesops.performance.v1.";

const MethodDescriptor* FindMethod(const std::string& method) {
  const std::string name = absl::StrCat(kPackage, absl::StrJoin(absl::StrSplit(method, '/'), "."));
  const MethodDescriptor* found = DescriptorPool::generated_pool()->FindMethodByName(name);
  if (found == nullptr) {
    std::fprintf(stderr, "no method %s\n", name.c_str());
    std::abort();
  }
  return found;
}

const Message& Prototype(const google::protobuf::Descriptor* type) {
  return *MessageFactory::generated_factory()->GetPrototype(type);
}

std::unique_ptr<Message> Request(const std::string& method, const std::string& text) {
  std::unique_ptr<Message> request(Prototype(FindMethod(method)->input_type()).New());
  if (!google::protobuf::TextFormat::ParseFromString(text, request.get())) {
    std::fprintf(stderr, "not a request of %s: %s\n", method.c_str(), text.c_str());
    std::abort();
  }
  return request;
}

std::string PathOf(const std::string& method) { return absl::StrCat("/", kPackage, method); }

// As the process does: the rows of an import are checked one by one by its handler.
base::Violations Validate(const Message& request) {
  if (request.GetDescriptor()->FindFieldByName("batch") != nullptr) return {};
  return salesops::api::CheckFieldRules(request);
}

// Makes the server when a test first wants it and ends it before the program does.
class SharedServer final : public ::testing::Environment {
 public:
  void TearDown() override { server_.reset(); }
  PerformanceServer& Get() {
    if (!server_) server_ = std::make_unique<PerformanceServer>();
    return *server_;
  }

 private:
  std::unique_ptr<PerformanceServer> server_;
};
SharedServer* const shared_server =
    static_cast<SharedServer*>(::testing::AddGlobalTestEnvironment(new SharedServer));

base::DeadlineContext Soon() { return base::DeadlineContext(absl::Now() + absl::Seconds(20)); }

}  // namespace

struct PerformanceServer::Services {
  Services(const resource::Environment& environment, const roster::Roster* roster)
      : environment(environment),
        transactions(environment, roster),
        measure_values(environment, roster),
        quotas(environment, roster),
        incentive_plans(environment),
        plan_assignments(environment, roster),
        crediting_rules(environment, roster),
        audit(environment.db, environment.sealer) {}

  const resource::Environment environment;
  api::TransactionService transactions;
  api::MeasureValueService measure_values;
  api::QuotaService quotas;
  api::IncentivePlanService incentive_plans;
  api::PlanAssignmentService plan_assignments;
  api::CreditingRuleService crediting_rules;
  salesops::api::Audit audit;
};

PerformanceServer::PerformanceServer()
    : schema_({EventsMigrations(), ApiMigrations(), ResourceMigrations(), roster::Migrations(),
               PerformanceMigrations()}),
      mutations_(&schema_.database()),
      sealer_(std::string(32, 'k')) {
  for (const char* id : {"boss", "s1", "s2", "s3"}) {
    schema_.Execute("INSERT INTO roster_seller VALUES (?, ?, ?, FALSE)", {id, id, id});
  }
  schema_.Execute("INSERT INTO roster_team VALUES ('north', 'North', FALSE)");
  roster_ =
      roster::Roster::Start(&schema_.database(), nullptr, &clock_, {.zone = absl::UTCTimeZone()});
  const absl::Status read = roster_->Refresh();
  if (!read.ok()) std::fprintf(stderr, "roster: %s\n", read.ToString().c_str());
  const resource::Environment environment{&schema_.database(), &mutations_, &sealer_,
                                          absl::UTCTimeZone()};
  services_ = std::make_unique<Services>(environment, roster_.get());
  std::vector<rpc::Binding> bindings;
  bindings.push_back(services_->transactions.Bind());
  bindings.push_back(services_->measure_values.Bind());
  bindings.push_back(services_->quotas.Bind());
  bindings.push_back(services_->incentive_plans.Bind());
  bindings.push_back(services_->plan_assignments.Bind());
  bindings.push_back(services_->crediting_rules.Bind());
  bindings.push_back(services_->audit.Bind("salesops.performance.v1.AuditService"));
  testing::InProcessServer::Options options;
  options.clock = &clock_;
  options.dependencies.validate = Validate;
  options.dependencies.after_success = services_->audit.ReadHook();
  options.dependencies.thread_scope = [] { return std::make_shared<mysql::ThreadRegistration>(); };
  server_ = std::make_unique<testing::InProcessServer>(std::move(bindings), std::move(options));
  for (const char* id : {"s1", "s3"}) {
    server_->access().Grant(id, "performance.*", {.some = true, .sellers = {id}}, id);
  }
  server_->access().Grant("boss", "performance.*", {.some = true, .sellers = {"boss", "s1", "s2"}},
                          "boss");
}

PerformanceServer::~PerformanceServer() = default;

absl::StatusOr<std::unique_ptr<Message>> PerformanceServer::CallByName(const std::string& method,
                                                                       const std::string& request,
                                                                       const std::string& user) {
  std::unique_ptr<Message> response(Prototype(FindMethod(method)->output_type()).New());
  const absl::Status status =
      server_->channel().Call(PathOf(method), *Request(method, request), response.get(),
                              testing::InProcessServer::As(user));
  if (!status.ok()) return status;
  return response;
}

absl::StatusOr<std::vector<std::unique_ptr<Message>>> PerformanceServer::Export(
    const std::string& method, const std::string& request, const std::string& user) {
  std::vector<std::unique_ptr<Message>> parts;
  const absl::Status status = server_->channel().Stream(
      PathOf(method), *Request(method, request), Prototype(FindMethod(method)->output_type()),
      testing::InProcessServer::As(user), [&](const Message& part) {
        parts.emplace_back(part.New())->CopyFrom(part);
        return true;
      });
  if (!status.ok()) return status;
  return parts;
}

absl::StatusOr<std::vector<std::unique_ptr<Message>>> PerformanceServer::Import(
    const std::string& method, const std::vector<std::string>& parts) {
  std::vector<std::unique_ptr<Message>> replies;
  size_t next = 0;
  const absl::Status status = server_->channel().Exchange(
      PathOf(method),
      [&](Message* request) {
        if (next == parts.size()) return false;
        request->CopyFrom(*Request(method, parts[next++]));
        return true;
      },
      Prototype(FindMethod(method)->input_type()), Prototype(FindMethod(method)->output_type()),
      testing::InProcessServer::As("admin"),
      [&](const Message& reply) {
        replies.emplace_back(reply.New())->CopyFrom(reply);
        return true;
      });
  if (!status.ok()) return status;
  return replies;
}

void PerformanceServer::Sequence() {
  (void)events::SequenceOnce(database(), Soon());
  server_->server().WakeProducers();
}

std::vector<events::v1::Event> PerformanceServer::Events() {
  std::vector<events::v1::Event> all;
  Sequence();
  for (int64_t after = 0;;) {
    auto slice = database().Read(
        Soon(), [&](mysql::Connection& c) { return events::ReadEvents(c, after, {}); });
    if (!slice.ok() || slice->seen == after) return all;
    for (events::v1::Event& event : slice->events) all.push_back(std::move(event));
    after = slice->seen;
  }
}

std::vector<std::string> PerformanceServer::EventTypes() {
  std::vector<std::string> types;
  for (const events::v1::Event& event : Events()) {
    types.push_back(event.type().substr(std::string(kPackage).size()));
  }
  return types;
}

std::string PerformanceServer::Now() {
  Sequence();
  const auto now = database().Read(Soon(), [](mysql::Connection& c) {
    return c.QueryOne("SELECT UTC_TIMESTAMP(6)", {}, [](mysql::Row& row) { return row.Time(0); });
  });
  const int64_t micros = absl::ToUnixMicros(now.value().value());
  return absl::StrCat("seconds: ", micros / 1'000'000, " nanos: ", micros % 1'000'000 * 1000);
}

int64_t PerformanceServer::Count(const std::string& table) {
  const auto n = database().Read(Soon(), [&](mysql::Connection& c) {
    return c.QueryOne("SELECT COUNT(*) FROM " + table, {},
                      [](mysql::Row& row) { return row.Int64(0); });
  });
  return n.ok() && *n ? **n : -1;
}

absl::Status PerformanceServer::Tell(const Message& payload) {
  events::v1::Event event;
  event.set_position(++told_);
  event.set_type(payload.GetDescriptor()->full_name());
  payload.SerializeToString(event.mutable_payload());
  static const service::ReadModel* deals = new service::ReadModel(api::DealFacts());
  return database().RunInTransaction(Soon(), [&](mysql::Transaction& tx) {
    return deals->apply(services_->environment, tx, event);
  });
}

void PerformanceServer::Clear() {
  const auto tables = database().Read(Soon(), [](mysql::Connection& c) {
    return c.Query(
        "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND "
        "TABLE_NAME NOT IN ('schema_migration', 'event_head', 'consistency_guard') AND "
        "TABLE_NAME NOT LIKE 'roster%' "
        "LIMIT 1000",
        {}, [](mysql::Row& row) { return row.String(0); });
  });
  for (const std::string& table : tables.value()) schema_.Execute("DELETE FROM " + table);
  clock_.Set(testing::FakeClock().Now());
}

PerformanceServer& PerformanceServerTest::Shared() { return shared_server->Get(); }

}  // namespace salesops::performance
