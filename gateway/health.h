#pragma once

// grpc.health.v1.Health of the gateway itself.
//
//   Health health;
//   health.SetServing(false);   // when the drain begins: watchers are told
//
// Thread-safety: safe from any thread.

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "gateway/local_call.h"

namespace salesops::gateway {

class Health {
 public:
  // `known(service)`: whether the gateway serves a service of that name.
  explicit Health(std::function<bool(const std::string&)> known) : known_(std::move(known)) {}

  bool serving() const { return serving_; }
  void SetServing(bool serving);

  // Ends every Watch, so that the server can shut down.
  void EndWatches();

  // Health/Check and Health/Watch. The health outlives them.
  std::unique_ptr<LocalMethod> Check(std::shared_ptr<LocalAnswer> answer);
  std::unique_ptr<LocalMethod> Watch(std::shared_ptr<LocalAnswer> answer);

 private:
  class CheckCall;
  class WatchCall;
  int StatusOf(const std::string& service, bool watching) const;

  const std::function<bool(const std::string&)> known_;
  std::atomic<bool> serving_{true};
  // Held while watches are told; a watch leaves the list before it is destroyed.
  std::mutex mu_;
  bool ended_ = false;
  std::list<WatchCall*> watches_;
};

}  // namespace salesops::gateway
