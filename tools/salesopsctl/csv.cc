#include "tools/salesopsctl/csv.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "shared/status/macros.h"

namespace salesops::ctl {
namespace {

// Reads one record after another; `line` is the line the reader stands in.
class Reader {
 public:
  explicit Reader(absl::string_view text) : text_(text) {}

  bool AtEnd() const { return at_ == text_.size(); }
  int64_t line() const { return line_; }

  absl::StatusOr<std::vector<std::string>> Record() {
    std::vector<std::string> cells;
    for (;;) {
      ASSIGN_OR_RETURN(std::string cell, Cell());
      cells.push_back(std::move(cell));
      if (AtEnd()) return cells;
      const char c = text_[at_++];
      if (c == ',') continue;
      if (c == '\r' && !AtEnd() && text_[at_] == '\n') ++at_;
      ++line_;
      return cells;
    }
  }

 private:
  static bool EndsCell(char c) { return c == ',' || c == '\n' || c == '\r'; }

  absl::StatusOr<std::string> Cell() {
    std::string cell;
    if (AtEnd() || text_[at_] != '"') {
      while (!AtEnd() && !EndsCell(text_[at_])) cell += text_[at_++];
      return cell;
    }
    const int64_t opened = line_;
    ++at_;
    for (;;) {
      if (AtEnd()) {
        return absl::InvalidArgumentError(
            absl::StrCat("line ", opened, ": the quote that begins here is never closed"));
      }
      const char c = text_[at_++];
      if (c == '\n') ++line_;
      if (c != '"') {
        cell += c;
      } else if (!AtEnd() && text_[at_] == '"') {
        cell += '"';
        ++at_;
      } else {
        break;
      }
    }
    if (!AtEnd() && !EndsCell(text_[at_])) {
      return absl::InvalidArgumentError(absl::StrCat(
          "line ", line_, ": text follows a closing quote; double quotes inside text"));
    }
    return cell;
  }

  absl::string_view text_;
  size_t at_ = 0;
  int64_t line_ = 1;
};

}  // namespace

absl::StatusOr<Csv> ParseCsv(absl::string_view text) {
  absl::ConsumePrefix(&text, "\xEF\xBB\xBF");
  Reader reader(text);
  Csv csv;
  if (reader.AtEnd()) return absl::InvalidArgumentError("the file is empty; it needs a header row");
  ASSIGN_OR_RETURN(csv.header, reader.Record());
  std::set<std::string> names;
  for (const std::string& name : csv.header) {
    if (name.empty() || !names.insert(name).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("line 1: column \"", name, "\" is empty or stands twice"));
    }
  }
  while (!reader.AtEnd()) {
    Csv::Row row;
    row.line = reader.line();
    ASSIGN_OR_RETURN(std::vector<std::string> cells, reader.Record());
    if (cells.size() == 1 && cells[0].empty()) continue;  // an empty line
    if (cells.size() != csv.header.size()) {
      return absl::InvalidArgumentError(absl::StrCat("line ", row.line, " has ", cells.size(),
                                                     " cells, the header ", csv.header.size()));
    }
    for (size_t i = 0; i < cells.size(); ++i) row.cells[csv.header[i]] = std::move(cells[i]);
    csv.rows.push_back(std::move(row));
  }
  return csv;
}

}  // namespace salesops::ctl
