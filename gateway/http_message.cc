#include "gateway/http_message.h"

#include <ctime>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace salesops::gateway {
namespace {

const char* Phrase(int code) {
  switch (code) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 499:
      return "Client Closed Request";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "";
  }
}

}  // namespace

absl::string_view HttpRequest::Header(absl::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return value;
  }
  return {};
}

std::vector<absl::string_view> HttpRequest::HeaderValues(absl::string_view lower_case_name) const {
  std::vector<absl::string_view> values;
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) values.push_back(value);
  }
  return values;
}

bool SplitTarget(absl::string_view target, HttpRequest& request) {
  for (char c : target) {
    if (c == '#' || static_cast<unsigned char>(c) <= 0x20 || c == 0x7F) return false;
  }
  if (absl::ConsumePrefix(&target, "http://") || absl::ConsumePrefix(&target, "https://")) {
    const size_t slash = target.find('/');
    target = slash == absl::string_view::npos ? absl::string_view("/") : target.substr(slash);
  }
  if (target.empty() || (target[0] != '/' && target != "*")) return false;
  const size_t mark = target.find('?');
  request.path = std::string(target.substr(0, mark));
  request.query =
      mark == absl::string_view::npos ? std::string() : std::string(target.substr(mark + 1));
  return true;
}

const char* FindAmbiguity(const HttpHeaders& headers, bool http11) {
  int lengths = 0, codings = 0, hosts = 0;
  for (const auto& [name, value] : headers) {
    if (name == "content-length") {
      ++lengths;
      for (char c : value) {
        if (!absl::ascii_isdigit(c)) return "the Content-Length is not a number";
      }
    } else if (name == "transfer-encoding") {
      ++codings;
      if (!absl::EqualsIgnoreCase(value, "chunked")) {
        return "chunked is the only transfer coding known here";
      }
    } else if (name == "host") {
      ++hosts;
    }
    // Some parsers take these for the names without the blank or for other lines.
    for (char c : value) {
      if (c == '\r' || c == '\n' || c == '\0') return "a header holds a control character";
    }
  }
  if (lengths > 1) return "the header Content-Length is given twice";
  if (codings > 1) return "the header Transfer-Encoding is given twice";
  if (lengths > 0 && codings > 0) {
    return "both Content-Length and Transfer-Encoding are given; send one of them";
  }
  if (codings > 0 && !http11) return "HTTP/1.0 has no Transfer-Encoding";
  if (hosts > 1) return "the header Host is given twice";
  if (hosts == 0 && http11) return "the header Host is missing";
  return nullptr;
}

bool HasFoldedLine(absl::string_view head) {
  return absl::StrContains(head, "\r\n ") || absl::StrContains(head, "\r\n\t");
}

std::string FormatHead(const ResponseHead& head, const HttpHeaders& headers) {
  std::string text;
  text.reserve(512);
  absl::StrAppend(&text, "HTTP/1.1 ", head.code, " ", Phrase(head.code), "\r\ndate: ", head.date,
                  "\r\n");
  for (const auto& [name, value] : headers) absl::StrAppend(&text, name, ": ", value, "\r\n");
  switch (head.framing) {
    case BodyFraming::kLength:
      if (head.code == 204 || head.code == 304) break;  // they have no body, of no length
      absl::StrAppend(&text, "content-length: ", head.length, "\r\n");
      break;
    case BodyFraming::kChunked:
      text += "transfer-encoding: chunked\r\n";
      break;
    case BodyFraming::kUntilClose:
      break;
  }
  if (!head.keep_alive) {
    text += "connection: close\r\n";
  } else if (!head.http11) {
    text += "connection: keep-alive\r\n";
  }
  text += "\r\n";
  return text;
}

std::string FormatChunk(absl::string_view data) {
  return absl::StrCat(absl::Hex(data.size()), "\r\n", data, "\r\n");
}

absl::string_view HttpDate() {
  thread_local std::time_t second = 0;
  thread_local char text[40];
  thread_local size_t size = 0;
  const std::time_t now = std::time(nullptr);
  if (now != second) {
    second = now;
    std::tm parts;
    gmtime_r(&now, &parts);
    size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  }
  return {text, size};
}

}  // namespace salesops::gateway
