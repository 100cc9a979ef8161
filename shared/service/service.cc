#include "shared/service/service.h"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "migrations/api.h"
#include "migrations/events.h"
#include "migrations/resource.h"
#include "shared/api/audit.h"
#include "shared/api/request_replay.h"
#include "shared/auth/token.h"
#include "shared/events/event_log.h"
#include "shared/events/event_service.h"
#include "shared/log/log.h"
#include "shared/metrics/admin_server.h"
#include "shared/metrics/metrics.h"
#include "shared/mysql/database.h"
#include "shared/rpc/channel.h"
#include "shared/rpc/server.h"
#include "shared/service/validate.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::service {
namespace {

constexpr int kBackgroundConnections =
    4;  // sequencer, roster consumer, roster reader, housekeeping; one more for each read model

struct Settings {
  config::HostPort listen{"127.0.0.1", 0};
  config::HostPort admin_listen{"127.0.0.1", 0};
  std::string database_host = "127.0.0.1";
  int database_port = 3306;
  std::string database_name;
  std::string database_user;
  config::Secret database_password;
  std::string database_tls_ca;
  std::string tls_cert, tls_key, tls_ca;
  std::string token_keys, token_issuer, token_audience;
  config::Secret page_token_key;
  config::HostPort organization;
  std::map<std::string, config::HostPort> peers;  // of the read models, by name
  std::string zone_name = "Asia/Shanghai";
  std::string log_level = "info";
  int workers = 12;
  int queue = 64;
  absl::Duration drain_wait = absl::Seconds(5);
  bool migrate = false;

  absl::TimeZone zone;
};

void AddCommonFlags(config::Flags& flags, Settings& s) {
  flags.Address("listen", &s.listen, "address of the gRPC port");
  flags.Address("admin_listen", &s.admin_listen, "address of /metrics, /livez and /readyz");
  flags.String("database_host", &s.database_host, "host of the MySQL server");
  flags.Int("database_port", &s.database_port, "port of the MySQL server", {1, 65535});
  flags.String("database_name", &s.database_name, "schema of this service").Required();
  flags.String("database_user", &s.database_user, "user with rights on that schema alone")
      .Required();
  flags.SecretFile("database_password_file", &s.database_password, "file with its password");
  flags.ExistingPath("database_tls_ca", &s.database_tls_ca,
                     "CA of the database's certificate; given, TLS is enforced");
  flags.ExistingPath("tls_cert", &s.tls_cert, "certificate of this service (PEM)");
  flags.ExistingPath("tls_key", &s.tls_key, "its private key (PEM)");
  flags.ExistingPath("tls_ca", &s.tls_ca, "CA that callers and peers are verified against (PEM)");
  flags.ExistingPath("token_keys", &s.token_keys,
                     "folder of PEM public keys (kid = file stem) or a JWKS file");
  flags.String("token_issuer", &s.token_issuer, "required issuer of tokens");
  flags.String("token_audience", &s.token_audience, "required audience of tokens");
  flags.SecretFile("page_token_key_file", &s.page_token_key,
                   "file with at least 32 bytes of secret, the same for every replica");
  flags.Address("organization", &s.organization,
                "address of the organization service, the source of grants and roster");
  flags.String("zone", &s.zone_name, "the company's time zone (IANA name); decides \"today\"");
  flags.Choice("log_level", &s.log_level, {"debug", "info", "warning", "error"},
               "least level that is logged");
  flags.Int("workers", &s.workers, "worker threads, each with a database connection", {1, 64});
  flags.Int("queue", &s.queue, "calls that may wait for a worker", {0, 10000});
  flags.Duration("drain_wait", &s.drain_wait, "wait between NOT_SERVING and shutdown", {});
  flags.Bool("migrate", &s.migrate, "bring the schema to this version, then exit");
  flags.Check([&s]() -> std::optional<std::string> {
    const bool all = !s.tls_cert.empty() && !s.tls_key.empty() && !s.tls_ca.empty();
    const bool none = s.tls_cert.empty() && s.tls_key.empty() && s.tls_ca.empty();
    if (all || none) return std::nullopt;
    return "--tls_cert, --tls_key and --tls_ca go together";
  });
  flags.Check([&s]() -> std::optional<std::string> {
    if (absl::LoadTimeZone(s.zone_name, &s.zone)) return std::nullopt;
    return absl::StrCat("--zone ", s.zone_name, " is not a known time zone");
  });
  flags.Check([&s]() -> std::optional<std::string> {
    if (s.migrate) return std::nullopt;
    if (s.token_keys.empty() || s.token_issuer.empty() || s.token_audience.empty()) {
      return "--token_keys, --token_issuer and --token_audience are needed to serve";
    }
    if (s.organization.empty()) return "--organization is needed to serve";
    if (s.page_token_key.value().size() < 32) {
      return "--page_token_key_file is needed to serve and must hold at least 32 bytes";
    }
    return std::nullopt;
  });
}

void AddPeerFlags(config::Flags& flags, const Definition& definition, Settings& s) {
  for (const ReadModel& model : definition.read_models) {
    if (!s.peers.try_emplace(model.peer).second) continue;  // several follow it
    flags.Address(
        model.peer, &s.peers[model.peer],
        absl::StrCat("address of the ", model.peer, " service, whose facts are followed"));
    flags.Check([&s, peer = model.peer]() -> std::optional<std::string> {
      if (s.migrate || !s.peers[peer].empty()) return std::nullopt;
      return absl::StrCat("--", peer, " is needed to serve");
    });
  }
}

// A migration may rewrite a large table; nothing else may take that long.
constexpr absl::Duration kLongestMigrationStatement = absl::Hours(1);

absl::StatusOr<std::unique_ptr<mysql::Database>> OpenDatabase(
    const Settings& s, int connections, absl::Duration wait_timeout,
    absl::Duration longest_statement = absl::Seconds(30)) {
  mysql::DatabaseOptions options;
  options.host = s.database_host;
  options.port = s.database_port;
  options.name = s.database_name;
  options.user = s.database_user;
  options.password = s.database_password.value();
  options.tls_ca = s.database_tls_ca;
  options.connections = connections;
  options.session_wait_timeout = wait_timeout;
  options.longest_statement = longest_statement;
  return mysql::Database::Create(options);
}

std::vector<mysql::MigrationSet> AllMigrations(const Definition& definition) {
  return {EventsMigrations(), ApiMigrations(), ResourceMigrations(), roster::Migrations(),
          definition.migrations};
}

// Logs failures of background work, at most one line in ten seconds for each kind: while the
// database is down they come several times a second.
std::function<void(const absl::Status&)> LogSometimes(const std::string& what) {
  auto last = std::make_shared<std::atomic<int64_t>>(0);
  return [what, last](const absl::Status& status) {
    const int64_t now = absl::ToUnixSeconds(absl::Now());
    int64_t before = last->load();
    if (now - before < 10 || !last->compare_exchange_strong(before, now)) return;
    log::Warning(what, {{"error", status.ToString()}, {"detail", status::LogDetail(status)}});
  };
}

// Follows the peer of a read model until it is destroyed.
std::unique_ptr<events::Consumer> Follow(const ReadModel& model, const Settings& s,
                                         mysql::Database* background,
                                         const resource::Environment& environment,
                                         const rpc::TlsFiles& tls) {
  std::shared_ptr<rpc::Channel> peer =
      rpc::OpenChannel("dns:///" + s.peers.at(model.peer).ToString(), tls);
  events::Consumer::Options options;
  options.name = model.name;
  options.method = absl::StrCat("/salesops.", model.peer, ".v1.EventService/WatchEvents");
  options.types = model.types;
  options.on_applied = [environment] { environment.mutations->Committed(); };
  const std::string what = absl::StrCat("following ", model.peer, " failed; trying again");
  options.on_error = LogSometimes(what);
  if (model.snapshot) {
    options.snapshot = [snapshot = model.snapshot, environment, peer] {
      return snapshot(environment, *peer);
    };
  }
  return events::Consumer::Start(
      background, peer, options,
      [apply = model.apply, environment](mysql::Transaction& tx,
                                         const salesops::events::v1::Event& event) {
        return apply(environment, tx, event);
      },
      model.reset);
}

// Looks after the process: knows whether it is ready, and deletes what has outlived its use.
class Housekeeping {
 public:
  Housekeeping(mysql::Database* db, std::vector<mysql::MigrationSet> migrations,
               const roster::Roster* roster, const base::Clock* clock)
      : db_(db),
        migrations_(std::move(migrations)),
        roster_(roster),
        clock_(clock),
        reasons_({"starting"}),
        thread_([this] { Loop(); }) {}
  ~Housekeeping() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

  std::vector<std::string> NotReady() const {
    std::lock_guard lock(mutex_);
    return reasons_;
  }

 private:
  void Loop() {
    mysql::ThreadRegistration registration;
    absl::Time next_purge = clock_->Now() + absl::Minutes(1);
    for (;;) {
      std::vector<std::string> reasons = Probe();
      if (reasons.empty() && clock_->Now() >= next_purge) {
        Purge();
        next_purge = clock_->Now() + absl::Hours(1);
      }
      std::unique_lock lock(mutex_);
      reasons_ = std::move(reasons);
      // Seldom once all is well, often while a start is waited for.
      const std::chrono::milliseconds next(reasons_.empty() ? 1000 : 50);
      if (wake_.wait_for(lock, next, [this] { return stopping_; })) return;
    }
  }

  std::vector<std::string> Probe() {
    const base::DeadlineContext ctx(absl::Now() + absl::Seconds(2));
    if (!db_->Ping(ctx)) return {"database unreachable"};
    if (!migrated_) {
      const absl::Status status = mysql::CheckMigrated(*db_, ctx, migrations_);
      if (!status.ok()) return {std::string(status.message())};
      migrated_ = true;
    }
    if (!roster_->loaded()) return {"grants not loaded yet"};
    return {};
  }

  void Purge() {
    const base::DeadlineContext ctx(absl::Now() + absl::Minutes(5));
    for (;;) {
      absl::StatusOr<int64_t> purged = api::PurgeRequests(*db_, ctx, clock_->Now());
      if (!purged.ok()) {
        log::Warning("purge of request rows failed", {{"error", purged.status().ToString()}});
      }
      if (!purged.ok() || *purged == 0) return;
    }
  }

  mysql::Database* const db_;
  const std::vector<mysql::MigrationSet> migrations_;
  const roster::Roster* const roster_;
  const base::Clock* const clock_;
  bool migrated_ = false;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::vector<std::string> reasons_;
  std::thread thread_;
};

std::vector<std::shared_ptr<metrics::Registration>> Observe(const mysql::Database* db,
                                                            const std::string& pool) {
  using metrics::AddCallback;
  using metrics::CallbackKind;
  const metrics::Labels labels = {{"pool", pool}};
  std::vector<std::shared_ptr<metrics::Registration>> all = {
      AddCallback(CallbackKind::kGauge, "salesops_database_connections", "Open connections", labels,
                  [db] { return db->stats().open; }),
      AddCallback(CallbackKind::kGauge, "salesops_database_connections_in_use",
                  "Connections that run something now", labels,
                  [db] { return db->stats().in_use; }),
      AddCallback(CallbackKind::kCounter, "salesops_database_retries_total",
                  "Transactions run again after a deadlock or lock timeout", labels,
                  [db] { return static_cast<double>(db->stats().retries); }),
      AddCallback(CallbackKind::kCounter, "salesops_database_broken_total",
                  "Connections thrown away", labels,
                  [db] { return static_cast<double>(db->stats().broken); }),
      AddCallback(CallbackKind::kCounter, "salesops_database_commit_unknown_total",
                  "Lost answers to COMMIT", labels,
                  [db] { return static_cast<double>(db->stats().commit_unknown); }),
  };
  return all;
}

std::shared_ptr<metrics::Registration> ObserveLag(const std::string& read_model,
                                                  const events::Consumer* consumer) {
  return metrics::AddCallback(
      metrics::CallbackKind::kGauge, "salesops_event_lag_seconds",
      "Age of the newest applied event when it was applied", {{"consumer", read_model}},
      [consumer] { return consumer == nullptr ? 0.0 : absl::ToDoubleSeconds(consumer->lag()); });
}

absl::Status MigrateAndBootstrap(const Definition& definition, const Settings& s) {
  mysql::ThreadRegistration registration;
  ASSIGN_OR_RETURN(auto db, OpenDatabase(s, 2, absl::Seconds(60), kLongestMigrationStatement));
  const base::DeadlineContext ctx(absl::Now() + absl::Minutes(10));
  RETURN_IF_ERROR(mysql::Migrate(*db, ctx, AllMigrations(definition)));
  if (!definition.bootstrap) return absl::OkStatus();
  api::Mutations mutations(db.get());
  api::PageSealer sealer(std::string(32, ' '));  // no page is served here
  const resource::Environment environment{db.get(), &mutations, &sealer, s.zone};
  return definition.bootstrap(environment, base::SystemClock());
}

absl::Status Serve(const Definition& definition, const Settings& s) {
  mysql::ThreadRegistration registration;
  const base::Clock& clock = base::SystemClock();
  ASSIGN_OR_RETURN(auto db, OpenDatabase(s, s.workers, absl::Seconds(10)));
  const int read_models = static_cast<int>(definition.read_models.size());
  ASSIGN_OR_RETURN(auto background,
                   OpenDatabase(s, kBackgroundConnections + read_models, absl::Seconds(3)));
  {
    const base::DeadlineContext ctx(absl::Now() + absl::Seconds(5));
    absl::Status migrated = mysql::CheckMigrated(*db, ctx, AllMigrations(definition));
    if (migrated.code() == absl::StatusCode::kFailedPrecondition) return migrated;
  }
  ASSIGN_OR_RETURN(auto tokens,
                   auth::TokenVerifier::Create({s.token_keys, s.token_issuer, s.token_audience}));
  const rpc::TlsFiles tls{s.tls_cert, s.tls_key, s.tls_ca};
  std::shared_ptr<rpc::Channel> organization =
      rpc::OpenChannel("dns:///" + s.organization.ToString(), tls);
  std::unique_ptr<roster::Roster> roster = roster::Roster::Start(
      background.get(), organization, &clock,
      {.zone = s.zone, .on_error = LogSometimes("following organization failed; trying again")});

  api::Mutations mutations(db.get());
  const api::PageSealer sealer(s.page_token_key.value());
  api::Audit audit(db.get(), &sealer);
  Frame frame{{db.get(), &mutations, &sealer, s.zone}, roster.get(), &clock};
  const std::string package = absl::StrCat("salesops.", definition.name, ".v1.");
  std::vector<rpc::Binding> bindings = definition.bind(frame);
  bindings.push_back(events::BindEventService((package + "EventService").c_str(), db.get()));
  bindings.push_back(audit.Bind((package + "AuditService").c_str()));

  Housekeeping housekeeping(background.get(), AllMigrations(definition), roster.get(), &clock);
  rpc::ServerOptions options;
  options.listen = s.listen.ToString();
  options.tls = tls;
  options.workers = s.workers;
  options.queue = s.queue;
  options.drain_wait = s.drain_wait;
  rpc::ServerDependencies dependencies;
  dependencies.clock = &clock;
  dependencies.tokens = tokens.get();
  dependencies.access = roster.get();
  dependencies.validate = Validate;
  dependencies.after_success = audit.ReadHook();
  dependencies.thread_scope = [] { return std::make_shared<mysql::ThreadRegistration>(); };
  dependencies.not_ready = [&housekeeping] { return housekeeping.NotReady(); };
  ASSIGN_OR_RETURN(auto server, rpc::Server::Start(options, dependencies, std::move(bindings)));
  auto sequencer = events::Sequencer::Start(
      background.get(), {.on_progress = [&server] { server->WakeProducers(); },
                         .on_error = LogSometimes("sequencing failed; trying again")});
  mutations.set_on_commit([&sequencer] { sequencer->Wake(); });
  std::vector<std::unique_ptr<events::Consumer>> consumers;
  for (const ReadModel& model : definition.read_models) {
    consumers.push_back(Follow(model, s, background.get(), frame.environment, tls));
  }
  ASSIGN_OR_RETURN(auto admin, metrics::AdminServer::Start(
                                   {.host = s.admin_listen.host, .port = s.admin_listen.port},
                                   [&server, &roster] {
                                     // gRPC health does not wait for this: organization follows
                                     // itself, and must serve to be followed.
                                     std::vector<std::string> reasons = server->NotReady();
                                     if (!roster->Lookup(auth::Principal()).ok()) {
                                       reasons.push_back("grants not known yet");
                                     }
                                     return reasons;
                                   }));
  const auto request_metrics = Observe(db.get(), "requests");
  const auto background_metrics = Observe(background.get(), "background");
  std::vector<std::shared_ptr<metrics::Registration>> lags = {
      ObserveLag("roster", roster->consumer())};
  for (size_t i = 0; i < consumers.size(); ++i) {
    lags.push_back(ObserveLag(definition.read_models[i].name, consumers[i].get()));
  }
  log::Info(
      "serving",
      {{"service", definition.name}, {"port", server->port()}, {"admin_port", admin->port()}});
  server->WaitForSignalAndDrain();
  log::Info("drained", {{"service", definition.name}});
  lags.clear();
  consumers.clear();  // they tell of commits
  mutations.set_on_commit(nullptr);
  sequencer.reset();
  return absl::OkStatus();
}

}  // namespace

int Run(int argc, char** argv, const Definition& definition) {
  rpc::BlockSignals();
  // Debian's Abseil looks for lock cycles at every lock of gRPC, 5 to 7 % of the time of a call.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  Settings settings;
  config::Flags flags(definition.name, definition.summary);
  AddCommonFlags(flags, settings);
  AddPeerFlags(flags, definition, settings);
  if (definition.add_flags) definition.add_flags(flags);
  if (std::optional<int> exit_code = flags.ParseForMain(argc, argv)) return *exit_code;

  log::Options log_options;
  log::ParseLevel(settings.log_level, &log_options.level);
  log::Start(log_options);
  const absl::Status status =
      settings.migrate ? MigrateAndBootstrap(definition, settings) : Serve(definition, settings);
  if (!status.ok()) {
    log::Error(settings.migrate ? "could not migrate" : "could not serve",
               {{"service", definition.name},
                {"error", status.ToString()},
                {"detail", status::LogDetail(status)}});
  }
  log::Stop();
  return status.ok() ? 0 : 1;
}

}  // namespace salesops::service
