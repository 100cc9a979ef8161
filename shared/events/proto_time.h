#pragma once

// Instants <-> google.protobuf.Timestamp, for this library's own messages.
//
// Thread-safety: pure functions.

#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"

namespace salesops::events {

inline google::protobuf::Timestamp ToProtoTime(absl::Time t) {
  google::protobuf::Timestamp proto;
  const int64_t seconds = absl::ToUnixSeconds(t);
  proto.set_seconds(seconds);
  proto.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(t - absl::FromUnixSeconds(seconds))));
  return proto;
}

inline absl::Time FromProtoTime(const google::protobuf::Timestamp& proto) {
  return absl::FromUnixSeconds(proto.seconds()) + absl::Nanoseconds(proto.nanos());
}

}  // namespace salesops::events
