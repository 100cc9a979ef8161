// What operators do all day: sign in, look, ask the past, change, and script all of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/ctl/terminal.h"

namespace salesops::stack {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class DailyTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { stack_ = new Stack(); }
  static void TearDownTestSuite() {
    delete stack_;
    stack_ = nullptr;
  }

  static std::string Now() {
    return absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone());
  }

  static mode_t ModeOf(const std::string& path) {
    struct stat found = {};
    return stat(path.c_str(), &found) == 0 ? found.st_mode & 0777 : 0;
  }

  static int64_t Facts() { return stack_->Number("pipeline", "SELECT COUNT(*) FROM outbox"); }

  // Every file below the home of somebody, to look for what must not be there.
  static std::string EverythingIn(const std::string& folder) {
    std::string all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) all += ReadFile(entry.path());
    }
    return all;
  }

  static Stack* stack_;
};

Stack* DailyTest::stack_ = nullptr;

// ---- who and where

TEST_F(DailyTest, SigningInKeepsTheTokenForItsOwnerAlone) {
  const Terminal ann(*stack_);
  const std::string token = stack_->AdminToken();
  EXPECT_EQ(ann.Run({"context", "set", "work", "--server", stack_->gateway_grpc_address(), "--ca",
                     stack_->ca()})
                .code,
            0);
  const Said before = ann.Run({"whoami"});
  EXPECT_EQ(before.code, 4);
  EXPECT_THAT(before.err, HasSubstr("sign in with: salesopsctl login --context work"));

  const Said signed_in = ann.Run({"login"}, token + "\n");
  EXPECT_EQ(signed_in.code, 0) << signed_in.err;
  EXPECT_THAT(signed_in.err, HasSubstr("as admin; the token expires in"));
  EXPECT_EQ(ModeOf(ann.config() + "/tokens/work"), 0600u);
  EXPECT_EQ(ModeOf(ann.config() + "/config.json"), 0600u);
  EXPECT_EQ(ModeOf(ann.config()), 0700u);

  const Said me = ann.Run({"whoami", "-o", "json"});
  EXPECT_EQ(me.code, 0) << me.err;
  EXPECT_EQ(me.Json().value("subject", ""), "admin");
  EXPECT_EQ(me.Json().value("context", ""), "work");
  EXPECT_THAT(me.Json().value("tokenExpireTime", ""), StartsWith("20"));

  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"context", "list"},
                                             {"context", "show"},
                                             {"whoami"},
                                             {"context", "list", "-o", "json"}}) {
    const Said said = ann.Run(words);
    EXPECT_EQ(said.code, 0) << said.err;
    EXPECT_THAT(said.out + said.err, Not(HasSubstr(token)));
    EXPECT_THAT(said.out, HasSubstr("work"));
  }
  EXPECT_THAT(ReadFile(ann.config() + "/config.json"), Not(HasSubstr(token)));

  EXPECT_EQ(ann.Run({"logout"}).code, 0);
  EXPECT_FALSE(std::filesystem::exists(ann.config() + "/tokens/work"));
  EXPECT_EQ(ann.Run({"whoami"}).code, 4);
}

TEST_F(DailyTest, ATokenThatIsRefusedIsNotKept) {
  const Terminal ann(*stack_);
  const Said refused = ann.Run(
      {"login", "--server", stack_->gateway_grpc_address(), "--ca", stack_->ca()}, "e30.e30.c2ln");
  EXPECT_EQ(refused.code, 4) << refused.err;
  EXPECT_FALSE(std::filesystem::exists(ann.config()));
  EXPECT_EQ(ann.Run({"login", "--server", stack_->gateway_grpc_address(), "--ca", stack_->ca()},
                    "two words")
                .code,
            4);
  EXPECT_EQ(ann.Run({"login"}, stack_->AdminToken()).code, 2);  // where?
}

TEST_F(DailyTest, ACommandOrAFileMayBringTheToken) {
  const Terminal ann(*stack_);
  WriteFile(ann.File("token"), stack_->AdminToken() + "\n");
  const Said by_command = ann.Run({"login", "--server", stack_->gateway_grpc_address(), "--ca",
                                   stack_->ca(), "--token-command", "cat " + ann.File("token")});
  EXPECT_EQ(by_command.code, 0) << by_command.err;
  EXPECT_EQ(ann.Run({"whoami"}).code, 0);
  // The kept token is gone: the command brings another.
  std::filesystem::remove(ann.config() + "/tokens/default");
  EXPECT_EQ(ann.Run({"whoami"}).code, 0);

  EXPECT_EQ(ann.Run({"context", "set", "file", "--server", stack_->gateway_grpc_address(), "--ca",
                     stack_->ca(), "--token-file", ann.File("token")})
                .code,
            0);
  const Said open = ann.Run({"--context", "file", "whoami"});
  EXPECT_EQ(open.code, 0) << open.err;
  EXPECT_THAT(open.err, HasSubstr("chmod 600"));  // the test's file is open to others
}

TEST_F(DailyTest, ContextsAreSwitchedAndFlagsWin) {
  const Terminal ann(*stack_);
  WriteFile(ann.File("token"), stack_->AdminToken());
  std::filesystem::permissions(ann.File("token"), std::filesystem::perms::owner_read);
  ASSERT_EQ(ann.Run({"context", "set", "good", "--server", stack_->gateway_grpc_address(), "--ca",
                     stack_->ca(), "--token-file", ann.File("token"), "-o", "jsonl"})
                .code,
            0);
  ASSERT_EQ(ann.Run({"context", "set", "dead", "--server", "127.0.0.1:1"}).code, 0);
  EXPECT_THAT(ann.Run({"whoami"}).Lines(), ElementsAre(StartsWith("{")));
  EXPECT_EQ(ann.Run({"context", "use", "dead"}).code, 0);
  EXPECT_EQ(ann.Run({"--timeout", "3s", "list", "accounts"}).code, 7);
  EXPECT_EQ(ann.Run({"--context", "good", "list", "accounts"}).code, 0);
  EXPECT_EQ(ann.Run({"context", "delete", "dead"}).code, 0);
  EXPECT_EQ(ann.Run({"context", "use", "dead"}).code, 2);
  EXPECT_EQ(ann.Run({"context", "show"}).code, 2);  // none is current
  EXPECT_THAT(ann.Run({"context", "list", "-o", "name"}).out, "good\n");
}

TEST_F(DailyTest, ACertificateOfSomebodyElseIsRefused) {
  const Authority stranger;
  Terminal ann(*stack_);
  ann.AsAdmin();
  WriteFile(ann.File("other.pem"), stranger.Certificate());
  const Said said = ann.Run({"--ca", ann.File("other.pem"), "--timeout", "5s", "whoami"});
  EXPECT_EQ(said.code, 7) << said.err;
  EXPECT_THAT(said.err, HasSubstr("--ca"));
}

// ---- looking

TEST_F(DailyTest, EveryPageInEveryForm) {
  Terminal ann(*stack_);
  ann.AsAdmin();
  std::string rows;
  for (int i = 1; i <= 1203; ++i) {
    absl::StrAppend(&rows, R"({"account":{"external_keys":[{"source":"pages","key":")", i,
                    R"("}],"display_name":"Page, \"quoted\" )", i, R"(","industry":"paging",)",
                    R"("annual_revenue":"1234567.50 CNY"}})", "\n");
  }
  const Said imported = ann.Run({"import", "accounts", "--source", "pages", "--file", "-"}, rows);
  ASSERT_EQ(imported.code, 0) << imported.err;
  const std::vector<std::string> list = {"list", "accounts", "--filter", "industry = \"paging\""};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), list.begin(), list.end());
    return ann.Run(more);
  };

  const Said names = with({"--all", "-o", "name"});
  EXPECT_EQ(names.code, 0) << names.err;
  const std::vector<std::string> lines = names.Lines();
  EXPECT_EQ(lines.size(), 1203u);
  EXPECT_EQ(std::set<std::string>(lines.begin(), lines.end()).size(), 1203u);

  const Said limited = with({"--limit", "700", "-o", "jsonl", "--fields", "name"});
  EXPECT_EQ(limited.Lines().size(), 700u);
  EXPECT_THAT(limited.err, HasSubstr("--all lists everything"));
  EXPECT_EQ(json::parse(limited.Lines()[0]).size(), 1u);

  const Said document = with({"--limit", "0", "-o", "json"});
  EXPECT_EQ(document.Json().size(), 1203u);
  EXPECT_THAT(document.err, IsEmpty());

  const Said csv = with({"--all", "-o", "csv", "--fields", "display_name,annual_revenue",
                         "--order-by", "display_name"});
  ASSERT_EQ(csv.Lines().size(), 1204u);
  EXPECT_EQ(csv.Lines()[0], "display_name,annual_revenue");
  EXPECT_EQ(csv.Lines()[1], "\"Page, \"\"quoted\"\" 1\",1234567.50 CNY");

  const Said table = with({"--limit", "3", "--fields", "display_name,annual_revenue"});
  EXPECT_THAT(table.Lines()[0], StartsWith("display_name"));
  EXPECT_THAT(table.out, HasSubstr("1,234,567.50 CNY"));

  // Who has seen enough closes the pipe; that is no error.
  const Said head = ann.Shell("bash", R"(set -o pipefail
    "$CTL" list accounts --all -o name | head -n 1)");
  EXPECT_EQ(head.code, 0) << head.err;
  EXPECT_EQ(head.Lines().size(), 1u);
}

TEST_F(DailyTest, DescribesWhatTheServerHas) {
  Terminal ann(*stack_);
  ann.AsAdmin();
  const Said account = ann.Run({"describe", "accounts"});
  EXPECT_EQ(account.code, 0) << account.err;
  EXPECT_THAT(account.out, HasSubstr("display_name  <string> -required-  1 to 200 characters"));
  EXPECT_THAT(account.out, HasSubstr("What people call the account"));  // a comment
  const Said method = ann.Run({"describe", "AdvanceOpportunity", "-o", "json"});
  EXPECT_EQ(method.Json().value("permission", ""), "pipeline.opportunities.advance");
  EXPECT_EQ(method.Json()["http"][0], "POST /pipeline/v1/{name=opportunities/*}:advance");
  EXPECT_EQ(ann.Run({"describe", "unicorns"}).code, 2);
  EXPECT_THAT(ann.Run({"collections", "-o", "name"}).Lines(), Contains("opportunities"));
}

TEST_F(DailyTest, DiffShowsWhatChangedBetweenTwoTimes) {
  Terminal ann(*stack_);
  ann.AsAdmin();
  const std::string before_all = Now();
  ASSERT_EQ(ann.Run({"create", "accounts", "--id", "diffed", "--set", "display_name=One", "--set",
                     "grade=A"})
                .code,
            0);
  const std::string first = Now();
  ASSERT_EQ(ann.Run({"update", "accounts/diffed", "--set", "display_name=Two", "--set",
                     "grade=", "--set", "region=North"})
                .code,
            0);
  const Said text = ann.Run({"diff", "accounts/diffed", "--from", first});
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("~ display_name  One -> Two\n"));
  EXPECT_THAT(text.out, HasSubstr("+ region        North\n"));
  EXPECT_THAT(text.out, HasSubstr("- grade         A\n"));
  EXPECT_THAT(text.out, Not(HasSubstr("etag")));

  const Said as_json = ann.Run({"diff", "accounts/diffed", "--from", first, "-o", "json"});
  EXPECT_EQ(as_json.Json()["changes"].size(), 3u) << as_json.out;
  EXPECT_EQ(as_json.Json()["changes"][0]["before"], "One");

  const Said same = ann.Run({"diff", "accounts/diffed", "--from", first, "--to", first});
  EXPECT_THAT(same.out, HasSubstr("nothing changed"));
  const Said born = ann.Run({"diff", "accounts/diffed", "--from", before_all, "--to", first});
  EXPECT_THAT(born.out, HasSubstr("(it did not exist)"));
  EXPECT_THAT(born.out, HasSubstr("+ display_name"));
  EXPECT_EQ(ann.Run({"diff", "accounts/nobody", "--from", first}).code, 3);
  EXPECT_EQ(ann.Run({"diff", "accounts/diffed", "--from", "soon"}).code, 2);

  const Said old = ann.Run({"get", "accounts/diffed", "--as_of_time", first, "-o", "json"});
  EXPECT_EQ(old.Json().value("displayName", ""), "One");
}

// ---- changing

TEST_F(DailyTest, ADryRunOfEveryChangeStoresNothing) {
  Terminal ann(*stack_);
  ann.AsAdmin();
  ASSERT_EQ(ann.Run({"create", "accounts", "--id", "dry", "--set", "display_name=Dry"}).code, 0);
  WriteFile(ann.File("rows"), R"({"account":{"external_keys":[{"source":"dry","key":"1"}],)"
                              R"("display_name":"x"}})"
                              "\n");
  WriteFile(ann.File("requests"), R"({"account":{"display_name":"x"}})"
                                  "\n");
  const int64_t facts = Facts();
  const std::vector<std::vector<std::string>> changes = {
      {"create", "accounts", "--set", "display_name=x"},
      {"create", "accounts", "--file", ann.File("requests")},
      {"update", "accounts/dry", "--set", "display_name=Wet"},
      {"archive", "accounts/dry"},
      {"do", "archive", "accounts/dry"},
      {"call", "UpdateAccount", R"({"account":{"name":"accounts/dry","display_name":"Wet"}})"},
      {"import", "accounts", "--source", "dry", "--file", ann.File("rows")},
  };
  for (std::vector<std::string> change : changes) {
    change.push_back("--dry-run");
    const Said said = ann.Run(change);
    EXPECT_EQ(said.code, 0) << change[0] << ": " << said.err;
    EXPECT_EQ(Facts(), facts) << change[0];
  }
  EXPECT_THAT(ann.Run({"update", "accounts/dry", "--set", "display_name=Wet", "--dry-run"}).err,
              HasSubstr("nothing was"));
  // What cannot be tried is not done instead.
  EXPECT_EQ(ann.Run({"call", "GetAccount", R"({"name":"accounts/dry"})", "--dry-run"}).code, 2);
}

TEST_F(DailyTest, ExitCodesAreWhatTheManualSays) {
  Terminal ann(*stack_);
  ann.AsAdmin();
  ASSERT_EQ(ann.Run({"create", "accounts", "--id", "codes", "--set", "display_name=C"}).code, 0);
  WriteFile(ann.File("half"), R"({"account":{"external_keys":[{"source":"half","key":"1"}],)"
                              R"("display_name":"good"}})"
                              "\n"
                              R"({"account":{"external_keys":[{"source":"half","key":"2"}]}})"
                              "\n");
  const std::vector<std::pair<std::vector<std::string>, int>> table = {
      {{"get", "accounts/codes"}, 0},
      {{"get", "accounts"}, 2},
      {{"get", "accounts/codes", "--fields", "colour"}, 2},
      {{"list", "unicorns"}, 2},
      {{"update", "accounts/codes"}, 2},
      {{"update", "accounts/codes", "--set", "colour=red"}, 2},
      {{"update", "accounts/codes", "--set", "nothing"}, 2},
      {{"do", "fly", "accounts/codes"}, 2},
      {{"call", "Nothing.AtAll"}, 2},
      {{"import", "accounts"}, 2},
      {{"events", "nobody"}, 2},
      {{"list", "accounts", "--timeout", "never"}, 2},
      {{"get", "accounts/nobody"}, 3},
      {{"do", "checkGates", "opportunities/nobody"}, 3},
      {{"import", "accounts", "--source", "x", "--file", "/no/such/file"}, 3},
      {{"create", "accounts", "--id", "codes", "--set", "display_name=C"}, 5},
      {{"update", "accounts/codes", "--set", "grade=B", "--etag", "stale"}, 5},
      {{"create", "accounts", "--set", "website=x"}, 6},
      {{"list", "accounts", "--filter", "colour = 1"}, 6},
      {{"get", "accounts/codes", "--as-of", "2999-01-01"}, 6},
      {{"list", "accounts", "--server", "127.0.0.1:1", "--timeout", "3s"}, 7},
      {{"import", "accounts", "--source", "half", "--file", ann.File("half")}, 8},
  };
  for (const auto& [words, code] : table) {
    const Said said = ann.Run(words);
    EXPECT_EQ(said.code, code) << absl::StrJoin(words, " ") << "\n" << said.err;
    EXPECT_EQ(code == 0, said.err.empty()) << absl::StrJoin(words, " ") << "\n" << said.err;
  }
  ann.Set("SALESOPS_TOKEN", "");
  EXPECT_EQ(ann.Run({"get", "accounts/codes"}).code, 4);
  ann.Set("SALESOPS_TOKEN", stack_->Token("nobody"));
  const Said denied = ann.Run({"get", "accounts/codes"});
  EXPECT_EQ(denied.code, 4);
  EXPECT_THAT(denied.err, HasSubstr("whoami"));
}

TEST_F(DailyTest, AWrongRequestIsToldEverythingThatIsWrong) {
  Terminal ann(*stack_);
  ann.AsAdmin();
  const Said said = ann.Run({"create", "accounts", "--set", "website=x", "--set", "owner=7"});
  EXPECT_EQ(said.code, 6);
  EXPECT_THAT(said.err, HasSubstr("account.display_name: is required"));
  EXPECT_THAT(said.err, HasSubstr("account.owner: "));
  EXPECT_THAT(said.err, HasSubstr("account.website: "));
}

// ---- facts

TEST_F(DailyTest, EventsGoOnAfterAPosition) {
  Terminal ann(*stack_);
  ann.AsAdmin();
  ASSERT_EQ(ann.Run({"create", "accounts", "--id", "told", "--set", "display_name=Told"}).code, 0);
  Said all;
  // Facts get their positions moments after they were stored.
  ASSERT_TRUE(Eventually(absl::Seconds(30), [&] {
    all = ann.Run({"events", "pipeline"});
    return absl::StrContains(all.out, "accounts/told");
  })) << all.err;
  EXPECT_EQ(all.code, 0) << all.err;
  const int64_t last = json::parse(all.Lines().back())["position"];
  EXPECT_THAT(ann.Run({"events", "pipeline", "--after", std::to_string(last)}).out, IsEmpty());
  const Said one = ann.Run({"events", "pipeline", "--after", std::to_string(last - 1)});
  ASSERT_EQ(one.Lines().size(), 1u);
  EXPECT_EQ(json::parse(one.Lines()[0])["position"], last);

  // Following through a restart of the gateway: nothing is missed and nothing comes twice.
  const auto following = ann.Start({"events", "pipeline", "--after", std::to_string(last),
                                    "--follow", "--types", "AccountCreated"});
  const auto told = [&](size_t n) {
    return Eventually(absl::Seconds(30), [&] {
      const std::string text = ReadFile(following.out);
      return static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) >= n;
    });
  };
  ASSERT_EQ(ann.Run({"create", "accounts", "--id", "told-2", "--set", "display_name=2"}).code, 0);
  EXPECT_TRUE(told(1)) << ReadFile(following.err);
  stack_->gateway().Kill();
  stack_->StartGateway();
  ASSERT_EQ(ann.Run({"create", "accounts", "--id", "told-3", "--set", "display_name=3"}).code, 0);
  EXPECT_TRUE(told(2)) << ReadFile(following.err);
  std::vector<std::string> names;
  for (absl::string_view line : absl::StrSplit(ReadFile(following.out), '\n', absl::SkipEmpty())) {
    names.push_back(json::parse(line.begin(), line.end())["aggregate"]);
  }
  EXPECT_THAT(names, ElementsAre("accounts/told-2", "accounts/told-3"));
}

// ---- the shell

TEST_F(DailyTest, BashCompletesFromTheServer) {
  Terminal ann(*stack_);
  ann.AsAdmin();
  ASSERT_EQ(ann.Run({"create", "accounts", "--id", "zz-top", "--set", "display_name=Z"}).code, 0);
  const auto completions = [&](const std::string& words) {
    const Said said = ann.Shell("bash", absl::StrCat(R"(source <("$CTL" completion bash)
      COMP_WORDS=("$CTL" )",
                                                     words, R"()
      COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
      _salesopsctl 2>/dev/null
      printf '%s\n' "${COMPREPLY[@]}")"));
    return said.Lines();
  };
  EXPECT_THAT(completions("desc"), ElementsAre("describe"));
  EXPECT_THAT(completions("list opp"), ElementsAre("opportunities"));
  EXPECT_THAT(completions("get accounts/zz-"), ElementsAre("accounts/zz-top"));
  EXPECT_THAT(completions("do adv"), ElementsAre("advance"));
  EXPECT_THAT(completions("list accounts --fields name,gra"), ElementsAre("name,grade"));
  EXPECT_THAT(completions("events ''"), ElementsAre("organization", "performance", "pipeline"));
}

// What depends on a terminal is shown on one: script(1) makes it.
TEST_F(DailyTest, OnATerminalALongListIsPagedAndATypedTokenIsNotShown) {
  Terminal ann(*stack_);
  ann.AsAdmin();
  ann.Set("SALESOPS_PAGER", "sed 's/^/paged: /'");
  ASSERT_EQ(ann.Run({"create", "accounts", "--id", "paged", "--set", "display_name=P"}).code, 0);
  const auto on_terminal = [&](const std::string& command) {
    return ann.Shell("bash", absl::StrCat("script -qec '\"$CTL\" ", command, "' /dev/null"));
  };
  EXPECT_THAT(on_terminal("list accounts --limit 3").out, HasSubstr("paged: name"));
  EXPECT_THAT(on_terminal("list accounts --limit 3 --no-pager").out, Not(HasSubstr("paged:")));
  EXPECT_THAT(on_terminal("list accounts --limit 3 -o csv").out, Not(HasSubstr("paged:")));
  EXPECT_THAT(ann.Run({"list", "accounts", "--limit", "3"}).out, Not(HasSubstr("paged:")));

  const std::string token = ann.File("token");
  WriteFile(token, stack_->AdminToken() + "\n");
  // The prompt comes first; what is typed after it must not be echoed.
  const Said typed = ann.Shell("bash", absl::StrCat(R"(screen=$HOME/typescript
    shows() { until grep -q "$1" "$screen" 2>/dev/null; do sleep 0.05; ((++tries < 400)) || exit 1; done; }
    { shows Token; cat )",
                                                    token, R"(; shows 'signed in\|error'; } |
      script -qefc "$CTL login" "$screen")"));
  const std::string screen = ReadFile(ann.File("typescript"));
  EXPECT_THAT(screen, HasSubstr("Token (it is not shown):")) << typed.out << typed.err;
  EXPECT_THAT(screen, HasSubstr("signed in to"));
  EXPECT_THAT(screen, Not(HasSubstr(stack_->AdminToken().substr(0, 40))));
}

TEST_F(DailyTest, TheManualIsWellFormed) {
  const Terminal ann(*stack_);
  const Said said = ann.Shell("bash", R"(cd "$HOME" && "$CTL" man > salesopsctl.1 &&
    { ! command -v groff >/dev/null || groff -man -ww -z -Tutf8 salesopsctl.1; })");
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_THAT(said.err, IsEmpty());
}

}  // namespace
}  // namespace salesops::stack
