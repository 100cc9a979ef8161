#include "tools/salesopsctl/work_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace salesops::ctl {
namespace {

using nlohmann::json;

class WorkStateTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string path = (std::filesystem::temp_directory_path() / "ctl-work-XXXXXX").string();
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    folder_ = path;
    path_ = folder_ + "/state/import.json";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<WorkState> Open(const std::string& identity, bool restart = false) {
    auto state = WorkState::Open(path_, identity, restart);
    EXPECT_TRUE(state.ok()) << state.status();
    return *std::move(state);
  }

  std::string folder_, path_;
};

TEST_F(WorkStateTest, GoesOnWhereItStopped) {
  {
    auto work = Open("a");
    EXPECT_FALSE(work->resumed());
    ASSERT_TRUE(work->Save(500, {{"created", 499}}).ok());
    ASSERT_TRUE(work->Save(1000, {{"created", 998}}).ok());
  }
  auto work = Open("a");
  EXPECT_TRUE(work->resumed());
  EXPECT_EQ(work->done(), 1000);
  EXPECT_EQ(work->details()["created"], 998);
}

TEST_F(WorkStateTest, OtherWorkAndARestartBeginAfresh) {
  ASSERT_TRUE(Open("a")->Save(500, json::object()).ok());
  EXPECT_EQ(Open("b")->done(), 0);
  EXPECT_EQ(Open("a", /*restart=*/true)->done(), 0);
  EXPECT_EQ(Open("a")->done(), 500);  // nothing was saved since
}

TEST_F(WorkStateTest, FinishedWorkLeavesNothing) {
  {
    auto work = Open("a");
    ASSERT_TRUE(work->Save(500, json::object()).ok());
    work->Finish();
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_ + "/state"));
  EXPECT_EQ(Open("a")->done(), 0);
}

TEST_F(WorkStateTest, OneProcessAtATime) {
  auto first = Open("a");
  const auto second = WorkState::Open(path_, "a", false);
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  first.reset();
  EXPECT_TRUE(WorkState::Open(path_, "a", false).ok());
}

TEST_F(WorkStateTest, ABrokenFileBeginsAfresh) {
  ASSERT_TRUE(Open("a")->Save(500, json::object()).ok());
  for (const std::string text :
       {"", "{", "[]", R"({"identity":"a"})", R"({"identity":"a","done":"x","details":{}})",
        R"({"identity":7,"done":1,"details":{}})"}) {
    std::ofstream(path_) << text;
    EXPECT_EQ(Open("a")->done(), 0) << text;
  }
}

}  // namespace
}  // namespace salesops::ctl
