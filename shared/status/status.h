#pragma once

// The one error type from SQL to HTTP: absl::Status whose payloads are google.rpc error details.
// Every error a client sees carries ErrorInfo{reason, domain}; these constructors add it.
//
//   return status::NotFound("opportunities/7");
//   return status::InvalidArgument(violations);
//
// Thread-safety: pure functions.

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "shared/base/violation.h"

namespace google::rpc {
class Status;
}

namespace salesops::status {

using Metadata = std::map<std::string, std::string>;

// The ErrorInfo domain of everything this suite says.
inline constexpr char kDomain[] = "salesops";

// An error with ErrorInfo{reason, metadata}. `message` says what to do next.
absl::Status Make(absl::StatusCode code, absl::string_view reason, absl::string_view message,
                  const Metadata& metadata = {});

// INVALID_ARGUMENT, reason INVALID_FIELDS, with BadRequest holding every violation.
absl::Status InvalidArgument(const base::Violations& violations);
// The same for one field.
absl::Status InvalidField(absl::string_view field, absl::string_view reason,
                          absl::string_view message);
// NOT_FOUND with ResourceInfo.
absl::Status NotFound(absl::string_view resource_name);
// ALREADY_EXISTS with ResourceInfo.
absl::Status AlreadyExists(absl::string_view resource_name, absl::string_view message);
// ABORTED, reason ETAG_MISMATCH.
absl::Status EtagMismatch(absl::string_view resource_name);
// FAILED_PRECONDITION with PreconditionFailure{type = reason, subject, description = message}.
absl::Status FailedPrecondition(absl::string_view reason, absl::string_view subject,
                                absl::string_view message);
// The same for several things that are not met, each with a reason of its own.
struct Precondition {
  std::string type;     // UPPER_SNAKE_CASE, stable
  std::string subject;  // what does not meet it
  std::string description;
};
absl::Status FailedPrecondition(absl::string_view reason, absl::string_view subject,
                                absl::string_view message, const std::vector<Precondition>& unmet);
// PERMISSION_DENIED; the same text whether the resource is absent or out of scope.
absl::Status PermissionDenied(absl::string_view permission, absl::string_view resource);
absl::Status Unauthenticated(absl::string_view reason, absl::string_view message);
// RESOURCE_EXHAUSTED / UNAVAILABLE with RetryInfo.
absl::Status Exhausted(absl::string_view reason, absl::string_view message, absl::Duration retry);
absl::Status Unavailable(absl::string_view reason, absl::string_view message, absl::Duration retry);
// INTERNAL. `detail` goes to the log through LogDetail and never to a client.
absl::Status Internal(absl::string_view detail);
// The detail kept by Internal (and by any status that wraps a lower error); empty if none.
std::string LogDetail(const absl::Status& status);
// Attaches a detail for the log only.
absl::Status WithLogDetail(absl::Status status, absl::string_view detail);

// The reason of the ErrorInfo; empty if there is none.
std::string Reason(const absl::Status& status);
// The metadata of the ErrorInfo, such as the "key" of DUPLICATE_KEY; empty if there is none.
Metadata MetadataOf(const absl::Status& status);
// The violations of the BadRequest; empty if there are none.
base::Violations ViolationsOf(const absl::Status& status);
// The delay of the RetryInfo: wait that long before another try.
std::optional<absl::Duration> RetryDelay(const absl::Status& status);

// google.rpc.Status with every detail, the same bytes for equal errors. Log details are dropped. An
// error made without ErrorInfo gets one whose reason is its code's name.
google::rpc::Status ToProto(const absl::Status& status);
absl::Status FromProto(const google::rpc::Status& proto);

}  // namespace salesops::status
