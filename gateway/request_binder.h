#pragma once

// HTTP request -> request message: path variables, query parameters and body, by google.api.http.
//
//   RETURN_IF_ERROR(BindRequest(*match.route, match.variables, "pageSize=10", body, message));
//
// Query names are proto or JSON names, dotted, repeated for a list; values are those of proto3 JSON
// without quotes. Refused, all together, as INVALID_ARGUMENT with one violation per field: unknown
// parameter, a scalar twice, a message or map by query, a parameter for what the path or body says,
// a body that contradicts the path, and everything that is not strict JSON.
//
// Thread-safety: pure functions.

#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gateway/route_table.h"
#include "shared/base/violation.h"

namespace salesops::gateway {

struct HttpPayload {
  absl::string_view content_type;
  absl::string_view content;
};

// Fills `message`, an empty message of the route's request type. Of a client stream, each line of
// the body is bound alone, with the same path and query.
absl::Status BindRequest(const Route& route, const std::vector<std::string>& variables,
                         absl::string_view query, HttpPayload body,
                         google::protobuf::Message& message);

// Adds one text value to the field at `path` of `message`: the value of a path variable or of a
// query parameter. False, with a violation, if the text is not a value of the field.
bool BindText(absl::string_view text, const FieldPath& path, google::protobuf::Message& message,
              base::Violations& violations);

}  // namespace salesops::gateway
