#include "gateway/contracts_watch.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

namespace salesops::gateway {
namespace {

namespace fs = std::filesystem;

class ContractsWatchTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_);
    fs::copy_file(fs::path(SHELF_DESCRIPTORS) / "shelf.binpb", folder_ / "shelf.binpb",
                  fs::copy_options::overwrite_existing);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void Write(const std::string& name, const std::string& bytes) {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
  }

  const fs::path folder_ =
      fs::temp_directory_path() / ("gateway_contracts_" + std::to_string(::getpid()));
};

TEST_F(ContractsWatchTest, ABadNewFileLeavesTheLastGoodTable) {
  ContractsWatch watch(folder_);
  ASSERT_TRUE(watch.Load().ok());
  const auto first = watch.store().Current();
  Write("broken.binpb", "not a descriptor set");
  watch.Refresh();
  EXPECT_EQ(watch.store().Current(), first);
  fs::remove(folder_ / "broken.binpb");
  watch.Refresh();
  EXPECT_NE(watch.store().Current(), first);
  EXPECT_EQ(watch.store().Current()->routes.routes().size(), first->routes.routes().size());
}

TEST_F(ContractsWatchTest, AnUnchangedFolderIsNotReadAgain) {
  ContractsWatch watch(folder_);
  ASSERT_TRUE(watch.Load().ok());
  const auto first = watch.store().Current();
  watch.Refresh();
  EXPECT_EQ(watch.store().Current(), first);
}

TEST_F(ContractsWatchTest, ABadSetAtTheStartIsAnError) {
  Write("broken.binpb", "not a descriptor set");
  ContractsWatch watch(folder_);
  EXPECT_EQ(watch.Load().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace salesops::gateway
