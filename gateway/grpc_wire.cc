#include "gateway/grpc_wire.h"

#include <grpcpp/support/status.h>
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "shared/status/grpc_status.h"

namespace salesops::gateway {
namespace {

constexpr std::array<absl::string_view, 17> kCodes = {
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16"};

std::string Base64(absl::string_view bytes) {
  std::string text = absl::Base64Escape(bytes);
  while (!text.empty() && text.back() == '=') text.pop_back();
  return text;
}

// Not compressed.
void AppendHead(size_t size, std::string& out) {
  out.push_back('\0');
  for (int shift : {24, 16, 8, 0}) out.push_back(static_cast<char>(size >> shift));
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = absl::ascii_tolower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

bool MessageMeter::Take(absl::string_view bytes) {
  while (!bytes.empty()) {
    if (left_ > 0) {
      const size_t n = std::min<uint64_t>(left_, bytes.size());
      bytes.remove_prefix(n);
      left_ -= n;
      if (left_ == 0) ++messages_;
      continue;
    }
    head_[head_size_++] = static_cast<unsigned char>(bytes[0]);
    bytes.remove_prefix(1);
    if (head_size_ < head_.size()) continue;
    head_size_ = 0;
    for (size_t i = 1; i < head_.size(); ++i) left_ = left_ << 8 | head_[i];
    if (head_[0] > 1 || left_ > largest_) return false;
    bytes_ += static_cast<int64_t>(left_);
    if (left_ == 0) ++messages_;
  }
  return true;
}

std::string FrameMessage(absl::string_view message) {
  std::string framed;
  AppendHead(message.size(), framed);
  framed.append(message.data(), message.size());
  return framed;
}

void AppendFramed(const google::protobuf::Message& message, std::string& out) {
  const size_t size = message.ByteSizeLong();
  AppendHead(size, out);
  out.resize(out.size() + size);
  message.SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t*>(out.data() + out.size()) -
                                          size);
}

StatusFields::StatusFields(const absl::Status& status) {
  const grpc::Status written = status::ToGrpc(status);
  const auto number = static_cast<size_t>(written.error_code());
  code = kCodes[number < kCodes.size() ? number : 2];
  message = PercentEncode(written.error_message());
  details = Base64(written.error_details());
}

absl::Status ReadStatus(const HeaderList& fields) {
  int code = 0;
  if (!absl::SimpleAtoi(fields.Find("grpc-status"), &code) || code < 0 || code > 16) code = 2;
  if (code == 0) return absl::OkStatus();
  std::string details;
  if (!absl::Base64Unescape(fields.Find("grpc-status-details-bin"), &details)) details.clear();
  return status::FromGrpc(grpc::Status(static_cast<grpc::StatusCode>(code),
                                       PercentDecode(fields.Find("grpc-message")), details));
}

absl::StatusCode CodeOfHttp(absl::string_view status) {
  if (status == "400") return absl::StatusCode::kInternal;
  if (status == "401") return absl::StatusCode::kUnauthenticated;
  if (status == "403") return absl::StatusCode::kPermissionDenied;
  if (status == "404") return absl::StatusCode::kUnimplemented;
  if (status == "429" || status == "502" || status == "503" || status == "504") {
    return absl::StatusCode::kUnavailable;
  }
  return absl::StatusCode::kUnknown;
}

absl::StatusCode CodeOfReset(uint32_t code) {
  switch (code) {
    case NGHTTP2_REFUSED_STREAM:
    case NGHTTP2_ENHANCE_YOUR_CALM:
      return absl::StatusCode::kUnavailable;
    case NGHTTP2_CANCEL:
      return absl::StatusCode::kCancelled;
    case NGHTTP2_INADEQUATE_SECURITY:
      return absl::StatusCode::kPermissionDenied;
    default:
      return absl::StatusCode::kInternal;
  }
}

// At most eight digits.
std::string FormatGrpcTimeout(absl::Duration timeout) {
  const int64_t microseconds = std::max<int64_t>(1, absl::ToInt64Microseconds(timeout));
  if (microseconds < 100'000'000) return absl::StrCat(microseconds, "u");
  const int64_t milliseconds = microseconds / 1000;
  if (milliseconds < 100'000'000) return absl::StrCat(milliseconds, "m");
  return absl::StrCat(std::min<int64_t>(milliseconds / 1000, 99'999'999), "S");
}

std::string PercentEncode(absl::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    // HTTP/2 allows no blank at either end of a value (RFC 9113 section 8.2.1).
    const bool at_end = i == 0 || i + 1 == text.size();
    if (byte > (at_end ? 0x20 : 0x1F) && byte <= 0x7E && byte != '%') {
      encoded.push_back(text[i]);
    } else {
      encoded.push_back('%');
      encoded.push_back(kDigits[byte >> 4]);
      encoded.push_back(kDigits[byte & 15]);
    }
  }
  return encoded;
}

// What is not percent and two digits stands for itself.
std::string PercentDecode(absl::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    const int high = i + 2 < text.size() ? HexValue(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
    if (text[i] == '%' && high >= 0 && low >= 0) {
      decoded.push_back(static_cast<char>(high << 4 | low));
      i += 2;
    } else {
      decoded.push_back(text[i]);
    }
  }
  return decoded;
}

}  // namespace salesops::gateway
