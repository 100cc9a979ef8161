#pragma once

// A gRPC service of any methods: it keeps the bytes of what it is sent and answers what it was told
// to, whatever the method.
//
//   RecordingServer service;
//   service.SetReply({.messages = {bytes}});
//   … a call to service.target() …
//   std::vector<Received> calls = service.Take();
//
// Thread-safety: safe from any thread.

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace salesops::door {

struct Received {
  std::string method;  // "/package.Service/Method"
  std::vector<std::string> messages;
  std::multimap<std::string, std::string> metadata;
};

struct Reply {
  std::vector<std::string> messages;
  bool echo = false;     // each message that was received, instead of `messages`
  bool forever = false;  // `messages` again and again, until the caller goes
  bool never = false;    // no answer, until the caller goes
  grpc::Status status;
  std::vector<std::pair<std::string, std::string>> initial_metadata;
  std::vector<std::pair<std::string, std::string>> trailing_metadata;
};

class RecordingServer final : public grpc::CallbackGenericService {
 public:
  RecordingServer();
  ~RecordingServer() override;

  int port() const { return port_; }
  std::string target() const;
  void SetReply(Reply reply);
  // The calls whose requests were complete since the last Take.
  std::vector<Received> Take();
  int begun() const { return begun_; }
  int cancelled() const { return cancelled_; }
  int running() const { return running_; }

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override;

 private:
  class Call;

  int port_ = 0;
  std::atomic<int> begun_{0}, cancelled_{0}, running_{0};
  std::mutex mu_;
  Reply reply_;
  std::vector<Received> received_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace salesops::door
