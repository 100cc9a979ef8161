#pragma once

// Where contacts are kept: tables `contact` and `contact_history`.

#include <map>
#include <string>
#include <vector>

#include "services/pipeline/domain/contact.h"
#include "shared/records/table.h"

namespace salesops::pipeline::store {

const records::Table<domain::Contact>& Contacts();

// What a reference to a contact must know of it.
struct ContactState {
  std::string account_id;  // empty = none
  bool archived = false;
};
// Those of `ids` that exist, by id.
absl::StatusOr<std::map<std::string, ContactState>> FindContacts(
    mysql::Connection& c, const std::vector<std::string>& ids);

}  // namespace salesops::pipeline::store
