// A source of events without a database: answers pipeline's WatchEvents as its EventService does at
// a steady rate of facts. Every 20 ms, which is how often the sequencer numbers what is new, each
// watcher is sent what it has not seen yet, at most 200 facts at a time, once it has taken the
// batch before. What gateways are measured in front of.
//
//   event_floor --listen 127.0.0.1:9104 --events_per_second 200
#include <grpcpp/impl/codegen/rpc_service_method.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/codegen/service_type.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "salesops/pipeline/v1/events.pb.h"

namespace salesops::bench {
namespace {

using grpc::ByteBuffer;
using Clock = std::chrono::steady_clock;
namespace v1 = pipeline::v1;

constexpr auto kTick = std::chrono::milliseconds(20);
constexpr int64_t kMostInABatch = 200;

// An advanced deal, as pipeline tells of it.
events::v1::Event ConstantEvent() {
  v1::OpportunityAdvanced fact;
  v1::Opportunity& o = *fact.mutable_opportunity();
  o.set_name("opportunities/bench-1");
  o.set_display_name("Framework agreement 1");
  o.set_account("accounts/bench");
  o.set_owner("sellers/bench");
  o.set_process_version("salesProcesses/bench/versions/v1");
  o.set_stage("qualify");
  o.set_state(v1::Opportunity::STATE_OPEN);
  o.mutable_amount()->set_currency_code("CNY");
  o.mutable_amount()->set_units(10001);
  o.set_etag("2");
  events::v1::Event event;
  event.set_id("3b241101-e2bb-4255-8caf-4136c566a962");
  event.set_aggregate_type("opportunity");
  event.set_aggregate(o.name());
  event.set_type(fact.GetTypeName());
  event.set_payload(fact.SerializeAsString());
  event.mutable_occur_time()->set_seconds(1'790'000'000);
  event.mutable_sequence_time()->set_seconds(1'790'000'000);
  event.set_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  return event;
}

ByteBuffer Batch(int64_t after, int64_t upto) {
  static const events::v1::Event constant = ConstantEvent();
  events::v1::WatchEventsResponse batch;
  for (int64_t position = after + 1; position <= upto; ++position) {
    events::v1::Event& event = *batch.add_events();
    event = constant;
    event.set_position(position);
  }
  batch.set_position(upto);
  batch.set_log_id("bench");
  const grpc::Slice slice(batch.SerializeAsString());
  return ByteBuffer(&slice, 1);
}

class Watch;

// Wakes the watchers in turn. Those that keep up are all sent the same batch, made once.
class Ticker {
 public:
  explicit Ticker(double events_per_second)
      : events_per_second_(events_per_second), thread_([this] { Run(); }) {}
  ~Ticker() {
    stopping_ = true;
    thread_.join();
  }

  int64_t Newest() const {
    const std::chrono::duration<double> past = Clock::now() - begin_;
    return static_cast<int64_t>(past.count() * events_per_second_);
  }
  void Add(Watch* watch) {
    std::lock_guard lock(mu_);
    watches_.insert(watch);
  }
  void Remove(Watch* watch) {
    std::lock_guard lock(mu_);
    watches_.erase(watch);
  }

 private:
  void Run();

  const double events_per_second_;
  const Clock::time_point begin_ = Clock::now();
  std::atomic<bool> stopping_{false};
  std::mutex mu_;
  std::set<Watch*> watches_;
  int64_t made_after_ = -1, made_upto_ = -1;
  ByteBuffer made_;
  std::thread thread_;
};

// One stream. It begins with what is new; the position that was asked for says nothing here.
class Watch final : public grpc::ServerWriteReactor<ByteBuffer> {
 public:
  explicit Watch(Ticker& ticker) : ticker_(ticker), position_(ticker.Newest()) {
    ticker_.Add(this);
  }

  // Called by the ticker, with its lock held.
  int64_t position() const { return position_; }
  bool TakesMore() const { return !writing_ && !over_; }
  void Send(const ByteBuffer& batch, int64_t upto) {
    writing_ = true;
    position_ = upto;
    batch_ = batch;
    StartWrite(&batch_);
  }

  void OnWriteDone(bool ok) override {
    writing_ = false;
    if (!ok) End();
  }
  void OnCancel() override { End(); }
  void OnDone() override { delete this; }

 private:
  void End() {
    ticker_.Remove(this);
    if (!over_.exchange(true)) Finish(grpc::Status::CANCELLED);
  }

  Ticker& ticker_;
  int64_t position_;
  std::atomic<bool> writing_{false}, over_{false};
  ByteBuffer batch_;
};

void Ticker::Run() {
  for (auto next = Clock::now(); !stopping_; next += kTick) {
    std::this_thread::sleep_until(next);
    const int64_t newest = Newest();
    std::lock_guard lock(mu_);
    for (Watch* watch : watches_) {
      const int64_t after = watch->position();
      if (!watch->TakesMore() || after >= newest) continue;
      const int64_t upto = std::min(newest, after + kMostInABatch);
      if (after != made_after_ || upto != made_upto_) {
        made_ = Batch(after, upto);
        made_after_ = after;
        made_upto_ = upto;
      }
      watch->Send(made_, upto);
    }
  }
}

class EventFloor final : public grpc::Service {
 public:
  explicit EventFloor(Ticker& ticker) {
    AddMethod(new grpc::internal::RpcServiceMethod(
        kPath, grpc::internal::RpcMethod::SERVER_STREAMING, nullptr));
    MarkMethodRawCallback(
        0, new grpc::internal::CallbackServerStreamingHandler<ByteBuffer, ByteBuffer>(
               [&ticker](grpc::CallbackServerContext*, const ByteBuffer*) {
                 return new Watch(ticker);
               }));
  }

 private:
  static constexpr char kPath[] = "/salesops.pipeline.v1.EventService/WatchEvents";
};

struct Settings {
  std::string listen, tls_cert, tls_key;
  double events_per_second = 200;
};

std::string ReadFile(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

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
  Ticker ticker(s.events_per_second);
  EventFloor service(ticker);
  grpc::ServerBuilder builder;
  builder.AddListeningPort(s.listen, Credentials(s));
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) return 1;
  std::printf("serving\n");
  std::fflush(stdout);
  int signal = 0;
  sigwait(&stop, &signal);
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(2));
  return 0;
}

}  // namespace
}  // namespace salesops::bench

int main(int argc, char** argv) {
  // As the product does.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  salesops::bench::Settings s;
  CLI::App app("A source of events without a database.");
  app.add_option("--listen", s.listen, "host:port")->required();
  app.add_option("--tls_cert", s.tls_cert, "certificate (PEM); absent = no TLS");
  app.add_option("--tls_key", s.tls_key, "its key (PEM)");
  app.add_option("--events_per_second", s.events_per_second, "new facts, for every watcher");
  CLI11_PARSE(app, argc, argv);
  return salesops::bench::Serve(s);
}
