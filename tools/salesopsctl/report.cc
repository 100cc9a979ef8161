#include "tools/salesopsctl/report.h"

#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "shared/status/status.h"
#include "tools/salesopsctl/token_claims.h"

namespace salesops::ctl {
namespace {

std::string SignInHint(const Target& target, const std::string& token, absl::Time now) {
  const std::string login =
      absl::StrCat("sign in with: salesopsctl login",
                   target.context.empty() ? "" : absl::StrCat(" --context ", target.context));
  if (token.empty()) {
    return absl::StrCat("no token was sent; ", login,
                        ", or name one with --token-file or SALESOPS_TOKEN");
  }
  if (HasExpired(token, now))
    return absl::StrCat("the token ", ExpiryText(token, now), "; ", login);
  return absl::StrCat("the token was not accepted; ", login);
}

// gRPC says the same of a port where nobody listens and of a certificate that does not fit.
std::string UnavailableHint(const Target& target) {
  const std::string context =
      target.context.empty() ? "" : absl::StrCat(" (context ", target.context, ")");
  if (!target.tls) {
    return absl::StrCat("asked ", target.server, " without TLS", context,
                        "; --server, SALESOPS_SERVER or a context can name another");
  }
  return absl::StrCat("asked ", target.server, " with TLS", context,
                      "; if it is there, its certificate is not one of ", target.ca,
                      ": name its CA with --ca or in the context");
}

std::string Hint(const absl::Status& status, const Target& target, const std::string& token,
                 absl::Time now) {
  const std::string reason = status::Reason(status);
  if (reason == "ETAG_MISMATCH") {
    return "somebody changed it meanwhile; get it again, look, and repeat with its new etag";
  }
  if (reason == "ARCHIVED") return "salesopsctl unarchive NAME brings it back";
  switch (status.code()) {
    case absl::StatusCode::kUnauthenticated:
      return SignInHint(target, token, now);
    case absl::StatusCode::kPermissionDenied:
      return "salesopsctl whoami shows what you may do";
    case absl::StatusCode::kUnavailable:
      return UnavailableHint(target);
    case absl::StatusCode::kDeadlineExceeded:
      return "--timeout 2min waits longer";
    case absl::StatusCode::kResourceExhausted:
      if (const auto delay = status::RetryDelay(status)) {
        return absl::StrCat("try again in ", SpanText(*delay + absl::Milliseconds(999)));
      }
      return "";
    default:
      return "";
  }
}

}  // namespace

std::string ReportText(const absl::Status& status, const Target& target, const std::string& token,
                       absl::Time now) {
  const ExitCode code = ExitCodeOf(status);
  const bool ours = code == ExitCode::kUsage || code == ExitCode::kPartly;
  std::string text =
      absl::StrCat("error: ", ours ? "" : absl::StatusCodeToString(status.code()) + ": ",
                   status.message(), "\n");
  const base::Violations violations = status::ViolationsOf(status);
  for (const base::Violation& v : violations.list()) {
    absl::StrAppend(&text, "  ", v.field, ": ", v.message, v.reason.empty() ? "" : " (", v.reason,
                    v.reason.empty() ? "" : ")", "\n");
  }
  const std::string hint = Hint(status, target, token, now);
  if (!hint.empty()) absl::StrAppend(&text, "  ", hint, "\n");
  return text;
}

ExitCode Report(const Session& session, const absl::Status& status) {
  if (status.ok()) return ExitCode::kOk;
  std::fputs(ReportText(status, session.target(), session.token(), absl::Now()).c_str(), stderr);
  return ExitCodeOf(status);
}

}  // namespace salesops::ctl
