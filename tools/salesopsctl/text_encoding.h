#pragma once

// The two encodings of text files that Chinese companies have: UTF-8 and GB18030 (with GBK and
// GB 2312 in it), which is what Excel and WPS write when told to save as CSV.
//
//   EncodingGuess guess;
//   while (…) guess.Look(bytes);
//   ASSIGN_OR_RETURN(std::string text, ToUtf8(bytes, guess.Best()));
//
// Bytes that are no text are an error, never a replacement character.
//
// Thread-safety: pure functions; an EncodingGuess belongs to one thread.

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace salesops::ctl {

enum class Encoding { kUtf8, kGb18030 };

inline constexpr char kByteOrderMark[] = "\xEF\xBB\xBF";

// "utf-8" or "gb18030" (also gbk, gb2312, cp936), in any case; "auto" and "" = nullopt. Others are
// a usage error.
absl::StatusOr<std::optional<Encoding>> ParseEncoding(const std::string& name);
const char* NameOf(Encoding encoding);

// INVALID_ARGUMENT names the first byte (from 1) at which it stops being text.
absl::StatusOr<std::string> ToUtf8(absl::string_view bytes, Encoding encoding);
// GB18030 holds all of Unicode, so only text that is no UTF-8 is an error.
absl::StatusOr<std::string> FromUtf8(absl::string_view text, Encoding encoding);
bool IsUtf8(absl::string_view bytes);

// Folded for comparison of what people write: NFKC_Casefold (UAX #31), so full-width letters are
// the same as others.
std::string Folded(const std::string& text);

// Looks at a file from its beginning, in pieces of any size.
class EncodingGuess {
 public:
  void Look(absl::string_view bytes);

  // A byte order mark decides; else what the bytes are wholly, UTF-8 first; else that of the two
  // with fewer bad places.
  Encoding Best() const;
  bool has_mark() const { return mark_ == 3; }
  bool IsUtf16() const { return utf16_; }

 private:
  void LookUtf8(unsigned char c);
  void LookGb18030(unsigned char c);

  int64_t seen_ = 0;
  unsigned char first_ = 0;
  int mark_ = 0;  // bytes of the byte order mark that were there
  bool utf16_ = false;
  int64_t bad_utf8_ = 0, bad_gb18030_ = 0;
  int utf8_left_ = 0;                           // continuation bytes to come
  unsigned char utf8_low_ = 0, utf8_high_ = 0;  // limits of the next one
  int gb_at_ = 0;                               // bytes of the character that were there
};

}  // namespace salesops::ctl
