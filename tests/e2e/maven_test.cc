// A real export of a CRM, imported by the command-line client through the gateway and asked for
// over HTTP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/stack/stack.h"

namespace salesops::stack {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string SharedData() {
  const char* named = std::getenv("SALESOPS_SHARED_DATA");
  return named != nullptr ? named : SourceFolder() + "/../shared/data";
}

// What an import said of its rows: "accounts  85 created, 0 updated, 0 unchanged, 0 failed".
struct Verdicts {
  int64_t created = 0, updated = 0, unchanged = 0, failed = 0;
  int64_t all() const { return created + updated + unchanged + failed; }
};

std::map<std::string, Verdicts> VerdictsIn(const std::string& text) {
  std::map<std::string, Verdicts> verdicts;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!absl::StrContains(line, " unchanged, ")) continue;
    std::string name;
    Verdicts found;
    int64_t last = 0;
    for (absl::string_view word :
         absl::StrSplit(line, absl::ByAnyChar(" ,\r"), absl::SkipEmpty())) {
      if (name.empty()) name = std::string(word);
      int64_t number = 0;
      if (absl::SimpleAtoi(word, &number)) last = number;
      if (word == "created") found.created = last;
      if (word == "updated") found.updated = last;
      if (word == "unchanged") found.unchanged = last;
      if (word == "failed") found.failed = last;
    }
    verdicts[name] = found;
  }
  return verdicts;
}

class MavenTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = SharedData() + "/maven_crm";
    if (std::filesystem::exists(folder_ + "/sales_pipeline.csv")) return;
    const char* ci = std::getenv("CI");
    if (ci != nullptr && std::string(ci) == "true") FAIL() << "no shared data at " << folder_;
    GTEST_SKIP() << "no shared data at " << folder_ << "; SALESOPS_SHARED_DATA can say where it is";
  }

  Finished Import(Stack& stack, const std::string& what) {
    return stack.Ctl({"import", what, "--mapping",
                      SourceFolder() + "/tools/mappings/maven_crm.json", "--folder", folder_});
  }

  // Sellers reach pipeline as events of organization.
  static bool KnowsSeller(const HttpClient& http, const std::string& seller) {
    return http.Send("POST", "/pipeline/v1/opportunities?validate_only=true",
                     nlohmann::json{{"displayName", "x"},
                                    {"owner", seller},
                                    {"processVersion", "salesProcesses/maven/versions/v1"}})
               .code == 200;
  }

  std::string folder_;
};

TEST_F(MavenTest, EveryRowOfARealExportIsFoundAgain) {
  Stack stack;
  const HttpClient http = stack.Http();
  stack.MakeSalesProcess("maven", {"prospecting", "engaging"});  // the mapping file names it
  for (const std::string what : {"departments", "offices", "teams", "managers", "sellers",
                                 "manager_assignments", "assignments", "accounts"}) {
    const Finished done = Import(stack, what);
    EXPECT_EQ(done.code, 0) << what << ": " << done.out;
  }
  ASSERT_TRUE(
      Eventually(absl::Seconds(10), [&] { return KnowsSeller(http, "sellers/zane-levy"); }));
  const Finished imported = Import(stack, "opportunities");
  EXPECT_EQ(imported.code, 0) << imported.out;
  const Verdicts verdicts = VerdictsIn(imported.out)["opportunities"];
  EXPECT_EQ(verdicts.created, 8800) << imported.out;
  EXPECT_EQ(verdicts.all(), 8800) << imported.out;

  // Counts and the won value, by stage.
  const auto sums = http.Get("/pipeline/v1/opportunities:aggregate?group_by=stage");
  ASSERT_EQ(sums.code, 200) << sums.body;
  std::map<std::string, std::string> counts;
  nlohmann::json won_amounts;
  const nlohmann::json body = sums.Json();
  for (const auto& group : body["groups"]) {
    const std::string stage = group["values"][0]["value"];
    counts[stage] = group["count"];
    if (stage == "won") won_amounts = group["amounts"];
  }
  EXPECT_THAT(counts, ::testing::ElementsAre(
                          ::testing::Pair("engaging", "1589"), ::testing::Pair("lost", "2473"),
                          ::testing::Pair("prospecting", "500"), ::testing::Pair("won", "4238")));
  ASSERT_EQ(won_amounts.size(), 1u) << won_amounts;
  EXPECT_EQ(won_amounts[0].value("currencyCode", ""), "USD");
  EXPECT_EQ(won_amounts[0].value("units", ""), "10005534");
  EXPECT_EQ(won_amounts[0].value("nanos", 0), 0);

  // What was misspelt there is spelt right here.
  const auto exported = http.Get("/pipeline/v1/opportunities:export");
  ASSERT_EQ(exported.code, 200);
  EXPECT_FALSE(absl::StrContains(exported.body, "GTXPro"));
  EXPECT_TRUE(absl::StrContains(exported.body, "GTX Pro"));
  EXPECT_EQ(stack.Number("pipeline",
                         "SELECT (SELECT COUNT(*) FROM opportunity_history WHERE"
                         " CONCAT(display_name, attributes) LIKE '%GTXPro%') +"
                         " (SELECT COUNT(*) FROM outbox WHERE payload LIKE '%GTXPro%')"),
            0);
  const auto accounts = http.Get("/pipeline/v1/accounts?page_size=1000");
  EXPECT_THAT(accounts.body, Not(HasSubstr("technolgy")));
  EXPECT_THAT(accounts.body, Not(HasSubstr("Philipines")));
  EXPECT_THAT(accounts.body, HasSubstr("Philippines"));

  // Again: everything is recognised, nothing is written.
  const int64_t facts = stack.Number("pipeline", "SELECT COUNT(*) FROM outbox") +
                        stack.Number("organization", "SELECT COUNT(*) FROM outbox");
  const Finished again = Import(stack, "all");
  EXPECT_EQ(again.code, 0) << again.out;
  const auto second = VerdictsIn(again.out);
  EXPECT_EQ(second.size(), 9u) << again.out;
  for (const auto& [what, verdict] : second) {
    EXPECT_EQ(verdict.all(), verdict.unchanged) << what << ": " << again.out;
  }
  EXPECT_EQ(stack.Number("pipeline", "SELECT COUNT(*) FROM outbox") +
                stack.Number("organization", "SELECT COUNT(*) FROM outbox"),
            facts);
}

}  // namespace
}  // namespace salesops::stack
