#include "tools/salesopsctl/row_source.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "shared/status/macros.h"
#include "tools/salesopsctl/csv.h"
#include "tools/salesopsctl/exit_code.h"
#include "tools/salesopsctl/json_lines.h"
#include "tools/salesopsctl/xlsx.h"

namespace salesops::ctl {

absl::StatusOr<FileFormat> FormatOf(const std::string& path, const SourceOptions& options) {
  std::string name = options.format;
  if (name.empty()) {
    name = absl::AsciiStrToLower(std::filesystem::path(path).extension().string());
    if (!name.empty()) name.erase(0, 1);
    if (name == "xlsx" || name == "xlsm") return FileFormat::kXlsx;
    if (name == "jsonl" || name == "ndjson") return FileFormat::kJsonLines;
    return FileFormat::kCsv;
  }
  if (name == "csv") return FileFormat::kCsv;
  if (name == "xlsx") return FileFormat::kXlsx;
  if (name == "jsonl") return FileFormat::kJsonLines;
  return UsageError(
      absl::StrCat("there is no input format \"", name, "\"; there are: csv, xlsx, jsonl"));
}

absl::StatusOr<std::unique_ptr<RowSource>> OpenRowSource(const std::string& path,
                                                         const SourceOptions& options) {
  ASSIGN_OR_RETURN(const FileFormat format, FormatOf(path, options));
  ASSIGN_OR_RETURN(const std::optional<Encoding> encoding, ParseEncoding(options.encoding));
  if (!options.sheet.empty() && format != FileFormat::kXlsx) {
    return UsageError("--sheet is of a workbook (xlsx)");
  }
  switch (format) {
    case FileFormat::kXlsx:
      return OpenXlsx(path, options.sheet);
    case FileFormat::kJsonLines:
      return OpenJsonLines(path, encoding, options.columns);
    case FileFormat::kCsv:
      break;
  }
  return OpenCsv(path, encoding);
}

const std::vector<std::string>& RejectColumns() {
  static const auto* columns = new std::vector<std::string>{"row", "field", "reason", "message"};
  return *columns;
}

bool TakeRejectColumns(std::vector<std::string>* columns) {
  const auto& ours = RejectColumns();
  if (columns->size() <= ours.size() ||
      !std::equal(ours.begin(), ours.end(), columns->end() - static_cast<int>(ours.size()))) {
    return false;
  }
  columns->resize(columns->size() - ours.size());
  return true;
}

absl::Status CheckColumns(const std::vector<std::string>& columns, int64_t line) {
  std::set<std::string> names;
  for (const std::string& name : columns) {
    if (name.empty() || !names.insert(name).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", line, ": column \"", name, "\" is empty or stands twice"));
    }
  }
  return absl::OkStatus();
}

}  // namespace salesops::ctl
