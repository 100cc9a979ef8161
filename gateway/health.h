#pragma once

// grpc.health.v1.Health of the gateway itself.
//
//   Health health;
//   health.SetServing(false);   // when the drain begins: watchers are told
//
// Thread-safety: safe from any thread.

#include <grpcpp/generic/async_generic_service.h>

#include <atomic>
#include <functional>
#include <list>
#include <mutex>

#include "absl/strings/string_view.h"

namespace salesops::gateway {

class Health {
 public:
  // `known(service)`: whether the gateway serves a service of that name.
  explicit Health(std::function<bool(const std::string&)> known) : known_(std::move(known)) {}

  bool serving() const { return serving_; }
  void SetServing(bool serving);

  // Ends every Watch, so that the server can shut down.
  void EndWatches();

  // The reactor of Health/Check and Health/Watch.
  grpc::ServerGenericBidiReactor* Check();
  grpc::ServerGenericBidiReactor* Watch();

 private:
  class CheckCall;
  class WatchCall;
  int StatusOf(const std::string& service, bool watching) const;

  const std::function<bool(const std::string&)> known_;
  std::atomic<bool> serving_{true};
  // Held while watches are told; a watch leaves the list in its OnDone, before it is deleted.
  std::mutex mu_;
  bool ended_ = false;
  std::list<WatchCall*> watches_;
};

}  // namespace salesops::gateway
