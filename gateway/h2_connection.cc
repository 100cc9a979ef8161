#include "gateway/h2_connection.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"

namespace salesops::gateway {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

// Frames are gathered up to this and then written together.
constexpr size_t kGather = 64 << 10;
// A connection that always has more to read or to write lets others in between.
constexpr int kMostRounds = 4;
constexpr auto kGoawayAfter = std::chrono::seconds(1);
constexpr auto kLinger = std::chrono::seconds(2);
// What a peer may send after our end, before it learns of it.
constexpr size_t kMostIgnored = 256 << 10;

// Frames that cost us work and the peer nothing: so many at once, so many a second.
constexpr double kMostPatience = 2000;
constexpr double kPatiencePerSecond = 500;
constexpr uint64_t kMostResets = 1000;
constexpr uint64_t kResetsPerSecond = 200;
// Frames waiting for a peer that does not read.
constexpr size_t kMostQueuedFrames = 20000;

SteadyTime Now() { return std::chrono::steady_clock::now(); }

std::string PeerName(const tcp::socket& socket) {
  error_code error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  if (error) return "";
  const std::string address = peer.address().to_string(error);
  if (peer.address().is_v6()) return absl::StrCat("ipv6:[", address, "]:", peer.port());
  return absl::StrCat("ipv4:", address, ":", peer.port());
}

bool IsOpeningHeaders(const nghttp2_frame& frame) {
  return frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST;
}

bool EndsStream(const nghttp2_frame& frame) {
  return (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 &&
         (frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA);
}

}  // namespace

// nghttp2 calls back with plain functions.
struct H2Connection::Callbacks {
  static H2Connection& Self(void* self) { return *static_cast<H2Connection*>(self); }

  static int OnBeginHeaders(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    H2Connection& self = Self(user);
    if (self.role_ != Role::kServer || !IsOpeningHeaders(*frame) || self.owner_ == nullptr)
      return 0;
    std::shared_ptr<H2Stream> stream = self.owner_->OnStream(self);
    if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    nghttp2_session_set_stream_user_data(self.session_, frame->hd.stream_id, stream.get());
    self.Attach(std::move(stream), frame->hd.stream_id);
    return 0;
  }

  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name,
                      size_t name_size, const uint8_t* value, size_t value_size, uint8_t,
                      void* user) {
    H2Connection& self = Self(user);
    H2Stream* stream = self.StreamOf(frame->hd.stream_id);
    if (stream == nullptr || stream->reset_) return 0;
    HeaderList& list = stream->receiving();
    if (list.bytes() + name_size + value_size + 32 > self.options_.max_header_bytes) {
      stream->headers_too_large_ = true;
      return 0;
    }
    list.Add({reinterpret_cast<const char*>(name), name_size},
             {reinterpret_cast<const char*>(value), value_size});
    return 0;
  }

  static int OnFrameReceived(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Self(user).OnFrame(*frame);
    return 0;
  }

  static int OnData(nghttp2_session* session, uint8_t, int32_t id, const uint8_t* data, size_t size,
                    void* user) {
    nghttp2_session_consume_connection(session, size);
    H2Stream* stream = Self(user).StreamOf(id);
    if (stream != nullptr && !stream->reset_) {
      stream->OnBody({reinterpret_cast<const char*>(data), size});
    }
    return 0;
  }

  static int OnStreamClose(nghttp2_session*, int32_t id, uint32_t code, void* user) {
    H2Connection& self = Self(user);
    if (H2Stream* stream = self.StreamOf(id)) self.StreamClosed(*stream, code);
    return 0;
  }

  static int OnFrameSend(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Self(user).OnFrameSent(*frame);
    return 0;
  }

  static int OnFrameNotSend(nghttp2_session*, const nghttp2_frame* frame, int, void* user) {
    Self(user).OnFrameNotSent(*frame);
    return 0;
  }

  static ssize_t ReadBody(nghttp2_session*, int32_t, uint8_t* to, size_t size, uint32_t* flags,
                          nghttp2_data_source* source, void* user) {
    return Self(user).ReadBody(*static_cast<H2Stream*>(source->ptr), to, size, flags);
  }

  static nghttp2_session_callbacks* All() {
    static nghttp2_session_callbacks* all = [] {
      nghttp2_session_callbacks* made = nullptr;
      nghttp2_session_callbacks_new(&made);
      nghttp2_session_callbacks_set_on_begin_headers_callback(made, OnBeginHeaders);
      nghttp2_session_callbacks_set_on_header_callback(made, OnHeader);
      nghttp2_session_callbacks_set_on_frame_recv_callback(made, OnFrameReceived);
      nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, OnData);
      nghttp2_session_callbacks_set_on_stream_close_callback(made, OnStreamClose);
      nghttp2_session_callbacks_set_on_frame_send_callback(made, OnFrameSend);
      nghttp2_session_callbacks_set_on_frame_not_send_callback(made, OnFrameNotSend);
      return made;
    }();
    return all;
  }

  static nghttp2_data_provider BodyOf(H2Stream& stream) {
    nghttp2_data_provider provider;
    provider.source.ptr = &stream;
    provider.read_callback = ReadBody;
    return provider;
  }
};

// ---- beginning

H2Connection::H2Connection(Role role, EventLoop& loop, tcp::socket socket,
                           std::shared_ptr<TlsContext> tls, const std::string& host,
                           const Options& options, Owner& owner)
    : role_(role),
      loop_(loop),
      socket_(std::move(socket)),
      options_(options),
      owner_(&owner),
      began_(Now()),
      heard_(began_),
      busy_(began_),
      patience_(kMostPatience),
      patience_at_(began_) {
  if (tls != nullptr) {
    tls_.emplace(std::move(tls), role == Role::kServer ? TlsFilter::kServer : TlsFilter::kClient,
                 host);
  }
  loop_.AddSwept(*this);
}

std::shared_ptr<H2Connection> H2Connection::Accept(EventLoop& loop, tcp::socket socket,
                                                   std::shared_ptr<TlsContext> tls,
                                                   const Options& options, Owner& owner) {
  std::shared_ptr<H2Connection> connection(
      new H2Connection(Role::kServer, loop, std::move(socket), std::move(tls), "", options, owner));
  connection->Begin();
  return connection;
}

std::shared_ptr<H2Connection> H2Connection::Connect(EventLoop& loop, const tcp::endpoint& endpoint,
                                                    std::shared_ptr<TlsContext> tls,
                                                    const std::string& host, const Options& options,
                                                    Owner& owner) {
  std::shared_ptr<H2Connection> connection(new H2Connection(
      Role::kClient, loop, tcp::socket(loop.io()), std::move(tls), host, options, owner));
  connection->socket_.async_connect(endpoint, [connection](error_code error) {
    if (connection->closed_) return;
    if (error) return connection->Close(error.message());
    connection->Begin();
  });
  return connection;
}

H2Connection::~H2Connection() {
  // Only a loop that ends without closing its connections leaves streams here.
  while (!streams_.empty()) {
    H2Stream& stream = streams_.front();
    streams_.pop_front();
    stream.connection_ = nullptr;
    const std::shared_ptr<void> last = std::move(stream.keep_alive_);
  }
  nghttp2_session_del(session_);
}

void H2Connection::Begin() {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(tcp::no_delay(true), ignored);
  peer_ = PeerName(socket_);
  if (!tls_) {
    BeginSession();
  } else if (role_ == Role::kClient) {
    TakeFromWire("");
  }
  if (!closed_) WaitReadable();
}

void H2Connection::BeginSession() {
  nghttp2_option* options = nullptr;
  nghttp2_option_new(&options);
  nghttp2_option_set_no_auto_window_update(options, 1);
  nghttp2_option_set_no_closed_streams(options, 1);
  nghttp2_option_set_max_reserved_remote_streams(options, 0);
  nghttp2_option_set_stream_reset_rate_limit(options, kMostResets, kResetsPerSecond);
  std::array<nghttp2_settings_entry, 3> settings{{
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, static_cast<uint32_t>(options_.stream_window)},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<uint32_t>(options_.max_header_bytes)},
  }};
  if (role_ == Role::kServer) {
    nghttp2_session_server_new2(&session_, Callbacks::All(), this, options);
    settings[2] = {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, options_.max_streams};
    ready_ = true;
  } else {
    // gRPC writes the blanks around an error's message as they are, which RFC 9113 forbids.
    nghttp2_option_set_no_rfc9113_leading_and_trailing_ws_validation(options, 1);
    nghttp2_session_client_new2(&session_, Callbacks::All(), this, options);
    settings[2] = {NGHTTP2_SETTINGS_ENABLE_PUSH, 0};
  }
  nghttp2_option_del(options);
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, options_.connection_window);
  FlushLater();
}

// ---- reading

void H2Connection::WaitReadable() {
  socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
    if (error || self->closed_) return;
    self->ReadReady();
  });
}

void H2Connection::ReadReady() {
  heard_ = Now();
  auto& buffer = loop_.read_buffer();
  for (int round = 0; round < kMostRounds; ++round) {
    error_code error;
    const size_t n = socket_.read_some(boost::asio::buffer(buffer), error);
    if (error == boost::asio::error::would_block || error == boost::asio::error::try_again) break;
    if (error) return Close(error.message());
    if (!ended_) {
      TakeFromWire({buffer.data(), n});
    } else {
      ignored_ += n;
      if (ignored_ > kMostIgnored) Close("the peer goes on after the end");
    }
    if (closed_) return;
    if (n < buffer.size()) break;
  }
  WaitReadable();
}

void H2Connection::TakeFromWire(absl::string_view bytes) {
  if (!tls_) return Process(bytes);
  tls_->Feed(bytes);
  if (!tls_->handshaken()) {
    std::string& to_wire = loop_.to_wire();
    to_wire.clear();
    const TlsFilter::Progress progress = tls_->Handshake(to_wire);
    if (!to_wire.empty()) SendToWire(to_wire);
    if (closed_) return;
    if (progress == TlsFilter::Progress::kFailed) return Close(tls_->Problem());
    if (progress == TlsFilter::Progress::kWantsInput) return;
    BeginSession();
  }
  TakeDecrypted();
}

void H2Connection::TakeDecrypted() {
  auto& plain = loop_.plain_buffer();
  while (!closed_) {
    std::string& to_wire = loop_.to_wire();
    to_wire.clear();
    const int n = tls_->Read(plain.data(), static_cast<int>(plain.size()), to_wire);
    if (!to_wire.empty()) SendToWire(to_wire);
    if (n < 0) return Close("the peer ended TLS");
    if (n == 0) return;
    Process({plain.data(), static_cast<size_t>(n)});
  }
}

void H2Connection::Process(absl::string_view plain) {
  if (closed_) return;
  ++in_session_;
  const ssize_t n = nghttp2_session_mem_recv(
      session_, reinterpret_cast<const uint8_t*>(plain.data()), plain.size());
  --in_session_;
  if (n < 0) Close(nghttp2_strerror(static_cast<int>(n)));
  if (nghttp2_session_get_outbound_queue_size(session_) > kMostQueuedFrames) {
    Close("the peer does not read");
  }
  if (closed_) return TellStreams();
  FlushLater();
}

void H2Connection::OnFrame(const nghttp2_frame& frame) {
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_DATA: {
      H2Stream* stream = StreamOf(frame.hd.stream_id);
      const bool end = EndsStream(frame);
      if (frame.hd.type == NGHTTP2_DATA && frame.hd.length == 0 && !end) SpendPatience();
      if (stream == nullptr || stream->reset_) return;
      if (frame.hd.type == NGHTTP2_HEADERS && !stream->headers_done_) {
        const absl::string_view status = stream->headers_.Find(":status");
        if (!status.empty() && status[0] == '1' && !end) return stream->headers_.Clear();
        stream->headers_done_ = true;
        stream->OnHeaders();
      }
      if (end && !stream->reset_) stream->OnRemoteEnd();
      return;
    }
    case NGHTTP2_SETTINGS:
      if ((frame.hd.flags & NGHTTP2_FLAG_ACK) != 0) return;
      SpendPatience();
      if (std::exchange(settled_, true) || role_ == Role::kServer) return;
      ready_ = true;
      if (owner_ != nullptr) owner_->OnReady(*this);
      return;
    case NGHTTP2_PING:
      if ((frame.hd.flags & NGHTTP2_FLAG_ACK) == 0) return SpendPatience();
      pinged_.reset();
      // The peer has seen our notice: streams that it opens from here on are not served.
      if (leaving_ && goaway_due_) SayGoaway();
      return;
    case NGHTTP2_GOAWAY:
      if (role_ == Role::kServer || std::exchange(going_away_, true)) return;
      if (owner_ != nullptr) owner_->OnGoaway(*this);
      return;
    case NGHTTP2_PRIORITY:
      return SpendPatience();
    default:
      return;
  }
}

void H2Connection::SpendPatience() {
  if (role_ != Role::kServer) return;
  const double since = std::chrono::duration<double>(heard_ - patience_at_).count();
  patience_at_ = heard_;
  patience_ = std::min(kMostPatience, patience_ + since * kPatiencePerSecond) - 1;
  if (patience_ < 0) nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM);
}

// ---- writing

void H2Connection::FlushLater() {
  if (closed_ || std::exchange(flush_queued_, true)) return;
  loop_.FlushSoon(shared_from_this());
}

void H2Connection::Flush() {
  flush_queued_ = false;
  if (closed_ || ended_ || waiting_writable_ || session_ == nullptr) return;
  for (int round = 0; round < kMostRounds; ++round) {
    std::string& plain = loop_.gathered();
    plain.clear();
    Gather(plain);
    if (closed_) return TellStreams();
    if (plain.empty()) return EndIfDone();
    absl::string_view bytes = plain;
    if (tls_) {
      std::string& to_wire = loop_.to_wire();
      to_wire.clear();
      if (!tls_->Write(plain, to_wire)) return Close(tls_->Problem());
      bytes = to_wire;
    }
    if (!SendToWire(bytes)) return;
    if (plain.size() < kGather) return EndIfDone();
  }
  FlushLater();
}

void H2Connection::Gather(std::string& plain) {
  ++in_session_;
  while (plain.size() < kGather && !closed_) {
    const uint8_t* frame = nullptr;
    const ssize_t n = nghttp2_session_mem_send(session_, &frame);
    if (n < 0) Close(nghttp2_strerror(static_cast<int>(n)));
    if (n <= 0) break;
    plain.append(reinterpret_cast<const char*>(frame), static_cast<size_t>(n));
  }
  --in_session_;
}

// False if not all of it was taken.
bool H2Connection::SendToWire(absl::string_view bytes) {
  if (!unsent_.empty()) {
    unsent_.append(bytes.data(), bytes.size());
    return false;
  }
  while (!bytes.empty()) {
    error_code error;
    const size_t n = socket_.write_some(boost::asio::buffer(bytes.data(), bytes.size()), error);
    if (error == boost::asio::error::would_block || error == boost::asio::error::try_again) {
      unsent_.assign(bytes.data(), bytes.size());
      WaitWritable();
      return false;
    }
    if (error) {
      Close(error.message());
      return false;
    }
    bytes.remove_prefix(n);
  }
  return true;
}

void H2Connection::WaitWritable() {
  waiting_writable_ = true;
  socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](error_code error) {
    if (error || self->closed_) return;
    self->waiting_writable_ = false;
    const std::string rest = std::exchange(self->unsent_, {});
    if (self->SendToWire(rest)) self->Flush();
  });
}

ssize_t H2Connection::ReadBody(H2Stream& stream, uint8_t* to, size_t size, uint32_t* flags) {
  if (stream.unsent() == 0 && !stream.body_ended_) {
    stream.deferred_ = true;
    return NGHTTP2_ERR_DEFERRED;
  }
  const size_t n = stream.TakeBody(to, size);
  if (stream.body_ended_ && stream.unsent() == 0) {
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (role_ == Role::kServer) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      nghttp2_submit_trailer(session_, stream.id_, stream.out_trailers_.data(),
                             stream.out_trailers_.size());
    }
  }
  return static_cast<ssize_t>(n);
}

void H2Connection::OnFrameSent(const nghttp2_frame& frame) {
  if (role_ == Role::kClient) {
    if (!IsOpeningHeaders(frame)) return;
    if (H2Stream* stream = StreamOf(frame.hd.stream_id)) stream->request_sent_ = true;
    return;
  }
  // An answer that is complete before the request is: the caller need not send the rest.
  if (EndsStream(frame) &&
      nghttp2_session_get_stream_remote_close(session_, frame.hd.stream_id) == 0) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, frame.hd.stream_id, NGHTTP2_NO_ERROR);
  }
}

void H2Connection::OnFrameNotSent(const nghttp2_frame& frame) {
  // nghttp2 tells of the end of a stream only if it had begun one.
  if (role_ != Role::kClient || !IsOpeningHeaders(frame)) return;
  for (H2Stream& stream : streams_) {
    if (stream.id_ == frame.hd.stream_id) return StreamClosed(stream, NGHTTP2_REFUSED_STREAM);
  }
}

// ---- streams

bool H2Connection::Open(std::shared_ptr<H2Stream> stream, const H2Fields& fields, bool end) {
  if (!accepts_streams()) return false;
  const nghttp2_data_provider body = Callbacks::BodyOf(*stream);
  const int32_t id = nghttp2_submit_request(session_, nullptr, fields.data(), fields.size(),
                                            end ? nullptr : &body, stream.get());
  if (id < 0) {
    // A connection has a billion numbers for streams.
    going_away_ = true;
    if (owner_ != nullptr) owner_->OnGoaway(*this);
    return false;
  }
  Attach(std::move(stream), id);
  FlushLater();
  return true;
}

void H2Connection::Attach(std::shared_ptr<H2Stream> stream, int32_t id) {
  stream->connection_ = this;
  stream->id_ = id;
  stream->request_sent_ = stream->reset_ = stream->deferred_ = false;
  stream->body_begin_ = 0;
  streams_.push_back(*stream);
  ++open_streams_;
  H2Stream& attached = *stream;
  attached.keep_alive_ = std::move(stream);
}

void H2Connection::StreamClosed(H2Stream& stream, uint32_t code) {
  if (stream.connection_ != this) return;
  const std::shared_ptr<void> keep = std::move(stream.keep_alive_);
  nghttp2_session_set_stream_user_data(session_, stream.id_, nullptr);
  stream.unlink();
  stream.connection_ = nullptr;
  --open_streams_;
  busy_ = heard_;
  stream.OnClosed(code);
  if (open_streams_ == 0 && going_away_) FlushLater();
}

void H2Connection::SubmitResponse(H2Stream& stream, const H2Fields& fields, bool end) {
  const nghttp2_data_provider body = Callbacks::BodyOf(stream);
  nghttp2_submit_response(session_, stream.id_, fields.data(), fields.size(),
                          end ? nullptr : &body);
  FlushLater();
}

void H2Connection::SubmitReset(H2Stream& stream, uint32_t code) {
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id_, code);
  FlushLater();
}

void H2Connection::ConsumeBody(H2Stream& stream, size_t bytes) {
  nghttp2_session_consume_stream(session_, stream.id_, bytes);
  FlushLater();
}

void H2Connection::ResumeBody(H2Stream& stream) {
  nghttp2_session_resume_data(session_, stream.id_);
  FlushLater();
}

// ---- ending

void H2Connection::Shutdown() {
  if (closed_ || std::exchange(leaving_, true)) return;
  if (session_ == nullptr) return Close("going away before it began");
  going_away_ = true;
  if (role_ == Role::kServer) {
    nghttp2_submit_shutdown_notice(session_);
    goaway_due_ = Now() + kGoawayAfter;
    SubmitPing();
  }
  if (options_.max_age > Duration::zero()) cut_due_ = Now() + options_.max_age;
  FlushLater();
}

void H2Connection::SayGoaway() {
  goaway_due_.reset();
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE,
                        nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR,
                        nullptr, 0);
  FlushLater();
}

void H2Connection::EndIfDone() {
  const bool over = nghttp2_session_want_read(session_) == 0;
  const bool left = going_away_ && !goaway_due_ && open_streams_ == 0;
  if ((over || left) && nghttp2_session_want_write(session_) == 0) EndOutput();
}

// A reset could destroy the last answers on their way, so a server waits for the peer's end.
void H2Connection::EndOutput() {
  if (role_ == Role::kClient) return Close("the connection has ended");
  if (tls_) {
    std::string& to_wire = loop_.to_wire();
    to_wire.clear();
    tls_->Close(to_wire);
    if (!SendToWire(to_wire) && closed_) return;
  }
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  ended_ = true;
  end_due_ = Now() + kLinger;
}

void H2Connection::Close(absl::string_view why) {
  if (closed_) return;
  closed_ = true;
  close_reason_ = std::string(why);
  error_code ignored;
  socket_.close(ignored);
  if (in_session_ == 0) TellStreams();
}

void H2Connection::TellStreams() {
  if (in_session_ > 0 || std::exchange(told_, true)) return;
  const auto self = shared_from_this();
  while (!streams_.empty()) {
    H2Stream& stream = streams_.front();
    const bool unseen = role_ == Role::kClient && !stream.request_sent_;
    StreamClosed(stream, unseen ? uint32_t{NGHTTP2_REFUSED_STREAM} : kConnectionLost);
  }
  if (owner_ != nullptr) owner_->OnClosed(*this, close_reason_);
}

void H2Connection::SubmitPing() {
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
  pinged_ = Now();
  FlushLater();
}

void H2Connection::Sweep(SteadyTime now) {
  if (closed_) return;
  const auto self = shared_from_this();
  if (end_due_) {
    if (now >= *end_due_) Close("the peer did not close");
    return;
  }
  if (!settled_) {
    if (now - began_ > options_.handshake_time) Close("no connection in time");
    return;
  }
  if (cut_due_ && now >= *cut_due_) return Close("too old");
  if (goaway_due_ && now >= *goaway_due_) SayGoaway();
  if (pinged_) {
    if (now - *pinged_ > options_.keepalive_timeout) return Close("no answer to a ping");
  } else if (now - heard_ > options_.keepalive_time) {
    SubmitPing();
  }
  if (open_streams_ > 0) busy_ = now;
  if (role_ == Role::kClient || leaving_) return;
  const bool old = options_.max_age > Duration::zero() && now - began_ > options_.max_age;
  const bool idle = options_.idle_time > Duration::zero() && now - busy_ > options_.idle_time;
  if (old || idle) Shutdown();
}

}  // namespace salesops::gateway
