#include "gateway/site_document.h"

#include <openssl/sha.h>

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gateway/content_coding.h"

namespace salesops::gateway {

SiteDocument MakeSiteDocument(std::string content_type, std::string content) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(content.data()), content.size(), digest);
  const std::string tag =
      absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), 16));
  SiteDocument document;
  document.content_type = std::move(content_type);
  document.gzipped = Gzip(content);
  document.content = std::move(content);
  document.etag = absl::StrCat("\"", tag, "\"");
  document.gzipped_etag = absl::StrCat("\"", tag, "-gzip\"");
  return document;
}

}  // namespace salesops::gateway
