// organization is put back from a backup; pipeline, which copies its facts, notices.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/fault/load.h"

namespace salesops::stack {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> ClientFlags(Stack& stack) {
  const mysql::DatabaseOptions& server = stack.server().options();
  return {"--no-defaults", "--protocol=tcp", "--host=" + server.host,
          absl::StrCat("--port=", server.port), "--user=" + server.user};
}

// As `tools/dev backup` and `restore` do it, for one schema.
void Dump(Stack& stack, const std::string& file) {
  std::vector<std::string> command = {"mariadb-dump"};
  for (const std::string& flag : ClientFlags(stack)) command.push_back(flag);
  for (const std::string& flag :
       {std::string("--single-transaction"), std::string("--quick"), std::string("--hex-blob"),
        std::string("--skip-lock-tables"), std::string("--add-drop-database"),
        "--result-file=" + file, std::string("--databases"), stack.SchemaName("organization")}) {
    command.push_back(flag);
  }
  const Finished done =
      RunToEnd(command, stack.folder(), {"MYSQL_PWD=" + stack.server().options().password});
  ASSERT_EQ(done.code, 0) << done.out;
}

void Load(Stack& stack, const std::string& file) {
  std::vector<std::string> command = {"mariadb"};
  for (const std::string& flag : ClientFlags(stack)) command.push_back(flag);
  command.push_back("--execute=source " + file);
  const Finished done =
      RunToEnd(command, stack.folder(), {"MYSQL_PWD=" + stack.server().options().password});
  ASSERT_EQ(done.code, 0) << done.out;
}

TEST(RestoreTest, AConsumerNoticesThatTheLogWasPutBackAndRebuilds) {
  Stack stack(Stack::Options{.gateway = false});
  auto organization = stack.OrganizationChannel();
  CreateSeller(stack, *organization, "before");
  ASSERT_TRUE(RosterCaughtUp(stack));
  const std::vector<std::string> known = RosterRows(stack);
  const std::string file = stack.folder() + "/backup.sql";
  ASSERT_NO_FATAL_FAILURE(Dump(stack, file));

  CreateSeller(stack, *organization, "taken-back");
  ASSERT_TRUE(RosterCaughtUp(stack));
  EXPECT_THAT(RosterRows(stack), Contains(HasSubstr("|taken-back|")));
  const auto log_id = stack.Rows("organization", "SELECT log_id FROM event_head");

  EXPECT_EQ(stack.StopOrganization(), 0);
  ASSERT_NO_FATAL_FAILURE(Load(stack, file));
  stack.Execute("organization", "UPDATE event_head SET log_id = UUID()");
  stack.StartOrganization();
  EXPECT_NE(stack.Rows("organization", "SELECT log_id FROM event_head"), log_id);

  ASSERT_TRUE(RosterCaughtUp(stack));
  EXPECT_EQ(RosterRows(stack), known);
  // A new fact now stands where the one that was taken back stood; it is not mistaken for that.
  organization = stack.OrganizationChannel();
  CreateSeller(stack, *organization, "instead");
  ASSERT_TRUE(RosterCaughtUp(stack));
  EXPECT_THAT(RosterRows(stack), Contains(HasSubstr("|instead|")));
  EXPECT_THAT(RosterRows(stack), Not(Contains(HasSubstr("|taken-back|"))));
}

}  // namespace
}  // namespace salesops::stack
