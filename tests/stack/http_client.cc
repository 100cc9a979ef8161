#include "tests/stack/http_client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <exception>

#include "absl/strings/ascii.h"

namespace salesops::stack {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

const nlohmann::json* DetailOf(const nlohmann::json& body, const std::string& type) {
  if (!body.is_object() || !body.contains("error")) return nullptr;
  const nlohmann::json& error = body["error"];
  if (!error.contains("details")) return nullptr;
  for (const nlohmann::json& detail : error["details"]) {
    if (detail.value("@type", "") == "type.googleapis.com/google.rpc." + type) return &detail;
  }
  return nullptr;
}

}  // namespace

std::string HttpClient::Response::ErrorStatus() const {
  const nlohmann::json json = Json();
  if (!json.is_object() || !json.contains("error")) return "";
  return json["error"].value("status", "");
}

std::string HttpClient::Response::Reason() const {
  const nlohmann::json json = Json();
  const nlohmann::json* info = DetailOf(json, "ErrorInfo");
  return info == nullptr ? "" : info->value("reason", "");
}

std::vector<std::string> HttpClient::Response::Violations() const {
  std::vector<std::string> fields;
  const nlohmann::json json = Json();
  if (const nlohmann::json* bad = DetailOf(json, "BadRequest")) {
    for (const auto& violation : (*bad)["fieldViolations"]) {
      fields.push_back(violation.value("field", ""));
    }
  }
  return fields;
}

HttpClient::Response HttpClient::SendText(const std::string& method, const std::string& target,
                                          const std::string& body) const {
  Response response;
  try {
    asio::io_context io;
    asio::ssl::context tls(asio::ssl::context::tls_client);
    tls.load_verify_file(ca_);
    tls.set_verify_mode(asio::ssl::verify_peer);
    asio::ssl::stream<asio::ip::tcp::socket> stream(io, tls);
    stream.set_verify_callback(asio::ssl::host_name_verification(host_));
    asio::ip::tcp::resolver resolver(io);
    asio::connect(stream.next_layer(), resolver.resolve(host_, std::to_string(port_)));
    stream.handshake(asio::ssl::stream_base::client);

    http::request<http::string_body> request;
    request.method_string(method);
    request.target(target);
    request.version(11);
    request.set(http::field::host, host_);
    if (!token_.empty()) request.set(http::field::authorization, "Bearer " + token_);
    if (!body.empty()) request.set(http::field::content_type, "application/json");
    request.keep_alive(false);
    request.body() = body;
    request.prepare_payload();
    http::write(stream, request);

    boost::beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(1ull << 30);
    http::read(stream, buffer, parser);
    response.code = parser.get().result_int();
    for (const auto& header : parser.get()) {
      response.headers[absl::AsciiStrToLower(std::string(header.name_string()))] =
          std::string(header.value());
    }
    response.body = parser.get().body();
  } catch (const std::exception& error) {
    response.code = 0;
    response.body = error.what();
  }
  return response;
}

}  // namespace salesops::stack
