#pragma once

// For tests: a TCP proxy before the database that can lose an answer or fall silent.
//
// Thread-safety: safe from any thread.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <list>
#include <mutex>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace salesops::mysql {

class TcpProxy {
 public:
  // Forwards to 127.0.0.1:`server_port`.
  explicit TcpProxy(int server_port) : server_port_(server_port) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = Loopback(0);
    socklen_t length = sizeof(address);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
        listen(listener_, 16) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
      abort();
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }

  ~TcpProxy() {
    stopping_ = true;
    acceptor_.join();
    for (std::thread& relay : relays_) relay.join();
    close(listener_);
  }

  int port() const { return port_; }

  // Once a client has sent `text` and the server has answered, the answer is dropped and the
  // connection closed. Once only.
  void LoseAnswerTo(absl::string_view text) {
    std::lock_guard<std::mutex> lock(mutex_);
    lose_answer_to_ = std::string(text);
  }

  // Answers are held back from now on; connections stay open.
  void FallSilent() { silent_ = true; }

 private:
  static sockaddr_in Loopback(int port) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    return address;
  }

  bool WaitFor(int a, int b, pollfd (&fds)[2]) {
    fds[0] = {a, POLLIN, 0};
    fds[1] = {b, POLLIN, 0};
    while (!stopping_) {
      if (poll(fds, b < 0 ? 1 : 2, 20) > 0) return true;
    }
    return false;
  }

  void Accept() {
    pollfd fds[2];
    while (WaitFor(listener_, -1, fds)) {
      const int client = accept(listener_, nullptr, nullptr);
      if (client >= 0) relays_.emplace_back([this, client] { Relay(client); });
    }
  }

  void Relay(int client) {
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = Loopback(server_port_);
    if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
      Forward(client, server);
    }
    close(server);
    close(client);
  }

  void Forward(int client, int server) {
    bool lose_next_answer = false;
    pollfd fds[2];
    while (WaitFor(client, silent_ ? -1 : server, fds)) {
      if (fds[0].revents != 0) {
        const std::string asked = Receive(client);
        if (asked.empty()) return;
        lose_next_answer = lose_next_answer || IsToBeLost(asked);
        Send(server, asked);
      } else if (!silent_) {
        const std::string answer = Receive(server);
        if (answer.empty() || lose_next_answer) return;
        Send(client, answer);
      }
    }
  }

  bool IsToBeLost(const std::string& asked) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (lose_answer_to_.empty() || !absl::StrContains(asked, lose_answer_to_)) return false;
    lose_answer_to_.clear();
    return true;
  }

  static std::string Receive(int from) {
    char buffer[16384];
    const ssize_t n = recv(from, buffer, sizeof(buffer), 0);
    return n > 0 ? std::string(buffer, static_cast<size_t>(n)) : std::string();
  }

  static void Send(int to, absl::string_view data) {
    while (!data.empty()) {
      const ssize_t n = send(to, data.data(), data.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      data.remove_prefix(static_cast<size_t>(n));
    }
  }

  const int server_port_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> silent_{false};
  std::mutex mutex_;
  std::string lose_answer_to_;
  std::list<std::thread> relays_;  // touched by the acceptor, then by the destructor
  std::thread acceptor_;
};

}  // namespace salesops::mysql
