#include "services/organization/api/employed.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/organization/api/references.h"
#include "services/organization/domain/day_ranges.h"
#include "services/organization/store/seller_store.h"
#include "shared/resource/shared_shapes.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::organization::api {

using domain::Seller;
using resource::NameOf;

absl::StatusOr<std::map<std::string, Seller>> ReadSellers(mysql::Transaction& tx,
                                                          const std::set<std::string>& ids) {
  std::vector<std::vector<std::string>> keys;
  for (const std::string& id : ids) keys.push_back({id});
  ASSIGN_OR_RETURN(std::vector<Seller> list, store::Sellers().BatchFind(tx, keys));
  std::map<std::string, Seller> sellers;
  for (Seller& seller : list) sellers[seller.id] = std::move(seller);
  return sellers;
}

void CheckEmployed(const std::string& seller_id, const Seller* seller, const base::DayRange& days,
                   bool begins, resource::Write* write) {
  const std::string name = NameOf("sellers", seller_id);
  if (seller == nullptr) return Refuse(write, status::NotFound(name));
  if (begins && seller->meta.archive_time) {
    return Refuse(write, status::FailedPrecondition("ARCHIVED", name,
                                                    "the seller is archived; unarchive it first"));
  }
  if (days.IsEmpty()) return;  // has been told
  if (!domain::Covers(domain::DaysOf(seller->employments), days)) {
    Refuse(write,
           status::FailedPrecondition(
               "OUTSIDE_EMPLOYMENT", name,
               absl::StrCat(
                   domain::DescribeDays(days),
                   " does not lie inside the employment of the seller; change one of the two")));
  }
}

}  // namespace salesops::organization::api
