#pragma once

// One run of the client against one server: which server, with which token, by which contracts.
//
//   Session session(settings, Places::FromEnvironment());
//   RETURN_IF_ERROR(session.Open());
//   ASSIGN_OR_RETURN(auto account, session.Call(get_account, request));
//
// A flag wins over its environment variable, that over the context, that over the default. The
// token of a context is only ever sent to the server of that context.
//
// Thread-safety: one thread.

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "shared/rpc/channel.h"
#include "tools/salesopsctl/catalog.h"
#include "tools/salesopsctl/config.h"
#include "tools/salesopsctl/output.h"
#include "tools/salesopsctl/places.h"

namespace salesops::ctl {

// What the command line and the environment say; empty = they do not.
struct Settings {
  std::string context, server, ca, token_file, descriptors, output, timeout;
  bool plaintext = false;
  bool no_pager = false;
  std::string token;  // of SALESOPS_TOKEN; there is no flag, a shell's history would keep it
  std::string token_file_of_environment;
};

// What they come to, with the context's part.
struct Target {
  std::string context;  // "" = none
  std::string server = "localhost:8444";
  std::string ca;
  bool tls = false;
  std::string descriptors;
  std::string output = "table";
  absl::Duration timeout = absl::Seconds(30);
  // At most one of these; the first wins.
  std::string token;
  std::string token_file;
  bool token_of_context = false;
};

// Usage errors: a context that does not exist, an output or timeout that is none.
absl::StatusOr<Target> Resolve(const Settings& settings, const Config& config);

class Session {
 public:
  Session(Settings settings, Places places);

  const Places& places() const { return places_; }
  const Settings& settings() const { return settings_; }
  // Of the last Open…
  const Target& target() const { return target_; }
  Format format() const { return format_; }
  const std::string& token() const { return token_; }

  // Finds out who to call, without calling.
  absl::Status OpenOffline();
  // And connects, with the contracts.
  absl::Status Open();
  // The same for a context and a token that are not kept yet.
  absl::Status OpenAs(const Config& config, const std::string& context, const std::string& token);
  // The contracts came from the cache and have been fetched anew, so what was unknown may be known.
  absl::StatusOr<bool> RefreshContracts();

  const Catalog& catalog() const { return *catalog_; }
  rpc::Channel& channel() const { return *channel_; }

  // A unary call. UNAVAILABLE and RESOURCE_EXHAUSTED are tried again a few times, which is safe:
  // every change carries a request_id.
  absl::StatusOr<std::unique_ptr<Message>> Call(const MethodDescriptor* method,
                                                const Message& request) const;
  absl::Status Stream(const MethodDescriptor* method, const Message& request,
                      const std::function<bool(const Message&)>& visit) const;
  rpc::CallOptions Options(absl::Duration timeout) const;

 private:
  absl::Status Connect();
  absl::Status FindToken(const Context& context);
  absl::StatusOr<std::string> RenewToken(const Context& context);
  absl::Status LoadContracts(bool fresh);
  absl::StatusOr<FileDescriptorSet> AskContracts(bool fresh);
  std::string CacheFile() const;
  void NoticeNewer(const Message& response) const;

  const Settings settings_;
  const Places places_;
  Target target_;
  Format format_ = Format::kTable;
  std::string token_;
  std::shared_ptr<rpc::Channel> channel_;
  std::unique_ptr<Catalog> catalog_;
  mutable bool contracts_from_cache_ = false;
};

// Runs a command of the shell and returns the token it prints; UNAUTHENTICATED if it fails or
// prints something else.
absl::StatusOr<std::string> RunTokenCommand(const std::string& command);
// A token as a file or a pipe holds it, white space at its ends taken off.
absl::StatusOr<std::string> TokenIn(const std::string& text, const std::string& where);

// Where contract files with comments are: beside a built client, or installed.
std::string InstalledDescriptors();

}  // namespace salesops::ctl
