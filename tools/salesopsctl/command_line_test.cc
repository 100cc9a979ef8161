#include "tools/salesopsctl/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <functional>

#include "tools/salesopsctl/complete.h"
#include "tools/salesopsctl/exit_code.h"
#include "tools/salesopsctl/man.h"

namespace salesops::ctl {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

using Words = std::vector<std::string>;

class KnownThings final : public CompletionSource {
 public:
  Words Contexts() override { return {"lab", "work"}; }
  Words Collections() override { return {"accounts", "opportunities"}; }
  Words Verbs() override { return {"advance", "archive", "win"}; }
  Words Methods() override { return {"AccountService.GetAccount"}; }
  Words Services() override { return {"organization", "pipeline"}; }
  Words Fields(const std::string& collection) override {
    return collection == "accounts" ? Words{"name", "grade", "owner"} : Words{};
  }
  Words Names(const std::string& prefix) override {
    asked.push_back(prefix);
    return {"accounts/acme", "accounts/apex"};
  }
  Words asked;
};

class CompleteTest : public ::testing::Test {
 protected:
  Words Of(const Words& words) { return Complete(line_.app(), words, known_).words; }
  bool Files(const Words& words) { return Complete(line_.app(), words, known_).files; }

  CommandLine line_;
  KnownThings known_;
};

TEST_F(CompleteTest, Commands) {
  EXPECT_THAT(Of({"de"}), ElementsAre("describe"));
  EXPECT_THAT(Of({""}), Contains("import"));
  EXPECT_THAT(Of({}), Contains("import"));
  EXPECT_THAT(Of({"context", ""}), ElementsAre("list", "use", "set", "delete", "show"));
  EXPECT_THAT(Of({"--server", "x", "li"}), ElementsAre("list"));
  EXPECT_THAT(Of({"nonsense", ""}), IsEmpty());
}

TEST_F(CompleteTest, Options) {
  EXPECT_THAT(Of({"list", "accounts", "--fi"}), ElementsAre("--fields", "--filter"));
  EXPECT_THAT(Of({"list", "--ser"}), ElementsAre("--server"));
  EXPECT_THAT(Of({"archive", "accounts/7", "--d"}), ElementsAre("--descriptors", "--dry-run"));
}

TEST_F(CompleteTest, Values) {
  EXPECT_THAT(Of({"list", "op"}), ElementsAre("opportunities"));
  EXPECT_THAT(Of({"list", "accounts", "-o", "j"}), ElementsAre("json", "jsonl"));
  EXPECT_THAT(Of({"--context", ""}), ElementsAre("lab", "work"));
  EXPECT_THAT(Of({"context", "use", "w"}), ElementsAre("work"));
  EXPECT_THAT(Of({"do", "a"}), ElementsAre("advance", "archive"));
  EXPECT_THAT(Of({"events", "p"}), ElementsAre("pipeline"));
  EXPECT_THAT(Of({"call", "Acc"}), ElementsAre("AccountService.GetAccount"));
  EXPECT_THAT(Of({"describe", "a"}), ElementsAre("accounts"));
  EXPECT_THAT(Of({"completion", ""}), ElementsAre("bash", "zsh"));
}

TEST_F(CompleteTest, FieldsOfTheCollection) {
  EXPECT_THAT(Of({"list", "accounts", "--fields", "g"}), ElementsAre("grade"));
  EXPECT_THAT(Of({"list", "accounts", "--fields", "name,o"}), ElementsAre("name,owner"));
  EXPECT_THAT(Of({"list", "accounts", "--order_by", "gr"}), ElementsAre("grade"));
  EXPECT_THAT(Of({"update", "accounts/7", "--set", "g"}), ElementsAre("grade="));
}

TEST_F(CompleteTest, NamesAreAskedOnceTheCollectionIsTyped) {
  EXPECT_THAT(Of({"get", "ac"}), ElementsAre("accounts/"));
  EXPECT_THAT(known_.asked, IsEmpty());
  EXPECT_THAT(Of({"get", "accounts/ac"}), ElementsAre("accounts/acme"));
  EXPECT_THAT(known_.asked, ElementsAre("accounts/ac"));
  EXPECT_THAT(Of({"do", "win", "op"}), ElementsAre("opportunities/"));
}

TEST_F(CompleteTest, PathsAreTheShellsOwn) {
  EXPECT_TRUE(Files({"import", "accounts", "--file", ""}));
  EXPECT_TRUE(Files({"--ca", ""}));
  EXPECT_FALSE(Files({"list", ""}));
  EXPECT_EQ(CandidatesText({{"a", "b"}, true}), "a\nb\n:files\n");
}

TEST(CompletionScriptTest, ForTheShellsWeKnow) {
  EXPECT_THAT(*CompletionScript("bash"), HasSubstr("complete -F _salesopsctl salesopsctl"));
  EXPECT_THAT(*CompletionScript("zsh"), StartsWith("#compdef salesopsctl"));
  EXPECT_EQ(ExitCodeOf(CompletionScript("fish").status()), ExitCode::kUsage);
}

TEST(NormalizedTest, UnderscoresAndOlderNames) {
  EXPECT_THAT(Normalized({"list", "--order_by=open_date", "--as_of_time", "x_y", "--columns=a"}),
              ElementsAre("list", "--order-by=open_date", "--as-of", "x_y", "--fields=a"));
  EXPECT_THAT(Normalized({"--validate_only", "-o", "json", "--", "--a_b"}),
              ElementsAre("--dry-run", "-o", "json", "--", "--a_b"));
}

// Every command and option that a person may use.
void Walk(CLI::App& app, const std::string& path, const std::function<void(std::string)>& tell) {
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    const std::string own = path.empty() ? command->get_name() : path + " " + command->get_name();
    const bool leaf = command->get_subcommands([](CLI::App*) { return true; }).empty();
    if (leaf) tell("\n.SS " + own + "\n");
    for (const CLI::Option* option : command->get_options()) {
      if (!leaf || option == command->get_help_ptr()) continue;
      for (const std::string& name : option->get_lnames()) tell(name);
    }
    Walk(*command, own, tell);
  }
}

TEST(ManPageTest, HasEveryCommandOptionAndExitCode) {
  CommandLine line;
  const std::string page = ManPage(line.app());
  int told = 0;
  Walk(line.app(), "", [&](const std::string& what) {
    std::string escaped;
    for (char c : what) escaped += c == '-' ? "\\-" : std::string(1, c);
    EXPECT_THAT(page, HasSubstr(escaped)) << what;
    ++told;
  });
  EXPECT_GT(told, 60);
  for (const ExitCodeMeaning& each : ExitCodes()) {
    EXPECT_THAT(page, HasSubstr("\n.TP\n.B " + std::to_string(static_cast<int>(each.code)) + "\n"));
  }
  EXPECT_THAT(page, Not(HasSubstr("__complete")));
}

TEST(ManPageTest, EverythingIsExplained) {
  CommandLine line;
  for (CLI::App* command : line.app().get_subcommands([](CLI::App*) { return true; })) {
    EXPECT_NE(command->get_description(), "") << command->get_name();
    for (const CLI::Option* option : command->get_options()) {
      EXPECT_NE(option->get_description(), "") << command->get_name() << option->get_name();
    }
  }
}

// An option that is read from the environment must not say so twice, and each long name is written
// with hyphens, which is what Normalized makes of every other spelling.
TEST(CommandLineTest, LongNamesHaveHyphens) {
  CommandLine line;
  Walk(line.app(), "", [](const std::string& what) { EXPECT_THAT(what, Not(HasSubstr("_"))); });
}

int RunLine(const Words& words) {
  std::vector<std::string> all = {"salesopsctl"};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> argv;
  for (std::string& word : all) argv.push_back(word.data());
  setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
  CommandLine line;
  return line.Run(static_cast<int>(argv.size()), argv.data());
}

TEST(CommandLineTest, MisuseIsTwoAndSaysWhatIsMeant) {
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(RunLine({"lst"}), 2);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("do you mean list?"));
  EXPECT_EQ(RunLine({}), 2);
  EXPECT_EQ(RunLine({"get"}), 2);
  EXPECT_EQ(RunLine({"list", "accounts", "--colour", "red"}), 2);
  EXPECT_EQ(RunLine({"completion", "fish"}), 2);
  EXPECT_EQ(RunLine({"context", "use", "nowhere"}), 2);
}

TEST(CommandLineTest, ATokenInTheCommandLineIsRefusedAndNotRepeated) {
  for (const Words& words :
       {Words{"--token", "s3cret", "whoami"}, Words{"whoami", "--token=s3cret"}}) {
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(RunLine(words), 2);
    const std::string told = ::testing::internal::GetCapturedStderr();
    EXPECT_THAT(told, HasSubstr("history"));
    EXPECT_THAT(told, Not(HasSubstr("s3cret")));
  }
}

TEST(CommandLineTest, HelpAndManualSucceed) {
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(RunLine({"--help"}), 0);
  EXPECT_EQ(RunLine({"import", "--help"}), 0);
  EXPECT_EQ(RunLine({"man"}), 0);
  EXPECT_EQ(RunLine({"completion", "bash"}), 0);
  EXPECT_THAT(::testing::internal::GetCapturedStdout(), HasSubstr(".TH SALESOPSCTL 1"));
}

}  // namespace
}  // namespace salesops::ctl
