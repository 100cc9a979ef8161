#include "services/organization/store/rows.h"

#include "absl/strings/str_cat.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::organization::store {

absl::Status LockGuard(mysql::Transaction& tx, const std::string& guard) {
  ASSIGN_OR_RETURN(auto locked,
                   tx.QueryOne("SELECT name FROM consistency_guard WHERE name = ? FOR UPDATE",
                               {guard}, [](mysql::Row& row) { return row.String(0); }));
  if (!locked) return status::Internal(absl::StrCat("no guard named ", guard));
  return absl::OkStatus();
}

absl::StatusOr<std::map<std::string, bool>> FindReferenced(mysql::Transaction& tx,
                                                           const std::string& table,
                                                           const std::set<std::string>& ids) {
  std::map<std::string, bool> archived;
  if (ids.empty()) return archived;
  mysql::Params params;
  const std::string list = InList(ids, &params);
  RETURN_IF_ERROR(
      tx.ForEach(absl::StrCat("SELECT id, archive_time FROM ", table, " WHERE id IN ", list,
                              " ORDER BY id LIMIT ", ids.size(), " LOCK IN SHARE MODE"),
                 params, [&](mysql::Row& row) { archived[row.String(0)] = !row.IsNull(1); }));
  return archived;
}

std::string InList(const std::set<std::string>& values, mysql::Params* params) {
  if (values.empty()) return "(NULL)";
  std::string list;
  for (const std::string& value : values) {
    list += list.empty() ? "(?" : ",?";
    params->push_back(value);
  }
  return list + ")";
}

}  // namespace salesops::organization::store
