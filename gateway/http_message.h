#pragma once

// The parts of HTTP/1.1 that have no connection in them: what a request's head must look like
// beyond syntax, and how an answer is spelled.
//
// Thread-safety: pure functions.

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "gateway/http_server.h"

namespace salesops::gateway {

// Path and query of a request target in origin form ("/a?b"), absolute form ("http://h/a?b") or
// "*". False for anything else, and for a target with a fragment or a control character.
bool SplitTarget(absl::string_view target, HttpRequest& request);

// Why two HTTP parsers might understand this head differently, in words; nullptr if they cannot.
// `http11` = the request says HTTP/1.1.
const char* FindAmbiguity(const HttpHeaders& headers, bool http11);

// Whether a line of the head goes on in the next, which begins with a blank (obs-fold).
bool HasFoldedLine(absl::string_view head);

enum class BodyFraming { kLength, kChunked, kUntilClose };

struct ResponseHead {
  int code = 200;
  bool http11 = true;  // of the request
  bool keep_alive = true;
  BodyFraming framing = BodyFraming::kLength;
  size_t length = 0;  // for kLength
  absl::string_view date;
};

// Status line and header fields, up to and with the empty line.
std::string FormatHead(const ResponseHead& head, const HttpHeaders& headers);

// One chunk of the chunked coding; data must not be empty.
std::string FormatChunk(absl::string_view data);
inline constexpr char kLastChunk[] = "0\r\n\r\n";

// "Sun, 06 Nov 1994 08:49:37 GMT", renewed once a second.
absl::string_view HttpDate();

}  // namespace salesops::gateway
