// What the gateway says of itself, checked from outside: the document by a validator of OpenAPI and
// one of JSON Schema, real answers by the document, the page in a browser.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/stack/stack.h"

namespace salesops::stack {
namespace {

using ::testing::HasSubstr;

bool InCi() {
  const char* ci = std::getenv("CI");
  return ci != nullptr && std::string(ci) == "true";
}

std::string Folder() { return SourceFolder() + "/tests/openapi"; }

// What keeps the test from running; empty if nothing does.
std::string Missing(bool browser) {
  if (!std::filesystem::exists(Folder() + "/node_modules")) {
    return Folder() + "/node_modules is absent";
  }
  if (browser && access("/usr/bin/chromium", X_OK) != 0) return "chromium is not installed";
  return "";
}

// In CI nothing may be skipped.
#define SKIP_WITHOUT(browser)                                           \
  if (const std::string missing = Missing(browser); !missing.empty()) { \
    if (InCi()) FAIL() << missing << "; tools/dev setup installs it";   \
    GTEST_SKIP() << missing << "; tools/dev setup installs it";         \
  }

class OpenApiTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { stack_ = new Stack; }
  static void TearDownTestSuite() {
    delete stack_;
    stack_ = nullptr;
  }

  static std::string Url() {
    return absl::StrCat("https://localhost:", stack_->gateway_http_port());
  }

  static Finished Node(const std::string& script, const std::vector<std::string>& arguments) {
    std::vector<std::string> command = {"node", absl::StrCat(Folder(), "/", script)};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return RunToEnd(command, stack_->folder(),
                    {absl::StrCat("SALESOPS_URL=", Url()),
                     absl::StrCat("SALESOPS_TOKEN=", stack_->AdminToken()),
                     absl::StrCat("NODE_EXTRA_CA_CERTS=", stack_->ca())},
                    absl::Minutes(5));
  }

  // The document, as a file.
  static std::string Document() {
    const auto answer = stack_->Http().As("").Get("/openapi.json");
    EXPECT_EQ(answer.code, 200) << answer.body;
    const std::string file = stack_->folder() + "/openapi.json";
    WriteFile(file, answer.body);
    return file;
  }

  static Stack* stack_;
};

Stack* OpenApiTest::stack_ = nullptr;

TEST_F(OpenApiTest, TheDocumentIsValidAndItsExamplesToo) {
  SKIP_WITHOUT(false);
  const Finished checked = Node("validate.mjs", {Document()});
  EXPECT_EQ(checked.code, 0) << checked.out;
  std::printf("%s", checked.out.c_str());
}

// A service with one of everything that a contract can hold.
TEST_F(OpenApiTest, TheDocumentOfTheToyServiceIsValidToo) {
  SKIP_WITHOUT(false);
  const std::string file = stack_->folder() + "/shelf.json";
  const Finished written =
      RunToEnd({BuildFolder() + "/gateway/reference/contract_reference", "--descriptors",
                BuildFolder() + "/gateway/testdata", "--openapi", file},
               stack_->folder());
  ASSERT_EQ(written.code, 0) << written.out;
  const Finished checked = Node("validate.mjs", {file});
  EXPECT_EQ(checked.code, 0) << checked.out;
}

TEST_F(OpenApiTest, TheValidatorFindsWhatIsWrong) {
  SKIP_WITHOUT(false);
  const nlohmann::json good = nlohmann::json::parse(ReadFile(Document()));
  const auto found = [&](const nlohmann::json& document) {
    const std::string file = stack_->folder() + "/broken.json";
    WriteFile(file, document.dump());
    const Finished checked = Node("validate.mjs", {file});
    EXPECT_NE(checked.code, 0);
    return checked.out;
  };
  const char account[] = "/pipeline/v1/accounts/{account}";
  nlohmann::json broken = good;
  broken["paths"][account]["get"]["parameters"][0]["in"] = "somewhere";
  EXPECT_THAT(found(broken), HasSubstr("specification"));
  broken = good;
  broken["components"]["schemas"].erase("google.type.Money");
  EXPECT_THAT(found(broken), HasSubstr("leads nowhere"));
  broken = good;
  broken["paths"]["/pipeline/v1/accounts"]["post"]["requestBody"]["content"]["application/json"]
        ["example"]["foundedYear"] = "long ago";
  EXPECT_THAT(found(broken), HasSubstr("must be integer"));
  broken = good;
  broken["paths"][account]["get"]["parameters"][0]["name"] = "acount";
  EXPECT_THAT(found(broken), HasSubstr("declares acount"));
}

TEST_F(OpenApiTest, WhatIsAnsweredIsWhatTheDocumentSays) {
  SKIP_WITHOUT(false);
  const Finished checked = Node("answers.mjs", {});
  EXPECT_EQ(checked.code, 0) << checked.out;
  std::printf("%s", checked.out.c_str());
}

TEST_F(OpenApiTest, ThePageWorksInABrowser) {
  SKIP_WITHOUT(true);
  const Finished checked = Node("page.mjs", {stack_->folder()});
  EXPECT_EQ(checked.code, 0) << checked.out;
  std::printf("%s", checked.out.c_str());
}

}  // namespace
}  // namespace salesops::stack
