#include "services/pipeline/store/referred.h"

#include <bit>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "shared/status/macros.h"

namespace salesops::pipeline::store {
namespace {

// Ids of one statement. Fewer are filled up to a power of two with the last of them, so that
// imports send few different statements and sessions keep them prepared.
constexpr size_t kMostIds = 512;

absl::StatusOr<std::map<std::string, Referred>> Find(mysql::Connection& c, const char* table,
                                                     const std::set<std::string>& ids) {
  std::map<std::string, Referred> found;
  auto next = ids.begin();
  while (next != ids.end()) {
    mysql::Params params;
    for (; next != ids.end() && params.size() < kMostIds; ++next) {
      if (!next->empty()) params.push_back(*next);
    }
    if (params.empty()) break;
    const mysql::Value last = params.back();
    params.resize(std::bit_ceil(params.size()), last);
    const std::string marks = absl::StrJoin(std::vector<std::string>(params.size(), "?"), ",");
    RETURN_IF_ERROR(
        c.ForEach(absl::StrCat("SELECT id, owner_id, account_id, archive_time FROM ", table,
                               " WHERE id IN (", marks, ") LIMIT ", params.size()),
                  params, [&](mysql::Row& row) {
                    found[row.String(0)] = {row.String(1), row.String(2), !row.IsNull(3)};
                  }));
  }
  return found;
}

}  // namespace

absl::StatusOr<std::map<std::string, Referred>> FindContacts(mysql::Connection& c,
                                                             const std::set<std::string>& ids) {
  return Find(c, "contact", ids);
}

absl::StatusOr<std::map<std::string, Referred>> FindLeads(mysql::Connection& c,
                                                          const std::set<std::string>& ids) {
  return Find(c, "sales_lead", ids);
}

absl::StatusOr<std::map<std::string, Referred>> FindOpportunities(
    mysql::Connection& c, const std::set<std::string>& ids) {
  return Find(c, "opportunity", ids);
}

}  // namespace salesops::pipeline::store
