#pragma once

// A department (部门): a part of the company that teams belong to.
//
// Thread-safety: a value.

#include <string>
#include <vector>

#include "shared/base/attribute.h"
#include "shared/records/meta.h"

namespace salesops::organization::domain {

struct Department {
  std::string id;
  records::Meta meta;

  std::string display_name;
  std::string description;
  std::vector<base::ExternalKey> external_keys;
};

}  // namespace salesops::organization::domain
