#pragma once

// CSV as in RFC 4180, with a header row: fields may be quoted, quotes are doubled inside quotes,
// lines end with LF or CRLF, a UTF-8 byte order mark is skipped.
//
// Quotes, commas and line ends are found in the bytes: neither UTF-8 nor GB18030 has one of these
// inside a character, so a broken character spoils its own cell only.
//
// Thread-safety: pure functions; a reader belongs to one thread.

#include <istream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tools/salesopsctl/row_source.h"

namespace salesops::ctl {

// One record after another of a text that need not fit into memory.
class CsvReader {
 public:
  static constexpr size_t kLongestRecord = 16 << 20;  // bytes

  explicit CsvReader(absl::string_view text) : rest_(text) {}
  // `in` must outlive it.
  explicit CsvReader(std::istream* in) : in_(in) {}

  // False at the end. INVALID_ARGUMENT, with the line: an open quote, text after a closing quote, a
  // record that is too long.
  absl::StatusOr<bool> Next(std::vector<std::string>* cells);
  // Where the last record began, 1 = the first line.
  int64_t line() const { return began_; }

 private:
  static constexpr int kEnd = -1;

  int Peek();
  int Take();
  absl::Status Cell(std::string* cell);
  absl::Status Quoted(std::string* cell);
  absl::Status TooLong() const;

  std::istream* in_ = nullptr;
  std::string buffer_;
  absl::string_view rest_;
  int64_t line_ = 1, began_ = 1;
  size_t size_ = 0;  // of the record so far
};

// A whole CSV, for small tables beside a mapping.
struct Csv {
  std::vector<std::string> header;
  struct Row {
    int64_t line = 0;  // where the row begins, 1 = the header's line
    std::map<std::string, std::string> cells;
  };
  std::vector<Row> rows;
};

// INVALID_ARGUMENT, with the line: what CsvReader says, another number of cells than the header
// has, a header name that is empty or stands twice, text in neither UTF-8 nor GB18030.
absl::StatusOr<Csv> ParseCsv(absl::string_view text);

// A row with bytes that are no text, or with too few or too many cells, is a record that says so.
absl::StatusOr<std::unique_ptr<RowSource>> OpenCsv(const std::string& path,
                                                   std::optional<Encoding> encoding);

// A record with its line end; cells are quoted where they must be.
std::string CsvLine(const std::vector<std::string>& cells);

}  // namespace salesops::ctl
