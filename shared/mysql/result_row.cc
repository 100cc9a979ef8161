#include "shared/mysql/result_row.h"

#include <cppconn/datatype.h>
#include <cppconn/resultset.h>
#include <cppconn/resultset_metadata.h>

#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shared/mysql/text.h"
#include "shared/status/status.h"

namespace salesops::mysql {
namespace {

using sql::DataType;

constexpr unsigned Bit(int type) { return 1u << type; }

constexpr unsigned kIntegers = Bit(DataType::TINYINT) | Bit(DataType::SMALLINT) |
                               Bit(DataType::MEDIUMINT) | Bit(DataType::INTEGER) |
                               Bit(DataType::BIGINT) | Bit(DataType::YEAR);
constexpr unsigned kFloats = Bit(DataType::REAL) | Bit(DataType::DOUBLE);
constexpr unsigned kDecimals = Bit(DataType::DECIMAL) | Bit(DataType::NUMERIC);
constexpr unsigned kTexts = Bit(DataType::CHAR) | Bit(DataType::VARCHAR) |
                            Bit(DataType::LONGVARCHAR) | Bit(DataType::ENUM) | Bit(DataType::SET) |
                            Bit(DataType::JSON);
constexpr unsigned kBytes =
    Bit(DataType::BINARY) | Bit(DataType::VARBINARY) | Bit(DataType::LONGVARBINARY);
constexpr unsigned kDays = Bit(DataType::DATE);
constexpr unsigned kTimes = Bit(DataType::TIMESTAMP);

}  // namespace

ResultRow::ResultRow(sql::ResultSet& result)
    : result_(result),
      description_(*result.getMetaData()),
      columns_(static_cast<int>(description_.getColumnCount())),
      types_(columns_, 0) {}

bool ResultRow::IsNull(int column) { return Exists(column) && result_.isNull(column + 1); }

int64_t ResultRow::Int64(int column) {
  if (!CanRead(column, kIntegers, "an integer")) return 0;
  const int64_t value = result_.getInt64(column + 1);
  if (value < 0 && !description_.isSigned(column + 1)) {
    Fail(column, "holds an unsigned number beyond int64");
    return 0;
  }
  return value;
}

double ResultRow::Double(int column) {
  if (!CanRead(column, kFloats, "a double")) return 0;
  return static_cast<double>(result_.getDouble(column + 1));
}

bool ResultRow::Bool(int column) {
  if (!CanRead(column, kIntegers, "a boolean")) return false;
  const int64_t value = result_.getInt64(column + 1);
  if (value != 0 && value != 1) Fail(column, "is a number other than 0 and 1");
  return value == 1;
}

std::string ResultRow::String(int column) {
  if (!CanRead(column, kTexts, "text")) return "";
  return Text(column);
}

Bytes ResultRow::Blob(int column) {
  if (!CanRead(column, kBytes, "bytes")) return {};
  return {Text(column)};
}

base::Decimal ResultRow::Decimal(int column) {
  if (!CanRead(column, kDecimals | kIntegers, "a decimal")) return {};
  const absl::StatusOr<base::Decimal> value = base::Decimal::Parse(Text(column));
  if (value.ok()) return *value;
  Fail(column, "does not fit into a Decimal");
  return {};
}

base::CivilDay ResultRow::Day(int column) {
  if (!CanRead(column, kDays, "a day")) return {};
  const std::optional<base::CivilDay> day = DayFromText(Text(column));
  if (!day) Fail(column, "is not a day of the calendar");
  return day.value_or(base::CivilDay());
}

absl::Time ResultRow::Time(int column) {
  if (!CanRead(column, kTimes, "a time")) return absl::UnixEpoch();
  const std::optional<absl::Time> time = TimeFromText(Text(column));
  if (!time) Fail(column, "is not an instant of the calendar");
  return time.value_or(absl::UnixEpoch());
}

bool ResultRow::Exists(int column) {
  if (column >= 0 && column < columns_) return true;
  Fail(column, absl::StrCat("does not exist; the row has ", columns_));
  return false;
}

bool ResultRow::CanRead(int column, unsigned types, absl::string_view wanted) {
  if (!Exists(column)) return false;
  if (result_.isNull(column + 1)) {
    Fail(column, "is NULL");
    return false;
  }
  unsigned& type = types_[column];
  if (type == 0) type = Bit(description_.getColumnType(column + 1));
  if ((type & types) != 0) return true;
  Fail(column, absl::StrCat("is ", description_.getColumnTypeName(column + 1).c_str(), " and not ",
                            wanted));
  return false;
}

std::string ResultRow::Text(int column) {
  return static_cast<const std::string&>(result_.getString(column + 1).asStdString());
}

void ResultRow::Fail(int column, absl::string_view problem) {
  if (!status_.ok()) return;
  status_ = status::Internal(absl::StrCat("column ", column, " ", problem));
}

}  // namespace salesops::mysql
