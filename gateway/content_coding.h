#pragma once

// gzip of bodies (RFC 9110 section 8.4), both ways.
//
//   if (AcceptsGzip(request.Header("accept-encoding"))) body = Gzip(body);
//   ASSIGN_OR_RETURN(std::string body, Gunzip(request.body, max_body_bytes));
//
// Thread-safety: pure functions; a GzipStream is used by one thread at a time.

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace salesops::gateway {

// Whether an Accept-Encoding header allows gzip: named, or "*", with a weight above 0.
bool AcceptsGzip(absl::string_view accept_encoding);

// Bodies below this gain nothing.
inline constexpr size_t kLeastToCompress = 1024;

std::string Gzip(absl::string_view data);

// RESOURCE_EXHAUSTED if the content is longer than `limit`, INVALID_ARGUMENT if it is not gzip or
// something follows it.
absl::StatusOr<std::string> Gunzip(absl::string_view data, size_t limit);

// One gzip body written in pieces, each of which can be read as soon as it arrives.
class GzipStream {
 public:
  GzipStream();
  ~GzipStream();
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  std::string Add(absl::string_view data);
  // The last piece; nothing can be added after it.
  std::string Finish(absl::string_view data = {});

 private:
  struct State;
  std::string Deflate(absl::string_view data, int flush);
  const std::unique_ptr<State> state_;
};

}  // namespace salesops::gateway
