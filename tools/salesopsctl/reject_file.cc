#include "tools/salesopsctl/reject_file.h"

#include <filesystem>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "shared/status/macros.h"
#include "tools/salesopsctl/csv.h"

namespace salesops::ctl {
namespace {

using nlohmann::ordered_json;

// row, field, reason, message; several reasons in one cell each.
std::vector<std::string> WhyCells(const Record& record, const std::vector<Rejection>& rejections) {
  std::vector<std::string> cells = {absl::StrCat(record.row), "", "", ""};
  for (size_t i = 0; i < rejections.size(); ++i) {
    const char* separator = i == 0 ? "" : "; ";
    absl::StrAppend(&cells[1], separator, rejections[i].field);
    absl::StrAppend(&cells[2], separator, rejections[i].reason);
    absl::StrAppend(&cells[3], separator, rejections[i].message);
  }
  return cells;
}

// Text of ours in the file's encoding. What a server said may hold anything.
std::string Encoded(const std::string& text, Encoding encoding) {
  const absl::StatusOr<std::string> bytes = FromUtf8(text, encoding);
  return bytes.ok() ? *bytes : "(not text)";
}

std::string JsonLineOf(const Record& record, const std::vector<std::string>& why) {
  ordered_json line = record.value;
  for (size_t i = 0; i < why.size(); ++i) line[RejectColumns()[i]] = why[i];
  line["row"] = record.row;
  return line.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

// "客户.rejects-2" -> "客户"
std::string WithoutRejects(const std::string& stem) {
  const size_t at = stem.rfind(".rejects");
  if (at == std::string::npos || at == 0) return stem;
  std::string rest = stem.substr(at + std::string(".rejects").size());
  if (!rest.empty() && rest[0] == '-') rest.erase(0, 1);
  for (const char c : rest) {
    if (!absl::ascii_isdigit(c)) return stem;
  }
  return stem.substr(0, at);
}

}  // namespace

absl::Status RejectFile::Failed() const {
  return absl::UnknownError(absl::StrCat("cannot write \"", path_, "\""));
}

absl::Status RejectFile::GoOn(int64_t bytes) {
  if (bytes == 0) return absl::OkStatus();
  std::error_code error;
  const auto size = std::filesystem::file_size(path_, error);
  if (error || static_cast<int64_t>(size) < bytes) {
    return absl::FailedPreconditionError(
        absl::StrCat("\"", path_,
                     "\", which the interrupted import wrote, is gone or was changed; "
                     "--restart begins again"));
  }
  std::filesystem::resize_file(path_, static_cast<uintmax_t>(bytes), error);
  out_.open(path_, std::ios::binary | std::ios::app);
  if (error || !out_) return Failed();
  bytes_ = bytes;
  return absl::OkStatus();
}

absl::Status RejectFile::Add(const Record& record, const std::vector<Rejection>& rejections) {
  const bool table = source_.format() != FileFormat::kJsonLines;
  if (!out_.is_open()) {
    out_.open(path_, std::ios::binary | std::ios::trunc);
    if (!out_) return Failed();
    if (source_.has_mark()) RETURN_IF_ERROR(Write(kByteOrderMark));
    if (table) {
      std::vector<std::string> header = source_.columns();
      header.insert(header.end(), RejectColumns().begin(), RejectColumns().end());
      for (std::string& name : header) name = Encoded(name, source_.encoding());
      RETURN_IF_ERROR(Write(CsvLine(header)));
    }
  }
  const std::vector<std::string> why = WhyCells(record, rejections);
  if (!table) return Write(Encoded(JsonLineOf(record, why), source_.encoding()));
  std::vector<std::string> cells = record.original.empty() ? record.cells : record.original;
  for (const std::string& each : why) cells.push_back(Encoded(each, source_.encoding()));
  return Write(CsvLine(cells));
}

absl::Status RejectFile::Write(const std::string& line) {
  out_ << line;
  bytes_ += static_cast<int64_t>(line.size());
  return out_ ? absl::OkStatus() : Failed();
}

absl::Status RejectFile::Flush() {
  if (out_.is_open()) out_.flush();
  return out_ ? absl::OkStatus() : Failed();
}

std::string FreeRejectPath(const std::string& input, FileFormat format) {
  const std::filesystem::path path(input);
  const std::string stem = WithoutRejects(path.stem().string());
  const char* extension = format == FileFormat::kJsonLines ? ".jsonl" : ".csv";
  for (int i = 1;; ++i) {
    const std::filesystem::path candidate =
        path.parent_path() /
        absl::StrCat(stem, ".rejects", i == 1 ? "" : absl::StrCat("-", i), extension);
    std::error_code error;
    if (!std::filesystem::exists(candidate, error)) return candidate.string();
  }
}

}  // namespace salesops::ctl
