#include "tools/salesopsctl/text_encoding.h"

#include <unicode/normalizer2.h>
#include <unicode/ucnv.h>
#include <unicode/ucnv_err.h>
#include <unicode/unistr.h>

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "shared/status/macros.h"
#include "tools/salesopsctl/exit_code.h"

namespace salesops::ctl {
namespace {

bool IsAscii(absl::string_view bytes) {
  for (const char c : bytes) {
    if ((static_cast<unsigned char>(c) & 0x80) != 0) return false;
  }
  return true;
}

struct CloseConverter {
  void operator()(UConverter* converter) const { ucnv_close(converter); }
};

// One per thread: opening takes longer than most conversions.
UConverter* Gb18030() {
  static thread_local const std::unique_ptr<UConverter, CloseConverter> converter = [] {
    UErrorCode error = U_ZERO_ERROR;
    std::unique_ptr<UConverter, CloseConverter> opened(ucnv_open("gb18030", &error));
    if (U_FAILURE(error) != 0) return std::unique_ptr<UConverter, CloseConverter>();
    ucnv_setToUCallBack(opened.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error);
    ucnv_setFromUCallBack(opened.get(), UCNV_FROM_U_CALLBACK_STOP, nullptr, nullptr, nullptr,
                          &error);
    return opened;
  }();
  return converter.get();
}

// The place (from 0) of the first byte that is no UTF-8; its size if there is none.
size_t EndOfUtf8(absl::string_view bytes) {
  size_t at = 0;
  while (at < bytes.size()) {
    const unsigned char c = static_cast<unsigned char>(bytes[at]);
    if (c < 0x80) {
      ++at;
      continue;
    }
    const int more = c >= 0xC2 && c <= 0xDF   ? 1
                     : (c & 0xF0) == 0xE0     ? 2
                     : c >= 0xF0 && c <= 0xF4 ? 3
                                              : 0;
    if (more == 0 || at + more >= bytes.size()) return at;
    const unsigned char next = static_cast<unsigned char>(bytes[at + 1]);
    // Overlong forms, surrogates and what is beyond Unicode (Unicode 15, table 3-7).
    const unsigned char low = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
    const unsigned char high = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
    if (next < low || next > high) return at;
    for (int i = 2; i <= more; ++i) {
      if ((static_cast<unsigned char>(bytes[at + i]) & 0xC0) != 0x80) return at;
    }
    at += 1 + static_cast<size_t>(more);
  }
  return at;
}

absl::Status NotText(size_t at, Encoding encoding) {
  return absl::InvalidArgumentError(
      absl::StrCat("byte ", at + 1, " is not text in ", NameOf(encoding)));
}

absl::Status NoConverter() {
  return absl::InternalError("this build's Unicode data lacks GB18030");
}

}  // namespace

absl::StatusOr<std::optional<Encoding>> ParseEncoding(const std::string& name) {
  std::string plain;
  for (const char c : name) {
    if (c != '-' && c != '_') plain += absl::ascii_tolower(c);
  }
  if (plain.empty() || plain == "auto") return std::optional<Encoding>();
  if (plain == "utf8") return std::optional<Encoding>(Encoding::kUtf8);
  if (plain == "gb18030" || plain == "gbk" || plain == "gb2312" || plain == "cp936") {
    return std::optional<Encoding>(Encoding::kGb18030);
  }
  return UsageError(
      absl::StrCat("there is no encoding \"", name, "\"; there are: utf-8, gb18030, auto"));
}

const char* NameOf(Encoding encoding) { return encoding == Encoding::kUtf8 ? "UTF-8" : "GB18030"; }

bool IsUtf8(absl::string_view bytes) { return EndOfUtf8(bytes) == bytes.size(); }

absl::StatusOr<std::string> ToUtf8(absl::string_view bytes, Encoding encoding) {
  if (IsAscii(bytes)) return std::string(bytes);
  if (encoding == Encoding::kUtf8) {
    const size_t end = EndOfUtf8(bytes);
    if (end < bytes.size()) return NotText(end, encoding);
    return std::string(bytes);
  }
  UConverter* converter = Gb18030();
  if (converter == nullptr) return NoConverter();
  ucnv_resetToUnicode(converter);
  std::u16string units(bytes.size() + 1, u'\0');  // no byte becomes more than one unit
  const char* from = bytes.data();
  char16_t* to = units.data();
  UErrorCode error = U_ZERO_ERROR;
  ucnv_toUnicode(converter, &to, units.data() + units.size(), &from, bytes.data() + bytes.size(),
                 nullptr, /*flush=*/1, &error);
  if (U_FAILURE(error) != 0) {
    // The converter stands behind the bytes that it could not read.
    char bad[8];
    int8_t size = sizeof(bad);
    UErrorCode ignored = U_ZERO_ERROR;
    ucnv_getInvalidChars(converter, bad, &size, &ignored);
    const size_t read = static_cast<size_t>(from - bytes.data());
    return NotText(read >= static_cast<size_t>(size) ? read - static_cast<size_t>(size) : 0,
                   encoding);
  }
  std::string text;
  icu::UnicodeString(units.data(), static_cast<int32_t>(to - units.data())).toUTF8String(text);
  return text;
}

absl::StatusOr<std::string> FromUtf8(absl::string_view text, Encoding encoding) {
  if (IsAscii(text)) return std::string(text);
  const size_t end = EndOfUtf8(text);
  if (end < text.size()) return NotText(end, Encoding::kUtf8);
  if (encoding == Encoding::kUtf8) return std::string(text);
  UConverter* converter = Gb18030();
  if (converter == nullptr) return NoConverter();
  const icu::UnicodeString units = icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  std::string bytes(static_cast<size_t>(units.length()) * 4, '\0');
  UErrorCode error = U_ZERO_ERROR;
  const int32_t size = ucnv_fromUChars(converter, bytes.data(), static_cast<int32_t>(bytes.size()),
                                       units.getBuffer(), units.length(), &error);
  if (U_FAILURE(error) != 0) return absl::InvalidArgumentError("the text is not in GB18030");
  bytes.resize(static_cast<size_t>(size));
  return bytes;
}

std::string Folded(const std::string& text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* fold = icu::Normalizer2::getNFKCCasefoldInstance(error);
  if (U_FAILURE(error) != 0) return text;
  const icu::UnicodeString folded = fold->normalize(icu::UnicodeString::fromUTF8(text), error);
  if (U_FAILURE(error) != 0) return text;
  std::string out;
  folded.toUTF8String(out);
  return out;
}

void EncodingGuess::Look(absl::string_view bytes) {
  for (const char each : bytes) {
    const unsigned char c = static_cast<unsigned char>(each);
    if (seen_ < 3 && mark_ == seen_ && each == kByteOrderMark[seen_]) ++mark_;
    if (seen_ == 0) first_ = c;
    if (seen_ == 1) utf16_ = (first_ == 0xFF && c == 0xFE) || (first_ == 0xFE && c == 0xFF);
    ++seen_;
    if (c < 0x80 && utf8_left_ == 0 && gb_at_ == 0) continue;
    LookUtf8(c);
    LookGb18030(c);
  }
}

void EncodingGuess::LookUtf8(unsigned char c) {
  if (utf8_left_ > 0) {
    if (c >= utf8_low_ && c <= utf8_high_) {
      --utf8_left_;
      utf8_low_ = 0x80;
      utf8_high_ = 0xBF;
      return;
    }
    ++bad_utf8_;
    utf8_left_ = 0;
  }
  if (c < 0x80) return;
  if (c >= 0xC2 && c <= 0xF4) {
    utf8_left_ = c <= 0xDF ? 1 : c <= 0xEF ? 2 : 3;
    utf8_low_ = c == 0xE0 ? 0xA0 : c == 0xF0 ? 0x90 : 0x80;
    utf8_high_ = c == 0xED ? 0x9F : c == 0xF4 ? 0x8F : 0xBF;
  } else {
    ++bad_utf8_;
  }
}

// One byte below 80; two: 81…FE, then 40…7E or 80…FE; four: 81…FE, 30…39, 81…FE, 30…39.
void EncodingGuess::LookGb18030(unsigned char c) {
  const bool lead = c >= 0x81 && c <= 0xFE;
  const bool digit = c >= 0x30 && c <= 0x39;
  if (gb_at_ == 1 && ((c >= 0x40 && c <= 0x7E) || (c >= 0x80 && c <= 0xFE))) {
    gb_at_ = 0;
    return;
  }
  if ((gb_at_ == 1 && digit) || (gb_at_ == 2 && lead)) {
    ++gb_at_;
    return;
  }
  if (gb_at_ == 3 && digit) {
    gb_at_ = 0;
    return;
  }
  if (gb_at_ > 0) ++bad_gb18030_;
  gb_at_ = 0;
  if (lead) {
    gb_at_ = 1;
  } else if (c >= 0x80) {
    ++bad_gb18030_;
  }
}

Encoding EncodingGuess::Best() const {
  const int64_t utf8 = bad_utf8_ + (utf8_left_ > 0 ? 1 : 0);
  const int64_t gb18030 = bad_gb18030_ + (gb_at_ > 0 ? 1 : 0);
  if (has_mark() || utf8 == 0) return Encoding::kUtf8;
  return gb18030 <= utf8 ? Encoding::kGb18030 : Encoding::kUtf8;
}

}  // namespace salesops::ctl
