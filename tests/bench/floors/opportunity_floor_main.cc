// The floor under pipeline: the smallest honest server that answers GetOpportunity,
// CreateOpportunity and AdvanceOpportunity with the same statements, connection pool, worker pool
// and sequencer as the service. No token, no rules, no log line, no metrics, no retry of a request
// by its id.
//
//   opportunity_floor --listen 127.0.0.1:9101 --database_port … (see --help)
//   opportunity_floor --listen … --constant      answers GetOpportunity without a database: what
//                                                proxies are measured in front of
//
// The statements are those that the service sends, taken from the general log of the database; when
// a store of pipeline changes its SQL, change it here.
#include <google/protobuf/util/time_util.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/codegen/rpc_service_method.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/codegen/service_type.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "salesops/pipeline/v1/events.pb.h"
#include "salesops/pipeline/v1/opportunity.pb.h"
#include "shared/base/id.h"
#include "shared/events/event_log.h"
#include "shared/mysql/database.h"
#include "shared/rpc/worker_pool.h"
#include "shared/status/macros.h"

namespace salesops::bench {
namespace {

using grpc::ByteBuffer;
namespace v1 = pipeline::v1;

constexpr int kWorkers = 12;  // pipeline's defaults
constexpr int kQueue = 64;

std::string ReadFile(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

void SetTime(absl::Time t, google::protobuf::Timestamp* proto) {
  *proto = google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(t));
}

void SetDay(base::CivilDay day, google::type::Date* proto) {
  proto->set_year(static_cast<int>(day.year()));
  proto->set_month(day.month());
  proto->set_day(day.day());
}

constexpr char kSelectOpportunity[] =
    "SELECT r.id, r.display_name, r.account_id, r.owner_id, r.process_id, r.version_id, r.stage, "
    "r.state, r.open_date, r.expected_close_date, r.close_date, r.source, r.outcome_reason, "
    "r.stage_entered_time, r.external_keys, r.attributes, r.step_completions, r.approvals, "
    "r.amount_currency, r.amount_value, r.forecast_category, r.line_items, r.contact_roles, "
    "r.splits, r.competitors, r.version, r.create_time, r.update_time, r.archive_time, "
    "r.recorded_from FROM opportunity r WHERE r.id = ? LIMIT 1";
constexpr char kInsertOpportunityHistory[] =
    "INSERT INTO opportunity_history (id, display_name, account_id, owner_id, process_id, "
    "version_id, stage, state, open_date, expected_close_date, close_date, source, "
    "outcome_reason, stage_entered_time, external_keys, attributes, step_completions, approvals, "
    "amount_currency, amount_value, forecast_category, line_items, contact_roles, splits, "
    "competitors, version, create_time, update_time, archive_time, recorded_from, recorded_to) "
    "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,LAST_INSERT_ID() + "
    "?,9223372036854775807)";
constexpr char kInsertTransition[] =
    "INSERT INTO stage_transition (opportunity_id, id, from_stage, to_stage, kind, "
    "transition_time, actor, reason, override_reason, unmet_criteria, version, create_time, "
    "update_time, archive_time, recorded_from) VALUES "
    "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,LAST_INSERT_ID() + ?)";
constexpr char kInsertFact[] =
    "INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, occurred_at, traceparent, "
    "actor) VALUES (?,?,?,?,?,?,?,?)";
constexpr char kSelectDefinitions[] =
    "SELECT r.id, r.collection, r.attr_key, r.display_name, r.type, r.unit, r.allowed_values, "
    "r.min_value, r.max_value, r.required_from_stage, r.filterable, r.external_keys, r.version, "
    "r.create_time, r.update_time, r.archive_time, r.recorded_from FROM attribute_definition r "
    "WHERE TRUE AND r.archive_time IS NULL AND (r.collection = 2) ORDER BY r.id ASC LIMIT 1001";
constexpr char kTraceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

v1::Opportunity FromRow(mysql::Row& r) {
  v1::Opportunity o;
  o.set_name("opportunities/" + r.String(0));
  o.set_display_name(r.String(1));
  o.set_account("accounts/" + r.String(2));
  o.set_owner("sellers/" + r.String(3));
  o.set_process_version(absl::StrCat("salesProcesses/", r.String(4), "/versions/", r.String(5)));
  o.set_stage(r.String(6));
  o.set_state(static_cast<v1::Opportunity::State>(r.Int64(7)));
  SetDay(r.Day(8), o.mutable_open_date());
  if (auto day = r.OptionalDay(9)) SetDay(*day, o.mutable_expected_close_date());
  if (auto day = r.OptionalDay(10)) SetDay(*day, o.mutable_close_date());
  o.set_source(r.String(11));
  o.set_outcome_reason(r.String(12));
  SetTime(r.Time(13), o.mutable_stage_entered_time());
  // External keys, attributes, steps and approvals: empty in the rows of the bench.
  for (int part = 14; part < 18; ++part) r.String(part);
  if (auto currency = r.OptionalString(18)) {
    o.mutable_amount()->set_currency_code(*currency);
    o.mutable_amount()->set_units(
        static_cast<int64_t>(r.Decimal(19).Round(0, base::Rounding::kDown).unscaled()));
  }
  o.set_forecast_category(static_cast<v1::Opportunity::ForecastCategory>(r.Int64(20)));
  for (int part = 21; part < 25; ++part) r.String(part);  // empty too
  o.set_etag(absl::StrCat(r.Int64(25)));
  SetTime(r.Time(26), o.mutable_create_time());
  SetTime(r.Time(27), o.mutable_update_time());
  if (auto archived = r.OptionalTime(28)) SetTime(*archived, o.mutable_archive_time());
  return o;
}

class Store {
 public:
  explicit Store(mysql::DatabaseOptions options) {
    options.connections = kWorkers;
    db_ = *mysql::Database::Create(options);
    options.connections = 2;
    options.session_wait_timeout = absl::Seconds(3);
    background_ = *mysql::Database::Create(options);
    sequencer_ = events::Sequencer::Start(background_.get(), {});
  }

  absl::StatusOr<v1::Opportunity> Get(const std::string& id) {
    ASSIGN_OR_RETURN(std::optional<v1::Opportunity> found,
                     db_->Read(Deadline(), [&](mysql::Connection& c) {
                       return c.QueryOne(kSelectOpportunity, {id}, FromRow);
                     }));
    if (!found) return absl::NotFoundError(id);
    return *std::move(found);
  }

  absl::StatusOr<v1::Opportunity> Create(const v1::CreateOpportunityRequest& request) {
    v1::OpportunityCreated fact;
    absl::Status status = db_->RunInTransaction(
        Deadline(), [&](mysql::Transaction& tx) { return CreateIn(tx, request, &fact); });
    if (!status.ok()) return status;
    sequencer_->Wake();
    return std::move(*fact.mutable_opportunity());
  }

  absl::StatusOr<v1::Opportunity> Advance(const v1::AdvanceOpportunityRequest& request) {
    v1::OpportunityAdvanced fact;
    absl::Status status = db_->RunInTransaction(
        Deadline(), [&](mysql::Transaction& tx) { return AdvanceIn(tx, request, &fact); });
    if (!status.ok()) return status;
    sequencer_->Wake();
    return std::move(*fact.mutable_opportunity());
  }

 private:
  static base::DeadlineContext Deadline() {
    return base::DeadlineContext(absl::Now() + absl::Seconds(30));
  }

  static absl::Status CreateIn(mysql::Transaction& tx, const v1::CreateOpportunityRequest& request,
                               v1::OpportunityCreated* fact) {
    const absl::Time now = absl::Now();
    const base::CivilDay today = absl::ToCivilDay(now, absl::UTCTimeZone());
    const std::string principal = "user:bench";
    const std::string method = "salesops.pipeline.v1.OpportunityService.CreateOpportunity";
    const std::string id = base::GenerateId();
    const std::string transition_id = base::GenerateId();
    const v1::Opportunity& asked = request.opportunity();

    RETURN_IF_ERROR(tx.Execute("INSERT INTO request (principal, method, request_id, request_hash, "
                               "created_at) VALUES (?, ?, ?, ?, ?)",
                               {principal, method, request.request_id(),
                                mysql::Bytes{std::string(32, '\0')}, now})
                        .status());
    RETURN_IF_ERROR(tx.Query("SELECT id, archive_time FROM account WHERE id IN (?) LIMIT 1",
                             {"bench"}, [](mysql::Row& r) { return r.String(0); })
                        .status());
    RETURN_IF_ERROR(
        tx.Query("SELECT r.process_id, r.id, r.stages, r.state, r.publish_time, r.external_keys, "
                 "r.extras, r.retire_time, r.version, r.create_time, r.update_time, "
                 "r.archive_time, r.recorded_from FROM "
                 "sales_process_version r WHERE ((r.process_id = ? AND r.id = ?)) ORDER BY "
                 "r.process_id, r.id LIMIT 1",
                 {"bench", "v1"}, [](mysql::Row& r) { return r.String(2); })
            .status());

    v1::Opportunity& o = *fact->mutable_opportunity();
    o = asked;
    o.set_name("opportunities/" + id);
    o.set_stage("qualify");
    o.set_state(v1::Opportunity::STATE_OPEN);
    SetDay(today, o.mutable_open_date());
    o.set_forecast_category(v1::Opportunity::FORECAST_CATEGORY_PIPELINE);
    o.set_etag("1");
    for (auto* time :
         {o.mutable_stage_entered_time(), o.mutable_create_time(), o.mutable_update_time()}) {
      SetTime(now, time);
    }
    v1::StageTransition& t = *fact->mutable_stage_transition();
    t.set_name(absl::StrCat(o.name(), "/transitions/", transition_id));
    t.set_to_stage(o.stage());
    t.set_kind(v1::StageTransition::KIND_CREATE);
    t.set_actor(principal);
    SetTime(now, t.mutable_transition_time());
    SetTime(now, t.mutable_create_time());

    RETURN_IF_ERROR(
        tx.Query(kSelectDefinitions, {}, [](mysql::Row& r) { return r.String(0); }).status());
    RETURN_IF_ERROR(tx.Execute(kInsertFact, {base::GenerateUuid(), "opportunity", o.name(),
                                             "salesops.pipeline.v1.OpportunityCreated",
                                             mysql::Bytes{fact->SerializeAsString()}, now,
                                             kTraceparent, principal})
                        .status());
    const mysql::Params row = {id,
                               o.display_name(),
                               "bench",
                               "bench",
                               "bench",
                               "v1",
                               o.stage(),
                               1,
                               today,
                               std::nullopt,
                               std::nullopt,
                               o.source(),
                               "",
                               now,
                               "[]",
                               "{}",
                               "",
                               "",
                               o.amount().currency_code(),
                               base::Decimal::FromInt(o.amount().units()),
                               1,
                               "[]",
                               "[]",
                               "[]",
                               "[]",
                               1,
                               now,
                               now,
                               std::nullopt,
                               0};
    RETURN_IF_ERROR(
        tx.Execute(
              "INSERT INTO opportunity (id, display_name, account_id, owner_id, process_id, "
              "version_id, stage, state, open_date, expected_close_date, close_date, source, "
              "outcome_reason, stage_entered_time, external_keys, attributes, "
              "step_completions, approvals, amount_currency, amount_value, forecast_category, "
              "line_items, contact_roles, "
              "splits, competitors, version, create_time, update_time, "
              "archive_time, recorded_from) VALUES "
              "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,LAST_INSERT_ID() + ?)",
              row)
            .status());
    RETURN_IF_ERROR(tx.Execute(kInsertOpportunityHistory, row).status());
    RETURN_IF_ERROR(
        tx.Execute(kInsertTransition, {id, transition_id, "", o.stage(), 1, now, principal, "", "",
                                       "[]", 1, now, now, std::nullopt, 0})
            .status());
    return tx
        .Execute(
            "UPDATE request SET response = ? WHERE principal = ? AND method = ? AND "
            "request_id = ?",
            {mysql::Bytes{o.SerializeAsString()}, principal, method, request.request_id()})
        .status();
  }

  // The row as it is, in the order of its columns but the last.
  static mysql::Params ValuesOf(mysql::Row& r) {
    mysql::Params row;
    for (int i = 0; i < 7; ++i) row.push_back(r.String(i));
    row.push_back(r.Int64(7));
    row.push_back(r.Day(8));
    row.push_back(r.OptionalDay(9));
    row.push_back(r.OptionalDay(10));
    row.push_back(r.String(11));
    row.push_back(r.String(12));
    row.push_back(r.Time(13));
    for (int i = 14; i < 18; ++i) row.push_back(r.String(i));
    row.push_back(r.OptionalString(18));
    row.push_back(r.OptionalDecimal(19));
    row.push_back(r.Int64(20));
    for (int i = 21; i < 25; ++i) row.push_back(r.String(i));
    row.push_back(r.Int64(25));
    row.push_back(r.Time(26));
    row.push_back(r.Time(27));
    row.push_back(r.OptionalTime(28));
    return row;
  }

  static absl::Status AdvanceIn(mysql::Transaction& tx,
                                const v1::AdvanceOpportunityRequest& request,
                                v1::OpportunityAdvanced* fact) {
    const absl::Time now = absl::Now();
    const std::string principal = "user:bench";
    const std::string method = "salesops.pipeline.v1.OpportunityService.AdvanceOpportunity";
    const std::string id(absl::StripPrefix(request.name(), "opportunities/"));
    const std::string transition_id = base::GenerateId();
    RETURN_IF_ERROR(tx.Execute("INSERT INTO request (principal, method, request_id, request_hash, "
                               "created_at) VALUES (?, ?, ?, ?, ?)",
                               {principal, method, request.request_id(),
                                mysql::Bytes{std::string(32, '\0')}, now})
                        .status());
    mysql::Params row;
    int64_t recorded_from = 0;
    ASSIGN_OR_RETURN(
        std::optional<v1::Opportunity> found,
        tx.QueryOne(absl::StrCat(kSelectOpportunity, " FOR UPDATE"), {id}, [&](mysql::Row& r) {
          row = ValuesOf(r);
          recorded_from = r.Int64(29);
          return FromRow(r);
        }));
    if (!found) return absl::NotFoundError(id);
    const auto text = [](mysql::Row& r) { return r.String(0); };
    RETURN_IF_ERROR(
        tx.Query("SELECT r.process_id, r.id, r.stages, r.state, r.publish_time, r.external_keys, "
                 "r.extras, r.retire_time, r.version, r.create_time, r.update_time, "
                 "r.archive_time, r.recorded_from FROM sales_process_version r WHERE "
                 "r.process_id = ? AND r.id = ? LIMIT 1",
                 {row[4], row[5]}, text)
            .status());
    RETURN_IF_ERROR(tx.Query(kSelectDefinitions, {}, text).status());
    RETURN_IF_ERROR(
        tx.Query("SELECT r.id, r.display_name, r.industry, r.region, r.country, r.grade, "
                 "r.owner_id, r.parent_id, r.website, r.employee_count, r.founded_year, "
                 "r.external_keys, r.attributes, r.annual_revenue_currency, "
                 "r.annual_revenue_value, r.version, r.create_time, r.update_time, "
                 "r.archive_time, r.recorded_from FROM account r WHERE r.id = ? LIMIT 1",
                 {row[2]}, text)
            .status());

    v1::Opportunity& o = *fact->mutable_opportunity();
    v1::StageTransition& t = *fact->mutable_stage_transition();
    o = *std::move(found);
    t.set_name(absl::StrCat(o.name(), "/transitions/", transition_id));
    t.set_from_stage(o.stage());
    t.set_to_stage(request.stage());
    t.set_kind(v1::StageTransition::KIND_ADVANCE);
    t.set_actor(principal);
    SetTime(now, t.mutable_transition_time());
    SetTime(now, t.mutable_create_time());
    o.set_stage(request.stage());
    SetTime(now, o.mutable_stage_entered_time());
    SetTime(now, o.mutable_update_time());
    const int64_t version = std::stoll(o.etag()) + 1;
    o.set_etag(absl::StrCat(version));
    row[6] = o.stage();
    row[13] = now;
    row[25] = version;
    row[27] = now;

    RETURN_IF_ERROR(tx.Execute(kInsertFact, {base::GenerateUuid(), "opportunity", o.name(),
                                             "salesops.pipeline.v1.OpportunityAdvanced",
                                             mysql::Bytes{fact->SerializeAsString()}, now,
                                             kTraceparent, principal})
                        .status());
    mysql::Params update(row.begin() + 1, row.end());
    for (const mysql::Value& v : {mysql::Value(0), mysql::Value(id), mysql::Value(version - 1)}) {
      update.push_back(v);
    }
    RETURN_IF_ERROR(
        tx.Execute("UPDATE opportunity SET display_name = ?, account_id = ?, owner_id = ?, "
                   "process_id = ?, version_id = ?, stage = ?, state = ?, open_date = ?, "
                   "expected_close_date = ?, close_date = ?, source = ?, outcome_reason = ?, "
                   "stage_entered_time = ?, external_keys = ?, attributes = ?, "
                   "step_completions = ?, approvals = ?, amount_currency = ?, amount_value = ?, "
                   "forecast_category = ?, line_items = ?, contact_roles = ?, splits = ?, "
                   "competitors = ?, version = ?, create_time = ?, update_time = ?, "
                   "archive_time = ?, recorded_from = LAST_INSERT_ID() + ? WHERE id = ? AND "
                   "version = ?",
                   update)
            .status());
    RETURN_IF_ERROR(tx.Execute("UPDATE opportunity_history SET recorded_to = LAST_INSERT_ID() + ? "
                               "WHERE id = ? AND recorded_from = ?",
                               {0, id, recorded_from})
                        .status());
    row.push_back(0);
    RETURN_IF_ERROR(tx.Execute(kInsertOpportunityHistory, row).status());
    RETURN_IF_ERROR(
        tx.Execute(kInsertTransition, {id, transition_id, t.from_stage(), t.to_stage(), 2, now,
                                       principal, "", "", "[]", 1, now, now, std::nullopt, 0})
            .status());
    return tx
        .Execute(
            "UPDATE request SET response = ? WHERE principal = ? AND method = ? AND "
            "request_id = ?",
            {mysql::Bytes{o.SerializeAsString()}, principal, method, request.request_id()})
        .status();
  }

  std::unique_ptr<mysql::Database> db_, background_;
  std::unique_ptr<events::Sequencer> sequencer_;
};

v1::Opportunity ConstantOpportunity() {
  v1::Opportunity o;
  o.set_name("opportunities/bench-1");
  o.set_display_name("Framework agreement 1");
  o.set_account("accounts/bench");
  o.set_owner("sellers/bench");
  o.set_process_version("salesProcesses/bench/versions/v1");
  o.set_stage("qualify");
  o.set_state(v1::Opportunity::STATE_OPEN);
  o.mutable_amount()->set_currency_code("CNY");
  o.mutable_amount()->set_units(10001);
  o.set_source("trade fair");
  o.set_etag("1");
  return o;
}

// Answers on the worker pool, or in place if there is none.
class FloorService final : public grpc::Service {
 public:
  FloorService(Store* store, rpc::WorkerPool* pool) : store_(store), pool_(pool) {
    AddUnary<v1::GetOpportunityRequest>(
        "GetOpportunity", [this](const v1::GetOpportunityRequest& request) {
          return store_->Get(std::string(absl::StripPrefix(request.name(), "opportunities/")));
        });
    AddUnary<v1::CreateOpportunityRequest>(
        "CreateOpportunity",
        [this](const v1::CreateOpportunityRequest& request) { return store_->Create(request); });
    AddUnary<v1::AdvanceOpportunityRequest>(
        "AdvanceOpportunity",
        [this](const v1::AdvanceOpportunityRequest& request) { return store_->Advance(request); });
  }

 private:
  template <class Request, class Answer>
  void AddUnary(const char* method, Answer answer) {
    paths_.push_back(std::make_unique<std::string>(
        absl::StrCat("/salesops.pipeline.v1.OpportunityService/", method)));
    AddMethod(new grpc::internal::RpcServiceMethod(paths_.back()->c_str(),
                                                   grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
    MarkMethodRawCallback(
        static_cast<int>(paths_.size()) - 1,
        new grpc::internal::CallbackUnaryHandler<ByteBuffer, ByteBuffer>(
            [this, answer](grpc::CallbackServerContext* context, const ByteBuffer* in,
                           ByteBuffer* out) {
              grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
              if (store_ == nullptr) {
                reactor->Finish(Write(constant_, out));
              } else if (!pool_->TryPushCall(
                             [=] { reactor->Finish(Answered<Request>(answer, *in, out)); })) {
                reactor->Finish({grpc::StatusCode::RESOURCE_EXHAUSTED, "queue is full"});
              }
              return reactor;
            }));
  }

  template <class Request, class Answer>
  static grpc::Status Answered(const Answer& answer, ByteBuffer in, ByteBuffer* out) {
    Request request;
    const grpc::Status parsed =
        grpc::GenericDeserialize<grpc::ProtoBufferReader, Request>(&in, &request);
    if (!parsed.ok()) return parsed;
    const absl::StatusOr<v1::Opportunity> o = answer(request);
    if (!o.ok()) {
      return {static_cast<grpc::StatusCode>(o.status().code()), std::string(o.status().message())};
    }
    return Write(*o, out);
  }

  static grpc::Status Write(const v1::Opportunity& o, ByteBuffer* out) {
    bool own_buffer;
    return grpc::GenericSerialize<grpc::ProtoBufferWriter, v1::Opportunity>(o, out, &own_buffer);
  }

  Store* const store_;  // null = every answer is the constant
  rpc::WorkerPool* const pool_;
  const v1::Opportunity constant_ = ConstantOpportunity();
  std::vector<std::unique_ptr<std::string>> paths_;  // gRPC keeps pointers into them
};

struct Settings {
  std::string listen, tls_cert, tls_key, password_file;
  bool constant = false;
  mysql::DatabaseOptions database;
};

std::shared_ptr<grpc::ServerCredentials> Credentials(const Settings& s) {
  if (s.tls_cert.empty()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions tls;
  tls.pem_key_cert_pairs.push_back({ReadFile(s.tls_key), ReadFile(s.tls_cert)});
  return grpc::SslServerCredentials(tls);
}

int Serve(const Settings& s) {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  std::unique_ptr<Store> store;
  if (!s.constant) store = std::make_unique<Store>(s.database);
  rpc::WorkerPool pool(kWorkers, kQueue, nullptr);
  FloorService service(store.get(), &pool);
  grpc::ServerBuilder builder;
  builder.AddListeningPort(s.listen, Credentials(s));
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  std::printf("serving\n");
  std::fflush(stdout);
  int signal = 0;
  sigwait(&stop, &signal);
  server->Shutdown(absl::ToChronoTime(absl::Now() + absl::Seconds(2)));
  return 0;
}

}  // namespace
}  // namespace salesops::bench

int main(int argc, char** argv) {
  // As the product does.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  salesops::bench::Settings s;
  CLI::App app("The floor under pipeline's figures.");
  app.add_option("--listen", s.listen, "host:port")->required();
  app.add_option("--tls_cert", s.tls_cert, "certificate (PEM); absent = no TLS");
  app.add_option("--tls_key", s.tls_key, "its key (PEM)");
  app.add_flag("--constant", s.constant, "answer without a database");
  app.add_option("--database_host", s.database.host, "");
  app.add_option("--database_port", s.database.port, "");
  app.add_option("--database_name", s.database.name, "pipeline's schema, migrated");
  app.add_option("--database_user", s.database.user, "");
  app.add_option("--database_password_file", s.password_file, "");
  app.add_option("--database_tls_ca", s.database.tls_ca, "");
  CLI11_PARSE(app, argc, argv);
  if (!s.password_file.empty()) s.database.password = salesops::bench::ReadFile(s.password_file);
  return salesops::bench::Serve(s);
}
