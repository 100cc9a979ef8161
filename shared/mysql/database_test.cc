#include "shared/mysql/database.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "shared/mysql/test_server.h"
#include "shared/status/macros.h"

namespace salesops::mysql {
namespace {

using ::testing::ElementsAre;

class TransactionTest : public DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    if (IsSkipped()) return;
    Do("CREATE TABLE account (id VARCHAR(63) COLLATE utf8mb4_bin PRIMARY KEY, "
       "balance BIGINT NOT NULL, CONSTRAINT not_negative CHECK (balance >= 0))");
    Do("INSERT INTO account VALUES ('a', 10), ('b', 20)");
  }
};

TEST_F(TransactionTest, CommitsWhatTheLambdaDid) {
  const absl::StatusOr<int64_t> rows = db_->RunInTransaction(Within(), [](Transaction& tx) {
    return tx.Execute("UPDATE account SET balance = balance + ? WHERE id = ?", {5, "a"});
  });
  ASSERT_TRUE(rows.ok()) << rows.status() << status::LogDetail(rows.status());
  EXPECT_EQ(*rows, 1);
  EXPECT_EQ(Number(*db_, "SELECT balance FROM account WHERE id = 'a'"), 15);
}

TEST_F(TransactionTest, RollsBackOnAnError) {
  const absl::Status status = db_->RunInTransaction(Within(), [](Transaction& tx) -> absl::Status {
    RETURN_IF_ERROR(tx.Execute("DELETE FROM account").status());
    return absl::NotFoundError("no such thing");
  });
  EXPECT_EQ(status, absl::NotFoundError("no such thing"));
  EXPECT_EQ(Count("account"), 2);
}

}  // namespace
}  // namespace salesops::mysql
