#pragma once

// A text that is served as it is, compressed once, with tags by which a caller knows that it has
// not changed.
//
// Thread-safety: a value.

#include <string>

namespace salesops::gateway {

struct SiteDocument {
  std::string content_type;
  std::string content;
  std::string gzipped;
  // Strong entity tags, with their quotes: each coding has its own (RFC 9110 section 8.8.3.3).
  std::string etag;
  std::string gzipped_etag;
};

SiteDocument MakeSiteDocument(std::string content_type, std::string content);

}  // namespace salesops::gateway
