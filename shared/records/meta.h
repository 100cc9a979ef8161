#pragma once

// What is known of every record beside its own fields.
//
// Thread-safety: a value.

#include <cstdint>
#include <optional>

#include "absl/time/time.h"

namespace salesops::records {

struct Meta {
  int64_t version = 0;  // 1 when created; the etag
  absl::Time create_time;
  absl::Time update_time;
  std::optional<absl::Time> archive_time;
  int64_t recorded_from = 0;  // outbox seq of the fact that made this version
};

}  // namespace salesops::records
