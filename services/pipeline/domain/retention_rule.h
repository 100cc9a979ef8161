#pragma once

// A retention rule (保存期限): how long data about persons is kept after it was last of use.
//
// Thread-safety: values and pure functions.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "shared/base/attribute.h"
#include "shared/records/meta.h"

namespace salesops::pipeline::domain {

enum class RetentionKind : int {
  kUnspecified = 0,
  kLeadDisqualified = 1,
  kLeadOpen = 2,
  kContactInactive = 3,
  kActivityText = 4
};

struct RetentionRule {
  std::string id;
  records::Meta meta;

  std::string display_name;
  RetentionKind kind = RetentionKind::kUnspecified;  // never changes
  int32_t keep_days = 0;                             // of 24 hours
  std::vector<base::ExternalKey> external_keys;
};

// What counts from before this moment is due.
inline absl::Time DueBefore(const RetentionRule& rule, absl::Time now) {
  return now - absl::Hours(24) * rule.keep_days;
}

// True if a call that ends at `deadline` may begin with another record, of which the longest so far
// took `longest`: there is time for two like it, and to answer.
inline bool HasTimeForAnother(absl::Time deadline, absl::Time now, absl::Duration longest) {
  return now + 2 * longest + absl::Milliseconds(500) < deadline;
}

}  // namespace salesops::pipeline::domain
