#include "gateway/scalar_text.h"

#include <cmath>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"

namespace salesops::gateway {
namespace {

size_t SkipDigits(absl::string_view text, size_t at) {
  while (at < text.size() && absl::ascii_isdigit(text[at])) ++at;
  return at;
}

template <typename T>
std::optional<T> ParseInteger(absl::string_view text) {
  if (!IsJsonNumber(text)) return std::nullopt;
  if (text.find_first_of(".eE") == absl::string_view::npos) {
    T value;
    if (!absl::SimpleAtoi(text, &value)) return std::nullopt;
    return value;
  }
  // Below 2^53 a double holds the integer exactly.
  constexpr double kExact = 9007199254740992.0;
  double value;
  if (!absl::SimpleAtod(text, &value) || std::abs(value) >= kExact || std::trunc(value) != value) {
    return std::nullopt;
  }
  if (value < static_cast<double>(std::numeric_limits<T>::min()) ||
      value > static_cast<double>(std::numeric_limits<T>::max())) {
    return std::nullopt;
  }
  return static_cast<T>(value);
}

template <typename T>
std::optional<T> ParseSpecial(absl::string_view text) {
  if (text == "NaN") return std::numeric_limits<T>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<T>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<T>::infinity();
  return std::nullopt;
}

}  // namespace

bool IsJsonNumber(absl::string_view text) {
  size_t at = 0;
  if (at < text.size() && text[at] == '-') ++at;
  if (at >= text.size()) return false;
  if (text[at] == '0') {
    ++at;
  } else {
    const size_t digits = at;
    at = SkipDigits(text, at);
    if (at == digits) return false;
  }
  if (at < text.size() && text[at] == '.') {
    const size_t digits = ++at;
    at = SkipDigits(text, at);
    if (at == digits) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const size_t digits = at;
    at = SkipDigits(text, at);
    if (at == digits) return false;
  }
  return at == text.size();
}

std::optional<int32_t> ParseInt32(absl::string_view text) { return ParseInteger<int32_t>(text); }
std::optional<uint32_t> ParseUint32(absl::string_view text) { return ParseInteger<uint32_t>(text); }
std::optional<int64_t> ParseInt64(absl::string_view text) { return ParseInteger<int64_t>(text); }
std::optional<uint64_t> ParseUint64(absl::string_view text) { return ParseInteger<uint64_t>(text); }

std::optional<double> ParseDouble(absl::string_view text, bool allow_special) {
  if (!IsJsonNumber(text)) return allow_special ? ParseSpecial<double>(text) : std::nullopt;
  double value;
  if (!absl::SimpleAtod(text, &value) || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<float> ParseFloat(absl::string_view text, bool allow_special) {
  if (!IsJsonNumber(text)) return allow_special ? ParseSpecial<float>(text) : std::nullopt;
  float value;
  if (!absl::SimpleAtof(text, &value) || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<bool> ParseBool(absl::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
}

std::optional<int> ParseEnum(const google::protobuf::EnumDescriptor& type, absl::string_view text) {
  if (const auto* value = type.FindValueByName(std::string(text))) return value->number();
  const std::optional<int32_t> number = ParseInt32(text);
  if (!number) return std::nullopt;
  const bool open = type.file()->syntax() == google::protobuf::FileDescriptor::SYNTAX_PROTO3;
  if (!open && type.FindValueByNumber(*number) == nullptr) return std::nullopt;
  return *number;
}

std::optional<std::string> ParseBytes(absl::string_view text) {
  // Debian's Abseil accepts blanks inside base64; JSON does not.
  for (char c : text) {
    if (!absl::ascii_isalnum(c) && absl::string_view("+/-_=").find(c) == absl::string_view::npos) {
      return std::nullopt;
    }
  }
  std::string bytes;
  if (absl::Base64Unescape(text, &bytes) || absl::WebSafeBase64Unescape(text, &bytes)) return bytes;
  return std::nullopt;
}

void AppendBase64(absl::string_view bytes, std::string& out) { out += absl::Base64Escape(bytes); }

}  // namespace salesops::gateway
