#pragma once

// A TCP port that is no gRPC service, in one of several ways; or one that stands between a gateway
// and a good service, and can cut every connection through it.
//
// Thread-safety: safe from any thread.

#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace salesops::door {

// Calls `serve` with each accepted socket, on a thread of its own; closes it afterwards.
class TcpPort {
 public:
  explicit TcpPort(std::function<void(int socket)> serve);
  ~TcpPort();
  int port() const { return port_; }
  std::string target() const;
  // Resets every connection; new ones are taken as before.
  void CutAll();

 private:
  void Accept();

  const std::function<void(int)> serve_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> ending_{false};
  std::mutex mu_;
  std::set<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

// What a port may answer to an HTTP/2 client, and then keep silent until it goes.
void SaysNothing(int socket);
void ClosesAtOnce(int socket);
void SpeaksHttp1(int socket);
void SpeaksNoise(int socket);
void SendsABadFrame(int socket);
void SendsEndlessHeaders(int socket);
void GoesAway(int socket);
// Copies bytes both ways between the socket and that port of 127.0.0.1.
std::function<void(int)> Relay(int port);

}  // namespace salesops::door
