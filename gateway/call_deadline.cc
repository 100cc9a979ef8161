#include "gateway/call_deadline.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace salesops::gateway {

std::optional<absl::Duration> ParseRequestTimeout(absl::string_view text) {
  absl::ConsumeSuffix(&text, "s");
  if (text.empty() || text.size() > 16) return std::nullopt;
  for (char c : text) {
    if (!absl::ascii_isdigit(c) && c != '.') return std::nullopt;
  }
  double seconds;
  if (!absl::SimpleAtod(text, &seconds) || seconds <= 0) return std::nullopt;
  return absl::Seconds(seconds);
}

std::optional<absl::Duration> ParseGrpcTimeout(absl::string_view text) {
  if (text.size() < 2 || text.size() > 9) return std::nullopt;
  const char unit = text.back();
  text.remove_suffix(1);
  if (!std::all_of(text.begin(), text.end(), absl::ascii_isdigit)) return std::nullopt;
  int64_t count;
  if (!absl::SimpleAtoi(text, &count)) return std::nullopt;
  switch (unit) {
    case 'H':
      return absl::Hours(count);
    case 'M':
      return absl::Minutes(count);
    case 'S':
      return absl::Seconds(count);
    case 'm':
      return absl::Milliseconds(count);
    case 'u':
      return absl::Microseconds(count);
    case 'n':
      return absl::Nanoseconds(count);
    default:
      return std::nullopt;
  }
}

absl::Duration AllowedTimeout(std::optional<absl::Duration> asked, bool streaming,
                              const DeadlineLimits& limits) {
  const absl::Duration most = streaming ? limits.stream_timeout : limits.max_timeout;
  if (!asked) return streaming ? most : std::min(limits.default_timeout, most);
  return std::min(*asked, most);
}

}  // namespace salesops::gateway
