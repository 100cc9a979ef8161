#include "shared/status/status.h"

#include <google/protobuf/any.pb.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace salesops::status {
namespace {

constexpr auto kLastCode = absl::StatusCode::kUnauthenticated;
constexpr char kTypePrefix[] = "type.googleapis.com/";
// Not a google.rpc type on purpose: ToProto passes nothing that does not start with kTypePrefix.
constexpr char kLogDetailUrl[] = "salesops/log-detail";

template <class Detail>
std::string UrlOf() {
  return absl::StrCat(kTypePrefix, Detail::descriptor()->full_name());
}

template <class Detail>
void Attach(absl::Status& status, const Detail& detail) {
  status.SetPayload(UrlOf<Detail>(), absl::Cord(detail.SerializeAsString()));
}

template <class Detail>
std::optional<Detail> Find(const absl::Status& status) {
  const auto payload = status.GetPayload(UrlOf<Detail>());
  Detail detail;
  if (!payload || !detail.ParseFromString(std::string(*payload))) return std::nullopt;
  return detail;
}

std::string Text(absl::string_view s) { return std::string(s); }

void AttachResource(absl::Status& status, absl::string_view resource_name) {
  google::rpc::ResourceInfo resource;
  resource.set_resource_name(Text(resource_name));
  // The type is the collection next to the id: "sellers/1/assignments/2" is one of "assignments".
  const size_t id = resource_name.rfind('/');
  if (id != absl::string_view::npos) {
    const absl::string_view parent = resource_name.substr(0, id);
    const size_t slash = parent.rfind('/');
    resource.set_resource_type(
        Text(slash == absl::string_view::npos ? parent : parent.substr(slash + 1)));
  }
  Attach(status, resource);
}

void AttachRetry(absl::Status& status, absl::Duration retry) {
  google::rpc::RetryInfo info;
  const int64_t seconds = absl::IDivDuration(retry, absl::Seconds(1), &retry);
  info.mutable_retry_delay()->set_seconds(seconds);
  info.mutable_retry_delay()->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(retry)));
  Attach(status, info);
}

// All violations are in the details; the message is for people and stays short enough for a header.
std::string Summary(const std::vector<base::Violation>& violations) {
  constexpr size_t kNamed = 3;
  std::string text = violations.size() == 1
                         ? std::string("the request is invalid")
                         : absl::StrCat("the request is invalid in ", violations.size(), " places");
  const size_t named = std::min(violations.size(), kNamed);
  for (size_t i = 0; i < named; ++i) {
    const base::Violation& v = violations[i];
    absl::StrAppend(&text, i == 0 ? ": " : "; ", v.field, v.field.empty() ? "" : " ", v.message);
  }
  if (violations.size() > named) absl::StrAppend(&text, "; …");
  return text;
}

}  // namespace

absl::Status Make(absl::StatusCode code, absl::string_view reason, absl::string_view message,
                  const Metadata& metadata) {
  absl::Status status(code, message);
  google::rpc::ErrorInfo info;
  info.set_reason(Text(reason));
  info.set_domain(kDomain);
  for (const auto& [key, value] : metadata) (*info.mutable_metadata())[key] = value;
  Attach(status, info);
  return status;
}

absl::Status InvalidArgument(const base::Violations& violations) {
  absl::Status status =
      Make(absl::StatusCode::kInvalidArgument, "INVALID_FIELDS", Summary(violations.list()));
  google::rpc::BadRequest bad_request;
  for (const base::Violation& v : violations.list()) {
    auto* violation = bad_request.add_field_violations();
    violation->set_field(v.field);
    violation->set_reason(v.reason);
    violation->set_description(v.message);
  }
  Attach(status, bad_request);
  return status;
}

absl::Status InvalidField(absl::string_view field, absl::string_view reason,
                          absl::string_view message) {
  base::Violations violations;
  violations.Add(Text(field), Text(reason), Text(message));
  return InvalidArgument(violations);
}

absl::Status NotFound(absl::string_view resource_name) {
  absl::Status status =
      Make(absl::StatusCode::kNotFound, "NOT_FOUND", absl::StrCat(resource_name, " does not exist"),
           {{"resource", Text(resource_name)}});
  AttachResource(status, resource_name);
  return status;
}

absl::Status AlreadyExists(absl::string_view resource_name, absl::string_view message) {
  absl::Status status = Make(absl::StatusCode::kAlreadyExists, "ALREADY_EXISTS", message,
                             {{"resource", Text(resource_name)}});
  AttachResource(status, resource_name);
  return status;
}

absl::Status EtagMismatch(absl::string_view resource_name) {
  return Make(absl::StatusCode::kAborted, "ETAG_MISMATCH",
              absl::StrCat(resource_name,
                           " was changed since it was read: read it again and repeat the change"),
              {{"resource", Text(resource_name)}});
}

absl::Status FailedPrecondition(absl::string_view reason, absl::string_view subject,
                                absl::string_view message) {
  return FailedPrecondition(reason, subject, message,
                            {{std::string(reason), std::string(subject), std::string(message)}});
}

absl::Status FailedPrecondition(absl::string_view reason, absl::string_view subject,
                                absl::string_view message, const std::vector<Precondition>& unmet) {
  absl::Status status =
      Make(absl::StatusCode::kFailedPrecondition, reason, message, {{"subject", Text(subject)}});
  google::rpc::PreconditionFailure failure;
  for (const Precondition& precondition : unmet) {
    auto* violation = failure.add_violations();
    violation->set_type(Text(precondition.type));
    violation->set_subject(Text(precondition.subject));
    violation->set_description(Text(precondition.description));
  }
  Attach(status, failure);
  return status;
}

absl::Status PermissionDenied(absl::string_view permission, absl::string_view resource) {
  const std::string message = absl::StrCat(
      "permission ", permission, " is needed",
      resource.empty() ? "" : absl::StrCat(" on ", resource, ", or it does not exist"));
  return Make(absl::StatusCode::kPermissionDenied, "PERMISSION_DENIED", message,
              {{"permission", Text(permission)}, {"resource", Text(resource)}});
}

absl::Status Unauthenticated(absl::string_view reason, absl::string_view message) {
  return Make(absl::StatusCode::kUnauthenticated, reason, message);
}

absl::Status Exhausted(absl::string_view reason, absl::string_view message, absl::Duration retry) {
  absl::Status status = Make(absl::StatusCode::kResourceExhausted, reason, message);
  AttachRetry(status, retry);
  return status;
}

absl::Status Unavailable(absl::string_view reason, absl::string_view message,
                         absl::Duration retry) {
  absl::Status status = Make(absl::StatusCode::kUnavailable, reason, message);
  AttachRetry(status, retry);
  return status;
}

absl::Status Internal(absl::string_view detail) {
  return WithLogDetail(Make(absl::StatusCode::kInternal, "INTERNAL",
                            "internal error: give the request id to whoever operates the service"),
                       detail);
}

std::string LogDetail(const absl::Status& status) {
  const auto payload = status.GetPayload(kLogDetailUrl);
  return payload ? std::string(*payload) : std::string();
}

absl::Status WithLogDetail(absl::Status status, absl::string_view detail) {
  const std::string known = LogDetail(status);
  const std::string all = known.empty() ? Text(detail) : absl::StrCat(known, "; ", detail);
  status.SetPayload(kLogDetailUrl, absl::Cord(all));
  return status;
}

std::string Reason(const absl::Status& status) {
  const auto info = Find<google::rpc::ErrorInfo>(status);
  return info ? info->reason() : std::string();
}

Metadata MetadataOf(const absl::Status& status) {
  const auto info = Find<google::rpc::ErrorInfo>(status);
  return info ? Metadata(info->metadata().begin(), info->metadata().end()) : Metadata();
}

base::Violations ViolationsOf(const absl::Status& status) {
  base::Violations violations;
  const auto bad_request = Find<google::rpc::BadRequest>(status);
  if (!bad_request) return violations;
  for (const auto& v : bad_request->field_violations()) {
    violations.Add(v.field(), v.reason(), v.description());
  }
  return violations;
}

std::optional<absl::Duration> RetryDelay(const absl::Status& status) {
  const auto info = Find<google::rpc::RetryInfo>(status);
  if (!info) return std::nullopt;
  return absl::Seconds(info->retry_delay().seconds()) +
         absl::Nanoseconds(info->retry_delay().nanos());
}

google::rpc::Status ToProto(const absl::Status& status) {
  google::rpc::Status proto;
  proto.set_code(static_cast<int>(status.code()));
  proto.set_message(Text(status.message()));
  if (status.ok()) return proto;
  std::vector<std::pair<std::string, std::string>> details;
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    if (url.substr(0, sizeof kTypePrefix - 1) != kTypePrefix) return;
    details.emplace_back(Text(url), std::string(payload));
  });
  if (!Find<google::rpc::ErrorInfo>(status)) {
    google::rpc::ErrorInfo info;
    info.set_reason(absl::StatusCodeToString(status.code()));
    info.set_domain(kDomain);
    details.emplace_back(UrlOf<google::rpc::ErrorInfo>(), info.SerializeAsString());
  }
  // A Status keeps its payloads in no particular order; equal errors shall give equal bytes.
  std::sort(details.begin(), details.end());
  for (auto& [url, payload] : details) {
    google::protobuf::Any* any = proto.add_details();
    any->set_type_url(url);
    any->set_value(std::move(payload));
  }
  return proto;
}

absl::Status FromProto(const google::rpc::Status& proto) {
  const bool known = proto.code() >= 0 && proto.code() <= static_cast<int>(kLastCode);
  absl::Status status(
      known ? static_cast<absl::StatusCode>(proto.code()) : absl::StatusCode::kUnknown,
      proto.message());
  for (const auto& any : proto.details()) {
    status.SetPayload(any.type_url(), absl::Cord(any.value()));
  }
  return status;
}

}  // namespace salesops::status
