#include "shared/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace salesops::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::StartsWith;

class ConfigTest : public testing::Test {
 protected:
  absl::Status Parse(std::vector<const char*> args) {
    args.insert(args.begin(), "program");
    return flags_.Parse(static_cast<int>(args.size()), args.data());
  }
  // The message of a parse that must fail.
  std::string Problems(const std::vector<const char*>& args) {
    const absl::Status status = Parse(args);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    return std::string(status.message());
  }
  std::string WriteFile(const std::string& text) {
    const std::string path = testing::TempDir() + "config_test_" +
                             testing::UnitTest::GetInstance()->current_test_info()->name();
    std::ofstream(path, std::ios::binary) << text;
    files_.push_back(path);
    return path;
  }
  void TearDown() override {
    for (const std::string& path : files_) std::remove(path.c_str());
  }

  std::map<std::string, std::string> environment_;
  Flags flags_{"program", "Does things.",
               [this](const std::string& name) -> std::optional<std::string> {
                 const auto it = environment_.find(name);
                 if (it == environment_.end()) return std::nullopt;
                 return it->second;
               }};

 private:
  std::vector<std::string> files_;
};

TEST_F(ConfigTest, ReadsEveryType) {
  std::string name, level, path;
  int workers = 0;
  int64_t limit = 0;
  bool migrate = false, reflection = true;
  absl::Duration wait;
  HostPort listen;
  Secret secret;
  std::vector<std::string> groups;
  std::map<std::string, HostPort> upstreams;
  flags_.String("name", &name, "a name");
  flags_.Choice("log_level", &level, {"info", "error"}, "least level");
  flags_.Int("workers", &workers, "workers", {1, 16});
  flags_.Int("limit", &limit, "limit", {});
  flags_.Bool("migrate", &migrate, "migrate");
  flags_.Bool("reflection", &reflection, "reflection");
  flags_.Duration("wait", &wait, "a wait", {});
  flags_.Address("listen", &listen, "where");
  flags_.ExistingPath("ca", &path, "a file");
  flags_.SecretFile("password_file", &secret, "a secret");
  flags_.List("groups", &groups, "groups");
  flags_.AddressMap("upstream", &upstreams, "upstreams");

  const std::string file = WriteFile("pass word\r\n");
  const std::string ca = "--ca=" + file;
  environment_["SALESOPS_PASSWORD_FILE"] = file;
  EXPECT_EQ(Parse({"--name", "北区", "--log_level=error", "--workers", "8", "--limit=-5",
                   "--migrate", "--reflection=false", "--wait=1m30s", "--listen", "[::1]:50051",
                   ca.c_str(), "--groups", "a,b", "--groups=c", "--upstream",
                   "organization=localhost:1", "--upstream=pipeline=[::1]:2,risk=h:3"}),
            absl::OkStatus());
  EXPECT_EQ(name, "北区");
  EXPECT_EQ(level, "error");
  EXPECT_EQ(workers, 8);
  EXPECT_EQ(limit, -5);
  EXPECT_TRUE(migrate);
  EXPECT_FALSE(reflection);
  EXPECT_EQ(wait, absl::Seconds(90));
  EXPECT_EQ(listen, (HostPort{"::1", 50051}));
  EXPECT_EQ(path, file);
  EXPECT_EQ(secret.value(), "pass word");
  EXPECT_THAT(groups, ElementsAre("a", "b", "c"));
  EXPECT_THAT(upstreams,
              ElementsAre(Pair("organization", HostPort{"localhost", 1}),
                          Pair("pipeline", HostPort{"::1", 2}), Pair("risk", HostPort{"h", 3})));
}

TEST_F(ConfigTest, FlagsWinOverEnvironmentOverDefaults) {
  int a = 1, b = 1, c = 1, d = 1;
  bool migrate = false;
  for (auto [flag, target] : {std::pair{"a", &a}, {"b", &b}, {"c", &c}, {"d", &d}}) {
    flags_.Int(flag, target, "number", {});
  }
  flags_.Bool("migrate", &migrate, "migrate");
  environment_ = {
      {"SALESOPS_B", "2"}, {"SALESOPS_C", "2"}, {"SALESOPS_D", ""}, {"SALESOPS_MIGRATE", "true"}};
  EXPECT_EQ(Parse({"--c=3"}), absl::OkStatus());
  EXPECT_EQ(a, 1);
  EXPECT_EQ(b, 2);
  EXPECT_EQ(c, 3);
  EXPECT_EQ(d, 1);
  EXPECT_TRUE(migrate);
}

TEST_F(ConfigTest, ReportsEveryProblemAtOnce) {
  std::string user, path;
  int port = 3306;
  HostPort listen;
  absl::Duration wait;
  flags_.Address("listen", &listen, "address of the gRPC port").Required();
  flags_.Int("database_port", &port, "port", {1, 65535});
  flags_.String("database_user", &user, "user").Required();
  flags_.ExistingPath("tls_cert", &path, "certificate");
  flags_.Duration("wait", &wait, "wait", {absl::Seconds(1), absl::Minutes(1)});
  flags_.Check([&]() -> std::optional<std::string> { return "--tls_cert needs --tls_key"; });
  environment_["SALESOPS_DATABASE_PORT"] = "70000";
  EXPECT_EQ(Problems({"--lisen", "x:1", "stray", "--tls_cert=/no/such", "--wait=2h"}),
            "8 problems with the configuration:\n"
            "  unknown flag --lisen: did you mean --listen?\n"
            "  unexpected argument \"stray\"\n"
            "  --listen is required (or set SALESOPS_LISTEN): address of the gRPC port\n"
            "  SALESOPS_DATABASE_PORT must be 1 … 65535, not 70000\n"
            "  --database_user is required (or set SALESOPS_DATABASE_USER): user\n"
            "  --tls_cert cannot read \"/no/such\": No such file or directory\n"
            "  --wait must be at most 1m, not 2h\n"
            "  --tls_cert needs --tls_key");
}

TEST_F(ConfigTest, RefusesValuesThatDoNotFit) {
  int number = 0;
  bool flag = false;
  HostPort address;
  absl::Duration wait;
  std::string level;
  std::map<std::string, HostPort> map;
  flags_.Int("number", &number, "n", {});
  flags_.Bool("flag", &flag, "f");
  flags_.Address("address", &address, "a");
  flags_.Duration("wait", &wait, "w", {});
  flags_.Choice("level", &level, {"info", "error"}, "l");
  flags_.AddressMap("map", &map, "m");
  const struct {
    const char* arg;
    const char* problem;
  } kCases[] = {
      {"--number=x", "--number must be a whole number, not \"x\""},
      {"--number=1.5", "whole number"},
      {"--number=9999999999", "must be -2147483648 … 2147483647"},
      {"--number=", "--number needs a value: NUMBER"},
      {"--number", "--number needs a value: NUMBER"},
      {"--flag=maybe", "--flag must be true or false, not \"maybe\""},
      {"--address=nowhere", "must be host:port"},
      {"--address=:80", "must be host:port"},
      {"--address=h:", "port 0 … 65535"},
      {"--address=h:65536", "port 0 … 65535"},
      {"--address=h:+80", "port 0 … 65535"},
      {"--address=::1:80", "in brackets"},
      {"--wait=30", "such as 30s"},
      {"--wait=-1s", "at least 0"},
      {"--level=warn", "must be one of info, error, not \"warn\""},
      {"--map=h:1", "must be name=host:port"},
      {"--map=a=h:1,a=h:2", "names \"a\" twice"},
      {"--map=a=h", "must be host:port"},
  };
  for (const auto& c : kCases) EXPECT_THAT(Problems({c.arg}), HasSubstr(c.problem)) << c.arg;
  EXPECT_EQ(number, 0);
  EXPECT_TRUE(address.empty());
}

TEST_F(ConfigTest, AFlagWithoutItsValueDoesNotEatTheNextFlag) {
  std::string name;
  int number = 0;
  flags_.String("name", &name, "n");
  flags_.Int("number", &number, "n", {});
  EXPECT_EQ(Problems({"--name", "--number", "5"}),
            "1 problem with the configuration:\n  --name needs a value: TEXT");
  EXPECT_EQ(number, 5);
}

TEST_F(ConfigTest, RefusesAFlagGivenTwice) {
  std::string name;
  flags_.String("name", &name, "n");
  EXPECT_THAT(Problems({"--name=a", "--name=b"}), HasSubstr("--name is given 2 times"));
}

TEST_F(ConfigTest, NeverRepeatsWhatMayBeASecret) {
  Secret secret;
  flags_.SecretFile("password_file", &secret, "secret");
  EXPECT_THAT(Problems({"--password_file=hunter2"}), Not(HasSubstr("hunter2")));
  EXPECT_THAT(Problems({"--password=hunter2"}), Not(HasSubstr("hunter2")));
  EXPECT_THAT(Problems({"--password_flie", "hunter2"}), Not(HasSubstr("hunter2")));
}

TEST_F(ConfigTest, RefusesEmptySecrets) {
  Secret secret;
  flags_.SecretFile("password_file", &secret, "secret");
  const std::string path = WriteFile("\n");
  EXPECT_THAT(Problems({"--password_file", path.c_str()}), HasSubstr("empty file"));
  EXPECT_THAT(Problems({"--password_file", "/"}), HasSubstr("a file that can be read"));
}

TEST_F(ConfigTest, HelpShowsEveryFlagAndItsDefault) {
  HostPort listen{"0.0.0.0", 50051};
  std::string user;
  bool migrate = false;
  flags_.Address("listen", &listen, "address of the gRPC port");
  flags_.String("user", &user, "database user").Required();
  flags_.Bool("migrate", &migrate, "run migrations, then exit");
  EXPECT_EQ(Parse({"--help", "--nonsense"}), absl::OkStatus());
  EXPECT_TRUE(flags_.help_asked());
  EXPECT_EQ(flags_.Help(),
            "program: Does things.\n\n"
            "Flags (each is also SALESOPS_<FLAG> in the environment; the flag wins):\n"
            "  --listen HOST:PORT\n"
            "      address of the gRPC port (default 0.0.0.0:50051)\n"
            "  --user TEXT\n"
            "      database user (required)\n"
            "  --migrate\n"
            "      run migrations, then exit (default false)\n"
            "  --help\n"
            "      print this\n");
}

TEST_F(ConfigTest, MainGoesOnOrLeavesWithACode) {
  std::string name;
  flags_.String("name", &name, "a name");
  const char* good[] = {"program", "--name=a"};
  EXPECT_EQ(flags_.ParseForMain(2, good), std::nullopt);
  const char* help[] = {"program", "--help"};
  testing::internal::CaptureStdout();
  EXPECT_EQ(flags_.ParseForMain(2, help), 0);
  EXPECT_THAT(testing::internal::GetCapturedStdout(), StartsWith("program: Does things."));
  const char* bad[] = {"program", "--nam=a"};
  testing::internal::CaptureStderr();
  EXPECT_EQ(flags_.ParseForMain(2, bad), 2);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("did you mean --name?"));
}

TEST(HostPortTest, PutsIpv6InBrackets) {
  EXPECT_EQ((HostPort{"::1", 80}).ToString(), "[::1]:80");
  EXPECT_EQ((HostPort{"localhost", 80}).ToString(), "localhost:80");
}

}  // namespace
}  // namespace salesops::config
