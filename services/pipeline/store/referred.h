#pragma once

// What a rule about a reference needs to know of the record that is referred to.
//
// Thread-safety: functions are safe from any thread.

#include <map>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "shared/mysql/database.h"

namespace salesops::pipeline::store {

struct Referred {
  std::string owner_id;    // empty = nobody
  std::string account_id;  // empty = none
  bool archived = false;
};

// The records with these ids that exist, in one query for every 512; an empty id is no reference.
absl::StatusOr<std::map<std::string, Referred>> FindContacts(mysql::Connection& c,
                                                             const std::set<std::string>& ids);
absl::StatusOr<std::map<std::string, Referred>> FindLeads(mysql::Connection& c,
                                                          const std::set<std::string>& ids);
absl::StatusOr<std::map<std::string, Referred>> FindOpportunities(mysql::Connection& c,
                                                                  const std::set<std::string>& ids);

}  // namespace salesops::pipeline::store
