#include "tools/salesopsctl/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "shared/testing/status_matchers.h"

namespace salesops::ctl {
namespace {

using ::testing::HasSubstr;

class ConfigFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string path = (std::filesystem::temp_directory_path() / "ctl-config-XXXXXX").string();
    ASSERT_NE(mkdtemp(path.data()), nullptr);
    folder_ = path;
    places_.config = folder_ + "/deep/salesops";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static mode_t ModeOf(const std::string& path) {
    struct stat found = {};
    EXPECT_EQ(stat(path.c_str(), &found), 0) << path;
    return found.st_mode & 0777;
  }

  std::string folder_;
  Places places_;
};

TEST_F(ConfigFileTest, AnAbsentFileIsEmpty) {
  const auto config = Config::Load(places_);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_TRUE(config->contexts.empty());
  EXPECT_EQ(config->current, "");
}

TEST_F(ConfigFileTest, OnlyTheOwnerReadsIt) {
  Config config;
  config.contexts["work"].server = "sales.example:443";
  ASSERT_TRUE(config.Save(places_).ok());
  EXPECT_EQ(ModeOf(places_.ConfigFile()), 0600u);
  EXPECT_EQ(ModeOf(places_.config), 0700u);
  EXPECT_FALSE(IsReadableByOthers(places_.ConfigFile()));
}

TEST_F(ConfigFileTest, AFileThatWasOpenToOthersIsClosedByTheNextSave) {
  Config config;
  ASSERT_TRUE(config.Save(places_).ok());
  chmod(places_.ConfigFile().c_str(), 0644);
  EXPECT_TRUE(IsReadableByOthers(places_.ConfigFile()));
  ASSERT_TRUE(config.Save(places_).ok());
  EXPECT_EQ(ModeOf(places_.ConfigFile()), 0600u);
}

TEST_F(ConfigFileTest, ABrokenFileSaysWhichAndWhatToDo) {
  ASSERT_TRUE(WritePrivateFile(places_.ConfigFile(), "{\"contexts\": [").ok());
  const auto config = Config::Load(places_);
  ASSERT_FALSE(config.ok());
  EXPECT_THAT(std::string(config.status().message()), HasSubstr(places_.ConfigFile()));
  EXPECT_THAT(std::string(config.status().message()), HasSubstr("delete it"));
}

TEST_F(ConfigFileTest, AWriteThatFailsLeavesTheOldFile) {
  ASSERT_TRUE(WritePrivateFile(folder_ + "/file", "old").ok());
  EXPECT_FALSE(WritePrivateFile(folder_ + "/file/below", "new").ok());
  EXPECT_EQ(*ReadFile(folder_ + "/file"), "old");
}

TEST(ConfigTest, WhatIsWrongIsNamed) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"[]", "not a JSON object"},
      {"{", "not a JSON object"},
      {R"({"curent": "a"})", "\"curent\""},
      {R"({"current": 7})", "\"current\""},
      {R"({"current": "a"})", "not among contexts"},
      {R"({"contexts": {"a": 1}})", "contexts.a is not an object"},
      {R"({"contexts": {"a": {"sever": "x"}}})", "contexts.a.sever"},
      {R"({"contexts": {"a": {"server": 7}}})", "contexts.a.server must be a text"},
      {R"({"contexts": {"a": {"plaintext": "yes"}}})", "contexts.a.plaintext"},
      {R"({"contexts": {"../a": {}}})", "cannot name a context"},
  };
  for (const auto& [text, word] : table) {
    const auto config = Config::Parse(text);
    ASSERT_FALSE(config.ok()) << text;
    EXPECT_THAT(std::string(config.status().message()), HasSubstr(word)) << text;
  }
}

TEST(ConfigTest, NamesThatCouldLeaveTheFolderAreRefused) {
  for (const std::string name : {"", ".", "..", "a/b", "-a", ".hidden", "a b", "a\n"}) {
    EXPECT_FALSE(CheckContextName(name).ok()) << name;
  }
  for (const std::string name : {"a", "work", "eu-west.1_b", "7"}) {
    EXPECT_TRUE(CheckContextName(name).ok()) << name;
  }
}

RC_GTEST_PROP(ConfigProperty, WhatIsWrittenIsReadBack, ()) {
  Config config;
  const auto text = [] {
    return *rc::gen::container<std::string>(rc::gen::inRange<char>(32, 127));
  };
  const int n = *rc::gen::inRange(0, 4);
  for (int i = 0; i < n; ++i) {
    config.contexts["c" + std::to_string(i)] = {
        text(), text(), *rc::gen::arbitrary<bool>(), text(), text(), text(), text()};
  }
  if (n > 0) config.current = "c0";
  const auto again = Config::Parse(config.ToText());
  RC_ASSERT(again.ok());
  RC_ASSERT(again->contexts == config.contexts);
  RC_ASSERT(again->current == config.current);
}

}  // namespace
}  // namespace salesops::ctl
