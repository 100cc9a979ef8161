#pragma once

// Mapping files: the columns of one's own CSV as import rows (tools/mappings/README.md says how to
// write one).
//
//   ASSIGN_OR_RETURN(Mapping mapping, Mapping::Parse(text, "data/crm", read_file));
//   ASSIGN_OR_RETURN(MappedRows rows, mapping.Apply("accounts", csv));
//
// Thread-safety: immutable once parsed.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "tools/salesopsctl/csv.h"

namespace salesops::ctl {

struct RowFailure {
  int64_t line = 0;  // of the CSV file
  std::string field;
  std::string message;
};

struct MappedRows {
  struct Row {
    int64_t line = 0;
    nlohmann::json value;  // an Imported… row without row_number
  };
  std::vector<Row> rows;
  std::vector<RowFailure> failures;         // rows that did not come through the mapping
  int64_t repeated = 0;                     // rows equal to an earlier one (`distinct`)
  std::map<std::string, int64_t> replaced;  // "product: GTXPro -> GTX Pro" -> how often
};

class Mapping {
 public:
  using ReadFile = std::function<absl::StatusOr<std::string>(const std::string& path)>;

  // `folder` is where files that `allowed` names are read from. INVALID_ARGUMENT names what is
  // wrong in the mapping file.
  static absl::StatusOr<Mapping> Parse(const std::string& text, const std::string& folder,
                                       const ReadFile& read_file);

  struct Import {
    std::string name;
    std::string file;
    std::string collection;
    nlohmann::json row;
    std::set<std::string> ignored;
    bool distinct = false;
  };
  const std::string& source() const { return source_; }
  const std::vector<Import>& imports() const { return imports_; }
  const Import* Find(const std::string& name) const;

  // INVALID_ARGUMENT if the mapping uses a column that the file lacks, or the file has one that is
  // neither used nor ignored.
  absl::StatusOr<MappedRows> Apply(const Import& import, const Csv& csv) const;

 private:
  std::string source_;
  std::map<std::string, std::map<std::string, std::string>> values_;
  std::map<std::string, std::set<std::string>> allowed_;
  std::vector<Import> imports_;

  friend class RowMapper;
};

}  // namespace salesops::ctl
