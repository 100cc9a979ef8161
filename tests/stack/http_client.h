#pragma once

// A plain blocking HTTP client over TLS, one request to a connection.
//
//   HttpClient http("localhost", port, ca_file, token);
//   HttpClient::Response r = http.Get("/pipeline/v1/accounts");
//
// Thread-safety: safe from any thread.

#include <map>
#include <string>

#include "nlohmann/json.hpp"

namespace salesops::stack {

class HttpClient {
 public:
  struct Response {
    int code = 0;                                // 0 = no answer; `body` says why
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;

    nlohmann::json Json() const { return nlohmann::json::parse(body, nullptr, false); }
    // error.status, such as "NOT_FOUND".
    std::string ErrorStatus() const;
    // `reason` of the ErrorInfo.
    std::string Reason() const;
    // The fields that BadRequest complains of.
    std::vector<std::string> Violations() const;
  };

  HttpClient(std::string host, int port, std::string ca, std::string token)
      : host_(std::move(host)), port_(port), ca_(std::move(ca)), token_(std::move(token)) {}

  HttpClient As(std::string token) const { return HttpClient(host_, port_, ca_, std::move(token)); }

  Response SendText(const std::string& method, const std::string& target,
                    const std::string& body = "") const;
  Response Send(const std::string& method, const std::string& target,
                const nlohmann::json& body) const {
    return SendText(method, target, body.dump());
  }
  Response Get(const std::string& target) const { return SendText("GET", target); }

 private:
  std::string host_;
  int port_;
  std::string ca_, token_;
};

}  // namespace salesops::stack
