// Long work that is killed goes on where it stopped, and repeats nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/ctl/terminal.h"
#include "tools/salesopsctl/row_source.h"

namespace salesops::stack {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int kRows = 20000;

class ResumeTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { stack_ = new Stack(); }
  static void TearDownTestSuite() {
    delete stack_;
    stack_ = nullptr;
  }

  void SetUp() override { ann_.AsAdmin(); }

  // Rows of accounts with keys of `source`, in a file.
  std::string Rows(const std::string& source, int n) const {
    const std::string path = ann_.File(source + ".jsonl");
    std::ofstream out(path);
    for (int i = 1; i <= n; ++i) {
      out << R"({"account":{"external_keys":[{"source":")" << source << R"(","key":")" << i
          << R"("}],"display_name":"Row )" << i << R"(","industry":")" << source << "\"}}\n";
    }
    return path;
  }

  // The largest "done" that a file of the state folder says.
  static int64_t Done(const std::string& folder) {
    int64_t done = 0;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
      const json state = json::parse(ReadFile(entry.path()), nullptr, false);
      if (state.is_object()) done = std::max(done, state.value("done", int64_t{0}));
    }
    return done;
  }

  static bool IsEmptyFolder(const std::string& folder) {
    std::error_code error;
    return std::filesystem::is_empty(folder, error) || error;
  }

  static int64_t Accounts(const std::string& industry) {
    return stack_->Number(
        "pipeline", absl::StrCat("SELECT COUNT(*) FROM account WHERE industry = '", industry, "'"));
  }
  static int64_t Facts() { return stack_->Number("pipeline", "SELECT COUNT(*) FROM outbox"); }

  static Stack* stack_;
  Terminal ann_{*stack_};
};

Stack* ResumeTest::stack_ = nullptr;

TEST_F(ResumeTest, AnImportThatIsKilledGoesOnAndRepeatsNothing) {
  const std::string rows = Rows("killed", kRows);
  const int64_t facts = Facts();
  const std::vector<std::string> import = {"import", "accounts", "--source",
                                           "killed", "--file",   rows};
  int kills = 0;
  int64_t before = 0;
  // Three kills, each when some more has been done.
  for (; kills < 3; ++kills) {
    auto running = ann_.Start(import);
    ASSERT_TRUE(Eventually(absl::Seconds(60), [&] {
      return Done(ann_.state()) > before || !running.process->Running();
    }));
    ASSERT_TRUE(running.process->Running()) << ReadFile(running.err);
    running.process->Kill();
    before = Done(ann_.state());
    EXPECT_GT(before, 0);
    EXPECT_LT(before, kRows);
  }
  const Said finished = ann_.Run(import);
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr(absl::StrCat("goes on after row ", before, " of ", kRows)));
  EXPECT_EQ(Accounts("killed"), kRows);
  EXPECT_EQ(Facts() - facts, kRows);  // one fact for each row: none was written twice
  EXPECT_TRUE(IsEmptyFolder(ann_.state()));
  EXPECT_THAT(finished.err, HasSubstr("rows/s"));

  // And once more from the beginning: everything is known.
  const Said again = ann_.Run(import);
  EXPECT_THAT(again.err, Not(HasSubstr("goes on")));
  EXPECT_THAT(again.err, HasSubstr(absl::StrCat("0 created, 0 updated, ", kRows, " unchanged")));
  EXPECT_EQ(Facts() - facts, kRows);
}

TEST_F(ResumeTest, AnotherFileBeginsAfresh) {
  const std::string rows = Rows("changed", 3000);
  const std::vector<std::string> import = {"import",  "accounts", "--source",
                                           "changed", "--file",   rows};
  auto running = ann_.Start(import);
  ASSERT_TRUE(Eventually(absl::Seconds(60), [&] { return Done(ann_.state()) > 0; }));
  running.process->Kill();
  std::ofstream(rows, std::ios::app)
      << R"({"account":{"external_keys":[{"source":"changed","key":"new"}],)"
      << R"("display_name":"New","industry":"changed"}})"
      << "\n";
  const Said said = ann_.Run(import);
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_THAT(said.err, Not(HasSubstr("goes on")));
  EXPECT_EQ(Accounts("changed"), 3001);
}

TEST_F(ResumeTest, AnImportOutlivesAServiceThatRestarts) {
  const std::string rows = Rows("restart", 10000);
  auto running = ann_.Start({"import", "accounts", "--source", "restart", "--file", rows});
  ASSERT_TRUE(Eventually(absl::Seconds(60), [&] { return Done(ann_.state()) > 0; }));
  stack_->pipeline().Kill();
  stack_->StartPipeline();
  const std::optional<int> code = running.process->Wait(absl::Seconds(120));
  ASSERT_TRUE(code.has_value()) << ReadFile(running.err);
  EXPECT_EQ(*code, 0) << ReadFile(running.err);
  EXPECT_EQ(Accounts("restart"), 10000);
}

TEST_F(ResumeTest, TheSameImportTwiceAtOnceIsRefused) {
  const std::string rows = Rows("twice", 10000);
  const std::vector<std::string> import = {"import", "accounts", "--source",
                                           "twice",  "--file",   rows};
  auto running = ann_.Start(import);
  ASSERT_TRUE(Eventually(absl::Seconds(60), [&] { return Done(ann_.state()) > 0; }));
  const Said second = ann_.Run(import);
  EXPECT_EQ(second.code, 5) << second.err;
  EXPECT_THAT(second.err, HasSubstr("another process"));
  running.process->Wait(absl::Seconds(60));
}

TEST_F(ResumeTest, AnInterruptSaysThatItGoesOn) {
  const std::string rows = Rows("interrupted", 10000);
  auto running = ann_.Start({"import", "accounts", "--source", "interrupted", "--file", rows});
  ASSERT_TRUE(Eventually(absl::Seconds(60), [&] { return Done(ann_.state()) > 0; }));
  running.process->Signal(SIGINT);
  EXPECT_EQ(running.process->Wait(absl::Seconds(10)), 130);
  EXPECT_THAT(ReadFile(running.err), HasSubstr("the same command goes on from here"));
}

TEST_F(ResumeTest, AnExportThatIsKilledGoesOnAsOfTheSameInstant) {
  ASSERT_EQ(
      ann_.Run({"import", "accounts", "--source", "export", "--file", Rows("export", kRows)}).code,
      0);
  const std::string file = ann_.File("accounts.jsonl");
  const std::vector<std::string> to_file = {
      "export", "accounts", "--filter", "industry = \"export\"", "--file", file};
  auto running = ann_.Start(to_file);
  ASSERT_TRUE(Eventually(absl::Seconds(60),
                         [&] { return Done(ann_.home()) > 0 || !running.process->Running(); }));
  ASSERT_TRUE(running.process->Running()) << ReadFile(running.err);
  running.process->Kill();
  const int64_t before = Done(ann_.home());
  EXPECT_GT(before, 0);
  EXPECT_FALSE(std::filesystem::exists(file));
  // What happens meanwhile is not in an export that began before.
  ASSERT_EQ(ann_.Run({"create", "accounts", "--id", "aaa-later", "--set", "display_name=Later",
                      "--set", "industry=export"})
                .code,
            0);
  ASSERT_EQ(ann_.Run({"create", "accounts", "--id", "zzz-later", "--set", "display_name=Later",
                      "--set", "industry=export"})
                .code,
            0);
  // A line that was cut short by the kill.
  std::ofstream(file + ".part", std::ios::app) << R"({"name":"accounts/cut)";
  const Said finished = ann_.Run(to_file);
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr(absl::StrCat("goes on after row ", before, ", as of 20")));
  std::set<std::string> names;
  int lines = 0;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line); ++lines) {
    const json row = json::parse(line, nullptr, false);
    ASSERT_TRUE(row.is_object()) << line;
    names.insert(row.value("name", ""));
  }
  EXPECT_EQ(lines, kRows);
  EXPECT_EQ(names.size(), static_cast<size_t>(kRows));
  EXPECT_EQ(names.count("accounts/aaa-later") + names.count("accounts/zzz-later"), 0u);
  EXPECT_FALSE(std::filesystem::exists(file + ".part"));
  EXPECT_FALSE(std::filesystem::exists(file + ".part.state"));

  // In an order of one's own, and as CSV with one header.
  const std::string csv = ann_.File("accounts.csv");
  const std::vector<std::string> by_time = {"export",     "accounts",
                                            "--filter",   "industry = \"export\"",
                                            "--order-by", "create_time desc",
                                            "-o",         "csv",
                                            "--fields",   "name",
                                            "--file",     csv};
  auto second = ann_.Start(by_time);
  ASSERT_TRUE(Eventually(absl::Seconds(60),
                         [&] { return Done(ann_.home()) > 0 || !second.process->Running(); }));
  second.process->Kill();
  EXPECT_EQ(ann_.Run(by_time).code, 0);
  names.clear();
  lines = 0;
  std::ifstream again(csv);
  for (std::string line; std::getline(again, line); ++lines) names.insert(line);
  EXPECT_EQ(lines, kRows + 3);  // the header and the two that came later
  EXPECT_EQ(names.size(), static_cast<size_t>(kRows + 3));
}

TEST_F(ResumeTest, AWorkbookThatIsKilledGoesOn) {
  ASSERT_EQ(
      ann_.Run({"import", "accounts", "--source", "book", "--file", Rows("book", kRows)}).code, 0);
  const std::string file = ann_.File("accounts.xlsx");
  const std::vector<std::string> to_file = {
      "export",   "accounts",         "--filter", "industry = \"book\"",
      "--fields", "name,create_time", "--file",   file};
  auto running = ann_.Start(to_file);
  ASSERT_TRUE(Eventually(absl::Seconds(60),
                         [&] { return Done(ann_.home()) > 0 || !running.process->Running(); }));
  ASSERT_TRUE(running.process->Running()) << ReadFile(running.err);
  running.process->Kill();
  EXPECT_FALSE(std::filesystem::exists(file));
  // A row that was cut short by the kill.
  std::ofstream(file + ".part", std::ios::app) << "<row r=\"";
  const Said finished = ann_.Run(to_file);
  ASSERT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("goes on after row "));
  EXPECT_FALSE(std::filesystem::exists(file + ".part"));
  const auto rows = ctl::OpenRowSource(file, {});
  ASSERT_TRUE(rows.ok()) << rows.status();
  std::set<std::string> names;
  int64_t last = 1;
  for (;;) {
    const auto record = (*rows)->Next();
    ASSERT_TRUE(record.ok()) << record.status();
    if (!*record) break;
    EXPECT_THAT((*record)->rejections, IsEmpty());
    names.insert((*record)->cells[0]);
    last = (*record)->row;
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(kRows));
  EXPECT_EQ(last, kRows + 1);
}

TEST_F(ResumeTest, CreatesOfAFileThatIsKilledGoOn) {
  constexpr int kCreates = 400;
  const std::string path = ann_.File("creates.jsonl");
  std::ofstream out(path);
  for (int i = 1; i <= kCreates; ++i) {
    // No id and no key: only the request id can tell a repeated line.
    out << R"({"account":{"display_name":"Made )" << i << R"(","industry":"made"}})"
        << "\n";
  }
  out.close();
  const std::vector<std::string> create = {"create", "accounts", "--file", path};
  int64_t before = 0;
  for (int kills = 0; kills < 5; ++kills) {
    auto running = ann_.Start(create);
    ASSERT_TRUE(Eventually(absl::Seconds(60), [&] {
      return Done(ann_.state()) > before || !running.process->Running();
    }));
    ASSERT_TRUE(running.process->Running()) << ReadFile(running.err);
    running.process->Kill();
    before = Done(ann_.state());
  }
  const Said finished = ann_.Run(create);
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr(absl::StrCat(kCreates, " created")));
  EXPECT_EQ(Accounts("made"), kCreates);
}

}  // namespace
}  // namespace salesops::stack
