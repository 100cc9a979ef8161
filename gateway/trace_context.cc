#include "gateway/trace_context.h"

#include <algorithm>
#include <cstdint>
#include <random>

#include "absl/strings/ascii.h"

namespace salesops::gateway {
namespace {

// Names of traces need to be distinct, not secret.
uint64_t Random() {
  thread_local std::mt19937_64 generator = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  return generator();
}

void AppendHex(uint64_t value, std::string& out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) out += kDigits[value >> shift & 15];
}

bool IsLowerHex(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool IsZero(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '0'; });
}

// version "00": 00-<32 hex>-<16 hex>-<2 hex>; a later version may have more after that.
bool IsTraceparent(absl::string_view text) {
  if (text.size() < 55 || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
  const absl::string_view version = text.substr(0, 2);
  if (!IsLowerHex(version) || version == "ff") return false;
  if (version == "00" ? text.size() != 55 : text.size() > 55 && text[55] != '-') return false;
  const absl::string_view trace = text.substr(3, 32), span = text.substr(36, 16);
  return IsLowerHex(trace) && !IsZero(trace) && IsLowerHex(span) && !IsZero(span) &&
         IsLowerHex(text.substr(53, 2));
}

bool IsRequestId(absl::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
  });
}

}  // namespace

TraceContext ContinueTrace(absl::string_view traceparent, absl::string_view request_id) {
  TraceContext context;
  const bool known = IsTraceparent(traceparent);
  context.traceparent.reserve(55);
  context.traceparent = "00-";
  if (known) {
    context.traceparent.append(traceparent.data() + 3, 32);
  } else {
    AppendHex(Random() | 1, context.traceparent);
    AppendHex(Random(), context.traceparent);
  }
  context.traceparent += '-';
  AppendHex(Random() | 1, context.traceparent);
  context.traceparent += '-';
  if (known) {
    context.traceparent.append(traceparent.data() + 53, 2);
  } else {
    context.traceparent += "00";
  }
  if (IsRequestId(request_id)) {
    context.request_id = std::string(request_id);
  } else {
    AppendHex(Random(), context.request_id);
    AppendHex(Random(), context.request_id);
  }
  return context;
}

}  // namespace salesops::gateway
