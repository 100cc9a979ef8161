#pragma once

// Requests of any method, put together from what people typed.
//
// What the request's type does not have is a usage error that says so: nothing that was typed is
// dropped silently.
//
// Thread-safety: pure functions.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "nlohmann/json.hpp"
#include "tools/salesopsctl/catalog.h"

namespace salesops::ctl {

// Adds to the request what the JSON says; a complaint about an unknown field may be mended by
// fresher contracts.
absl::Status Fill(const nlohmann::json& value, google::protobuf::Message* request);

// A moment as people write it, into `as_of_time`. Empty = leave it.
absl::Status SetAsOf(const std::string& moment, google::protobuf::Message* request);
// "field=value" of the request itself, such as effective_date=2026-03-01.
absl::Status SetFields(const std::vector<std::string>& assignments,
                       google::protobuf::Message* request);
// `validate_only`.
absl::Status SetDryRun(google::protobuf::Message* request);
// A request_id, which makes a repeated mutation harmless, unless there is one.
void AddRequestId(google::protobuf::Message* request);

// `data` (a JSON object or empty) with "path=value" assignments over it.
absl::StatusOr<nlohmann::json> ObjectOf(const std::string& data,
                                        const std::vector<std::string>& assignments);

// "sellers/-" for "sellers/{seller}": below any parent.
std::string AnyParent(const Resource& resource);

// JSON lines with their numbers, from 1. INVALID_ARGUMENT names the line that is no object.
struct JsonLine {
  int64_t line = 0;
  nlohmann::json value;
};
absl::StatusOr<std::vector<JsonLine>> ReadJsonLines(const std::string& text,
                                                    const std::string& path);

}  // namespace salesops::ctl
