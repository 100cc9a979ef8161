// Any bytes as a page token, as the keys inside one, and as a change to one. Nothing may crash;
// keys come back as they went in; a changed token is never accepted.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <variant>

#include "shared/api/page_token.h"

namespace api = salesops::api;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto* sealer = new api::PageSealer("0123456789abcdef0123456789abcdef");
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (sealer->Open(text, "query", now).ok()) std::abort();

  const std::string key = text.substr(0, 1000);  // a token may have 4,096 characters
  const api::PageCursor cursor{
      .keys = {key, salesops::mysql::Bytes{key}, static_cast<int64_t>(size), now},
      .position = static_cast<int64_t>(size)};
  std::string token = sealer->Seal(cursor, "query", now);
  const absl::StatusOr<api::PageCursor> opened = sealer->Open(token, "query", now);
  if (!opened.ok() || opened->keys.size() != 4 || opened->position != cursor.position) std::abort();
  for (size_t i = 0; i < 4; ++i) {
    if (opened->keys[i].variant() != cursor.keys[i].variant()) std::abort();
  }

  if (size < 3) return 0;
  const size_t at = (data[0] * 256u + data[1]) % token.size();
  if (token[at] == static_cast<char>(data[2])) return 0;
  token[at] = static_cast<char>(data[2]);
  if (sealer->Open(token, "query", now).ok()) std::abort();
  return 0;
}
