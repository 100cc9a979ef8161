#pragma once

// A text that is served as it is, with a tag by which a caller knows that it has not changed.
//
// Thread-safety: a value.

#include <string>

namespace salesops::gateway {

struct SiteDocument {
  std::string content_type;
  std::string content;
  std::string etag;  // strong, with its quotes
};

SiteDocument MakeSiteDocument(std::string content_type, std::string content);

}  // namespace salesops::gateway
