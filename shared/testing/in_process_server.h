#pragma once

// A real server on a real socket for tests of API classes, with identities that need no keys.
//
//   testing::InProcessServer server(account_service.Bind(), {.clock = &clock});
//   server.access().Grant("bob", "pipeline.*", {.some = true, .sellers = {"7"}}, /*seller=*/"7");
//   absl::StatusOr<Account> a =
//       server.Call<Account>("alice", "/salesops.pipeline.v1.AccountService/GetAccount", request);
//
// The token "user:alice" is alice, "user:alice;sales,finance" is alice in those groups. Whoever has
// no grant may do everything on every row; DenyStrangers() turns that round.
//
// Thread-safety: safe from any thread once built.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "shared/auth/access.h"
#include "shared/auth/token.h"
#include "shared/base/clock.h"
#include "shared/rpc/channel.h"
#include "shared/rpc/server.h"
#include "shared/status/status.h"

namespace salesops::testing {

class FakeTokens final : public auth::TokenVerifier {
 public:
  absl::StatusOr<auth::Principal> Verify(absl::string_view token, absl::Time) override {
    if (!absl::ConsumePrefix(&token, "user:") || token.empty()) {
      return status::Unauthenticated("TOKEN_SIGNATURE", "tests know only user:<name>");
    }
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(token, absl::MaxSplits(';', 1));
    auth::Principal principal;
    principal.subject = parts.first;
    principal.issuer = "https://issuer.test";
    if (!parts.second.empty()) principal.groups = absl::StrSplit(parts.second, ',');
    std::sort(principal.groups.begin(), principal.groups.end());
    return principal;
  }
};

class FakeAccess final : public auth::AccessDirectory {
 public:
  // Adds to what `subject` has; `seller` is the seller id that the subject is, if it is one.
  void Grant(const std::string& subject, const std::string& permission, auth::RowScope scope,
             const std::string& seller = "") {
    std::lock_guard lock(mu_);
    std::shared_ptr<const auth::Access>& access = access_[subject];
    std::vector<auth::GrantedScope> grants;
    if (access) grants = access->grants();
    grants.push_back({{permission}, std::move(scope)});
    const std::string known = access ? access->seller() : "";
    access = std::make_shared<const auth::Access>(seller.empty() ? known : seller, grants);
  }
  void DenyStrangers() {
    std::lock_guard lock(mu_);
    strangers_ = std::make_shared<const auth::Access>();
  }

  absl::StatusOr<std::shared_ptr<const auth::Access>> Lookup(
      const auth::Principal& principal) override {
    std::lock_guard lock(mu_);
    auto it = access_.find(principal.subject);
    return it == access_.end() ? strangers_ : it->second;
  }

 private:
  std::mutex mu_;
  std::map<std::string, std::shared_ptr<const auth::Access>> access_;
  std::shared_ptr<const auth::Access> strangers_ = std::make_shared<const auth::Access>(
      "", std::vector<auth::GrantedScope>{{{"*"}, auth::RowScope::All()}});
};

class InProcessServer {
 public:
  struct Options {
    bool log_calls = false;
    const base::Clock* clock = &base::SystemClock();
    rpc::ServerOptions server;             // `listen` and `log_calls` are set here
    rpc::ServerDependencies dependencies;  // clock, tokens and access are set here
  };

  InProcessServer(std::vector<rpc::Binding> bindings, Options options) {
    options.server.listen = "127.0.0.1:0";
    options.server.log_calls = options.log_calls;
    options.dependencies.clock = options.clock;
    options.dependencies.tokens = &tokens_;
    options.dependencies.access = &access_;
    auto server = rpc::Server::Start(options.server, options.dependencies, std::move(bindings));
    if (!server.ok()) {
      std::fprintf(stderr, "InProcessServer: %s\n", server.status().ToString().c_str());
      std::abort();
    }
    server_ = *std::move(server);
    channel_ = rpc::OpenChannel(target(), {});
  }
  explicit InProcessServer(std::vector<rpc::Binding> bindings)
      : InProcessServer(std::move(bindings), Options()) {}
  explicit InProcessServer(rpc::Binding binding) : InProcessServer(std::move(binding), Options()) {}
  InProcessServer(rpc::Binding binding, Options options)
      : InProcessServer(One(std::move(binding)), std::move(options)) {}

  rpc::Server& server() { return *server_; }
  rpc::Channel& channel() { return *channel_; }
  FakeAccess& access() { return access_; }
  std::string target() const { return absl::StrCat("127.0.0.1:", server_->port()); }

  static rpc::CallOptions As(const std::string& user) {
    return {.token = "user:" + user, .wait_for_ready = true};
  }
  template <class Response>
  absl::StatusOr<Response> Call(const std::string& user, const std::string& method,
                                const google::protobuf::Message& request) {
    return rpc::CallUnary<Response>(*channel_, method, request, As(user));
  }

 private:
  static std::vector<rpc::Binding> One(rpc::Binding binding) {
    std::vector<rpc::Binding> bindings;
    bindings.push_back(std::move(binding));
    return bindings;
  }

  FakeTokens tokens_;
  FakeAccess access_;
  std::unique_ptr<rpc::Server> server_;
  std::shared_ptr<rpc::Channel> channel_;
};

}  // namespace salesops::testing
