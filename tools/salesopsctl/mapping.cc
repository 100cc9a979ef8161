#include "tools/salesopsctl/mapping.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "shared/status/macros.h"
#include "tools/salesopsctl/csv.h"
#include "tools/salesopsctl/transforms.h"

namespace salesops::ctl {

using nlohmann::json;
using nlohmann::ordered_json;

namespace {

absl::Status Wrong(const std::string& where, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(where, ": ", what));
}

// An object with these keys and no others.
absl::Status CheckKeys(const std::string& where, const ordered_json& value,
                       const std::vector<std::string>& known) {
  if (!value.is_object()) return Wrong(where, "is not a JSON object");
  for (const auto& [key, inner] : value.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    return Wrong(where,
                 absl::StrCat("unknown key \"", key, "\"; there are ", absl::StrJoin(known, ", ")));
  }
  return absl::OkStatus();
}

// The text of a key; `fallback` if it is not there.
absl::StatusOr<std::string> TextOf(const std::string& where, const ordered_json& value,
                                   const std::string& key, const std::string& fallback = "") {
  if (!value.contains(key)) return fallback;
  if (value[key].is_string()) return value[key].get<std::string>();
  return Wrong(absl::StrCat(where, ".", key), "is not a text");
}

absl::StatusOr<bool> BoolOf(const std::string& where, const ordered_json& value,
                            const std::string& key) {
  if (!value.contains(key)) return false;
  if (value[key].is_boolean()) return value[key].get<bool>();
  return Wrong(absl::StrCat(where, ".", key), "is not true or false");
}

absl::StatusOr<std::map<std::string, std::string>> TableOf(const std::string& where,
                                                           const ordered_json& value) {
  if (!value.is_object()) return Wrong(where, "is not a JSON object");
  std::map<std::string, std::string> table;
  for (const auto& [from, to] : value.items()) {
    if (!to.is_string()) return Wrong(absl::StrCat(where, ".", from), "is not a text");
    table[from] = to.get<std::string>();
  }
  return table;
}

// Rows of a CSV beside the imported one, with `columns` in it.
absl::StatusOr<Csv> ReadTable(const std::string& where, const std::string& path,
                              const std::vector<std::string>& columns,
                              const Mapping::ReadFile& read_file, std::string* fingerprint) {
  ASSIGN_OR_RETURN(const std::string content, read_file(path));
  absl::StrAppend(fingerprint, content.size(), "\n", content);
  absl::StatusOr<Csv> csv = ParseCsv(content);
  if (!csv.ok()) return Wrong(where, absl::StrCat(path, ": ", csv.status().message()));
  for (const std::string& column : columns) {
    if (std::find(csv->header.begin(), csv->header.end(), column) == csv->header.end()) {
      return Wrong(where, absl::StrCat(path, " has no such column \"", column, "\""));
    }
  }
  return csv;
}

}  // namespace

absl::StatusOr<std::unique_ptr<const Mapping>> Mapping::Parse(const std::string& text,
                                                              const std::string& folder,
                                                              const ReadFile& read_file) {
  const ordered_json file = ordered_json::parse(text, nullptr, false);
  if (!file.is_object() || !file.contains("imports") || !file["imports"].is_object()) {
    return absl::InvalidArgumentError(
        "the mapping file is not a JSON object with \"imports\"; see tools/mappings/README.md");
  }
  RETURN_IF_ERROR(CheckKeys(
      "the mapping file", file,
      {"source", "today", "timeZone", "values", "allowed", "lookups", "imports", "comment"}));
  std::unique_ptr<Mapping> mapping(new Mapping());
  mapping->fingerprint_ = absl::StrCat(text.size(), "\n", text);
  ASSIGN_OR_RETURN(mapping->source_, TextOf("the mapping file", file, "source"));
  if (mapping->source_.empty()) return absl::InvalidArgumentError("\"source\" is missing");
  RETURN_IF_ERROR(mapping->ReadTables(file, folder, read_file));
  for (const auto& [name, entry] : file["imports"].items()) {
    const absl::Status read = mapping->ReadImport(name, entry);
    if (!read.ok()) return Wrong(absl::StrCat("imports.", name), std::string(read.message()));
  }
  return mapping;
}

absl::Status Mapping::ReadTables(const ordered_json& file, const std::string& folder,
                                 const ReadFile& read_file) {
  ASSIGN_OR_RETURN(const std::string zone, TextOf("the mapping file", file, "timeZone"));
  if (!zone.empty()) {
    absl::TimeZone loaded;
    if (!absl::LoadTimeZone(zone, &loaded)) {
      return Wrong("timeZone", absl::StrCat("there is no \"", zone, "\"; write Asia/Shanghai"));
    }
    tables_.zone = loaded;
  }
  const ordered_json none = ordered_json::object();
  const ordered_json values = file.value("values", none);
  const ordered_json allowed = file.value("allowed", none);
  const ordered_json lookups = file.value("lookups", none);
  if (!values.is_object()) return Wrong("values", "is not a JSON object");
  if (!allowed.is_object()) return Wrong("allowed", "is not a JSON object");
  if (!lookups.is_object()) return Wrong("lookups", "is not a JSON object");
  for (const auto& [table, entries] : values.items()) {
    ASSIGN_OR_RETURN(tables_.values[table], TableOf(absl::StrCat("values.", table), entries));
  }
  for (const auto& [list, entry] : allowed.items()) {
    const std::string where = absl::StrCat("allowed.", list);
    RETURN_IF_ERROR(CheckKeys(where, entry, {"file", "column"}));
    ASSIGN_OR_RETURN(const std::string name, TextOf(where, entry, "file"));
    ASSIGN_OR_RETURN(const std::string column, TextOf(where, entry, "column"));
    ASSIGN_OR_RETURN(const Csv csv, ReadTable(where, absl::StrCat(folder, "/", name), {column},
                                              read_file, &fingerprint_));
    for (const Csv::Row& row : csv.rows) tables_.allowed[list].insert(row.cells.at(column));
  }
  for (const auto& [name, entry] : lookups.items()) {
    RETURN_IF_ERROR(ReadLookup(name, entry, folder, read_file));
  }
  return absl::OkStatus();
}

absl::Status Mapping::ReadLookup(const std::string& name, const ordered_json& entry,
                                 const std::string& folder, const ReadFile& read_file) {
  const std::string where = absl::StrCat("lookups.", name);
  if (!entry.is_object()) return Wrong(where, "is not a JSON object");
  Lookup& lookup = tables_.lookups[name];
  if (entry.contains("values")) {
    RETURN_IF_ERROR(CheckKeys(where, entry, {"values"}));
    ASSIGN_OR_RETURN(const auto table, TableOf(where + ".values", entry["values"]));
    for (const auto& [from, to] : table) lookup.table[from] = to;
    return absl::OkStatus();
  }
  if (entry.contains("file")) {
    RETURN_IF_ERROR(CheckKeys(where, entry, {"file", "key", "value"}));
    ASSIGN_OR_RETURN(const std::string file, TextOf(where, entry, "file"));
    ASSIGN_OR_RETURN(const std::string key, TextOf(where, entry, "key"));
    ASSIGN_OR_RETURN(const std::string value, TextOf(where, entry, "value"));
    ASSIGN_OR_RETURN(const Csv csv, ReadTable(where, absl::StrCat(folder, "/", file), {key, value},
                                              read_file, &fingerprint_));
    for (const Csv::Row& row : csv.rows) {
      const std::string to = Trimmed(row.cells.at(value));
      const auto [at, added] = lookup.table.emplace(Trimmed(row.cells.at(key)), to);
      if (!added && at->second != to) at->second = std::nullopt;
    }
    return absl::OkStatus();
  }
  if (!entry.contains("collection")) {
    return Wrong(where, "has neither \"values\", nor \"file\", nor \"collection\"");
  }
  RETURN_IF_ERROR(CheckKeys(where, entry, {"collection", "by", "source"}));
  ASSIGN_OR_RETURN(lookup.collection, TextOf(where, entry, "collection"));
  ASSIGN_OR_RETURN(const std::string by, TextOf(where, entry, "by"));
  ASSIGN_OR_RETURN(lookup.source, TextOf(where, entry, "source", source_));
  lookup.by_display_name = by == "displayName";
  if (by != "displayName" && by != "externalKey") {
    return Wrong(where + ".by", "is displayName or externalKey");
  }
  return absl::OkStatus();
}

absl::Status Mapping::ReadImport(const std::string& name, const ordered_json& entry) {
  RETURN_IF_ERROR(CheckKeys("the import", entry,
                            {"file", "format", "encoding", "sheet", "collection", "row", "ignored",
                             "distinct", "comment"}));
  ASSIGN_OR_RETURN(RowTemplate row,
                   RowTemplate::Parse(json(entry.value("row", ordered_json::object())), tables_));
  Import import{.name = name, .row = std::move(row)};
  ASSIGN_OR_RETURN(import.file, TextOf("the import", entry, "file"));
  ASSIGN_OR_RETURN(import.collection, TextOf("the import", entry, "collection", name));
  ASSIGN_OR_RETURN(import.options.format, TextOf("the import", entry, "format"));
  ASSIGN_OR_RETURN(import.options.encoding, TextOf("the import", entry, "encoding"));
  ASSIGN_OR_RETURN(import.options.sheet, TextOf("the import", entry, "sheet"));
  ASSIGN_OR_RETURN(import.distinct, BoolOf("the import", entry, "distinct"));
  for (const auto& column : entry.value("ignored", ordered_json::array())) {
    if (!column.is_string()) return Wrong("ignored", "is not a list of columns");
    import.ignored.insert(column.get<std::string>());
  }
  imports_.push_back(std::move(import));
  return absl::OkStatus();
}

const Mapping::Import* Mapping::Find(const std::string& name) const {
  for (const Import& import : imports_) {
    if (import.name == name) return &import;
  }
  return nullptr;
}

absl::StatusOr<RowMapper> RowMapper::For(const Mapping::Import& import,
                                         const std::vector<std::string>& columns) {
  RowMapper mapper(import);
  const std::vector<std::string>& used = import.row.columns();
  for (const std::string& column : used) {
    const auto place = std::find(columns.begin(), columns.end(), column);
    if (place == columns.end()) {
      return absl::InvalidArgumentError(absl::StrCat("the mapping uses column \"", column,
                                                     "\", which the file does not have; it has ",
                                                     absl::StrJoin(columns, ", ")));
    }
    mapper.places_.push_back(static_cast<size_t>(place - columns.begin()));
  }
  for (const std::string& column : columns) {
    if (std::find(used.begin(), used.end(), column) == used.end() &&
        import.ignored.count(column) == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("column \"", column,
                       "\" is neither used nor listed under \"ignored\": map it, or ignore "
                       "it on purpose"));
    }
  }
  return mapper;
}

Filled RowMapper::Map(const Record& record, ServerLookups& lookups) const {
  std::vector<const std::string*> values;
  values.reserve(places_.size());
  for (const size_t place : places_) values.push_back(&record.cells[place]);
  Filled filled = import_.row.Fill(values, lookups);
  if (filled.value.is_null() && filled.rejections.empty() && !filled.pending) {
    filled.rejections.push_back({"", "EMPTY", "nothing is left of the row"});
  }
  return filled;
}

}  // namespace salesops::ctl
