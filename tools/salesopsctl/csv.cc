#include "tools/salesopsctl/csv.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "shared/status/macros.h"

namespace salesops::ctl {
namespace {

constexpr size_t kBlock = 1 << 16;

bool EndsCell(int c) { return c == ',' || c == '\n' || c == '\r'; }

bool IsEmptyLine(const std::vector<std::string>& cells) {
  return cells.size() == 1 && cells[0].empty();
}

// Reads a file twice: once to see what it is, once for its rows.
class CsvSource final : public RowSource {
 public:
  CsvSource() : RowSource(FileFormat::kCsv) {}

  absl::Status Open(const std::string& path, std::optional<Encoding> encoding) {
    std::error_code error;
    in_.open(path, std::ios::binary);
    if (!in_ || std::filesystem::is_directory(path, error)) {
      return absl::NotFoundError(absl::StrCat("cannot read \"", path, "\""));
    }
    EncodingGuess guess;
    std::string block(kBlock, '\0');
    while (in_.read(block.data(), kBlock), in_.gcount() > 0) {
      guess.Look({block.data(), static_cast<size_t>(in_.gcount())});
    }
    if (guess.IsUtf16()) {
      return absl::InvalidArgumentError(
          "the file is in UTF-16; save it as \"CSV UTF-8\" or as a workbook (xlsx)");
    }
    encoding_ = encoding.value_or(guess.Best());
    has_mark_ = guess.has_mark();
    in_.clear();
    in_.seekg(has_mark_ ? 3 : 0);
    return ReadHeader();
  }

  absl::StatusOr<std::optional<Record>> Next() override {
    std::vector<std::string> cells;
    for (;;) {
      ASSIGN_OR_RETURN(const bool more, reader_.Next(&cells));
      if (!more) return std::optional<Record>();
      if (!IsEmptyLine(cells)) return std::optional<Record>(Read(cells));
    }
  }

 private:
  absl::Status ReadHeader() {
    std::vector<std::string> cells;
    ASSIGN_OR_RETURN(const bool any, reader_.Next(&cells));
    if (!any) return absl::InvalidArgumentError("the file is empty; it needs a header row");
    for (const std::string& cell : cells) {
      absl::StatusOr<std::string> name = ToUtf8(cell, encoding_);
      if (!name.ok()) {
        return absl::InvalidArgumentError(
            absl::StrCat("line 1: the header: ", name.status().message(), "; see --encoding"));
      }
      columns_.push_back(*std::move(name));
    }
    extra_ = TakeRejectColumns(&columns_) ? RejectColumns().size() : 0;
    return CheckColumns(columns_, 1);
  }

  Record Read(std::vector<std::string>& cells) {
    Record record;
    record.row = reader_.line();
    const size_t there = cells.size();
    if (there != columns_.size() + extra_) {
      record.rejections.push_back(
          {"", "CELL_COUNT",
           absl::StrCat("the row has ", there, " cells, the header ", columns_.size() + extra_)});
    }
    if (there > columns_.size() + extra_) {
      // Nothing of it may be lost in a reject file, which has a place for each column.
      const std::vector<std::string> rest(
          cells.begin() + static_cast<std::ptrdiff_t>(columns_.size()) - 1, cells.end());
      cells[columns_.size() - 1] = absl::StrJoin(rest, ",");
    }
    cells.resize(columns_.size());
    record.cells.reserve(cells.size());
    bool as_is = true;
    for (size_t i = 0; i < cells.size(); ++i) {
      absl::StatusOr<std::string> text = ToUtf8(cells[i], encoding_);
      if (!text.ok()) {
        record.rejections.push_back(
            {columns_[i], "BAD_ENCODING",
             absl::StrCat("column \"", columns_[i], "\": ", text.status().message())});
        text = std::string();
      }
      as_is = as_is && *text == cells[i];
      record.cells.push_back(*std::move(text));
    }
    if (!as_is) record.original = std::exchange(cells, {});
    return record;
  }

  std::ifstream in_;
  CsvReader reader_{&in_};
  size_t extra_ = 0;  // columns of a reject file
};

}  // namespace

int CsvReader::Peek() {
  if (rest_.empty() && in_ != nullptr) {
    buffer_.resize(kBlock);
    in_->read(buffer_.data(), kBlock);
    rest_ = {buffer_.data(), static_cast<size_t>(in_->gcount())};
  }
  return rest_.empty() ? kEnd : static_cast<unsigned char>(rest_[0]);
}

int CsvReader::Take() {
  const int c = Peek();
  if (c == kEnd) return c;
  rest_.remove_prefix(1);
  ++size_;
  return c;
}

absl::Status CsvReader::TooLong() const {
  return absl::InvalidArgumentError(
      absl::StrCat("line ", began_, ": the row that begins here is longer than ",
                   kLongestRecord >> 20, " MiB; is a quote never closed?"));
}

absl::StatusOr<bool> CsvReader::Next(std::vector<std::string>* cells) {
  cells->clear();
  began_ = line_;
  size_ = 0;
  if (Peek() == kEnd) return false;
  for (;;) {
    cells->emplace_back();
    RETURN_IF_ERROR(Cell(&cells->back()));
    const int c = Take();
    if (c == ',') continue;
    if (c == '\r' && Peek() == '\n') Take();
    if (c != kEnd) ++line_;
    return true;
  }
}

absl::Status CsvReader::Cell(std::string* cell) {
  if (Peek() == '"') return Quoted(cell);
  while (Peek() != kEnd && !EndsCell(Peek())) {
    // As much as the block has of it.
    const size_t end = std::min(rest_.find_first_of(",\r\n"), rest_.size());
    cell->append(rest_.data(), end);
    rest_.remove_prefix(end);
    size_ += end;
    if (size_ > kLongestRecord) return TooLong();
  }
  return absl::OkStatus();
}

absl::Status CsvReader::Quoted(std::string* cell) {
  const int64_t opened = line_;
  Take();
  for (;;) {
    if (size_ > kLongestRecord) return TooLong();
    const int c = Take();
    if (c == kEnd) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", opened, ": the quote that begins here is never closed"));
    }
    if (c == '\n') ++line_;
    if (c != '"') {
      *cell += static_cast<char>(c);
    } else if (Peek() == '"') {
      *cell += '"';
      Take();
    } else {
      break;
    }
  }
  if (Peek() != kEnd && !EndsCell(Peek())) {
    return absl::InvalidArgumentError(
        absl::StrCat("line ", line_, ": text follows a closing quote; double quotes inside text"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Csv> ParseCsv(absl::string_view text) {
  EncodingGuess guess;
  guess.Look(text);
  absl::ConsumePrefix(&text, kByteOrderMark);
  CsvReader reader(text);
  Csv csv;
  ASSIGN_OR_RETURN(const bool any, reader.Next(&csv.header));
  if (!any) return absl::InvalidArgumentError("the file is empty; it needs a header row");
  const auto decode = [&](std::string* cell) -> absl::Status {
    absl::StatusOr<std::string> decoded = ToUtf8(*cell, guess.Best());
    if (!decoded.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", reader.line(), ": ", decoded.status().message()));
    }
    *cell = *std::move(decoded);
    return absl::OkStatus();
  };
  for (std::string& name : csv.header) RETURN_IF_ERROR(decode(&name));
  RETURN_IF_ERROR(CheckColumns(csv.header, 1));
  for (std::vector<std::string> cells;;) {
    ASSIGN_OR_RETURN(const bool more, reader.Next(&cells));
    if (!more) return csv;
    if (IsEmptyLine(cells)) continue;
    if (cells.size() != csv.header.size()) {
      return absl::InvalidArgumentError(absl::StrCat("line ", reader.line(), " has ", cells.size(),
                                                     " cells, the header ", csv.header.size()));
    }
    Csv::Row row;
    row.line = reader.line();
    for (size_t i = 0; i < cells.size(); ++i) {
      RETURN_IF_ERROR(decode(&cells[i]));
      row.cells[csv.header[i]] = std::move(cells[i]);
    }
    csv.rows.push_back(std::move(row));
  }
}

absl::StatusOr<std::unique_ptr<RowSource>> OpenCsv(const std::string& path,
                                                   std::optional<Encoding> encoding) {
  auto source = std::make_unique<CsvSource>();
  RETURN_IF_ERROR(source->Open(path, encoding));
  return source;
}

std::string CsvLine(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& cell : cells) {
    if (&cell != &cells.front()) line += ',';
    const bool plain = cell.find_first_of(",\"\r\n") == std::string::npos &&
                       !absl::StartsWith(cell, " ") && !absl::EndsWith(cell, " ");
    if (plain && !(cells.size() == 1 && cell.empty())) {
      line += cell;
      continue;
    }
    line += '"';
    for (const char c : cell) {
      if (c == '"') line += '"';
      line += c;
    }
    line += '"';
  }
  return line + "\n";
}

}  // namespace salesops::ctl
