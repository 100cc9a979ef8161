// login, logout, whoami.
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "google/protobuf/descriptor.h"
#include "shared/resource/message_fields.h"
#include "shared/status/macros.h"
#include "tools/salesopsctl/commands.h"
#include "tools/salesopsctl/config.h"
#include "tools/salesopsctl/exit_code.h"
#include "tools/salesopsctl/friendly_json.h"
#include "tools/salesopsctl/moment.h"
#include "tools/salesopsctl/table.h"
#include "tools/salesopsctl/token_claims.h"

namespace salesops::ctl {
namespace {

using google::protobuf::FieldDescriptor;
using resource::GetString;

constexpr char kDescribeCaller[] = "AccessService.DescribeCaller";

// What is typed stays off the screen.
class NoEcho {
 public:
  NoEcho() {
    known_ = tcgetattr(STDIN_FILENO, &before_) == 0;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (known_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  ~NoEcho() {
    if (known_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  termios before_ = {};
  bool known_;
};

absl::StatusOr<std::string> AskForToken() {
  if (isatty(STDIN_FILENO) == 0) {
    ASSIGN_OR_RETURN(const std::string text, ReadFile("-"));
    return TokenIn(text, "standard input");
  }
  std::string line;
  {
    const NoEcho quiet;  // before anybody can begin to type
    std::fputs("Token (it is not shown): ", stderr);
    std::getline(std::cin, line);
  }
  std::fputs("\n", stderr);
  // A terminal's own line buffer ends at 4,095 characters, which some tokens exceed.
  if (line.size() >= 4095) {
    return UsageError("a terminal cuts lines of this length; use --token-file or a pipe");
  }
  return TokenIn(line, "what was typed");
}

absl::StatusOr<std::string> NewToken(const Session& session, const LoginOptions& options) {
  if (!options.token_command.empty()) return RunTokenCommand(options.token_command);
  const std::string& path = session.settings().token_file;
  if (path.empty() || path == "-") return AskForToken();
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  return TokenIn(text, absl::StrCat("\"", path, "\""));
}

absl::StatusOr<std::unique_ptr<Message>> AskWhoIAm(const Session& session) {
  ASSIGN_OR_RETURN(const MethodDescriptor* method, session.catalog().FindMethod(kDescribeCaller));
  return session.Call(method, *session.catalog().New(method->input_type()));
}

// The context that login writes to; made if it does not exist.
std::string ContextFor(const Settings& settings, const Config& config) {
  if (!settings.context.empty()) return settings.context;
  return config.current.empty() ? "default" : config.current;
}

}  // namespace

absl::Status Login(Session& session, const LoginOptions& options) {
  ASSIGN_OR_RETURN(Config config, Config::Load(session.places()));
  const std::string name = ContextFor(session.settings(), config);
  RETURN_IF_ERROR(CheckContextName(name));
  Context& context = config.contexts[name];
  const Settings& given = session.settings();
  if (!given.server.empty()) context.server = given.server;
  if (context.server.empty()) {
    return UsageError("sign in where? name the server: salesopsctl login --server HOST:PORT");
  }
  const auto absolute = [](const std::string& path) {
    return std::filesystem::absolute(path).lexically_normal().string();
  };
  if (!given.ca.empty()) context.ca = absolute(given.ca);
  if (!given.descriptors.empty()) context.descriptors = absolute(given.descriptors);
  if (given.plaintext) context.plaintext = true;
  if (config.current.empty()) config.current = name;

  ASSIGN_OR_RETURN(const std::string token, NewToken(session, options));
  if (HasExpired(token, absl::Now())) {
    return absl::UnauthenticatedError(
        absl::StrCat("the token ", ExpiryText(token, absl::Now()), "; get a fresh one"));
  }
  RETURN_IF_ERROR(session.OpenAs(config, name, token));
  ASSIGN_OR_RETURN(const std::unique_ptr<Message> me, AskWhoIAm(session));

  context.token_command = options.token_command;
  context.token_file.clear();
  RETURN_IF_ERROR(WritePrivateFile(session.places().TokenFile(name), token + "\n"));
  RETURN_IF_ERROR(config.Save(session.places()));
  const std::string expiry = ExpiryText(token, absl::Now());
  absl::FPrintF(stderr, "signed in to %s (context %s) as %s%s\n", context.server, name,
                GetString(*me, "subject"), expiry.empty() ? "" : "; the token " + expiry);
  return absl::OkStatus();
}

absl::Status Logout(Session& session) {
  ASSIGN_OR_RETURN(Config config, Config::Load(session.places()));
  const std::string name = ContextFor(session.settings(), config);
  const auto found = config.contexts.find(name);
  if (found == config.contexts.end()) {
    return UsageError(absl::StrCat("there is no context \"", name, "\" to sign out of"));
  }
  const bool had = unlink(session.places().TokenFile(name).c_str()) == 0;
  const bool named = !found->second.token_file.empty() || !found->second.token_command.empty();
  found->second.token_file.clear();
  found->second.token_command.clear();
  RETURN_IF_ERROR(config.Save(session.places()));
  absl::FPrintF(stderr, "%s %s\n", had || named ? "signed out of" : "nobody was signed in to",
                name);
  return absl::OkStatus();
}

absl::Status WhoAmI(Session& session) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Message> me, AskWhoIAm(session));
  const std::string expiry = ExpiryText(session.token(), absl::Now());
  const auto claims = ClaimsOf(session.token());
  if (session.format() == Format::kJson || session.format() == Format::kJsonLines) {
    nlohmann::ordered_json all = Project(*me, {});
    all["server"] = session.target().server;
    all["context"] = session.target().context;
    if (claims && claims->expires) all["tokenExpireTime"] = MomentText(*claims->expires);
    std::cout << all.dump(session.format() == Format::kJson ? 2 : -1) << "\n";
    return absl::OkStatus();
  }
  std::vector<std::vector<std::string>> rows = {
      {"subject", GetString(*me, "subject")},
      {"groups", absl::StrJoin(resource::GetStrings(*me, "groups"), ", ")},
      {"seller", GetString(*me, "seller")},
      {"server", session.target().server},
      {"context", session.target().context},
      {"token", expiry}};
  const FieldDescriptor* permissions = me->GetDescriptor()->FindFieldByName("permissions");
  for (int i = 0; permissions != nullptr && i < me->GetReflection()->FieldSize(*me, permissions);
       ++i) {
    const Message& each = me->GetReflection()->GetRepeatedMessage(*me, permissions, i);
    rows.push_back({i == 0 ? "may" : "", absl::StrCat(GetString(each, "permission"), "  on ",
                                                      absl::AsciiStrToLower(CellOf(each, "scope")),
                                                      " ", GetString(each, "department"))});
  }
  WriteCells(session.format(), {"what", "value"}, rows, std::cout);
  return absl::OkStatus();
}

}  // namespace salesops::ctl
