#include "tools/salesopsctl/json_lines.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "shared/status/macros.h"

namespace salesops::ctl {
namespace {

using nlohmann::ordered_json;

// A cell as a person would have typed it.
std::string CellText(const ordered_json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return value.dump();
  std::string text;
  for (const ordered_json& element : value) {
    if (element.is_structured()) return value.dump();
    absl::StrAppend(&text, text.empty() ? "" : "\n", CellText(element));
  }
  return text;
}

void Flatten(const ordered_json& object, const std::string& prefix,
             std::vector<std::pair<std::string, std::string>>* cells) {
  for (const auto& [key, value] : object.items()) {
    const std::string name = prefix.empty() ? key : absl::StrCat(prefix, ".", key);
    if (value.is_object()) {
      Flatten(value, name, cells);
    } else {
      cells->emplace_back(name, CellText(value));
    }
  }
}

class JsonLinesSource final : public RowSource {
 public:
  JsonLinesSource(std::string path, std::optional<Encoding> encoding)
      : RowSource(FileFormat::kJsonLines), path_(std::move(path)) {
    encoding_ = encoding.value_or(Encoding::kUtf8);
  }

  absl::Status Open(bool columns) {
    RETURN_IF_ERROR(Rewind());
    if (!columns) return absl::OkStatus();
    for (;;) {
      ASSIGN_OR_RETURN(std::optional<Record> record, Next());
      if (!record) break;
      std::vector<std::pair<std::string, std::string>> cells;
      Flatten(record->value, "", &cells);
      for (auto& [name, text] : cells) {
        if (!places_.emplace(name, columns_.size()).second) continue;
        columns_.push_back(name);
      }
    }
    return Rewind();
  }

  absl::StatusOr<std::optional<Record>> Next() override {
    for (std::string line; std::getline(in_, line);) {
      ++line_;
      if (line_ == 1 && absl::StartsWith(line, kByteOrderMark)) {
        has_mark_ = true;
        line.erase(0, 3);
      }
      if (absl::StripAsciiWhitespace(line).empty()) continue;
      ASSIGN_OR_RETURN(Record record, Read(line));
      return std::optional<Record>(std::move(record));
    }
    return std::optional<Record>();
  }

 private:
  absl::Status Rewind() {
    in_ = std::ifstream(path_, std::ios::binary);
    line_ = 0;
    std::error_code error;
    if (in_ && !std::filesystem::is_directory(path_, error)) return absl::OkStatus();
    return absl::NotFoundError(absl::StrCat("cannot read \"", path_, "\""));
  }

  absl::StatusOr<Record> Read(const std::string& line) const {
    const absl::StatusOr<std::string> text = ToUtf8(line, encoding_);
    if (!text.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", line_, ": ", text.status().message()));
    }
    Record record;
    record.row = line_;
    record.value = ordered_json::parse(*text, nullptr, false);
    if (!record.value.is_object()) {
      return absl::InvalidArgumentError(absl::StrCat("line ", line_, " is not a JSON object"));
    }
    const bool rejected =
        std::all_of(RejectColumns().begin(), RejectColumns().end(),
                    [&](const std::string& name) { return record.value.contains(name); });
    if (rejected) {
      for (const std::string& name : RejectColumns()) record.value.erase(name);
    }
    if (places_.empty()) return record;
    record.cells.resize(columns_.size());
    std::vector<std::pair<std::string, std::string>> cells;
    Flatten(record.value, "", &cells);
    for (auto& [name, cell] : cells) {
      const auto place = places_.find(name);
      if (place != places_.end() && place->second < record.cells.size()) {
        record.cells[place->second] = std::move(cell);
      }
    }
    return record;
  }

  const std::string path_;
  std::ifstream in_;
  int64_t line_ = 0;
  std::map<std::string, size_t> places_;  // of columns
};

}  // namespace

absl::StatusOr<std::unique_ptr<RowSource>> OpenJsonLines(const std::string& path,
                                                         std::optional<Encoding> encoding,
                                                         bool columns) {
  auto source = std::make_unique<JsonLinesSource>(path, encoding);
  RETURN_IF_ERROR(source->Open(columns));
  return source;
}

}  // namespace salesops::ctl
