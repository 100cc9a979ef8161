#pragma once

// The gRPC server: the callback API behind one adapter, and a bounded pool of workers.
//
//   ASSIGN_OR_RETURN(auto server, rpc::Server::Start(options, dependencies, std::move(bindings)));
//   server->WaitForSignalAndDrain();   // SIGTERM: NOT_SERVING, wait, end streams, Shutdown
//
// Every call goes through the same steps, each able to finish it: call context -> deadline already
// too close -> authenticate and authorise -> admit (full queue: RESOURCE_EXHAUSTED with RetryInfo,
// at once) -> on the worker: cancelled or late? -> field rules -> handler inside try/catch -> log
// line and metrics -> Finish exactly once.
//
// No gRPC in this header.
//
// Thread-safety: Server is safe from any thread.

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "shared/auth/access.h"
#include "shared/auth/token.h"
#include "shared/base/clock.h"
#include "shared/base/violation.h"
#include "shared/rpc/binding.h"

namespace salesops::rpc {

struct TlsFiles {
  std::string cert, key, ca;  // paths of PEM files; all empty = plaintext (tests and benches only)
};

struct ServerOptions {
  std::string listen;  // "127.0.0.1:0" picks a port; see Server::port
  TlsFiles tls;        // client certificates are asked for and, if given, verified against `ca`
  int workers = 12;    // each has one database connection; more than 16 is slower
  int queue = 64;      // calls waiting for a worker; beyond that they are refused at once
  int streams = 1000;  // open streams of all kinds; they use at most half of the workers at a time
  absl::Duration default_deadline = absl::Seconds(30);  // of calls that bring none
  absl::Duration max_connection_age = absl::Minutes(5);
  absl::Duration drain_wait = absl::Seconds(5);  // between NOT_SERVING and Shutdown
  absl::Duration drain_limit = absl::Seconds(20);
  int max_message_bytes = 8 << 20;
  bool reflection = true;
  bool log_calls = true;  // one line per call; metrics are kept in any case
  // Services that only pass on calls which others make: their certificate grants nothing and
  // forbids nothing, the user's token decides.
  std::set<std::string> conduits = {"gateway"};
};

struct ServerDependencies {
  const base::Clock* clock = nullptr;
  auth::TokenVerifier* tokens = nullptr;
  auth::AccessDirectory* access = nullptr;
  // Field rules and request-wide rules of any request; run on the worker before the handler.
  std::function<base::Violations(const google::protobuf::Message&)> validate;
  // Runs on the worker after a handler (or a stream step) succeeded, before the answer is sent;
  // an error replaces the answer. Masks personal data and writes their audit entries.
  std::function<absl::Status(CallContext&, const google::protobuf::Message& request,
                             google::protobuf::Message* response)>
      after_success;
  // Started and ended once by each worker thread, for drivers that want to know their threads.
  std::function<std::shared_ptr<void>()> thread_scope;
  // Readiness: the names of what is not ready; empty = SERVING.
  std::function<std::vector<std::string>()> not_ready;
};

class Server {
 public:
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options,
                                                       const ServerDependencies& dependencies,
                                                       std::vector<Binding> bindings);
  virtual ~Server() = default;
  virtual int port() const = 0;
  // What /readyz says: the last answer of ServerDependencies::not_ready, and "draining".
  virtual std::vector<std::string> NotReady() const = 0;
  // How full the server is now: calls being worked on or queued, and open streams.
  virtual int InFlight() const = 0;
  virtual int OpenStreams() const = 0;
  // Wakes every waiting producer (a new event has a position).
  virtual void WakeProducers() = 0;
  // Blocks until SIGTERM or SIGINT, then drains. Call BlockSignals() first in main.
  virtual void WaitForSignalAndDrain() = 0;
  virtual void Drain() = 0;
};

// Blocks SIGTERM and SIGINT in this and all later threads; first line of main.
void BlockSignals();

}  // namespace salesops::rpc
