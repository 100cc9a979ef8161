// Any bytes from a caller's connection at the gRPC door. Nothing may crash, and every call that
// began must have ended when the connection has.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "gateway/event_loop.h"
#include "gateway/h2_connection.h"
#include "gateway/incoming_call.h"
#include "gateway/local_call.h"

namespace gateway = salesops::gateway;

namespace {

int calls = 0;

// Sends every message back.
class Echo final : public gateway::LocalMethod {
 public:
  explicit Echo(std::shared_ptr<gateway::LocalAnswer> answer) : answer_(std::move(answer)) {
    ++calls;
  }
  ~Echo() override { --calls; }
  void OnMessage(absl::string_view message) override { answer_->Write(std::string(message)); }
  void OnRequestEnd() override { answer_->Finish(absl::OkStatus()); }

 private:
  const std::shared_ptr<gateway::LocalAnswer> answer_;
};

class Door final : public gateway::H2Connection::Owner, public gateway::IncomingCall::Router {
 public:
  explicit Door(gateway::EventLoop& loop) : loop_(loop) {}

 private:
  std::shared_ptr<gateway::H2Stream> OnStream(gateway::H2Connection&) override {
    gateway::IncomingCall::Router& router = *this;
    return std::make_shared<gateway::IncomingCall>(router);
  }
  std::shared_ptr<gateway::IncomingCall::Handler> Route(gateway::IncomingCall& call) override {
    return gateway::AnswerLocally(
        loop_, call, [](auto answer) { return std::make_unique<Echo>(std::move(answer)); });
  }
  gateway::EventLoop& loop_;
};

void Run(gateway::EventLoop& loop) {
  loop.io().restart();
  loop.io().poll();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  gateway::EventLoop loop;
  Door door(loop);
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) std::abort();
  boost::asio::ip::tcp::socket socket(loop.io());
  socket.assign(boost::asio::ip::tcp::v4(), ends[0]);
  const auto connection = gateway::H2Connection::Accept(loop, std::move(socket), nullptr, {}, door);
  // Without this most inputs would end at once. The first byte says how the rest is cut.
  std::string bytes = NGHTTP2_CLIENT_MAGIC;
  bytes += std::string("\0\0\0\4\0\0\0\0\0", 9);
  const size_t piece = size == 0 || data[0] == 0 ? 1 << 20 : data[0];
  if (size > 1) bytes.append(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (size_t at = 0; at < bytes.size(); at += piece) {
    const size_t n = std::min(piece, bytes.size() - at);
    if (::send(ends[1], bytes.data() + at, n, MSG_NOSIGNAL) < 0) break;
    Run(loop);
    char answer[4096];
    while (::recv(ends[1], answer, sizeof answer, MSG_DONTWAIT) > 0) {
    }
  }
  ::close(ends[1]);
  connection->Close("over");
  Run(loop);
  if (calls != 0) std::abort();
  return 0;
}
