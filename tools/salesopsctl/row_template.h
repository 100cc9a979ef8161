#pragma once

// The `row` of a mapping file: JSON whose texts have columns in braces, filled from one row after
// another (tools/mappings/README.md describes it).
//
//   ASSIGN_OR_RETURN(RowTemplate row, RowTemplate::Parse(json, tables));
//   Filled filled = row.Fill(values, lookups);
//
// Thread-safety: immutable once parsed.

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "tools/salesopsctl/row_source.h"

namespace salesops::ctl {

// A text that stands for another one, and where that is known.
struct Lookup {
  // In the mapping file, or in a file beside it. nullopt: several rows give it different values.
  std::map<std::string, std::optional<std::string>> table;
  // On the server, if there is a collection: the name of the resource with this display name, or
  // external key of `source`.
  std::string collection;
  bool by_display_name = false;
  std::string source;
};

// What the texts of a template may name.
struct Tables {
  std::map<std::string, std::map<std::string, std::string>> values;
  std::map<std::string, std::set<std::string>> allowed;
  std::map<std::string, Lookup> lookups;
  std::optional<absl::TimeZone> zone;
};

// Answers of the server to the lookups that need it.
class ServerLookups {
 public:
  struct Answer {
    enum { kNotAsked, kFound, kNotFound, kAmbiguous } kind = kNotAsked;
    std::string name;
  };
  virtual ~ServerLookups() = default;
  // One that was not asked before is remembered, to be asked together with others.
  virtual Answer Find(const std::string& lookup, const std::string& key) = 0;
};

struct Filled {
  nlohmann::json value;                // null: nothing is left of the row
  std::vector<Rejection> rejections;   // not empty: the value is of no use
  std::set<std::string> replacements;  // "product: GTXPro -> GTX Pro"
  bool pending = false;                // a lookup was not asked yet; fill it again afterwards
};

class RowTemplate {
 public:
  // `tables` must outlive it. INVALID_ARGUMENT names what is wrong.
  static absl::StatusOr<RowTemplate> Parse(const nlohmann::json& row, const Tables& tables);
  ~RowTemplate();
  RowTemplate(RowTemplate&&) noexcept;
  RowTemplate& operator=(RowTemplate&&) noexcept;

  // Every column it uses, each once.
  const std::vector<std::string>& columns() const;
  // `values` in the order of columns().
  Filled Fill(const std::vector<const std::string*>& values, ServerLookups& lookups) const;

  // What each field is made of: "account.displayName" and "{客户名称}".
  struct Leaf {
    std::string path, text;
    std::vector<std::string> columns;
  };
  std::vector<Leaf> Leaves() const;

 private:
  struct Tree;
  explicit RowTemplate(std::unique_ptr<const Tree> tree);
  std::unique_ptr<const Tree> tree_;
};

}  // namespace salesops::ctl
