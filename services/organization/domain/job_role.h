#pragma once

// A job role (岗位): what a seller does in an assignment.
//
// Thread-safety: a value.

#include <string>
#include <vector>

#include "shared/base/attribute.h"
#include "shared/records/meta.h"

namespace salesops::organization::domain {

struct JobRole {
  std::string id;
  records::Meta meta;

  std::string display_name;
  std::string description;
  std::vector<base::ExternalKey> external_keys;
};

}  // namespace salesops::organization::domain
