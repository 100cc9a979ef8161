#include "gateway/percent_encoding.h"

#include <cstddef>
#include <cstdint>

namespace salesops::gateway {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<std::string> PercentDecode(absl::string_view text, PercentDecoding decoding) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '+' && decoding == PercentDecoding::kQuery) {
      decoded += ' ';
      continue;
    }
    if (c != '%') {
      decoded += c;
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = HexDigit(text[i + 1]);
    const int low = HexDigit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    const char byte = static_cast<char>(high * 16 + low);
    if (byte == '/' && decoding == PercentDecoding::kKeepSlash) {
      decoded.append(text.data() + i, 3);
    } else {
      decoded += byte;
    }
    i += 2;
  }
  if (!IsUtf8(decoded)) return std::nullopt;
  return decoded;
}

bool IsUtf8(absl::string_view text) {
  const auto* p = reinterpret_cast<const unsigned char*>(text.data());
  const auto* end = p + text.size();
  while (p < end) {
    if (*p < 0x80) {
      ++p;
      continue;
    }
    int extra;
    uint32_t code;
    if (*p >= 0xC2 && *p <= 0xDF) {
      extra = 1;
      code = *p & 0x1F;
    } else if (*p >= 0xE0 && *p <= 0xEF) {
      extra = 2;
      code = *p & 0x0F;
    } else if (*p >= 0xF0 && *p <= 0xF4) {
      extra = 3;
      code = *p & 0x07;
    } else {
      return false;
    }
    if (end - p <= extra) return false;
    for (int i = 1; i <= extra; ++i) {
      if ((p[i] & 0xC0) != 0x80) return false;
      code = code << 6 | (p[i] & 0x3F);
    }
    if (extra == 2 && (code < 0x800 || (code >= 0xD800 && code <= 0xDFFF))) return false;
    if (extra == 3 && (code < 0x10000 || code > 0x10FFFF)) return false;
    p += extra + 1;
  }
  return true;
}

}  // namespace salesops::gateway
