#pragma once

// Mapping files: the columns of one's own tables as import rows (tools/mappings/README.md says how
// to write one).
//
//   ASSIGN_OR_RETURN(auto mapping, Mapping::Parse(text, "data/crm", read_file));
//   ASSIGN_OR_RETURN(RowMapper mapper, RowMapper::For(*mapping->Find("accounts"), columns));
//   Filled filled = mapper.Map(record, lookups);
//
// Thread-safety: immutable once parsed.

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "tools/salesopsctl/row_source.h"
#include "tools/salesopsctl/row_template.h"

namespace salesops::ctl {

class Mapping {
 public:
  using ReadFile = std::function<absl::StatusOr<std::string>(const std::string& path)>;

  // `folder` is where files that `allowed` and `lookups` name are read from. INVALID_ARGUMENT names
  // what is wrong in the mapping file, down to a key that is not known.
  static absl::StatusOr<std::unique_ptr<const Mapping>> Parse(const std::string& text,
                                                              const std::string& folder,
                                                              const ReadFile& read_file);
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  struct Import {
    std::string name;
    std::string file;
    std::string collection;
    SourceOptions options;  // how the file is read, unless the command line says otherwise
    RowTemplate row;
    std::set<std::string> ignored;
    bool distinct = false;
  };
  const std::string& source() const { return source_; }
  const std::vector<Import>& imports() const { return imports_; }
  const Import* Find(const std::string& name) const;
  const std::map<std::string, Lookup>& lookups() const { return tables_.lookups; }
  // Every byte that the rows depend on besides their own file.
  const std::string& fingerprint() const { return fingerprint_; }

 private:
  Mapping() = default;
  absl::Status ReadTables(const nlohmann::ordered_json& file, const std::string& folder,
                          const ReadFile& read_file);
  absl::Status ReadLookup(const std::string& name, const nlohmann::ordered_json& entry,
                          const std::string& folder, const ReadFile& read_file);
  absl::Status ReadImport(const std::string& name, const nlohmann::ordered_json& entry);

  std::string source_, fingerprint_;
  Tables tables_;
  std::vector<Import> imports_;
};

// One import's template over the columns of one file.
class RowMapper {
 public:
  // INVALID_ARGUMENT if the mapping uses a column that the file lacks, or the file has one that is
  // neither used nor ignored. `import` must outlive it.
  static absl::StatusOr<RowMapper> For(const Mapping::Import& import,
                                       const std::vector<std::string>& columns);
  // A row of which nothing is left is rejected.
  Filled Map(const Record& record, ServerLookups& lookups) const;

 private:
  explicit RowMapper(const Mapping::Import& import) : import_(import) {}

  const Mapping::Import& import_;
  std::vector<size_t> places_;  // of the template's columns among the file's
};

}  // namespace salesops::ctl
