#pragma once

// The rows of a file, one after another, whatever its format: the import knows only this.
//
//   ASSIGN_OR_RETURN(auto rows, OpenRowSource("客户.csv", {}));
//   for (;;) {
//     ASSIGN_OR_RETURN(std::optional<Record> record, rows->Next());
//     if (!record) break;
//   }
//
// A file that is a reject file (reject_file.h) reads as what it was made from: the columns that say
// why are left out.
//
// Thread-safety: one thread.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "tools/salesopsctl/text_encoding.h"

namespace salesops::ctl {

// Why a row is left out.
struct Rejection {
  std::string field;   // a column, or the path of a field; "" = the row as a whole
  std::string reason;  // UPPER_SNAKE_CASE
  std::string message;
};

struct Record {
  int64_t row = 0;                 // where it begins: line of the text, row of the sheet; from 1
  std::vector<std::string> cells;  // UTF-8; as many as there are columns
  nlohmann::ordered_json value;    // JSON lines: the object itself
  // The cells' bytes as the file has them, if they are not those of `cells`.
  std::vector<std::string> original;
  std::vector<Rejection> rejections;  // not empty: the row cannot be read
};

enum class FileFormat { kCsv, kXlsx, kJsonLines };

struct SourceOptions {
  std::string format;    // "csv", "xlsx", "jsonl"; "" = by the file's extension, else csv
  std::string encoding;  // as ParseEncoding takes it
  std::string sheet;     // of a workbook; "" = the first
  bool columns = true;   // JSON lines: their members are wanted as columns
};

class RowSource {
 public:
  virtual ~RowSource() = default;
  // nullopt at the end. An error is one of the whole file: nothing after it can be trusted.
  virtual absl::StatusOr<std::optional<Record>> Next() = 0;

  // Not empty, each once.
  const std::vector<std::string>& columns() const { return columns_; }
  FileFormat format() const { return format_; }
  // Of the file, and of a reject file beside it.
  Encoding encoding() const { return encoding_; }
  bool has_mark() const { return has_mark_; }

 protected:
  explicit RowSource(FileFormat format) : format_(format) {}

  FileFormat format_;
  Encoding encoding_ = Encoding::kUtf8;
  bool has_mark_ = false;
  std::vector<std::string> columns_;
};

// Usage errors: a format or encoding that does not exist, a sheet of what has none. NOT_FOUND if
// the file cannot be read. INVALID_ARGUMENT says what is wrong in the file as a whole.
absl::StatusOr<std::unique_ptr<RowSource>> OpenRowSource(const std::string& path,
                                                         const SourceOptions& options);

absl::StatusOr<FileFormat> FormatOf(const std::string& path, const SourceOptions& options);

// The columns that a reject file adds at its end.
const std::vector<std::string>& RejectColumns();
// True, and the columns are gone, if the last ones are these.
bool TakeRejectColumns(std::vector<std::string>* columns);
// INVALID_ARGUMENT if a name is empty or stands twice. `line` is that of the header.
absl::Status CheckColumns(const std::vector<std::string>& columns, int64_t line);

}  // namespace salesops::ctl
