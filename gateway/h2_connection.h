#pragma once

// One HTTP/2 connection (RFC 9113) on nghttp2, either end of it, with or without TLS, on one
// thread.
//
//   auto connection = H2Connection::Connect(loop, endpoint, tls, "pipeline", options, owner);
//   …  owner.OnReady(connection):
//   connection->Open(stream, fields, /*end=*/false);
//
// - Everything that became ready to be sent while one batch of events was handled goes out in one
//   write.
// - The connection's own window is opened as bytes arrive, so that one stream whose reader is slow
//   does not hold up the others; what a stream may hold unread is limited by its own window.
// - A peer that only keeps us busy (resets, pings, settings, empty frames) is sent away.
// - Pings find a peer that is gone without a word.
//
// Thread-safety: belongs to its loop's thread.

#include <nghttp2/nghttp2.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "gateway/event_loop.h"
#include "gateway/h2_stream.h"
#include "gateway/tls_context.h"
#include "gateway/tls_filter.h"

namespace salesops::gateway {

class H2Connection final : public std::enable_shared_from_this<H2Connection>,
                           public Flushed,
                           public Swept {
 public:
  using Duration = std::chrono::steady_clock::duration;

  struct Options {
    size_t max_header_bytes = 16 << 10;
    uint32_t max_streams = 1000;        // that a client may have open at a server
    int32_t stream_window = 256 << 10;  // unread body of one stream
    int32_t connection_window = 4 << 20;
    Duration handshake_time = std::chrono::seconds(10);  // also for a client's connect
    Duration keepalive_time = std::chrono::seconds(60);
    Duration keepalive_timeout = std::chrono::seconds(20);
    // Of a server's connection; none if zero. After `max_age` it takes no new streams, and after as
    // long again those that are open are cut.
    Duration idle_time{0};
    Duration max_age{0};
  };

  // Outlives the connection, or lets go of it with Forget.
  class Owner {
   public:
    virtual ~Owner() = default;
    // A server's: who serves a new stream.
    virtual std::shared_ptr<H2Stream> OnStream(H2Connection&) { return nullptr; }
    // A client's: requests may be sent.
    virtual void OnReady(H2Connection&) {}
    // No new streams can be opened; those that are open go on.
    virtual void OnGoaway(H2Connection&) {}
    // The end. Streams have been told.
    virtual void OnClosed(H2Connection&, absl::string_view why) {}
  };

  // The server's end of an accepted socket. No TLS if `tls` is absent.
  static std::shared_ptr<H2Connection> Accept(EventLoop& loop, boost::asio::ip::tcp::socket socket,
                                              std::shared_ptr<TlsContext> tls,
                                              const Options& options, Owner& owner);
  // The client's end. `host` is the name in the certificate, `authority` that of the requests.
  static std::shared_ptr<H2Connection> Connect(EventLoop& loop,
                                               const boost::asio::ip::tcp::endpoint& endpoint,
                                               std::shared_ptr<TlsContext> tls,
                                               const std::string& host, const Options& options,
                                               Owner& owner);
  ~H2Connection() override;

  // A client's new stream. False if the connection takes no more.
  bool Open(std::shared_ptr<H2Stream> stream, const H2Fields& fields, bool end);

  // Asks the peer to open no more streams, lets those that are open end, then closes.
  void Shutdown();
  // Closes at once.
  void Close(absl::string_view why);
  // The owner hears no more.
  void Forget() { owner_ = nullptr; }

  bool closed() const { return closed_; }
  bool accepts_streams() const { return ready_ && !closed_ && !going_away_; }
  size_t open_streams() const { return open_streams_; }
  // Of the peer, such as "10.1.2.3:50000".
  const std::string& peer() const { return peer_; }
  EventLoop& loop() { return loop_; }

  void Flush() override;
  void Sweep(SteadyTime now) override;

 private:
  friend class H2Stream;
  struct Callbacks;
  enum class Role { kServer, kClient };

  H2Connection(Role role, EventLoop& loop, boost::asio::ip::tcp::socket socket,
               std::shared_ptr<TlsContext> tls, const std::string& host, const Options& options,
               Owner& owner);

  void Begin();         // the socket is connected
  void BeginSession();  // and so is TLS
  void WaitReadable();
  void ReadReady();
  void TakeFromWire(absl::string_view bytes);
  void TakeDecrypted();
  void Process(absl::string_view plain);
  void FlushLater();
  void Gather(std::string& plain);
  bool SendToWire(absl::string_view bytes);
  void WaitWritable();
  void EndIfDone();
  void EndOutput();
  void TellStreams();
  void Attach(std::shared_ptr<H2Stream> stream, int32_t id);
  void StreamClosed(H2Stream& stream, uint32_t code);
  void SpendPatience();
  void SubmitPing();
  void SayGoaway();

  // What streams ask for.
  void SubmitResponse(H2Stream& stream, const H2Fields& fields, bool end);
  void SubmitReset(H2Stream& stream, uint32_t code);
  void ConsumeBody(H2Stream& stream, size_t bytes);
  void ResumeBody(H2Stream& stream);

  // nghttp2's callbacks
  void OnFrame(const nghttp2_frame& frame);
  void OnFrameSent(const nghttp2_frame& frame);
  void OnFrameNotSent(const nghttp2_frame& frame);
  ssize_t ReadBody(H2Stream& stream, uint8_t* to, size_t size, uint32_t* flags);
  H2Stream* StreamOf(int32_t id) {
    return static_cast<H2Stream*>(nghttp2_session_get_stream_user_data(session_, id));
  }

  const Role role_;
  EventLoop& loop_;
  boost::asio::ip::tcp::socket socket_;
  const Options options_;
  Owner* owner_;
  std::string peer_;
  std::optional<TlsFilter> tls_;
  nghttp2_session* session_ = nullptr;
  boost::intrusive::list<H2Stream, boost::intrusive::constant_time_size<false>> streams_;
  size_t open_streams_ = 0;

  bool ready_ = false;       // the session has begun; a client: the server's settings are here
  bool settled_ = false;     // the peer's settings are here
  bool going_away_ = false;  // no new streams
  bool leaving_ = false;     // we said so
  bool closed_ = false;
  bool ended_ = false;  // our half of the socket is shut
  bool told_ = false;   // streams and owner know that it is closed
  int in_session_ = 0;  // nghttp2 is calling us
  bool flush_queued_ = false;
  bool waiting_writable_ = false;
  size_t ignored_ = 0;  // read after the end
  std::string unsent_;  // what the socket did not take
  std::string close_reason_;

  const SteadyTime began_;
  SteadyTime heard_;
  SteadyTime busy_;
  std::optional<SteadyTime> pinged_, goaway_due_, end_due_, cut_due_;
  double patience_;
  SteadyTime patience_at_;
};

}  // namespace salesops::gateway
