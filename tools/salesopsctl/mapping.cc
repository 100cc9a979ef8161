#include "tools/salesopsctl/mapping.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "shared/base/decimal.h"
#include "shared/status/macros.h"

namespace salesops::ctl {

using nlohmann::json;
using ordered_json = nlohmann::ordered_json;

namespace {

std::string Slug(const std::string& text) {
  std::string slug;
  for (char c : text) {
    if (absl::ascii_isalnum(c)) {
      slug += absl::ascii_tolower(c);
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  return std::string(absl::StripSuffix(slug, "-"));
}

// The parts of "teams/{regional_office|slug}": text and placeholders in turn.
struct Placeholder {
  std::string column;
  std::vector<std::string> filters;
};

absl::StatusOr<std::vector<std::pair<std::string, std::optional<Placeholder>>>> Split(
    const std::string& text) {
  std::vector<std::pair<std::string, std::optional<Placeholder>>> parts;
  size_t at = 0;
  while (at < text.size()) {
    const size_t open = text.find('{', at);
    if (open == std::string::npos) {
      parts.push_back({text.substr(at), std::nullopt});
      break;
    }
    const size_t close = text.find('}', open);
    if (close == std::string::npos) {
      return absl::InvalidArgumentError(absl::StrCat("\"", text, "\": a { is never closed"));
    }
    std::vector<std::string> pieces = absl::StrSplit(text.substr(open + 1, close - open - 1), '|');
    Placeholder placeholder{pieces[0], {pieces.begin() + 1, pieces.end()}};
    parts.push_back({text.substr(at, open - at), std::move(placeholder)});
    at = close + 1;
  }
  return parts;
}

// Every column that a template uses.
absl::Status CollectColumns(const json& value, std::set<std::string>* columns) {
  if (value.is_string()) {
    ASSIGN_OR_RETURN(auto parts, Split(value.get<std::string>()));
    for (const auto& [text, placeholder] : parts) {
      if (placeholder) columns->insert(placeholder->column);
    }
  }
  if (value.is_structured()) {
    for (const json& inner : value) RETURN_IF_ERROR(CollectColumns(inner, columns));
  }
  return absl::OkStatus();
}

}  // namespace

// Fills the template of one import from one row after another.
class RowMapper {
 public:
  RowMapper(const Mapping& mapping, MappedRows* result) : mapping_(mapping), result_(result) {}

  void BeginRow() { replaced_in_row_.clear(); }
  // nullopt: empty, to be left out. An error is a failure of the row.
  absl::StatusOr<std::optional<json>> Fill(const json& value, const Csv::Row& row) {
    if (value.is_string()) return Text(value.get<std::string>(), row);
    if (value.is_array()) return List(value, row);
    if (value.is_object()) return Object(value, row);
    return std::optional<json>(value);
  }

 private:
  absl::StatusOr<std::optional<json>> Object(const json& value, const Csv::Row& row) {
    json object = json::object();
    for (const auto& [key, inner] : value.items()) {
      ASSIGN_OR_RETURN(std::optional<json> filled, Fill(inner, row));
      if (filled) object[key] = *std::move(filled);
    }
    if (object.empty()) return std::optional<json>();
    return std::optional<json>(std::move(object));
  }

  // An element that lost any part is left out as a whole.
  absl::StatusOr<std::optional<json>> List(const json& value, const Csv::Row& row) {
    json list = json::array();
    for (const json& inner : value) {
      ASSIGN_OR_RETURN(std::optional<json> filled, Fill(inner, row));
      if (filled && Leaves(*filled) == Leaves(inner)) list.push_back(*std::move(filled));
    }
    if (list.empty()) return std::optional<json>();
    return std::optional<json>(std::move(list));
  }

  static size_t Leaves(const json& value) {
    if (!value.is_structured()) return 1;
    size_t n = 0;
    for (const json& inner : value) n += Leaves(inner);
    return n;
  }

  absl::StatusOr<std::optional<json>> Text(const std::string& text, const Csv::Row& row) {
    ASSIGN_OR_RETURN(auto parts, Split(text));
    std::string out;
    for (const auto& [literal, placeholder] : parts) {
      out += literal;
      if (!placeholder) continue;
      ASSIGN_OR_RETURN(const std::string value, Value(*placeholder, row));
      if (value.empty()) return std::optional<json>();
      out += value;
    }
    return std::optional<json>(std::move(out));
  }

  absl::StatusOr<std::string> Value(const Placeholder& placeholder, const Csv::Row& row) {
    auto cell = row.cells.find(placeholder.column);
    std::string value(absl::StripAsciiWhitespace(cell->second));
    for (const std::string& filter : placeholder.filters) {
      const std::pair<std::string, std::string> f = absl::StrSplit(filter, absl::MaxSplits(':', 1));
      if (f.first == "default") {
        if (value.empty()) value = f.second;
        continue;
      }
      if (value.empty()) continue;
      if (f.first == "slug") {
        value = Slug(value);
      } else if (f.first == "lower") {
        value = absl::AsciiStrToLower(value);
      } else if (f.first == "upper") {
        value = absl::AsciiStrToUpper(value);
      } else if (f.first == "value") {
        Replace(f.second, &value);
      } else if (f.first == "allowed") {
        const auto& list = mapping_.allowed_.at(f.second);
        if (list.count(value) == 0) {
          return absl::InvalidArgumentError(absl::StrCat(
              placeholder.column, ": \"", value, "\" is not among the allowed values of ", f.second,
              " (", absl::StrJoin(list, ", "), "); add it there, or a replacement under values"));
        }
      } else if (f.first == "times") {
        absl::StatusOr<base::Decimal> number = base::Decimal::Parse(value);
        absl::StatusOr<base::Decimal> factor = base::Decimal::Parse(f.second);
        if (!number.ok() || !factor.ok()) {
          return absl::InvalidArgumentError(
              absl::StrCat(placeholder.column, ": \"", value, "\" is not a number"));
        }
        value = (*number * *factor).ToCanonicalString();
      }
    }
    return value;
  }

  void Replace(const std::string& table, std::string* value) {
    const auto& replacements = mapping_.values_.at(table);
    auto found = replacements.find(*value);
    if (found == replacements.end() || found->second == *value) return;
    const std::string what = absl::StrCat(table, ": ", *value, " -> ", found->second);
    // A column that stands twice in the template is one replacement of the row.
    if (replaced_in_row_.insert(what).second) ++result_->replaced[what];
    *value = found->second;
  }

  const Mapping& mapping_;
  MappedRows* const result_;
  std::set<std::string> replaced_in_row_;
};

namespace {

// A filter that is misspelt, or a table that is not there, is told before any row is read.
absl::Status CheckFilters(const json& value,
                          const std::map<std::string, std::map<std::string, std::string>>& values,
                          const std::map<std::string, std::set<std::string>>& allowed) {
  if (value.is_structured()) {
    for (const json& inner : value) RETURN_IF_ERROR(CheckFilters(inner, values, allowed));
    return absl::OkStatus();
  }
  if (!value.is_string()) return absl::OkStatus();
  ASSIGN_OR_RETURN(auto parts, Split(value.get<std::string>()));
  for (const auto& [text, placeholder] : parts) {
    if (!placeholder) continue;
    for (const std::string& filter : placeholder->filters) {
      const std::pair<std::string, std::string> f = absl::StrSplit(filter, absl::MaxSplits(':', 1));
      static const auto* known = new std::set<std::string>{"slug",    "lower", "upper",  "value",
                                                           "allowed", "times", "default"};
      if (known->count(f.first) == 0) {
        return absl::InvalidArgumentError(absl::StrCat(
            "unknown filter \"", f.first, "\"; there are ", absl::StrJoin(*known, ", ")));
      }
      if (f.first == "value" && values.count(f.second) == 0) {
        return absl::InvalidArgumentError(absl::StrCat("values has no table \"", f.second, "\""));
      }
      if (f.first == "allowed" && allowed.count(f.second) == 0) {
        return absl::InvalidArgumentError(absl::StrCat("allowed has no list \"", f.second, "\""));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Mapping> Mapping::Parse(const std::string& text, const std::string& folder,
                                       const ReadFile& read_file) {
  const ordered_json file = ordered_json::parse(text, nullptr, false);
  if (!file.is_object() || !file.contains("imports") || !file["imports"].is_object()) {
    return absl::InvalidArgumentError(
        "the mapping file is not a JSON object with \"imports\"; see tools/mappings/README.md");
  }
  Mapping mapping;
  mapping.source_ = file.value("source", "");
  if (mapping.source_.empty()) return absl::InvalidArgumentError("\"source\" is missing");
  if (file.contains("values")) {
    for (const auto& [table, entries] : file["values"].items()) {
      for (const auto& [from, to] : entries.items()) mapping.values_[table][from] = to;
    }
  }
  if (file.contains("allowed")) {
    for (const auto& [list, where] : file["allowed"].items()) {
      const std::string path = folder + "/" + where.value("file", "");
      ASSIGN_OR_RETURN(const std::string content, read_file(path));
      ASSIGN_OR_RETURN(const Csv csv, ParseCsv(content));
      for (const Csv::Row& row : csv.rows) {
        auto cell = row.cells.find(where.value("column", ""));
        if (cell == row.cells.end()) {
          return absl::InvalidArgumentError(
              absl::StrCat("allowed.", list, ": ", path, " has no such column"));
        }
        mapping.allowed_[list].insert(cell->second);
      }
    }
  }
  for (const auto& [name, entry] : file["imports"].items()) {
    Import import;
    import.name = name;
    import.file = entry.value("file", "");
    import.collection = entry.value("collection", name);
    import.row = json(entry.value("row", ordered_json::object()));
    import.distinct = entry.value("distinct", false);
    if (entry.contains("ignored")) {
      for (const auto& column : entry["ignored"]) import.ignored.insert(column.get<std::string>());
    }
    const absl::Status checked = CheckFilters(import.row, mapping.values_, mapping.allowed_);
    if (!checked.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("imports.", name, ": ", checked.message()));
    }
    mapping.imports_.push_back(std::move(import));
  }
  return mapping;
}

const Mapping::Import* Mapping::Find(const std::string& name) const {
  for (const Import& import : imports_) {
    if (import.name == name) return &import;
  }
  return nullptr;
}

absl::StatusOr<MappedRows> Mapping::Apply(const Import& import, const Csv& csv) const {
  std::set<std::string> used;
  RETURN_IF_ERROR(CollectColumns(import.row, &used));
  const std::set<std::string> header(csv.header.begin(), csv.header.end());
  for (const std::string& column : used) {
    if (header.count(column) == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("the mapping uses column \"", column, "\", which the file does not have"));
    }
  }
  for (const std::string& column : header) {
    if (used.count(column) == 0 && import.ignored.count(column) == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("column \"", column,
                       "\" is neither used nor listed under \"ignored\": map it, or ignore "
                       "it on purpose"));
    }
  }
  MappedRows result;
  RowMapper mapper(*this, &result);
  std::set<std::string> seen;
  for (const Csv::Row& row : csv.rows) {
    mapper.BeginRow();
    absl::StatusOr<std::optional<json>> filled = mapper.Fill(import.row, row);
    if (!filled.ok()) {
      result.failures.push_back({row.line, "", std::string(filled.status().message())});
    } else if (!*filled) {
      result.failures.push_back({row.line, "", "nothing is left of the row"});
    } else if (import.distinct && !seen.insert((*filled)->dump()).second) {
      ++result.repeated;
    } else {
      result.rows.push_back({row.line, **std::move(filled)});
    }
  }
  return result;
}

}  // namespace salesops::ctl
