#define BOOST_BIND_GLOBAL_PLACEHOLDERS  // Boost 1.74's own headers use the old form

#include "shared/log/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <boost/property_tree/json_parser.hpp>
#include <condition_variable>
#include <limits>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "shared/log/json_text.h"

namespace salesops::log {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::SizeIs;

// Members of a flat JSON object, values as text.
std::map<std::string, std::string> ParseObject(const std::string& json) {
  boost::property_tree::ptree tree;
  std::istringstream in(json);
  boost::property_tree::read_json(in, tree);
  std::map<std::string, std::string> members;
  for (const auto& [key, value] : tree) members[key] = value.data();
  return members;
}

std::string Escaped(absl::string_view text) {
  std::string out;
  AppendJsonString(text, &out);
  return out;
}

class LogTest : public testing::Test {
 protected:
  void StartCollecting(Level level = Level::kDebug) {
    Start({.level = level, .sink = [this](absl::string_view line) { lines_.emplace_back(line); }});
  }
  // Ends the log, so that reading lines_ needs no lock.
  const std::vector<std::string>& Lines() {
    Stop();
    return lines_;
  }
  void TearDown() override { Stop(); }

 private:
  std::vector<std::string> lines_;
};

TEST_F(LogTest, WritesOneObjectPerLine) {
  StartCollecting();
  const std::string name = "张三";
  Info("seller joined", {{"seller", name},
                         {"count", 3},
                         {"big", int64_t{-9007199254740993}},
                         {"share", 0.25},
                         {"manager", true},
                         {"took", absl::Milliseconds(1500)}});
  ASSERT_THAT(Lines(), SizeIs(1));
  EXPECT_THAT(Lines()[0],
              MatchesRegex("\\{\"time\":\"20[0-9-]{8}T[0-9:]{8}\\.[0-9]{6}Z\",\"level\":\"info\","
                           "\"message\":\"seller joined\",\"seller\":\"张三\",\"count\":3,"
                           "\"big\":-9007199254740993,\"share\":0.25,\"manager\":true,"
                           "\"took\":1.5\\}"));
}

TEST_F(LogTest, LeavesOutLinesBelowTheLevel) {
  StartCollecting(Level::kWarning);
  Debug("a");
  Info("b");
  Warning("c");
  Error("d");
  ASSERT_THAT(Lines(), SizeIs(2));
  EXPECT_EQ(ParseObject(Lines()[0])["level"], "warning");
  EXPECT_EQ(ParseObject(Lines()[1])["level"], "error");
}

TEST_F(LogTest, NumbersThatJsonHasNotAreText) {
  StartCollecting();
  Info("m", {{"a", std::numeric_limits<double>::quiet_NaN()},
             {"b", -std::numeric_limits<double>::infinity()}});
  EXPECT_THAT(Lines()[0], HasSubstr("\"a\":\"NaN\",\"b\":\"-Infinity\""));
}

TEST_F(LogTest, CallLinesHaveWhatIsKnown) {
  StartCollecting();
  Call({.method = "/x.Y/Z",
        .code = "NOT_FOUND",
        .reason = "NOT_FOUND",
        .subject = "li@example.com",
        .trace_id = "0af7651916cd43dd8448eb211c80319c",
        .peer = "127.0.0.1:5000",
        .duration = absl::Microseconds(1234),
        .queued = absl::Microseconds(7),
        .request_bytes = 10,
        .response_bytes = 20});
  Call({.method = "/x.Y/Z", .code = "INTERNAL", .detail = "table \"t\" is missing"});
  auto first = ParseObject(Lines()[0]);
  first.erase("time");
  EXPECT_EQ(first,
            (std::map<std::string, std::string>{{"level", "info"},
                                                {"message", "call"},
                                                {"method", "/x.Y/Z"},
                                                {"code", "NOT_FOUND"},
                                                {"reason", "NOT_FOUND"},
                                                {"duration_us", "1234"},
                                                {"queued_us", "7"},
                                                {"subject", "li@example.com"},
                                                {"trace_id", "0af7651916cd43dd8448eb211c80319c"},
                                                {"peer", "127.0.0.1:5000"},
                                                {"request_bytes", "10"},
                                                {"response_bytes", "20"}}));
  auto second = ParseObject(Lines()[1]);
  EXPECT_EQ(second["level"], "error");
  EXPECT_EQ(second["detail"], "table \"t\" is missing");
}

TEST_F(LogTest, WritesToTheDescriptorAsSoonAsFlushed) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  Start({.fd = ends[1]});
  Info("one");
  Info("two");
  Flush();
  char buffer[4096];
  const ssize_t n = read(ends[0], buffer, sizeof buffer);
  Stop();
  close(ends[0]);
  close(ends[1]);
  ASSERT_GT(n, 0);
  const std::string text(buffer, static_cast<size_t>(n));
  EXPECT_THAT(text, MatchesRegex("\\{.*\"one\"\\}\n\\{.*\"two\"\\}\n"));
}

TEST_F(LogTest, SurvivesAReaderThatWentAway) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close(ends[0]);
  Start({.fd = ends[1]});
  Info("nobody reads this");
  Stop();
  close(ends[1]);
}

TEST(LogDeathTest, WritesWhatIsQueuedWhenTheProcessExits) {
  EXPECT_EXIT(
      {
        Start({});
        Error("cannot start");
        std::exit(3);
      },
      testing::ExitedWithCode(3), "\"message\":\"cannot start\"");
}

// A gate that holds the writing thread, as a full pipe would.
class Gate {
 public:
  void WaitUntilOpen() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

TEST_F(LogTest, DropsTheOldestRatherThanBlockAndSaysHowMany) {
  Gate gate;
  std::vector<std::string> lines;
  const int64_t dropped_before = DroppedLines();
  Start({.queue = 16, .sink = [&](absl::string_view line) {
           gate.WaitUntilOpen();
           lines.emplace_back(line);
         }});
  for (int i = 0; i < 1000; ++i) Info("burst", {{"i", i}});  // returns although nobody reads
  const int64_t dropped = DroppedLines() - dropped_before;
  gate.Open();
  Stop();
  EXPECT_EQ(DroppedLines() - dropped_before, dropped);
  EXPECT_GE(dropped, 1000 - 16 - 1);
  ASSERT_EQ(static_cast<int64_t>(lines.size()), 1000 - dropped + 1);
  auto last = ParseObject(lines.back());
  EXPECT_EQ(last["message"], "log lines dropped");
  EXPECT_EQ(last["count"], std::to_string(dropped));
  EXPECT_EQ(ParseObject(lines[lines.size() - 2])["i"], "999");
}

TEST_F(LogTest, LosesNothingFromManyThreadsWhileThereIsRoom) {
  constexpr int kThreads = 8;
  constexpr int kEach = 500;
  std::map<std::string, int> seen;
  Start({.queue = kThreads * kEach + 1,
         .sink = [&](absl::string_view line) { ++seen[ParseObject(std::string(line))["id"]]; }});
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < kEach; ++i) Info("m", {{"id", t * kEach + i}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  Stop();
  EXPECT_THAT(seen, SizeIs(kThreads * kEach));
}

TEST_F(LogTest, StartingAgainMovesToTheNewSink) {
  StartCollecting();
  Info("first");
  std::vector<std::string> second;
  Start({.sink = [&](absl::string_view line) { second.emplace_back(line); }});
  Info("second");
  EXPECT_THAT(Lines(), ElementsAre(HasSubstr("first")));
  EXPECT_THAT(second, ElementsAre(HasSubstr("second")));
}

TEST(LogLevelTest, Parses) {
  Level level = Level::kInfo;
  EXPECT_TRUE(ParseLevel("warning", &level));
  EXPECT_EQ(level, Level::kWarning);
  EXPECT_FALSE(ParseLevel("WARN", &level));
}

TEST(JsonTextTest, Escapes) {
  EXPECT_EQ(Escaped("a\"b\\c\n\t\r\x01\x7f"), R"("a\"b\\c\n\t\u000d\u0001\u007f")");
  EXPECT_EQ(Escaped(absl::string_view("\0", 1)), R"("\u0000")");
  EXPECT_EQ(Escaped("额é😀"), "\"额é😀\"");
}

TEST(JsonTextTest, ReplacesBytesThatAreNotUtf8) {
  for (const char* bad : {"\xff", "\x80", "\xc0", "\xc3", "\xf5"}) {
    EXPECT_EQ(Escaped(bad), "\"\uFFFD\"") << bad;
  }
  EXPECT_EQ(Escaped("\xe9\xa2"), "\"\uFFFD\uFFFD\"");            // cut short
  EXPECT_EQ(Escaped("\xc0\xaf"), "\"\uFFFD\uFFFD\"");            // overlong
  EXPECT_EQ(Escaped("\xed\xa0\x80"), "\"\uFFFD\uFFFD\uFFFD\"");  // surrogate
  EXPECT_EQ(Escaped("\xff"
                    "ok"),
            "\"\uFFFDok\"");
}

RC_GTEST_PROP(JsonTextProperty, AnyBytesMakeAReadableLine, (const std::string& text)) {
  RC_ASSERT(ParseObject("{\"k\":" + Escaped(text) + "}").size() == 1u);
}

}  // namespace
}  // namespace salesops::log
