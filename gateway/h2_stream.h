#pragma once

// One stream of an H2Connection, as either end uses it: derive from it, and the connection calls
// the On… functions. What is sent is taken over by the connection as the other end allows it.
//
// Back-pressure: the other end may send as much body as the stream's window holds; Consume opens
// the window again, so call it when the bytes have gone on (see OnSent of the stream they went to).
//
// Thread-safety: belongs to the thread of its connection's loop.

#include <nghttp2/nghttp2.h>

#include <boost/intrusive/list.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "gateway/header_list.h"

namespace salesops::gateway {

class H2Connection;

// Fields to send. Neither name nor value is copied: they must stay until the stream has closed.
using H2Fields = std::vector<nghttp2_nv>;
void AddField(H2Fields& fields, absl::string_view name, absl::string_view value);
// The same for a value that no later call will repeat, which would only push others out of the
// compression table.
void AddUniqueField(H2Fields& fields, absl::string_view name, absl::string_view value);

// Given to OnClosed when the connection was lost with the stream open. Codes of HTTP/2 itself are
// small numbers; NGHTTP2_REFUSED_STREAM says that the other end has not looked at the request.
inline constexpr uint32_t kConnectionLost = 0xffffffff;

class H2Stream : public boost::intrusive::list_base_hook<
                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  virtual ~H2Stream() = default;

  // False before the connection has taken it and after OnClosed.
  bool open() const { return connection_ != nullptr; }
  H2Connection* connection() const { return connection_; }

  // A server's answer: SendResponse, then, unless that was the end, SendBody any number of times
  // and SendTrailers.
  void SendResponse(const H2Fields& fields, bool end);
  void SendTrailers(const H2Fields& fields);
  // Also before a client's stream has been opened.
  void SendBody(absl::string_view bytes);
  // A client's end of the request.
  void EndBody();
  // Ends the stream at once; OnClosed follows, nothing else does.
  void Reset(uint32_t code);
  // Lets the other end send that many bytes more.
  void Consume(size_t bytes);

  // Bytes taken by SendBody that have not been sent yet.
  size_t unsent() const { return body_.size() - body_begin_; }
  // All that SendBody got is kept, so that a client's stream that was closed can be opened again;
  // false ends that.
  void KeepBody(bool keep);
  // Everything that SendBody got is still here.
  bool body_is_whole() const { return !dropped_; }

  // The first block of header fields (not of 1xx responses), and the second.
  const HeaderList& headers() const { return headers_; }
  const HeaderList& trailers() const { return trailers_; }
  // More came than the connection's limit; the rest was dropped.
  bool headers_too_large() const { return headers_too_large_; }

 protected:
  // headers() is complete.
  virtual void OnHeaders() = 0;
  virtual void OnBody(absl::string_view bytes) = 0;
  // The other end has sent everything; trailers(), if there were any, are complete.
  virtual void OnRemoteEnd() = 0;
  // That many bytes of the body have been sent, for the first time.
  virtual void OnSent(size_t bytes) = 0;
  virtual void OnClosed(uint32_t code) = 0;

  // Forgets what the other end said, before the stream is opened again.
  void ForgetResponse();

 private:
  friend class H2Connection;

  static constexpr size_t kMostSentKept = 64 << 10;

  HeaderList& receiving() { return headers_done_ ? trailers_ : headers_; }
  size_t TakeBody(uint8_t* to, size_t size);
  void DropSent();
  void Resume();

  H2Connection* connection_ = nullptr;
  int32_t id_ = 0;
  std::shared_ptr<void> keep_alive_;  // while the connection has it
  HeaderList headers_, trailers_;
  bool headers_done_ = false;
  bool headers_too_large_ = false;
  bool request_sent_ = false;
  bool reset_ = false;
  bool deferred_ = false;  // the connection waits for more body

  std::string body_;
  size_t body_begin_ = 0;  // sent by the present attempt
  size_t body_sent_ = 0;   // sent by any attempt
  bool keep_body_ = false;
  bool dropped_ = false;
  bool body_ended_ = false;
  H2Fields out_trailers_;
};

}  // namespace salesops::gateway
