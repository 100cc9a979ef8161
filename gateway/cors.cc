#include "gateway/cors.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace salesops::gateway {
namespace {

constexpr char kRequestHeaders[] =
    "authorization, content-type, content-encoding, accept, if-match, if-none-match, "
    "last-event-id, "
    "x-request-id, x-request-timeout, traceparent, grpc-timeout, x-grpc-web, x-user-agent";
constexpr char kResponseHeaders[] =
    "etag, retry-after, x-request-id, traceparent, grpc-status, grpc-message, "
    "grpc-status-details-bin";
// Browsers keep a preflight no longer than this anyway (Chromium: two hours).
constexpr char kMaxAge[] = "7200";

}  // namespace

Cors::Cors(const std::vector<std::string>& origins, const std::vector<std::string>& request_headers)
    : request_headers_(kRequestHeaders) {
  for (const std::string& origin : origins) {
    if (origin == "*") any_ = true;
    origins_.insert(origin);
  }
  for (const std::string& name : request_headers) {
    absl::StrAppend(&request_headers_, ", ", name);
  }
}

bool Cors::Allows(absl::string_view origin) const {
  return !origin.empty() && (any_ || origins_.count(std::string(origin)) > 0);
}

bool Cors::IsPreflight(const HttpRequest& request) {
  return request.method == "OPTIONS" && !request.Header("origin").empty() &&
         !request.Header("access-control-request-method").empty();
}

void Cors::AddOrigin(absl::string_view origin, HttpHeaders& headers) const {
  headers.emplace_back("access-control-allow-origin", any_ ? "*" : std::string(origin));
}

HttpResponse Cors::Preflight(const HttpRequest& request,
                             const std::set<std::string>& methods) const {
  HttpResponse response;
  response.code = 204;
  response.headers.emplace_back("vary",
                                "origin, access-control-request-method, "
                                "access-control-request-headers");
  const absl::string_view origin = request.Header("origin");
  if (!Allows(origin)) return response;
  AddOrigin(origin, response.headers);
  response.headers.emplace_back("access-control-allow-methods", absl::StrJoin(methods, ", "));
  response.headers.emplace_back("access-control-allow-headers", request_headers_);
  response.headers.emplace_back("access-control-max-age", kMaxAge);
  return response;
}

void Cors::AddHeaders(const HttpRequest& request, HttpHeaders& headers) const {
  if (!enabled()) return;
  if (!any_) headers.emplace_back("vary", "origin");
  const absl::string_view origin = request.Header("origin");
  if (!Allows(origin)) return;
  AddOrigin(origin, headers);
  headers.emplace_back("access-control-expose-headers", kResponseHeaders);
}

}  // namespace salesops::gateway
