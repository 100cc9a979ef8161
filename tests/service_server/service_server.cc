#include "tests/service_server/service_server.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/text_format.h"
#include "migrations/api.h"
#include "migrations/events.h"
#include "migrations/resource.h"
#include "shared/api/field_rules.h"
#include "shared/events/event_log.h"

namespace salesops::testing {
namespace {

using google::protobuf::Message;

const Message& Prototype(const google::protobuf::Descriptor* type) {
  return *google::protobuf::MessageFactory::generated_factory()->GetPrototype(type);
}

// As the process does: the rows of an import are checked one by one by its handler.
base::Violations Validate(const Message& request) {
  if (request.GetDescriptor()->FindFieldByName("batch") != nullptr) return {};
  return salesops::api::CheckFieldRules(request);
}

// Adds a copy of each message to `all`.
std::function<bool(const Message&)> Into(ServiceServer::Messages* all) {
  return [all](const Message& message) {
    all->emplace_back(message.New())->CopyFrom(message);
    return true;
  };
}

}  // namespace

ServiceServer::ServiceServer(const std::string& service, const mysql::MigrationSet& own)
    : service_(service),
      package_(absl::StrCat("salesops.", service, ".v1.")),
      schema_(
          {EventsMigrations(), ApiMigrations(), ResourceMigrations(), roster::Migrations(), own}),
      mutations_(&schema_.database()),
      sealer_(std::string(32, 'k')),
      audit_(&schema_.database(), &sealer_) {}

const roster::Roster* ServiceServer::MakeRoster() {
  for (const char* id : {"boss", "s1", "s2", "s3"}) {
    schema_.Execute("INSERT INTO roster_seller VALUES (?, ?, ?, FALSE)", {id, id, id});
  }
  roster_ = roster::Roster::Start(&database(), nullptr, &clock_, {.zone = absl::UTCTimeZone()});
  const absl::Status read = roster_->Refresh();
  if (!read.ok()) std::fprintf(stderr, "roster: %s\n", read.ToString().c_str());
  return roster_.get();
}

void ServiceServer::Serve(std::shared_ptr<void> services, std::vector<rpc::Binding> bindings) {
  services_ = std::move(services);
  bindings.push_back(audit_.Bind(absl::StrCat(package_, "AuditService").c_str()));
  InProcessServer::Options options;
  options.clock = &clock_;
  options.dependencies.validate = Validate;
  options.dependencies.after_success = audit_.ReadHook();
  options.dependencies.thread_scope = [] { return std::make_shared<mysql::ThreadRegistration>(); };
  server_ = std::make_unique<InProcessServer>(std::move(bindings), std::move(options));
  if (roster_ == nullptr) return;
  const std::string everything = service_ + ".*";
  for (const char* id : {"s1", "s3"}) {
    access().Grant(id, everything, {.some = true, .sellers = {id}}, id);
  }
  access().Grant("boss", everything, {.some = true, .sellers = {"boss", "s1", "s2"}}, "boss");
}

base::DeadlineContext ServiceServer::Soon() {
  return base::DeadlineContext(absl::Now() + absl::Seconds(20));
}

std::string ServiceServer::PathOf(const std::string& method) const {
  return absl::StrCat("/", package_, method);
}

const google::protobuf::MethodDescriptor& ServiceServer::FindMethod(
    const std::string& method) const {
  const std::string name = absl::StrCat(package_, absl::StrJoin(absl::StrSplit(method, '/'), "."));
  const auto* found = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
  if (found == nullptr) {
    std::fprintf(stderr, "no method %s\n", name.c_str());
    std::abort();
  }
  return *found;
}

std::unique_ptr<Message> ServiceServer::Request(const std::string& method,
                                                const std::string& text) const {
  std::unique_ptr<Message> request(Prototype(FindMethod(method).input_type()).New());
  if (!google::protobuf::TextFormat::ParseFromString(text, request.get())) {
    std::fprintf(stderr, "not a request of %s: %s\n", method.c_str(), text.c_str());
    std::abort();
  }
  return request;
}

absl::StatusOr<std::unique_ptr<Message>> ServiceServer::CallByName(const std::string& method,
                                                                   const std::string& request,
                                                                   const std::string& user) {
  std::unique_ptr<Message> response(Prototype(FindMethod(method).output_type()).New());
  const absl::Status status = server_->channel().Call(PathOf(method), *Request(method, request),
                                                      response.get(), InProcessServer::As(user));
  if (!status.ok()) return status;
  return response;
}

absl::StatusOr<ServiceServer::Messages> ServiceServer::Export(const std::string& method,
                                                              const std::string& request,
                                                              const std::string& user) {
  Messages parts;
  const absl::Status status = server_->channel().Stream(PathOf(method), *Request(method, request),
                                                        Prototype(FindMethod(method).output_type()),
                                                        InProcessServer::As(user), Into(&parts));
  if (!status.ok()) return status;
  return parts;
}

absl::StatusOr<ServiceServer::Messages> ServiceServer::Import(
    const std::string& method, const std::vector<std::string>& parts) {
  Messages replies;
  size_t next = 0;
  const absl::Status status = server_->channel().Exchange(
      PathOf(method),
      [&](Message* request) {
        if (next == parts.size()) return false;
        request->CopyFrom(*Request(method, parts[next++]));
        return true;
      },
      Prototype(FindMethod(method).input_type()), Prototype(FindMethod(method).output_type()),
      InProcessServer::As("admin"), Into(&replies));
  if (!status.ok()) return status;
  return replies;
}

void ServiceServer::Sequence() {
  (void)events::SequenceOnce(database(), Soon());
  server_->server().WakeProducers();
}

std::vector<events::v1::Event> ServiceServer::Events(const std::string& type) {
  std::vector<std::string> types;
  if (!type.empty()) types.push_back(package_ + type);
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

std::vector<std::string> ServiceServer::EventTypes() {
  std::vector<std::string> types;
  for (const events::v1::Event& event : Events()) {
    types.push_back(event.type().substr(package_.size()));
  }
  return types;
}

std::string ServiceServer::Now() {
  Sequence();
  const auto now = database().Read(Soon(), [](mysql::Connection& c) {
    return c.QueryOne("SELECT UTC_TIMESTAMP(6)", {}, [](mysql::Row& row) { return row.Time(0); });
  });
  const int64_t micros = absl::ToUnixMicros(now.value().value());
  return absl::StrCat("seconds: ", micros / 1'000'000, " nanos: ", micros % 1'000'000 * 1000);
}

int64_t ServiceServer::Count(const std::string& table) {
  const auto n = database().Read(Soon(), [&](mysql::Connection& c) {
    return c.QueryOne("SELECT COUNT(*) FROM " + table, {},
                      [](mysql::Row& row) { return row.Int64(0); });
  });
  return n.ok() && *n ? **n : -1;
}

void ServiceServer::Clear() {
  const auto tables = database().Read(Soon(), [&](mysql::Connection& c) {
    return c.Query(
        absl::StrCat("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = "
                     "DATABASE() AND TABLE_NAME NOT IN ('schema_migration', 'event_head', "
                     "'consistency_guard') ",
                     roster_ == nullptr ? "" : "AND TABLE_NAME NOT LIKE 'roster%' ", "LIMIT 1000"),
        {}, [](mysql::Row& row) { return row.String(0); });
  });
  for (const std::string& table : tables.value()) schema_.Execute("DELETE FROM " + table);
  clock_.Set(FakeClock().Now());
}

}  // namespace salesops::testing
