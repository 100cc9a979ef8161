#pragma once

// A blocking TCP client that sends exactly the bytes it is given, for tests of the HTTP server.
//
// Thread-safety: belongs to one thread.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace salesops::gateway {

class RawClient {
 public:
  // `receive_buffer` bytes of the kernel's; 0 = as it likes.
  explicit RawClient(int port, int receive_buffer = 0) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer > 0) {
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawClient() { Close(); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return connected_; }

  bool Send(absl::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(n);
    }
    return true;
  }

  void Close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  // Everything up to and with `end`; what there is if the peer closes or 10 s pass.
  std::string ReadUntil(absl::string_view end) {
    while (true) {
      const size_t found = buffer_.find(end.data(), 0, end.size());
      if (found != std::string::npos) return Take(found + end.size());
      if (!ReadSome()) return Take(buffer_.size());
    }
  }

  std::string ReadBytes(size_t count) {
    while (buffer_.size() < count && ReadSome()) {
    }
    return Take(std::min(count, buffer_.size()));
  }

  std::string ReadToEnd() {
    while (ReadSome()) {
    }
    return Take(buffer_.size());
  }

  struct Response {
    int code = 0;
    std::string head;
    std::string body;

    // The value of a header; empty if it is absent.
    std::string Header(absl::string_view name) const {
      for (absl::string_view line : absl::StrSplit(head, "\r\n")) {
        const std::string prefix = std::string(name) + ": ";
        if (absl::StartsWithIgnoreCase(line, prefix))
          return std::string(line.substr(prefix.size()));
      }
      return "";
    }
  };

  // One answer, its body by Content-Length or chunks.
  Response ReadResponse(bool has_body = true) {
    Response response;
    response.head = ReadUntil("\r\n\r\n");
    if (response.head.size() > 12) {
      (void)absl::SimpleAtoi(response.head.substr(9, 3), &response.code);
    }
    if (response.code == 100) return ReadResponse(has_body);
    if (!has_body) return response;
    if (response.Header("transfer-encoding") == "chunked") {
      while (true) {
        const std::string line = ReadUntil("\r\n");
        const size_t size = std::strtoul(line.c_str(), nullptr, 16);
        const std::string data = ReadBytes(size + 2);
        if (size == 0 || data.size() < size + 2) return response;
        response.body += data.substr(0, size);
      }
    }
    size_t length = 0;
    (void)absl::SimpleAtoi(response.Header("content-length"), &length);
    response.body = ReadBytes(length);
    return response;
  }

  // True once the peer has closed and nothing is left to read.
  bool AtEnd() { return buffer_.empty() && !ReadSome() && buffer_.empty(); }

 private:
  std::string Take(size_t count) {
    std::string taken = buffer_.substr(0, count);
    buffer_.erase(0, count);
    return taken;
  }

  bool ReadSome() {
    pollfd waiting{fd_, POLLIN, 0};
    int ready;
    // A fuzzer's alarm interrupts both.
    do {
      ready = fd_ < 0 ? 0 : ::poll(&waiting, 1, 10000);
    } while (ready < 0 && errno == EINTR);
    if (ready <= 0) return false;
    char bytes[16384];
    ssize_t n;
    do {
      n = ::recv(fd_, bytes, sizeof bytes, 0);
    } while (n < 0 && errno == EINTR);
    if (n <= 0) return false;
    buffer_.append(bytes, n);
    return true;
  }

  int fd_;
  bool connected_ = false;
  std::string buffer_;
};

}  // namespace salesops::gateway
