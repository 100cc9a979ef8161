#include "gateway/error_body.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "gateway/json_writer.h"
#include "gateway/percent_encoding.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "shared/status/status.h"

namespace salesops::gateway {

int HttpCode(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kCancelled:
      return 499;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return 409;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
      return 503;
    default:  // UNKNOWN, INTERNAL, DATA_LOSS
      return 500;
  }
}

std::string ErrorBody(const absl::Status& status, int http_code) {
  const google::rpc::Status proto = status::ToProto(status);
  std::string body = absl::StrCat("{\"error\":{\"code\":", http_code, ",\"message\":");
  // A service may have sent any bytes; JSON may not hold them.
  const bool readable = IsUtf8(proto.message());
  AppendJsonString(readable ? absl::string_view(proto.message()) : "the message is not text", body);
  body += ",\"status\":";
  AppendJsonString(absl::StatusCodeToString(status.code()), body);
  bool first = true;
  for (const google::protobuf::Any& detail : proto.details()) {
    std::string json;
    if (!WriteJson(detail, json).ok()) continue;  // a broken detail must not hide the error
    body += first ? ",\"details\":[" : ",";
    body += json;
    first = false;
  }
  if (!first) body += ']';
  body += "}}";
  return body;
}

int RetryAfterSeconds(const absl::Status& status) {
  const google::rpc::Status proto = status::ToProto(status);
  for (const google::protobuf::Any& detail : proto.details()) {
    google::rpc::RetryInfo retry;
    if (!detail.UnpackTo(&retry)) continue;
    const int64_t seconds = retry.retry_delay().seconds() + (retry.retry_delay().nanos() > 0);
    return static_cast<int>(std::clamp<int64_t>(seconds, 1, 3600));
  }
  return 0;
}

}  // namespace salesops::gateway
