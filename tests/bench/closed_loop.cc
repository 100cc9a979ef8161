#include "tests/bench/closed_loop.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <future>
#include <memory>
#include <mutex>
#include <sstream>
#include <thread>
#include <vector>

namespace salesops::bench {
namespace {

using Clock = std::chrono::steady_clock;

std::string ReadFile(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::chrono::microseconds Micros(double seconds) {
  return std::chrono::microseconds(static_cast<int64_t>(seconds * 1e6));
}

class Load {
 public:
  Load(const LoadOptions& options, const std::string& method,
       const std::function<std::string(int64_t)>& next_request)
      : options_(options), method_(method), next_request_(next_request) {
    auto credentials = grpc::InsecureChannelCredentials();
    if (!options.ca.empty()) {
      grpc::SslCredentialsOptions tls;
      tls.pem_root_certs = ReadFile(options.ca);
      credentials = grpc::SslCredentials(tls);
    }
    for (int i = 0; i < options.connections; ++i) {
      grpc::ChannelArguments own;
      own.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      stubs_.push_back(std::make_unique<grpc::GenericStub>(
          grpc::CreateCustomChannel(options.target, credentials, own)));
    }
    if (!options.bearer_token.empty()) authorization_ = "Bearer " + options.bearer_token;
  }

  LoadResult Run() {
    slots_ = std::vector<Slot>(options_.in_flight);
    begin_ = Clock::now();
    measured_from_ = begin_ + Micros(options_.warm_up_seconds);
    end_ = options_.most_calls > 0 ? Clock::time_point::max()
                                   : measured_from_ + Micros(options_.seconds);
    running_ = options_.in_flight;
    for (size_t i = 0; i < slots_.size(); ++i) Start(i);
    finished_.get_future().wait();
    return Summary();
  }

 private:
  struct Slot {
    std::vector<int32_t> micros;  // of each successful call
    int64_t failed = 0;
  };
  struct OneCall {
    grpc::ClientContext context;
    grpc::ByteBuffer request, response;
    Clock::time_point begin;
  };

  void Start(size_t slot) {
    const int64_t n = next_++;
    if ((options_.most_calls > 0 && n >= options_.most_calls) || Clock::now() >= end_) {
      if (--running_ == 0) finished_.set_value();
      return;
    }
    KeepPace(n);
    auto* call = new OneCall;
    if (!authorization_.empty()) call->context.AddMetadata("authorization", authorization_);
    call->context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    call->context.set_wait_for_ready(true);
    grpc::Slice bytes(next_request_(n));
    call->request = grpc::ByteBuffer(&bytes, 1);
    call->begin = Clock::now();
    stubs_[slot % stubs_.size()]->UnaryCall(
        &call->context, method_, grpc::StubOptions(), &call->request, &call->response,
        [this, slot, call](const grpc::Status& status) { Finished(slot, call, status); });
  }

  // Sleeps in the callback thread: at a given pace the generator has time to spare.
  void KeepPace(int64_t n) const {
    if (options_.calls_per_second <= 0) return;
    std::this_thread::sleep_until(begin_ +
                                  Micros(static_cast<double>(n) / options_.calls_per_second));
  }

  void Finished(size_t slot, OneCall* call, const grpc::Status& status) {
    const auto now = Clock::now();
    if (!status.ok()) {
      ++slots_[slot].failed;
      std::lock_guard lock(mutex_);
      if (first_error_.empty()) first_error_ = status.error_message();
    } else if (now >= measured_from_ && now < end_) {
      slots_[slot].micros.push_back(static_cast<int32_t>(
          std::chrono::duration_cast<std::chrono::microseconds>(now - call->begin).count()));
      last_ = std::max(last_.load(), now);
    }
    delete call;
    Start(slot);
  }

  LoadResult Summary() {
    LoadResult result;
    result.first_error = first_error_;
    std::vector<int32_t> micros;
    for (const Slot& slot : slots_) {
      micros.insert(micros.end(), slot.micros.begin(), slot.micros.end());
      result.failed += slot.failed;
    }
    if (micros.empty()) return result;
    std::sort(micros.begin(), micros.end());
    result.calls = static_cast<int64_t>(micros.size());
    const auto end = options_.most_calls > 0 ? last_.load() : end_;
    result.seconds = std::chrono::duration<double>(end - measured_from_).count();
    result.median_ms = micros[micros.size() / 2] / 1e3;
    result.p99_ms = micros[micros.size() * 99 / 100] / 1e3;
    return result;
  }

  const LoadOptions options_;
  const std::string method_;
  const std::function<std::string(int64_t)> next_request_;
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs_;
  std::string authorization_;
  std::vector<Slot> slots_;
  Clock::time_point begin_, measured_from_, end_;
  std::atomic<Clock::time_point> last_{Clock::time_point()};
  std::atomic<int64_t> next_{0};
  std::atomic<int> running_{0};
  std::mutex mutex_;
  std::string first_error_;
  std::promise<void> finished_;
};

}  // namespace

LoadResult RunLoad(const LoadOptions& options, const std::string& method,
                   const std::function<std::string(int64_t)>& next_request) {
  return Load(options, method, next_request).Run();
}

}  // namespace salesops::bench
