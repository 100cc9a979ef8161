#include "gateway/content_coding.h"

#include <zlib.h>

#include <new>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "shared/status/status.h"

namespace salesops::gateway {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib's way to say: the largest window, in gzip's wrapping
constexpr int kQuick = 1;             // what a gateway can afford at its speed
constexpr size_t kPiece = 16 << 10;

z_const Bytef* Bytes(absl::string_view data) {
  return reinterpret_cast<z_const Bytef*>(const_cast<char*>(data.data()));
}

// The weight of one element of Accept-Encoding; 1 if it names none, 0 if it is not a number.
double Weight(absl::string_view parameters) {
  for (absl::string_view parameter : absl::StrSplit(parameters, ';', absl::SkipWhitespace())) {
    parameter = absl::StripAsciiWhitespace(parameter);
    if (!absl::StartsWithIgnoreCase(parameter, "q=")) continue;
    double weight = 0;
    return absl::SimpleAtod(parameter.substr(2), &weight) ? weight : 0;
  }
  return 1;
}

absl::Status TooLarge() {
  return status::Make(absl::StatusCode::kResourceExhausted, "BODY_TOO_LARGE",
                      "the body is too large once it is unpacked; send less at once");
}

}  // namespace

bool AcceptsGzip(absl::string_view accept_encoding) {
  bool any = false;
  for (absl::string_view element : absl::StrSplit(accept_encoding, ',')) {
    const size_t end = element.find(';');
    const absl::string_view coding = absl::StripAsciiWhitespace(element.substr(0, end));
    const double weight = end == absl::string_view::npos ? 1 : Weight(element.substr(end + 1));
    if (absl::EqualsIgnoreCase(coding, "gzip") || absl::EqualsIgnoreCase(coding, "x-gzip")) {
      return weight > 0;
    }
    if (coding == "*") any = weight > 0;
  }
  return any;
}

struct GzipStream::State {
  z_stream z{};
  State() {
    if (deflateInit2(&z, kQuick, Z_DEFLATED, kGzipWindow, /*memLevel=*/8, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~State() { deflateEnd(&z); }
};

GzipStream::GzipStream() : state_(std::make_unique<State>()) {}
GzipStream::~GzipStream() = default;

std::string GzipStream::Add(absl::string_view data) { return Deflate(data, Z_SYNC_FLUSH); }
std::string GzipStream::Finish(absl::string_view data) { return Deflate(data, Z_FINISH); }

std::string GzipStream::Deflate(absl::string_view data, int flush) {
  z_stream& z = state_->z;
  z.next_in = Bytes(data);
  z.avail_in = static_cast<uInt>(data.size());
  std::string out;
  do {
    const size_t had = out.size();
    out.resize(had + kPiece);
    z.next_out = reinterpret_cast<Bytef*>(&out[had]);
    z.avail_out = kPiece;
    deflate(&z, flush);
    out.resize(had + kPiece - z.avail_out);
  } while (z.avail_out == 0);
  return out;
}

std::string Gzip(absl::string_view data) {
  GzipStream stream;
  return stream.Finish(data);
}

absl::StatusOr<std::string> Gunzip(absl::string_view data, size_t limit) {
  z_stream z{};
  if (inflateInit2(&z, kGzipWindow) != Z_OK) throw std::bad_alloc();
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&z, inflateEnd);
  z.next_in = Bytes(data);
  z.avail_in = static_cast<uInt>(data.size());
  std::string out;
  int result = Z_OK;
  while (result == Z_OK) {
    const size_t had = out.size();
    if (had > limit) return TooLarge();
    out.resize(had + kPiece);
    z.next_out = reinterpret_cast<Bytef*>(&out[had]);
    z.avail_out = kPiece;
    result = inflate(&z, Z_NO_FLUSH);
    out.resize(had + kPiece - z.avail_out);
    if (result == Z_BUF_ERROR) break;  // it ends in the middle
  }
  if (result != Z_STREAM_END || z.avail_in != 0) {
    return status::Make(absl::StatusCode::kInvalidArgument, "MALFORMED_CONTENT_CODING",
                        "the body is not one gzip stream");
  }
  if (out.size() > limit) return TooLarge();
  return out;
}

}  // namespace salesops::gateway
