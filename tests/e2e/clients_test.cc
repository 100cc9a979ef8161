// The clients that other languages use, each with its own tests, against the whole suite.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/stack/stack.h"

namespace salesops::stack {
namespace {

class ClientsTest : public ::testing::Test {
 protected:
  static std::string Folder(const std::string& language) {
    return absl::StrCat(SourceFolder(), "/clients/", language);
  }

  // Where the suite is, for programs that are given it by environment.
  std::vector<std::string> Environment() {
    return {absl::StrCat("SALESOPS_URL=https://localhost:", stack_.gateway_http_port()),
            absl::StrCat("SALESOPS_TOKEN=", stack_.AdminToken()),
            absl::StrCat("SALESOPS_CA=", stack_.ca()),
            absl::StrCat("NODE_EXTRA_CA_CERTS=", stack_.ca())};
  }

  Stack stack_;
};

TEST_F(ClientsTest, TypeScript) {
  const std::string folder = Folder("typescript");
  if (!std::filesystem::exists(folder + "/node_modules")) {
    const char* ci = std::getenv("CI");
    if (ci != nullptr && std::string(ci) == "true") FAIL() << "run tools/dev setup first";
    GTEST_SKIP() << folder << "/node_modules is absent; tools/dev setup installs it";
  }
  const Finished built =
      RunToEnd({"npm", "--prefix", folder, "run", "build"}, stack_.folder(), {}, absl::Minutes(5));
  ASSERT_EQ(built.code, 0) << built.out;
  const Finished tested = RunToEnd({"npm", "--prefix", folder, "test"}, stack_.folder(),
                                   Environment(), absl::Minutes(5));
  EXPECT_EQ(tested.code, 0) << tested.out;
  EXPECT_THAT(tested.out, ::testing::HasSubstr("# skipped 0\n"));
}

TEST_F(ClientsTest, Python) {
  const Finished tested =
      RunToEnd({"python3", "-B", absl::StrCat(Folder("python"), "/salesops_example_test.py")},
               stack_.folder(), Environment(), absl::Minutes(2));
  EXPECT_EQ(tested.code, 0) << tested.out;
  EXPECT_THAT(tested.out, ::testing::HasSubstr("\nOK\n")) << "a test was skipped";
}

TEST_F(ClientsTest, PythonFromTheCommandLine) {
  const std::string token = stack_.folder() + "/token";
  WriteFile(token, stack_.AdminToken());
  const Finished toured =
      RunToEnd({Folder("python") + "/salesops_example.py", "--url",
                absl::StrCat("https://localhost:", stack_.gateway_http_port()), "--ca", stack_.ca(),
                "--token_file", token},
               stack_.folder(), {"PYTHONDONTWRITEBYTECODE=1"}, absl::Minutes(1));
  EXPECT_EQ(toured.code, 0) << toured.out;
  EXPECT_THAT(toured.out, ::testing::HasSubstr("salesops.pipeline.v1.AccountUpdated"));
}

}  // namespace
}  // namespace salesops::stack
