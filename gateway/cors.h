#pragma once

// Which web pages of other origins may call the gateway (the Fetch standard's CORS protocol).
//
// Callers are known by a bearer token that a page must have been given, never by cookies, so
// credentials are not allowed for any origin.
//
//   if (cors.IsPreflight(request)) return cors.Preflight(request, methods_of_the_path);
//   cors.AddHeaders(request, response.headers);
//
// Thread-safety: immutable.

#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "gateway/http_server.h"

namespace salesops::gateway {

class Cors {
 public:
  Cors() = default;
  // Origins such as "https://crm.example.com"; "*" = any. None = no other origin may call.
  // `request_headers`: those a page may send besides the usual ones.
  Cors(const std::vector<std::string>& origins, const std::vector<std::string>& request_headers);

  bool enabled() const { return any_ || !origins_.empty(); }
  bool Allows(absl::string_view origin) const;

  // OPTIONS with Origin and Access-Control-Request-Method.
  static bool IsPreflight(const HttpRequest& request);
  // 204 with what is allowed; without any of it if the origin is not.
  HttpResponse Preflight(const HttpRequest& request, const std::set<std::string>& methods) const;

  // Lets the page read the answer, if its origin is allowed.
  void AddHeaders(const HttpRequest& request, HttpHeaders& headers) const;

 private:
  void AddOrigin(absl::string_view origin, HttpHeaders& headers) const;

  bool any_ = false;
  std::set<std::string, std::less<>> origins_;
  std::string request_headers_;
};

}  // namespace salesops::gateway
