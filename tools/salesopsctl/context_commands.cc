// context list, use, set, delete, show.
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "shared/status/macros.h"
#include "tools/salesopsctl/commands.h"
#include "tools/salesopsctl/config.h"
#include "tools/salesopsctl/exit_code.h"
#include "tools/salesopsctl/moment.h"
#include "tools/salesopsctl/token_claims.h"

namespace salesops::ctl {
namespace {

absl::Status NoSuchContext(const Config& config, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& [known, context] : config.contexts) names.push_back(known);
  return UsageError(
      absl::StrCat("there is no context \"", name, "\"; ",
                   names.empty() ? "make one with: salesopsctl context set NAME --server HOST:PORT"
                                 : "there are: " + absl::StrJoin(names, ", ")));
}

// Paths are kept whole, so that the context works from every folder.
std::string Absolute(const std::string& path) {
  return path.empty() ? "" : std::filesystem::absolute(path).lexically_normal().string();
}

// Where its token comes from; never the token.
std::string TokenText(const Session& session, const std::string& name, const Context& context) {
  const std::string path =
      context.token_file.empty() ? session.places().TokenFile(name) : context.token_file;
  const absl::StatusOr<std::string> text = ReadFile(path);
  std::string what = !context.token_file.empty()      ? "file " + context.token_file
                     : !context.token_command.empty() ? "command " + context.token_command
                     : text.ok()                      ? "kept by login"
                                                      : "none; sign in with: salesopsctl login";
  if (!text.ok()) return what;
  const absl::StatusOr<std::string> token = TokenIn(*text, "it");
  const std::string expiry = token.ok() ? ExpiryText(*token, absl::Now()) : "not a token";
  return expiry.empty() ? what : absl::StrCat(what, ", ", expiry);
}

}  // namespace

absl::Status ContextList(Session& session) {
  ASSIGN_OR_RETURN(const Config config, Config::Load(session.places()));
  ASSIGN_OR_RETURN(
      const Format format,
      ParseFormat(session.settings().output.empty() ? "table" : session.settings().output));
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, context] : config.contexts) {
    rows.push_back({name, name == config.current ? "yes" : "", context.server,
                    TokenText(session, name, context)});
  }
  WriteCells(format, {"context", "current", "server", "token"}, rows, std::cout);
  if (rows.empty()) {
    std::fputs("no contexts; make one with: salesopsctl context set NAME --server HOST:PORT\n",
               stderr);
  }
  return absl::OkStatus();
}

absl::Status ContextUse(Session& session, const ContextOptions& options) {
  ASSIGN_OR_RETURN(Config config, Config::Load(session.places()));
  if (config.contexts.count(options.name) == 0) return NoSuchContext(config, options.name);
  config.current = options.name;
  RETURN_IF_ERROR(config.Save(session.places()));
  absl::FPrintF(stderr, "now using %s (%s)\n", options.name, config.contexts[options.name].server);
  return absl::OkStatus();
}

absl::Status ContextSet(Session& session, const ContextOptions& options) {
  RETURN_IF_ERROR(CheckContextName(options.name));
  ASSIGN_OR_RETURN(Config config, Config::Load(session.places()));
  const bool added = config.contexts.count(options.name) == 0;
  const Settings& given = session.settings();
  if (added && given.server.empty()) {
    return UsageError(absl::StrCat("a new context needs its server: salesopsctl context set ",
                                   options.name, " --server HOST:PORT"));
  }
  if (!given.output.empty()) RETURN_IF_ERROR(ParseFormat(given.output).status());
  Context& context = config.contexts[options.name];
  if (!given.server.empty() && !added && given.server != context.server) {
    // A token must not follow a name to another server.
    unlink(session.places().TokenFile(options.name).c_str());
    context.token_command.clear();
    context.token_file.clear();
  }
  if (!given.server.empty()) context.server = given.server;
  if (!given.ca.empty()) context.ca = Absolute(given.ca);
  if (!given.descriptors.empty()) context.descriptors = Absolute(given.descriptors);
  if (!given.output.empty()) context.output = given.output;
  if (!given.token_file.empty()) context.token_file = Absolute(given.token_file);
  if (!options.token_command.empty()) context.token_command = options.token_command;
  if (given.plaintext) context.plaintext = true;
  if (config.current.empty()) config.current = options.name;
  RETURN_IF_ERROR(config.Save(session.places()));
  absl::FPrintF(stderr, "%s %s%s\n", added ? "added" : "changed", options.name,
                config.current == options.name
                    ? ", the current context"
                    : absl::StrCat("; switch to it with: salesopsctl context use ", options.name));
  return absl::OkStatus();
}

absl::Status ContextDelete(Session& session, const ContextOptions& options) {
  ASSIGN_OR_RETURN(Config config, Config::Load(session.places()));
  if (config.contexts.erase(options.name) == 0) return NoSuchContext(config, options.name);
  if (config.current == options.name) config.current.clear();
  RETURN_IF_ERROR(config.Save(session.places()));
  unlink(session.places().TokenFile(options.name).c_str());
  absl::FPrintF(stderr, "deleted %s and its token%s\n", options.name,
                config.current.empty() ? "; no context is current now" : "");
  return absl::OkStatus();
}

absl::Status ContextShow(Session& session, const ContextOptions& options) {
  ASSIGN_OR_RETURN(const Config config, Config::Load(session.places()));
  const std::string name = !options.name.empty()                 ? options.name
                           : !session.settings().context.empty() ? session.settings().context
                                                                 : config.current;
  if (name.empty()) {
    return UsageError("no context is current; choose one with: salesopsctl context use NAME");
  }
  const auto found = config.contexts.find(name);
  if (found == config.contexts.end()) return NoSuchContext(config, name);
  ASSIGN_OR_RETURN(
      const Format format,
      ParseFormat(session.settings().output.empty() ? "table" : session.settings().output));
  const Context& context = found->second;
  Settings bare;
  bare.context = name;
  ASSIGN_OR_RETURN(const Target target, Resolve(bare, config));
  WriteCells(
      format, {"setting", "value"},
      {{"context", name},
       {"server", context.server},
       {"tls", target.tls ? "yes, CA " + target.ca : "no"},
       {"token", TokenText(session, name, context)},
       {"descriptors", context.descriptors.empty() ? "asked from the server" : context.descriptors},
       {"output", target.output},
       {"file", session.places().ConfigFile()}},
      std::cout);
  return absl::OkStatus();
}

}  // namespace salesops::ctl
