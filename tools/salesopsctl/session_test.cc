#include "tools/salesopsctl/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "shared/status/status.h"
#include "tools/salesopsctl/exit_code.h"
#include "tools/salesopsctl/report.h"

namespace salesops::ctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Config Contexts() {
  Config config;
  config.current = "work";
  config.contexts["work"] = {.server = "sales.example:443",
                             .ca = "/work-ca.pem",
                             .descriptors = "/contracts",
                             .output = "csv"};
  config.contexts["lab"] = {.server = "lab.example:443", .plaintext = true};
  return config;
}

Target Resolved(const Settings& settings, const Config& config = Contexts()) {
  const auto target = Resolve(settings, config);
  EXPECT_TRUE(target.ok()) << target.status();
  return target.value_or(Target());
}

TEST(ResolveTest, TheCurrentContextIsUsed) {
  const Target target = Resolved({});
  EXPECT_EQ(target.context, "work");
  EXPECT_EQ(target.server, "sales.example:443");
  EXPECT_EQ(target.ca, "/work-ca.pem");
  EXPECT_EQ(target.output, "csv");
  EXPECT_TRUE(target.tls);
  EXPECT_TRUE(target.token_of_context);
}

TEST(ResolveTest, FlagsWin) {
  const Target target = Resolved({.context = "lab",
                                  .ca = "/other.pem",
                                  .token_file = "/t",
                                  .output = "json",
                                  .timeout = "2min"});
  EXPECT_EQ(target.server, "lab.example:443");
  EXPECT_EQ(target.ca, "/other.pem");
  EXPECT_EQ(target.output, "json");
  EXPECT_EQ(target.timeout, absl::Minutes(2));
  EXPECT_EQ(target.token_file, "/t");
  EXPECT_FALSE(target.token_of_context);
}

TEST(ResolveTest, TheTokenOfAContextGoesToItsServerOnly) {
  const Target target = Resolved({.server = "evil.example:443"});
  EXPECT_FALSE(target.token_of_context);
  EXPECT_EQ(target.token, "");
  EXPECT_EQ(target.token_file, "");
  EXPECT_NE(target.ca, "/work-ca.pem");
  EXPECT_EQ(target.descriptors, "");
  EXPECT_TRUE(Resolved({.server = "sales.example:443"}).token_of_context);
}

TEST(ResolveTest, ATokenFileFlagBeatsTheEnvironment) {
  EXPECT_EQ(Resolved({.token_file = "/flag", .token = "env"}).token, "");
  EXPECT_EQ(Resolved({.token_file = "/flag", .token = "env"}).token_file, "/flag");
  EXPECT_EQ(Resolved({.token = "env", .token_file_of_environment = "/env"}).token, "env");
  EXPECT_EQ(Resolved({.token_file_of_environment = "/env"}).token_file, "/env");
}

TEST(ResolveTest, OnlyLoopbackGoesWithoutTlsUnasked) {
  const Config none;
  EXPECT_FALSE(Resolved({}, none).tls);  // localhost:8444
  EXPECT_FALSE(Resolved({.server = "127.0.0.1:1"}, none).tls);
  EXPECT_FALSE(Resolved({.server = "[::1]:1"}, none).tls);
  EXPECT_TRUE(Resolved({.server = "sales.example:443"}, none).tls);
  EXPECT_TRUE(Resolved({.server = "localhost.example:443"}, none).tls);
  EXPECT_TRUE(Resolved({.server = "localhost:1", .ca = "/ca.pem"}, none).tls);
  EXPECT_FALSE(Resolved({.server = "sales.example:80", .plaintext = true}, none).tls);
  EXPECT_FALSE(Resolved({.context = "lab"}).tls);
  EXPECT_TRUE(Resolved({.context = "lab", .server = "sales.example:80"}).tls);
}

TEST(ResolveTest, MistakesAreUsageErrors) {
  EXPECT_EQ(ExitCodeOf(Resolve({.context = "home"}, Contexts()).status()), ExitCode::kUsage);
  EXPECT_THAT(std::string(Resolve({.context = "home"}, Contexts()).status().message()),
              HasSubstr("lab, work"));
  EXPECT_EQ(ExitCodeOf(Resolve({.timeout = "soon"}, Contexts()).status()), ExitCode::kUsage);
}

TEST(TokenTest, OneLineOfTextIsAToken) {
  EXPECT_EQ(*TokenIn("  abc.def \n", "x"), "abc.def");
  for (const std::string text : {"", " \n", "a b", "a\nb"}) {
    EXPECT_EQ(ExitCodeOf(TokenIn(text, "x").status()), ExitCode::kRefused) << text;
  }
}

TEST(TokenTest, OfACommand) {
  EXPECT_EQ(*RunTokenCommand("echo abc"), "abc");
  EXPECT_THAT(std::string(RunTokenCommand("echo secret; exit 3").status().message()),
              HasSubstr("exit code 3"));
  EXPECT_FALSE(RunTokenCommand("true").ok());
  EXPECT_FALSE(RunTokenCommand("kill -9 $$").ok());
}

std::string Told(const absl::Status& status, const std::string& token = "",
                 const Target& target = Target()) {
  return ReportText(status, target, token, absl::FromUnixSeconds(1'000'000));
}

TEST(ReportTest, SaysWhatToDoNext) {
  EXPECT_THAT(Told(absl::UnauthenticatedError("x")), HasSubstr("no token was sent"));
  EXPECT_THAT(Told(absl::UnauthenticatedError("x"), "opaque"), HasSubstr("not accepted"));
  const std::string old = "e30." + absl::WebSafeBase64Escape(R"({"exp":999940})") + ".c2ln";
  EXPECT_THAT(Told(absl::UnauthenticatedError("x"), old),
              HasSubstr("expired 1 min ago; sign in with: salesopsctl login"));
  EXPECT_THAT(Told(absl::PermissionDeniedError("x")), HasSubstr("whoami"));
  EXPECT_THAT(Told(status::EtagMismatch("accounts/7")), HasSubstr("get it again"));
  EXPECT_THAT(Told(absl::UnavailableError("x")), HasSubstr("asked localhost:8444 without TLS"));
  EXPECT_THAT(Told(status::Exhausted("FULL", "later", absl::Milliseconds(2500))),
              HasSubstr("try again in 3 s"));
  EXPECT_THAT(Told(absl::DeadlineExceededError("x")), HasSubstr("--timeout"));
}

TEST(ReportTest, EveryViolationIsTold) {
  base::Violations violations;
  violations.Add("account.owner", "BAD_REFERENCE", "must be a name");
  violations.Add("account.website", "PATTERN", "must match");
  const std::string text = Told(status::InvalidArgument(violations));
  EXPECT_THAT(text, HasSubstr("INVALID_ARGUMENT"));
  EXPECT_THAT(text, HasSubstr("  account.owner: must be a name (BAD_REFERENCE)\n"));
  EXPECT_THAT(text, HasSubstr("  account.website: must match (PATTERN)\n"));
}

TEST(ReportTest, NeverTellsTheToken) {
  for (int code = 1; code <= 16; ++code) {
    EXPECT_THAT(Told(absl::Status(static_cast<absl::StatusCode>(code), "x"), "s3cret"),
                Not(HasSubstr("s3cret")));
  }
}

TEST(ReportTest, OurOwnErrorsHaveNoCode) {
  EXPECT_EQ(Told(UsageError("write it so")), "error: write it so\n");
}

}  // namespace
}  // namespace salesops::ctl
