#include "tools/salesopsctl/session.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"
#include "tools/salesopsctl/exit_code.h"
#include "tools/salesopsctl/moment.h"
#include "tools/salesopsctl/reflection.h"
#include "tools/salesopsctl/token_claims.h"

namespace salesops::ctl {
namespace {

constexpr int kTries = 4;
constexpr absl::Duration kContractsStayFresh = absl::Minutes(5);
constexpr absl::Duration kContractsTimeout = absl::Seconds(10);
constexpr absl::Duration kLongestPause = absl::Seconds(5);
constexpr absl::Duration kStreamTimeout = absl::Hours(24);
constexpr char kSystemCertificates[] = "/etc/ssl/certs/ca-certificates.crt";

std::string First(const std::string& a, const std::string& b) { return a.empty() ? b : a; }

bool IsLoopback(const std::string& server) {
  const std::string host = server.substr(0, server.rfind(':'));
  return host == "localhost" || host == "[::1]" || absl::StartsWith(host, "127.");
}

bool HasUnknownFields(const Message& message) {
  const auto* reflection = message.GetReflection();
  if (!reflection->GetUnknownFields(message).empty()) return true;
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->message_type() == nullptr) continue;
    // Elements of a list are alike; the first tells.
    const Message& inner = field->is_repeated() ? reflection->GetRepeatedMessage(message, field, 0)
                                                : reflection->GetMessage(message, field);
    if (HasUnknownFields(inner)) return true;
  }
  return false;
}

void Warn(const std::string& text) { absl::FPrintF(stderr, "warning: %s\n", text); }

}  // namespace

absl::StatusOr<Target> Resolve(const Settings& settings, const Config& config) {
  Target target;
  Context context;
  target.context = First(settings.context, config.current);
  if (!target.context.empty()) {
    const auto found = config.contexts.find(target.context);
    if (found == config.contexts.end()) {
      std::vector<std::string> names;
      for (const auto& [name, other] : config.contexts) names.push_back(name);
      return UsageError(absl::StrCat(
          "there is no context \"", target.context, "\"; ",
          names.empty() ? "make one with: salesopsctl context set NAME --server HOST:PORT"
                        : "there are: " + absl::StrJoin(names, ", ")));
    }
    context = found->second;
  }
  const bool same_server = settings.server.empty() || settings.server == context.server;
  target.server = First(First(settings.server, context.server), target.server);
  // What belongs to the context's server says nothing of another.
  target.ca = First(settings.ca, same_server ? context.ca : "");
  const bool plaintext = settings.plaintext || (same_server && context.plaintext);
  target.tls = !target.ca.empty() || (!plaintext && !IsLoopback(target.server));
  if (target.tls && target.ca.empty()) target.ca = kSystemCertificates;
  target.descriptors = First(settings.descriptors, same_server ? context.descriptors : "");
  target.output = First(First(settings.output, context.output), target.output);
  if (!settings.timeout.empty()) {
    ASSIGN_OR_RETURN(target.timeout, ParseSpan(settings.timeout));
  }
  if (!settings.token_file.empty()) {
    target.token_file = settings.token_file;
  } else if (!settings.token.empty()) {
    target.token = settings.token;
  } else if (!settings.token_file_of_environment.empty()) {
    target.token_file = settings.token_file_of_environment;
  } else if (same_server && !target.context.empty()) {
    target.token_of_context = true;
  }
  return target;
}

absl::StatusOr<std::string> TokenIn(const std::string& text, const std::string& where) {
  std::string token(absl::StripAsciiWhitespace(text));
  if (LooksLikeToken(token)) return token;
  return absl::UnauthenticatedError(
      absl::StrCat(where, token.empty() ? " is empty" : " does not hold one token",
                   "; a token is one line of letters, digits and punctuation"));
}

absl::StatusOr<std::string> RunTokenCommand(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "re");
  if (pipe == nullptr) return absl::UnauthenticatedError("the token command cannot be run");
  std::string text;
  char buffer[4096];
  for (size_t n; (n = fread(buffer, 1, sizeof(buffer), pipe)) > 0;) text.append(buffer, n);
  const int ended = pclose(pipe);
  if (!WIFEXITED(ended) || WEXITSTATUS(ended) != 0) {
    return absl::UnauthenticatedError(
        absl::StrCat("the token command failed with exit code ",
                     WIFEXITED(ended) ? WEXITSTATUS(ended) : 128 + WTERMSIG(ended),
                     "; run it by hand to see why: ", command));
  }
  return TokenIn(text, "what the token command printed");
}

std::string InstalledDescriptors() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto built = self.parent_path().parent_path().parent_path() / "descriptors";
  return std::filesystem::exists(built, error) ? built.string() : "/usr/share/salesops/descriptors";
}

Session::Session(Settings settings, Places places)
    : settings_(std::move(settings)), places_(std::move(places)) {}

absl::Status Session::OpenOffline() {
  ASSIGN_OR_RETURN(const Config config, Config::Load(places_));
  ASSIGN_OR_RETURN(target_, Resolve(settings_, config));
  ASSIGN_OR_RETURN(format_, ParseFormat(target_.output));
  return absl::OkStatus();
}

absl::Status Session::Open() {
  RETURN_IF_ERROR(OpenOffline());
  ASSIGN_OR_RETURN(const Config config, Config::Load(places_));
  RETURN_IF_ERROR(
      FindToken(target_.token_of_context ? config.contexts.at(target_.context) : Context()));
  return Connect();
}

absl::Status Session::OpenAs(const Config& config, const std::string& context,
                             const std::string& token) {
  Settings settings = settings_;
  settings.context = context;
  ASSIGN_OR_RETURN(target_, Resolve(settings, config));
  ASSIGN_OR_RETURN(format_, ParseFormat(target_.output));
  token_ = token;
  return Connect();
}

absl::Status Session::Connect() {
  rpc::TlsFiles tls;
  if (target_.tls) tls.ca = target_.ca;
  channel_ = rpc::OpenChannel("dns:///" + target_.server, tls);
  return LoadContracts(false);
}

absl::Status Session::FindToken(const Context& context) {
  token_ = target_.token;
  if (!token_.empty()) return absl::OkStatus();
  std::string path = target_.token_file;
  if (target_.token_of_context) {
    path = First(context.token_file, places_.TokenFile(target_.context));
    std::error_code error;
    const bool kept = std::filesystem::exists(path, error);
    if (!kept && context.token_file.empty() && context.token_command.empty()) {
      return absl::OkStatus();  // nobody has signed in; the server will say what it thinks of it
    }
    if (!kept && !context.token_command.empty()) {
      ASSIGN_OR_RETURN(token_, RenewToken(context));
      return absl::OkStatus();
    }
  }
  if (path.empty()) return absl::OkStatus();
  absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) {
    return absl::UnauthenticatedError(absl::StrCat("cannot read the token file \"", path, "\""));
  }
  ASSIGN_OR_RETURN(token_, TokenIn(*text, absl::StrCat("the token file \"", path, "\"")));
  if (IsReadableByOthers(path)) {
    Warn(absl::StrCat("other users can read your token; close it with: chmod 600 ", path));
  }
  if (target_.token_of_context && !context.token_command.empty() &&
      HasExpired(token_, absl::Now())) {
    ASSIGN_OR_RETURN(token_, RenewToken(context));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> Session::RenewToken(const Context& context) {
  ASSIGN_OR_RETURN(std::string token, RunTokenCommand(context.token_command));
  RETURN_IF_ERROR(WritePrivateFile(places_.TokenFile(target_.context), token + "\n"));
  return token;
}

std::string Session::CacheFile() const {
  return absl::StrCat(places_.cache, "/contracts/", Sha256(target_.server).substr(0, 16), ".binpb");
}

absl::StatusOr<FileDescriptorSet> Session::AskContracts(bool fresh) {
  contracts_from_cache_ = false;
  struct stat cached = {};
  FileDescriptorSet set;
  if (!fresh && stat(CacheFile().c_str(), &cached) == 0) {
    const absl::Duration age = absl::Now() - absl::FromTimeT(cached.st_mtime);
    absl::StatusOr<std::string> bytes = ReadFile(CacheFile());
    if (age >= absl::ZeroDuration() && age < kContractsStayFresh && bytes.ok() &&
        set.ParseFromString(*bytes)) {
      contracts_from_cache_ = true;
      return set;
    }
  }
  ASSIGN_OR_RETURN(set, FetchContracts(*channel_, std::min(kContractsTimeout, target_.timeout)));
  // Without a cache the next run asks again; that is all.
  WritePrivateFile(CacheFile(), set.SerializeAsString()).IgnoreError();
  return set;
}

absl::Status Session::LoadContracts(bool fresh) {
  absl::StatusOr<FileDescriptorSet> set;
  if (!target_.descriptors.empty()) {
    set = ReadDescriptorFolder(target_.descriptors);
  } else {
    set = AskContracts(fresh);
    absl::StatusOr<FileDescriptorSet> files = ReadDescriptorFolder(InstalledDescriptors());
    if (set.ok() && files.ok()) AdoptComments(*files, &*set);
    // A server that is away, or does not tell its contracts: the files, if there are any, let one
    // still look things up, and the call itself says what is wrong with the server.
    if (!set.ok() && files.ok()) set = std::move(files);
  }
  RETURN_IF_ERROR(set.status());
  ASSIGN_OR_RETURN(catalog_, Catalog::Build(*set));
  return absl::OkStatus();
}

absl::StatusOr<bool> Session::RefreshContracts() {
  if (!contracts_from_cache_) return false;
  RETURN_IF_ERROR(LoadContracts(true));
  return true;
}

// An answer with fields that the kept contracts do not have: the server is newer.
void Session::NoticeNewer(const Message& response) const {
  if (!contracts_from_cache_ || !HasUnknownFields(response)) return;
  contracts_from_cache_ = false;
  std::remove(CacheFile().c_str());
  Warn("the server has fields that the kept contracts lack; the next run will show them");
}

rpc::CallOptions Session::Options(absl::Duration timeout) const {
  return {.token = token_, .timeout = timeout};
}

absl::StatusOr<std::unique_ptr<Message>> Session::Call(const MethodDescriptor* method,
                                                       const Message& request) const {
  const absl::Time end = absl::Now() + target_.timeout;
  for (int attempt = 1;; ++attempt) {
    std::unique_ptr<Message> response = catalog_->New(method->output_type());
    const absl::Status status =
        channel_->Call(Catalog::Path(method), request, response.get(), Options(end - absl::Now()));
    if (status.ok()) {
      NoticeNewer(*response);
      return response;
    }
    const bool passing = status.code() == absl::StatusCode::kUnavailable ||
                         status.code() == absl::StatusCode::kResourceExhausted;
    const absl::Duration pause =
        std::min(kLongestPause,
                 status::RetryDelay(status).value_or(absl::Milliseconds(100) * (1 << attempt)));
    if (!passing || attempt == kTries || absl::Now() + pause >= end) return status;
    absl::SleepFor(pause);
  }
}

absl::Status Session::Stream(const MethodDescriptor* method, const Message& request,
                             const std::function<bool(const Message&)>& visit) const {
  return channel_->Stream(Catalog::Path(method), request, *catalog_->New(method->output_type()),
                          Options(kStreamTimeout), visit);
}

}  // namespace salesops::ctl
