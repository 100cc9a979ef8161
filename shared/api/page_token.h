#pragma once

// Page tokens: what a list needs to go on after the last row, sealed so that a client can neither
// read nor change it, bound to the query and the caller, and expiring.
//
//   std::string token = sealer.Seal({.keys = {...}}, QueryFingerprint(request), now);
//   ASSIGN_OR_RETURN(PageCursor c, sealer.Open(request.page_token(), fingerprint, now));
//
// AES-256-GCM, key from a file; a token lives 24 hours. INVALID_ARGUMENT (field page_token, reason
// BAD_PAGE_TOKEN, PAGE_TOKEN_EXPIRED, PAGE_TOKEN_OF_ANOTHER_QUERY).
//
// Thread-safety: immutable after construction.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "shared/mysql/value.h"

namespace salesops::api {

struct PageCursor {
  std::vector<mysql::Value> keys;  // order keys and id of the last row of the page before
  int64_t position = 0;            // of an as-of list; 0 = current rows
};

class PageSealer {
 public:
  // `key`: at least 32 bytes of secret, the same for every replica.
  explicit PageSealer(absl::string_view key);
  std::string Seal(const PageCursor& cursor, absl::string_view fingerprint, absl::Time now) const;
  absl::StatusOr<PageCursor> Open(absl::string_view token, absl::string_view fingerprint,
                                  absl::Time now) const;

 private:
  std::string key_;
};

// Everything of the request but page_size and page_token, and the caller, hashed.
std::string QueryFingerprint(const google::protobuf::Message& request,
                             const std::string& principal);

// 0 -> 50, above 1,000 -> 1,000 (coerced); negative is refused by the field rules.
int CoercePageSize(int32_t page_size);

}  // namespace salesops::api
