#pragma once

// Weekdays of absl, from Monday = 0, <-> those of google.type, from MONDAY = 1.
//
// Thread-safety: pure functions.

#include <algorithm>

#include "absl/time/civil_time.h"
#include "google/type/dayofweek.pb.h"

namespace salesops::organization::api {

// The field rules have been checked before, so that an unspecified one does not come here.
inline absl::Weekday FromDayOfWeek(google::type::DayOfWeek day) {
  return static_cast<absl::Weekday>(std::max(0, static_cast<int>(day) - 1));
}
inline google::type::DayOfWeek ToDayOfWeek(absl::Weekday day) {
  return static_cast<google::type::DayOfWeek>(static_cast<int>(day) + 1);
}

}  // namespace salesops::organization::api
