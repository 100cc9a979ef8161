#include "services/organization/api/references.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/organization/store/rows.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::organization::api {

References::Target& References::TargetOf(const Referable& to) {
  Target& target = by_table_[to.table];
  target.collection = to.collection;
  return target;
}

void References::Add(const Referable& to, const std::string& id, const std::string& field,
                     resource::Write* write) {
  if (!id.empty()) TargetOf(to).references.push_back({id, field, write});
}

void References::AddCreated(const Referable& to, const std::string& id) {
  TargetOf(to).created.insert(id);
}

absl::Status References::Check(mysql::Transaction& tx) {
  for (const auto& [table, target] : by_table_) {
    std::set<std::string> ids;
    for (const Reference& reference : target.references) {
      if (target.created.count(reference.id) == 0) ids.insert(reference.id);
    }
    ASSIGN_OR_RETURN(const auto archived, store::FindReferenced(tx, table, ids));
    for (const Reference& reference : target.references) {
      if (target.created.count(reference.id) > 0) continue;
      const std::string name = absl::StrCat(target.collection, "/", reference.id);
      auto found = archived.find(reference.id);
      if (found == archived.end()) {
        reference.write->violations.Add(reference.field, "BAD_REFERENCE",
                                        absl::StrCat("refers to ", name, ", which does not exist"));
      } else if (found->second) {
        Refuse(reference.write,
               status::FailedPrecondition(
                   "ARCHIVED", name,
                   absl::StrCat(reference.field, " refers to ", name,
                                ", which is archived; unarchive it or choose another")));
      }
    }
  }
  return absl::OkStatus();
}

void Refuse(resource::Write* write, absl::Status reason) {
  if (write->refused.ok()) write->refused = std::move(reason);
}

}  // namespace salesops::organization::api
