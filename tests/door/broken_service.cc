#include "tests/door/broken_service.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace salesops::door {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool SendAll(int socket, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

void ReadToEnd(int socket) {
  char bytes[16384];
  while (::recv(socket, bytes, sizeof bytes, 0) > 0) {
  }
}

// RFC 9113 section 4.1.
std::string Frame(int type, int flags, int stream, const std::string& payload) {
  std::string frame;
  for (int shift : {16, 8, 0}) frame += static_cast<char>(payload.size() >> shift);
  frame += static_cast<char>(type);
  frame += static_cast<char>(flags);
  for (int shift : {24, 16, 8, 0}) frame += static_cast<char>(stream >> shift);
  return frame + payload;
}

constexpr int kHeaders = 1, kSettings = 4, kGoAway = 7, kContinuation = 9;

}  // namespace

TcpPort::TcpPort(std::function<void(int)> serve) : serve_(std::move(serve)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::listen(listener_, 100), 0);
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

TcpPort::~TcpPort() {
  ending_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  CutAll();
  for (std::thread& thread : threads_) thread.join();
  ::close(listener_);
}

std::string TcpPort::target() const { return absl::StrCat("127.0.0.1:", port_); }

void TcpPort::CutAll() {
  std::lock_guard lock(mu_);
  for (int socket : open_) {
    const linger now{1, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    ::shutdown(socket, SHUT_RDWR);
  }
}

void TcpPort::Accept() {
  while (!ending_) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    std::lock_guard lock(mu_);
    open_.insert(socket);
    threads_.emplace_back([this, socket] {
      serve_(socket);
      std::lock_guard closing(mu_);
      open_.erase(socket);
      ::close(socket);
    });
  }
}

void SaysNothing(int socket) { ReadToEnd(socket); }

void ClosesAtOnce(int) {}

void SpeaksHttp1(int socket) {
  SendAll(socket, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  ReadToEnd(socket);
}

void SpeaksNoise(int socket) {
  std::mt19937 noise(7);
  std::string bytes(100'000, '\0');
  for (char& c : bytes) c = static_cast<char>(noise());
  SendAll(socket, bytes);
  ReadToEnd(socket);
}

void SendsABadFrame(int socket) {
  SendAll(socket, Frame(kSettings, 0, 0, ""));
  char some[64];
  if (::recv(socket, some, sizeof some, 0) <= 0) return;
  // An index that HPACK's table does not have, for a stream that is open or not.
  SendAll(socket, Frame(kHeaders, 4, 1, "\xff\xff\xff\x0f") + Frame(0x77, 0xff, 0, "what?"));
  ReadToEnd(socket);
}

void SendsEndlessHeaders(int socket) {
  SendAll(socket, Frame(kSettings, 0, 0, ""));
  char some[4096];
  if (::recv(socket, some, sizeof some, 0) <= 0) return;
  // Literal fields that are not indexed: 0, name length, name, value length, value.
  std::string field("\0\1a\x7f\x81\x01", 6);  // a value of 127 + 129 bytes
  field += std::string(256, 'v');
  std::string block;
  while (block.size() < 16'000) block += field;
  SendAll(socket, Frame(kHeaders, 0, 1, block));
  // gRPC keeps a block of headers until it ends, so this is what a connection can cost.
  for (int i = 0; i < 1000; ++i) {
    if (!SendAll(socket, Frame(kContinuation, 0, 1, block))) return;
  }
  ReadToEnd(socket);
}

void GoesAway(int socket) {
  SendAll(socket, Frame(kSettings, 0, 0, "") + Frame(kGoAway, 0, 0, std::string(8, '\0')));
  ReadToEnd(socket);
}

std::function<void(int)> Relay(int port) {
  return [port](int socket) {
    const int other = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = Loopback(port);
    if (::connect(other, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
      pollfd ends[2] = {{socket, POLLIN, 0}, {other, POLLIN, 0}};
      char bytes[65536];
      bool open = true;
      while (open && ::poll(ends, 2, -1) > 0) {
        for (int i = 0; i < 2 && open; ++i) {
          if (ends[i].revents == 0) continue;
          const ssize_t n = ::recv(ends[i].fd, bytes, sizeof bytes, 0);
          open = n > 0 && SendAll(ends[1 - i].fd, {bytes, static_cast<size_t>(n)});
        }
      }
    }
    ::close(other);
  };
}

}  // namespace salesops::door
