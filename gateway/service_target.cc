#include "gateway/service_target.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "shared/status/macros.h"

namespace salesops::gateway {
namespace {

absl::Status Malformed(absl::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat("not host:port: ", text));
}

// "host:port" or "[address]:port" into its two parts.
absl::StatusOr<std::pair<std::string, int>> Split(absl::string_view text) {
  const size_t colon = text.rfind(':');
  int port = 0;
  if (colon == absl::string_view::npos || !absl::SimpleAtoi(text.substr(colon + 1), &port) ||
      port < 1 || port > 65535) {
    return Malformed(text);
  }
  absl::string_view host = text.substr(0, colon);
  if (absl::ConsumePrefix(&host, "[") && !absl::ConsumeSuffix(&host, "]")) return Malformed(text);
  if (host.empty()) return Malformed(text);
  return std::pair(std::string(host), port);
}

}  // namespace

absl::StatusOr<ServiceTarget> ServiceTarget::Parse(absl::string_view text) {
  ServiceTarget target;
  const bool list = absl::ConsumePrefix(&text, "ipv4:") || absl::ConsumePrefix(&text, "ipv6:");
  if (!list) absl::ConsumePrefix(&text, "dns:///");
  const std::vector<absl::string_view> places =
      list ? std::vector<absl::string_view>(absl::StrSplit(text, ','))
           : std::vector<absl::string_view>{text};
  for (absl::string_view place : places) {
    ASSIGN_OR_RETURN(const auto parts, Split(place));
    const auto& [host, port] = parts;
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(host, error);
    if (!error) {
      target.addresses.emplace_back(address, static_cast<unsigned short>(port));
    } else if (list) {
      return Malformed(place);
    }
    if (target.host.empty()) {
      target.host = host;
      target.port = std::to_string(port);
      target.authority = std::string(place);
    }
  }
  return target;
}

}  // namespace salesops::gateway
