#include "gateway/site_document.h"

#include <openssl/sha.h>

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace salesops::gateway {

SiteDocument MakeSiteDocument(std::string content_type, std::string content) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(content.data()), content.size(), digest);
  const std::string tag =
      absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), 16));
  return {std::move(content_type), std::move(content), absl::StrCat("\"", tag, "\"")};
}

}  // namespace salesops::gateway
