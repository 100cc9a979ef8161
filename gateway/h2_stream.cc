#include "gateway/h2_stream.h"

#include <algorithm>

#include "gateway/h2_connection.h"

namespace salesops::gateway {
namespace {

constexpr uint8_t kNotCopied = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE;

// nghttp2 takes them as not const, and does not change them.
uint8_t* Bytes(absl::string_view text) {
  return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
}

void Add(H2Fields& fields, absl::string_view name, absl::string_view value, uint8_t flags) {
  fields.push_back({Bytes(name), Bytes(value), name.size(), value.size(), flags});
}

}  // namespace

void AddField(H2Fields& fields, absl::string_view name, absl::string_view value) {
  Add(fields, name, value, kNotCopied);
}

void AddUniqueField(H2Fields& fields, absl::string_view name, absl::string_view value) {
  Add(fields, name, value, kNotCopied | NGHTTP2_NV_FLAG_NO_INDEX);
}

void H2Stream::SendResponse(const H2Fields& fields, bool end) {
  if (open()) connection_->SubmitResponse(*this, fields, end);
}

void H2Stream::SendTrailers(const H2Fields& fields) {
  if (!open()) return;
  out_trailers_ = fields;
  EndBody();
}

void H2Stream::SendBody(absl::string_view bytes) {
  body_.append(bytes.data(), bytes.size());
  Resume();
}

void H2Stream::EndBody() {
  body_ended_ = true;
  Resume();
}

void H2Stream::Reset(uint32_t code) {
  if (!open() || reset_) return;
  reset_ = true;
  connection_->SubmitReset(*this, code);
}

void H2Stream::Consume(size_t bytes) {
  if (open() && !reset_ && bytes > 0) connection_->ConsumeBody(*this, bytes);
}

void H2Stream::KeepBody(bool keep) {
  keep_body_ = keep;
  if (!keep) DropSent();
}

void H2Stream::ForgetResponse() {
  headers_.Clear();
  trailers_.Clear();
  headers_done_ = headers_too_large_ = false;
}

size_t H2Stream::TakeBody(uint8_t* to, size_t size) {
  const size_t n = std::min(size, unsent());
  std::copy_n(body_.data() + body_begin_, n, to);
  body_begin_ += n;
  if (body_begin_ <= body_sent_) return n;
  const size_t fresh = body_begin_ - body_sent_;
  body_sent_ = body_begin_;
  if (!keep_body_ && (unsent() == 0 || body_begin_ >= kMostSentKept)) DropSent();
  OnSent(fresh);
  return n;
}

void H2Stream::DropSent() {
  if (body_begin_ == 0) return;
  dropped_ = true;
  body_.erase(0, body_begin_);
  body_sent_ -= body_begin_;
  body_begin_ = 0;
}

void H2Stream::Resume() {
  if (open() && deferred_) {
    deferred_ = false;
    connection_->ResumeBody(*this);
  }
}

}  // namespace salesops::gateway
