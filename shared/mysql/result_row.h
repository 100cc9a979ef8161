#pragma once

// A Row over a result of the connector. Checks the type of the column before it reads, because the
// connector converts everything to everything without a word.
//
// Thread-safety: belongs to the thread that reads the result.

#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "shared/mysql/database.h"

namespace sql {
class ResultSet;
class ResultSetMetaData;
class SQLString;
}  // namespace sql

namespace salesops::mysql {

class ResultRow final : public Row {
 public:
  explicit ResultRow(sql::ResultSet& result);

  bool IsNull(int column) override;
  int64_t Int64(int column) override;
  double Double(int column) override;
  bool Bool(int column) override;
  std::string String(int column) override;
  Bytes Blob(int column) override;
  base::Decimal Decimal(int column) override;
  base::CivilDay Day(int column) override;
  absl::Time Time(int column) override;

  int columns() const { return columns_; }
  // The first mistake of a getter; OK if there was none.
  const absl::Status& status() const { return status_; }

 private:
  // True if the column can be read as one of `types`, a set of bits of sql::DataType.
  bool CanRead(int column, unsigned types, absl::string_view wanted);
  bool Exists(int column);
  std::string Text(int column);
  void Fail(int column, absl::string_view problem);

  sql::ResultSet& result_;
  sql::ResultSetMetaData& description_;
  int columns_;
  std::vector<unsigned> types_;  // bit of the sql::DataType per column; 0 = not asked yet
  absl::Status status_;
};

}  // namespace salesops::mysql
