#include "tests/integration/pipeline_server.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/text_format.h"
#include "migrations/api.h"
#include "migrations/events.h"
#include "migrations/pipeline.h"
#include "migrations/resource.h"
#include "services/pipeline/api/account_service.h"
#include "services/pipeline/api/activity_service.h"
#include "services/pipeline/api/attribute_definition_service.h"
#include "services/pipeline/api/competitor_service.h"
#include "services/pipeline/api/contact_service.h"
#include "services/pipeline/api/erasure.h"
#include "services/pipeline/api/lead_service.h"
#include "services/pipeline/api/opportunity_service.h"
#include "services/pipeline/api/product_service.h"
#include "services/pipeline/api/retention_rule_service.h"
#include "services/pipeline/api/sales_process_service.h"
#include "shared/api/audit.h"
#include "shared/api/field_rules.h"
#include "shared/events/event_log.h"

namespace salesops::pipeline {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

constexpr char kPackage[] = "salesops.pipeline.v1.";

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
  PipelineServer& Get() {
    if (!server_) server_ = std::make_unique<PipelineServer>();
    return *server_;
  }

 private:
  std::unique_ptr<PipelineServer> server_;
};
SharedServer* const shared_server =
    static_cast<SharedServer*>(::testing::AddGlobalTestEnvironment(new SharedServer));

base::DeadlineContext Soon() { return base::DeadlineContext(absl::Now() + absl::Seconds(20)); }

}  // namespace

struct PipelineServer::Services {
  Services(const resource::Environment& environment, const roster::Roster* roster)
      : accounts(environment, roster),
        processes(environment),
        opportunities(environment, roster),
        products(environment),
        competitors(environment),
        attributes(environment),
        contacts(environment, roster),
        leads(environment, roster,
              {&accounts.accounts(), &contacts.contacts(), &opportunities.opportunities()}),
        activities(environment, roster),
        erasure(environment, {&contacts.contacts(), &leads.leads(), &activities.activities()}),
        retention(environment, &erasure, &activities.activities()),
        audit(environment.db, environment.sealer) {}

  api::AccountService accounts;
  api::SalesProcessService processes;
  api::OpportunityService opportunities;
  api::ProductService products;
  api::CompetitorService competitors;
  api::AttributeDefinitionService attributes;
  api::ContactService contacts;
  api::LeadService leads;
  api::ActivityService activities;
  api::PersonErasure erasure;
  api::RetentionRuleService retention;
  salesops::api::Audit audit;
};

PipelineServer::PipelineServer()
    : schema_({EventsMigrations(), ApiMigrations(), ResourceMigrations(), roster::Migrations(),
               PipelineMigrations()}),
      mutations_(&schema_.database()),
      sealer_(std::string(32, 'k')) {
  for (const char* id : {"boss", "s1", "s2", "s3"}) {
    schema_.Execute("INSERT INTO roster_seller VALUES (?, ?, ?, FALSE)", {id, id, id});
  }
  roster_ =
      roster::Roster::Start(&schema_.database(), nullptr, &clock_, {.zone = absl::UTCTimeZone()});
  const absl::Status read = roster_->Refresh();
  if (!read.ok()) std::fprintf(stderr, "roster: %s\n", read.ToString().c_str());
  const resource::Environment environment{&schema_.database(), &mutations_, &sealer_,
                                          absl::UTCTimeZone()};
  services_ = std::make_unique<Services>(environment, roster_.get());
  std::vector<rpc::Binding> bindings;
  bindings.push_back(services_->accounts.Bind());
  bindings.push_back(services_->processes.Bind());
  bindings.push_back(services_->opportunities.Bind());
  bindings.push_back(services_->products.Bind());
  bindings.push_back(services_->competitors.Bind());
  bindings.push_back(services_->attributes.Bind());
  bindings.push_back(services_->contacts.Bind(&services_->erasure));
  bindings.push_back(services_->leads.Bind(&services_->erasure));
  bindings.push_back(services_->activities.Bind());
  bindings.push_back(services_->retention.Bind());
  bindings.push_back(services_->audit.Bind("salesops.pipeline.v1.AuditService"));
  testing::InProcessServer::Options options;
  options.clock = &clock_;
  options.dependencies.validate = Validate;
  options.dependencies.after_success = services_->audit.ReadHook();
  options.dependencies.thread_scope = [] { return std::make_shared<mysql::ThreadRegistration>(); };
  server_ = std::make_unique<testing::InProcessServer>(std::move(bindings), std::move(options));
  for (const char* id : {"s1", "s3"}) {
    server_->access().Grant(id, "pipeline.*", {.some = true, .sellers = {id}}, id);
  }
  server_->access().Grant("boss", "pipeline.*", {.some = true, .sellers = {"boss", "s1", "s2"}},
                          "boss");
}

PipelineServer::~PipelineServer() = default;

absl::StatusOr<std::unique_ptr<Message>> PipelineServer::CallByName(const std::string& method,
                                                                    const std::string& request,
                                                                    const std::string& user) {
  std::unique_ptr<Message> response(Prototype(FindMethod(method)->output_type()).New());
  const absl::Status status =
      server_->channel().Call(PathOf(method), *Request(method, request), response.get(),
                              testing::InProcessServer::As(user));
  if (!status.ok()) return status;
  return response;
}

absl::StatusOr<std::vector<std::unique_ptr<Message>>> PipelineServer::Export(
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

absl::StatusOr<std::vector<std::unique_ptr<Message>>> PipelineServer::Import(
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

void PipelineServer::Sequence() {
  (void)events::SequenceOnce(database(), Soon());
  server_->server().WakeProducers();
}

std::vector<events::v1::Event> PipelineServer::Events() {
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

std::vector<std::string> PipelineServer::EventTypes() {
  std::vector<std::string> types;
  for (const events::v1::Event& event : Events()) {
    types.push_back(event.type().substr(std::string(kPackage).size()));
  }
  return types;
}

std::string PipelineServer::Now() {
  Sequence();
  const auto now = database().Read(Soon(), [](mysql::Connection& c) {
    return c.QueryOne("SELECT UTC_TIMESTAMP(6)", {}, [](mysql::Row& row) { return row.Time(0); });
  });
  const int64_t micros = absl::ToUnixMicros(now.value().value());
  return absl::StrCat("seconds: ", micros / 1'000'000, " nanos: ", micros % 1'000'000 * 1000);
}

int64_t PipelineServer::Count(const std::string& table) {
  const auto n = database().Read(Soon(), [&](mysql::Connection& c) {
    return c.QueryOne("SELECT COUNT(*) FROM " + table, {},
                      [](mysql::Row& row) { return row.Int64(0); });
  });
  return n.ok() && *n ? **n : -1;
}

void PipelineServer::MakeProcess() {
  const std::string service = "SalesProcessService/";
  for (const auto& [method, request] : std::vector<std::pair<std::string, std::string>>{
           {"CreateSalesProcess",
            "sales_process_id: 'direct' sales_process { display_name: 'Direct sales' }"},
           {"CreateSalesProcessVersion",
            "parent: 'salesProcesses/direct' sales_process_version_id: 'v1' "
            "sales_process_version { "
            "  stages { id: 'lead' display_name: 'Lead' kind: KIND_OPEN } "
            "  stages { id: 'offer' display_name: 'Offer' kind: KIND_OPEN } "
            "  stages { id: 'won' display_name: 'Won' kind: KIND_WON } "
            "  stages { id: 'lost' display_name: 'Lost' kind: KIND_LOST } }"},
           {"PublishSalesProcessVersion", "name: 'salesProcesses/direct/versions/v1'"}}) {
    const auto made = CallByName(service + method, request);
    EXPECT_TRUE(made.ok()) << made.status();
  }
}

void PipelineServer::Clear() {
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

PipelineServer& PipelineServerTest::Shared() { return shared_server->Get(); }

}  // namespace salesops::pipeline
