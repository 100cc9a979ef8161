// What the adapter costs: calls per second of rpc::Server (token checked, logged, counted) against
// a bare callback server with a worker pool, both over loopback with 64 calls in flight.
//
//   build/shared/rpc/rpc_bench [seconds of a run, default 2] [runs, default 5]
//
// Prints the median of each and their ratio (goal: at least 0.9).
#include <fcntl.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/codegen/rpc_service_method.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/codegen/service_type.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "shared/log/log.h"
#include "shared/rpc/echo_service.h"
#include "shared/rpc/server.h"
#include "shared/rpc/worker_pool.h"
#include "shared/testing/in_process_server.h"
#include "shared/testing/signing_key.h"

namespace salesops::rpc {
namespace {

using grpc::ByteBuffer;

constexpr int kInFlight = 64;

// The floor: parse, answer, serialise on a pool; nothing else.
class BareService final : public grpc::Service {
 public:
  explicit BareService(WorkerPool& pool) : pool_(pool) {
    AddMethod(new grpc::internal::RpcServiceMethod(kEcho, grpc::internal::RpcMethod::NORMAL_RPC,
                                                   nullptr));
    MarkMethodRawCallback(
        0, new grpc::internal::CallbackUnaryHandler<ByteBuffer, ByteBuffer>(
               [this](grpc::CallbackServerContext* context, const ByteBuffer* in, ByteBuffer* out) {
                 grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
                 pool_.TryPushCall([=] {
                   EchoRequest request;
                   ByteBuffer bytes = *in;
                   grpc::GenericDeserialize<grpc::ProtoBufferReader, EchoRequest>(&bytes, &request);
                   EchoResponse response;
                   response.set_text(request.text());
                   bool own;
                   grpc::GenericSerialize<grpc::ProtoBufferWriter, EchoResponse>(response, out,
                                                                                 &own);
                   reactor->Finish(grpc::Status::OK);
                 });
                 return reactor;
               }));
  }

 private:
  WorkerPool& pool_;
};

// Keeps 64 calls in flight until the time is over.
class Load {
 public:
  Load(const std::string& target, std::string token)
      : stub_(grpc::CreateChannel(target, grpc::InsecureChannelCredentials())),
        token_(std::move(token)),
        request_(Ask("hello").SerializeAsString()) {}

  double CallsPerSecond(absl::Duration duration) {
    const absl::Time begin = absl::Now();
    end_ = begin + duration;
    done_ = 0;
    failed_ = 0;
    running_ = kInFlight;
    finished_ = std::promise<void>();
    for (int i = 0; i < kInFlight; ++i) Start();
    finished_.get_future().wait();
    if (failed_ > 0) std::printf("%d calls failed\n", failed_.load());
    return done_ / absl::ToDoubleSeconds(absl::Now() - begin);
  }

 private:
  struct OneCall {
    grpc::ClientContext context;
    ByteBuffer request, response;
  };

  void Start() {
    auto* call = new OneCall;
    call->context.AddMetadata("authorization", token_);
    grpc::Slice slice(request_);
    call->request = ByteBuffer(&slice, 1);
    stub_.UnaryCall(&call->context, kEcho, grpc::StubOptions(), &call->request, &call->response,
                    [this, call](grpc::Status status) {
                      ++(status.ok() ? done_ : failed_);
                      delete call;
                      if (absl::Now() < end_) return Start();
                      if (--running_ == 0) finished_.set_value();
                    });
  }

  grpc::GenericStub stub_;
  const std::string token_, request_;
  absl::Time end_;
  std::atomic<int> done_{0}, failed_{0}, running_{0};
  std::promise<void> finished_;
};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

int Run(int seconds, int runs) {
  log::Start({.fd = open("/dev/null", O_WRONLY)});
  const testing::SigningKey key = testing::SigningKey::Rsa();
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / absl::StrCat("rpc_bench.", getpid());
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "k.pem") << key.PublicPem();
  auto tokens = auth::TokenVerifier::Create(
      {.keys = folder.string(), .issuer = "i", .audience = "a", .on_key_error = {}});
  testing::FakeAccess access;
  std::vector<Binding> bindings;
  bindings.push_back(EchoService().Bind());
  ServerOptions options;
  options.listen = "127.0.0.1:0";
  auto server = Server::Start(
      options, {.clock = &base::SystemClock(), .tokens = tokens->get(), .access = &access},
      std::move(bindings));
  if (!server.ok()) return 1;

  WorkerPool pool(options.workers, options.queue, nullptr);
  BareService bare(pool);
  grpc::ServerBuilder builder;
  int bare_port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &bare_port);
  builder.RegisterService(&bare);
  std::unique_ptr<grpc::Server> bare_server = builder.BuildAndStart();

  const std::string token = key.Token(
      R"({"alg":"RS256","kid":"k"})",
      absl::StrCat(R"({"iss":"i","aud":"a","sub":"alice","groups":["sales","finance"],"exp":)",
                   absl::ToUnixSeconds(absl::Now()) + 3600, "}"));
  Load floor(absl::StrCat("127.0.0.1:", bare_port), "Bearer " + token);
  Load full(absl::StrCat("127.0.0.1:", (*server)->port()), "Bearer " + token);
  std::vector<double> floors, fulls;
  for (int i = 0; i < runs; ++i) {
    floors.push_back(floor.CallsPerSecond(absl::Seconds(seconds)));
    fulls.push_back(full.CallsPerSecond(absl::Seconds(seconds)));
  }
  std::printf("bare %.0f/s  full %.0f/s  ratio %.2f\n", Median(floors), Median(fulls),
              Median(fulls) / Median(floors));
  bare_server->Shutdown(absl::ToChronoTime(absl::Now()));
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace
}  // namespace salesops::rpc

int main(int argc, char** argv) {
  return salesops::rpc::Run(argc > 1 ? std::atoi(argv[1]) : 2, argc > 2 ? std::atoi(argv[2]) : 5);
}
