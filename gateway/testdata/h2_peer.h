#pragma once

// The other end of an HTTP/2 connection, frame by frame, for tests that need to do what no library
// lets them do; and a listening socket whose connections are served so.
//
// Thread-safety: an H2Peer belongs to one thread, but Send may be called from any.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace salesops::gateway {

struct H2Frame {
  int type = 0;
  int flags = 0;
  int32_t stream = 0;
  std::string payload;

  std::string Bytes() const {
    std::string bytes;
    for (int shift : {16, 8, 0}) bytes += static_cast<char>(payload.size() >> shift);
    bytes += static_cast<char>(type);
    bytes += static_cast<char>(flags);
    return bytes + Number(static_cast<uint32_t>(stream)) + payload;
  }

  static std::string Number(uint32_t value) {
    std::string bytes;
    for (int shift : {24, 16, 8, 0}) bytes += static_cast<char>(value >> shift);
    return bytes;
  }
  // Four bytes of the payload.
  uint32_t NumberAt(size_t at) const {
    uint32_t value = 0;
    for (size_t i = at; i < at + 4; ++i) value = value << 8 | static_cast<uint8_t>(payload[i]);
    return value;
  }
};

using H2Headers = std::vector<std::pair<std::string, std::string>>;

class H2Peer {
 public:
  explicit H2Peer(int fd) : fd_(fd) {
    nghttp2_hd_deflate_new(&deflater_, 0);
    nghttp2_hd_inflate_new(&inflater_);
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  ~H2Peer() {
    nghttp2_hd_deflate_del(deflater_);
    nghttp2_hd_inflate_del(inflater_);
    if (fd_ >= 0) ::close(fd_);
  }
  H2Peer(const H2Peer&) = delete;

  static std::unique_ptr<H2Peer> ConnectTo(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
    auto peer = std::make_unique<H2Peer>(fd);
    peer->SendBytes(NGHTTP2_CLIENT_MAGIC);
    peer->Send({NGHTTP2_SETTINGS, 0, 0, ""});
    return peer;
  }

  bool SendBytes(absl::string_view bytes) {
    std::lock_guard lock(mu_);
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(n);
    }
    return true;
  }
  bool Send(const H2Frame& frame) { return SendBytes(frame.Bytes()); }

  bool SendHeaders(int32_t stream, const H2Headers& headers, bool end) {
    std::vector<nghttp2_nv> fields;
    for (const auto& [name, value] : headers) {
      fields.push_back({reinterpret_cast<uint8_t*>(const_cast<char*>(name.data())),
                        reinterpret_cast<uint8_t*>(const_cast<char*>(value.data())), name.size(),
                        value.size(), NGHTTP2_NV_FLAG_NONE});
    }
    std::string block(nghttp2_hd_deflate_bound(deflater_, fields.data(), fields.size()), '\0');
    const ssize_t n = nghttp2_hd_deflate_hd(deflater_, reinterpret_cast<uint8_t*>(block.data()),
                                            block.size(), fields.data(), fields.size());
    block.resize(n);
    return Send({NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | (end ? NGHTTP2_FLAG_END_STREAM : 0),
                 stream, block});
  }
  bool SendData(int32_t stream, const std::string& bytes, bool end) {
    return Send({NGHTTP2_DATA, end ? NGHTTP2_FLAG_END_STREAM : 0, stream, bytes});
  }

  // The next frame; nothing at the end of the connection or after 10 s. Settings and pings are
  // answered unless `polite` is unset.
  std::optional<H2Frame> Read() {
    const std::string head = ReadBytes(9);
    if (head.size() < 9) return std::nullopt;
    const auto at = [&](size_t i) { return static_cast<uint8_t>(head[i]); };
    H2Frame frame;
    frame.type = at(3);
    frame.flags = at(4);
    frame.stream = static_cast<int32_t>((at(5) & 0x7f) << 24 | at(6) << 16 | at(7) << 8 | at(8));
    frame.payload = ReadBytes(at(0) << 16 | at(1) << 8 | at(2));
    if (polite && (frame.flags & NGHTTP2_FLAG_ACK) == 0) {
      if (frame.type == NGHTTP2_SETTINGS) Send({NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, ""});
      if (frame.type == NGHTTP2_PING) Send({NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, frame.payload});
    }
    return frame;
  }
  std::optional<H2Frame> ReadUntil(int type) {
    auto frame = Read();
    while (frame && frame->type != type) {
      if (frame->type == NGHTTP2_HEADERS) Decode(*frame);
      frame = Read();
    }
    return frame;
  }

  // Every block must be decoded, in the order they come.
  std::map<std::string, std::string> Decode(const H2Frame& frame) {
    std::map<std::string, std::string> headers;
    const auto* in = reinterpret_cast<const uint8_t*>(frame.payload.data());
    size_t left = frame.payload.size();
    while (true) {
      nghttp2_nv field;
      int flags = 0;
      const ssize_t n = nghttp2_hd_inflate_hd2(inflater_, &field, &flags, in, left, 1);
      if (n < 0) break;
      in += n;
      left -= n;
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
        headers[{reinterpret_cast<char*>(field.name), field.namelen}] =
            std::string(reinterpret_cast<char*>(field.value), field.valuelen);
      }
      if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) {
        nghttp2_hd_inflate_end_headers(inflater_);
        break;
      }
    }
    return headers;
  }

  // All blocks of the stream up to its end, in one map; "rst" holds the code if it was reset.
  std::map<std::string, std::string> ReadAnswer(int32_t stream) {
    std::map<std::string, std::string> all;
    while (const auto frame = Read()) {
      if (frame->type == NGHTTP2_HEADERS) {
        const auto block = Decode(*frame);
        if (frame->stream == stream) all.insert(block.begin(), block.end());
      }
      if (frame->stream != stream) continue;
      if (frame->type == NGHTTP2_DATA) all["body"] += frame->payload;
      if (frame->type == NGHTTP2_RST_STREAM) {
        all["rst"] = std::to_string(frame->NumberAt(0));
        break;
      }
      if ((frame->flags & NGHTTP2_FLAG_END_STREAM) != 0) break;
    }
    return all;
  }

  void SkipMagic() { ReadBytes(NGHTTP2_CLIENT_MAGIC_LEN); }
  bool AtEnd() {
    char byte;
    return !WaitReadable() || ::recv(fd_, &byte, 1, 0) <= 0;
  }
  void CloseNow() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    ::shutdown(fd_, SHUT_RDWR);
  }

  bool polite = true;

 private:
  bool WaitReadable() {
    pollfd waiting{fd_, POLLIN, 0};
    return ::poll(&waiting, 1, 10000) > 0;
  }
  std::string ReadBytes(size_t size) {
    std::string bytes(size, '\0');
    size_t got = 0;
    while (got < size) {
      if (!WaitReadable()) return "";
      const ssize_t n = ::recv(fd_, bytes.data() + got, size - got, 0);
      if (n <= 0) return "";
      got += n;
    }
    return bytes;
  }

  int fd_;
  std::mutex mu_;
  nghttp2_hd_deflater* deflater_ = nullptr;
  nghttp2_hd_inflater* inflater_ = nullptr;
};

// Accepts connections on a port of 127.0.0.1 and serves each on a thread of its own: health is
// SERVING, every other request goes to `serve` with its path. Frames that are not requests are
// dropped.
class H2Service {
 public:
  using Serve = std::function<void(H2Peer& peer, int32_t stream, const std::string& path)>;

  explicit H2Service(Serve serve)
      : serve_(std::move(serve)), fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(fd_, 16), 0);
    socklen_t size = sizeof address;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    accepting_ = std::thread([this] { Accept(); });
  }
  ~H2Service() {
    ::shutdown(fd_, SHUT_RDWR);
    accepting_.join();
    ::close(fd_);
    for (auto& peer : peers_) peer->CloseNow();
    for (auto& thread : threads_) thread.join();
  }

  std::string target() const { return "127.0.0.1:" + std::to_string(port_); }
  int connections() const { return connections_; }

 private:
  void Accept() {
    while (true) {
      const int fd = ::accept(fd_, nullptr, nullptr);
      if (fd < 0) return;
      ++connections_;
      peers_.push_back(std::make_unique<H2Peer>(fd));
      threads_.emplace_back([this, peer = peers_.back().get()] { Converse(*peer); });
    }
  }

  void Converse(H2Peer& peer) {
    peer.SkipMagic();
    peer.Send({NGHTTP2_SETTINGS, 0, 0, ""});
    while (const auto frame = peer.Read()) {
      if (frame->type != NGHTTP2_HEADERS) continue;
      const std::string path = peer.Decode(*frame)[":path"];
      if (path != "/grpc.health.v1.Health/Watch") {
        serve_(peer, frame->stream, path);
        continue;
      }
      peer.SendHeaders(frame->stream, {{":status", "200"}, {"content-type", "application/grpc"}},
                       false);
      peer.SendData(frame->stream, std::string("\0\0\0\0\2\x08\1", 7), false);
    }
  }

  const Serve serve_;
  const int fd_;
  int port_ = 0;
  std::atomic<int> connections_{0};
  std::list<std::unique_ptr<H2Peer>> peers_;
  std::list<std::thread> threads_;
  std::thread accepting_;
};

}  // namespace salesops::gateway
