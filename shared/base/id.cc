#include "shared/base/id.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace salesops::base {
namespace {

// The kernel's generator: ids must not be guessable from earlier ones, and a process cloned from
// another must not repeat it.
template <size_t kSize>
std::array<uint8_t, kSize> RandomBytes() {
  std::array<uint8_t, kSize> bytes;
  size_t filled = 0;
  while (filled < kSize) {
    const ssize_t n = getrandom(bytes.data() + filled, kSize - filled, 0);
    if (n > 0) {
      filled += static_cast<size_t>(n);
    } else if (errno != EINTR) {
      std::abort();
    }
  }
  return bytes;
}

bool IsLowerAlphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool IsLowerHex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }
bool IsHyphenPlace(size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

}  // namespace

std::string GenerateId() {
  static constexpr char kAlphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
  std::string id;
  id.reserve(20);
  for (uint8_t byte : RandomBytes<20>()) id.push_back(kAlphabet[byte & 31]);
  return id;
}

std::string GenerateUuid() {
  static constexpr char kHex[] = "0123456789abcdef";
  auto bytes = RandomBytes<16>();
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | 0x40);  // version 4
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);  // variant of RFC 9562
  std::string uuid;
  uuid.reserve(36);
  for (uint8_t byte : bytes) {
    if (IsHyphenPlace(uuid.size())) uuid.push_back('-');
    uuid.push_back(kHex[byte >> 4]);
    uuid.push_back(kHex[byte & 15]);
  }
  return uuid;
}

bool IsValidId(absl::string_view id) {
  if (id.empty() || id.size() > 63) return false;
  for (char c : id) {
    if (!IsLowerAlphanumeric(c) && c != '-') return false;
  }
  return id.front() != '-' && id.back() != '-';
}

bool IsValidUuid(absl::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsHyphenPlace(i) ? text[i] != '-' : !IsLowerHex(text[i])) return false;
  }
  return true;
}

}  // namespace salesops::base
