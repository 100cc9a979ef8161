#pragma once

// Invented names of people and companies, Chinese and English.
//
// Thread-safety: pure functions of the stream they draw from.

#include <string>

#include "tools/company/random.h"

namespace salesops::company {

std::string PersonName(Random& random);

struct CompanyName {
  std::string chinese;
  std::string english;
  std::string domain;  // for a web address
  std::string industry;
};
CompanyName InventCompany(Random& random);

// A place that a department of the company sells in.
struct Place {
  std::string country;
  std::string region;
};
Place PlaceInChina(Random& random, int department);
Place PlaceAbroad(Random& random);

}  // namespace salesops::company
