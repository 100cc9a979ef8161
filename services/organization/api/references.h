#pragma once

// What changes newly refer to: collected over all changes of a transaction, then asked for by one
// query for each table. A reference to what does not exist is a violation (BAD_REFERENCE); one to
// what is archived refuses the change (ARCHIVED).
//
//   References references;
//   references.Add(kTeams, after.team_id, "team", change.write);
//   RETURN_IF_ERROR(references.Check(tx));
//
// Thread-safety: for one thread.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "shared/mysql/database.h"
#include "shared/resource/standard_methods.h"

namespace salesops::organization::api {

// A collection that is referred to, and the table that holds it.
struct Referable {
  const char* collection;
  const char* table;
};
inline constexpr Referable kDepartments = {"departments", "department"};
inline constexpr Referable kTeams = {"teams", "team"};
inline constexpr Referable kJobRoles = {"jobRoles", "job_role"};
inline constexpr Referable kSellers = {"sellers", "seller"};
inline constexpr Referable kAccessRoles = {"accessRoles", "access_role"};

class References {
 public:
  // An empty id refers to nothing. `field` is relative to the resource.
  void Add(const Referable& to, const std::string& id, const std::string& field,
           resource::Write* write);
  // This transaction creates it: it may be referred to.
  void AddCreated(const Referable& to, const std::string& id);
  absl::Status Check(mysql::Transaction& tx);

 private:
  struct Reference {
    std::string id;
    std::string field;
    resource::Write* write;
  };
  struct Target {
    std::string collection;
    std::vector<Reference> references;
    std::set<std::string> created;
  };
  Target& TargetOf(const Referable& to);

  std::map<std::string, Target> by_table_;
};

// Refuses a change unless it is refused already.
void Refuse(resource::Write* write, absl::Status reason);

}  // namespace salesops::organization::api
