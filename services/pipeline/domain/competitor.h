#pragma once

// A competitor (竞争对手): a company that sells what the own company sells, or what replaces it.

#include <string>
#include <vector>

#include "shared/base/attribute.h"
#include "shared/records/meta.h"

namespace salesops::pipeline::domain {

struct Competitor {
  std::string id;
  records::Meta meta;

  std::string display_name;
  std::string website;
  std::string strengths;
  std::string weaknesses;
  std::vector<base::ExternalKey> external_keys;
  base::Attributes attributes;
};

}  // namespace salesops::pipeline::domain
