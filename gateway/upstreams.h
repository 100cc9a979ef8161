#pragma once

// The services behind the gateway and the ways to them: each thread has connections of its own to
// every address of every service, so that a call never leaves its thread.
//
//   ASSIGN_OR_RETURN(auto upstreams,
//                    Upstreams::Open({.targets = {{"pipeline", "pipeline:9000"}}}, loops));
//   ServiceLinks* links = upstreams->Find(loop, "pipeline");   // on that loop's thread
//
// Thread-safety: Open and the destructor belong to a thread that is none of the loops'; the rest is
// safe from any thread, but for what it says of a loop.

#include <map>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gateway/descriptor_catalog.h"
#include "gateway/event_loops.h"
#include "gateway/repeated.h"
#include "gateway/service_links.h"
#include "gateway/tls_context.h"
#include "gateway/tls_files.h"

namespace salesops::gateway {

struct UpstreamOptions {
  std::map<std::string, std::string> targets;  // service -> see ServiceTarget
  TlsFiles tls;         // no ca = plaintext; cert and key are shown to the services if given
  int connections = 2;  // HTTP/2 connections to each address, at least one of every thread
  absl::Duration tls_refresh = absl::Seconds(5);
};

class Upstreams {
 public:
  // INVALID_ARGUMENT if a target is none or the files do not load.
  static absl::StatusOr<std::unique_ptr<Upstreams>> Open(const UpstreamOptions& options,
                                                         EventLoops& loops);
  // After everything that calls services.
  ~Upstreams();

  EventLoops& loops() const { return loops_; }

  // The way of that loop's thread to a service; nullptr if there is no such service. Belongs to the
  // thread.
  ServiceLinks* Find(const EventLoop& loop, absl::string_view service) const;

  // Every service, and whether that thread can call it: false if it tried and nobody serves. Call
  // it there.
  std::map<std::string, bool> Reachable(const EventLoop& loop) const;

 private:
  using LinksByService = absl::flat_hash_map<std::string, std::unique_ptr<ServiceLinks>>;

  explicit Upstreams(EventLoops& loops) : loops_(loops) {}

  EventLoops& loops_;
  WatchedTls tls_{TlsUse::kGrpcClient};
  std::unique_ptr<Repeated> tls_refresh_;
  absl::flat_hash_map<const EventLoop*, LinksByService> links_;
};

// The service that keeps an operation: "operations/pipeline/7" -> "pipeline"; empty if the name is
// not one of an operation.
absl::string_view UpstreamOfOperation(absl::string_view name);

// The service that a call goes to. An operation names its service, so that one request is read;
// `request` may be empty for the others. Empty if the request does not say.
std::string ServiceOfRequest(const Method& method, absl::string_view request);

}  // namespace salesops::gateway
