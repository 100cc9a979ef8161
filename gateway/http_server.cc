#include "gateway/http_server.h"

#include <signal.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <thread>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gateway/http_message.h"
#include "gateway/listener.h"
#include "gateway/repeated.h"
#include "gateway/server_stream.h"
#include "gateway/tls_context.h"

namespace salesops::gateway {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr size_t kReadSize = 16 << 10;
// Requests that a peer sends ahead of their turn; more waits in the kernel. Beast must not see more
// at once: it throws at a trailer beyond 64 KiB.
constexpr size_t kMostReadAhead = 64 << 10;

// ---- what sessions share
// -------------------------------------------------------------------------

struct Shared {
  HttpServer::Options options;
  HttpHandler handler;
  WatchedTls tls{TlsUse::kHttpServer};
  std::atomic<int> connections{0};
  std::atomic<bool> announced{false};  // a drain comes: no connection is kept
  std::atomic<bool> draining{false};

  HttpResponse Refuse(int code, absl::string_view message) const {
    if (options.refusal) return options.refusal(code, message);
    return {code, {{"content-type", "text/plain"}}, std::string(message) + "\n"};
  }
};

std::chrono::steady_clock::duration Chrono(absl::Duration d) {
  return absl::ToChronoNanoseconds(d);
}

using SessionHook =
    boost::intrusive::list_base_hook<boost::intrusive::tag<struct SessionTag>,
                                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

class AnySession : public Swept, public SessionHook {
 public:
  virtual void CloseIfIdle() = 0;
  virtual void Close() = 0;
};

// One thread and its connections.
class Lane {
 public:
  explicit Lane(EventLoop& loop) : loop_(loop) {}

  EventLoop& loop() { return loop_; }

  // Looked at twice a second: its deadline moves with every request.
  void Add(AnySession& session) {
    sessions_.push_back(session);
    loop_.AddSwept(session);
  }

  void CloseIdle() {
    asio::post(loop_.io(), [this] { ForEach(&AnySession::CloseIfIdle); });
  }
  void CloseAll() {
    asio::post(loop_.io(), [this] { ForEach(&AnySession::Close); });
  }

 private:
  void ForEach(void (AnySession::*act)()) {
    for (auto it = sessions_.begin(); it != sessions_.end();) ((*it++).*act)();
  }

  EventLoop& loop_;
  boost::intrusive::list<AnySession, boost::intrusive::base_hook<SessionHook>,
                         boost::intrusive::constant_time_size<false>>
      sessions_;
};

// ---- one connection
// ------------------------------------------------------------------------------

template <class Stream>
class Session final : public AnySession, public std::enable_shared_from_this<Session<Stream>> {
 public:
  Session(Stream stream, std::shared_ptr<TlsContext> tls, Lane& lane,
          std::shared_ptr<Shared> shared)
      : tls_(std::move(tls)), stream_(std::move(stream)), lane_(lane), shared_(std::move(shared)) {
    lane_.Add(*this);
    error_code ignored;
    const auto peer = socket().remote_endpoint(ignored);
    if (!ignored) peer_ = peer.address().to_string(ignored);
    socket().set_option(tcp::no_delay(true), ignored);
  }

  ~Session() override {
    SessionHook::unlink();
    shared_->connections.fetch_sub(1);
  }

  void Start() {
    SetDeadline(shared_->options.header_time);
    stream_.Handshake([self = this->shared_from_this()](error_code error) {
      if (error) return self->Close();
      self->BeginRequest();
    });
  }

  void Sweep(SteadyTime now) override {
    if (deadline_ && now >= *deadline_) Close();
  }

  void CloseIfIdle() override {
    if (stage_ == Stage::kHead && buffer_.size() == 0) Close();
  }

  void Close() override {
    if (closed_) return;
    closed_ = true;
    const auto self = std::move(answering_);
    if (gone_) std::exchange(gone_, nullptr)();
    error_code ignored;
    socket().close(ignored);
  }

 private:
  enum class Stage { kHead, kBody, kAnswer };
  class Exchange;

  tcp::socket& socket() { return stream_.socket(); }

  void SetDeadline(absl::Duration after) {
    deadline_ = std::chrono::steady_clock::now() + Chrono(after);
  }

  // -- reading

  void BeginRequest() {
    stage_ = Stage::kHead;
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(shared_->options.max_header_bytes));
    parser_->body_limit(shared_->options.max_body_bytes);
    searched_ = 0;
    if (buffer_.size() == 0) {
      if (shared_->draining) return Close();
      buffer_.shrink_to_fit();  // it may rest for long
      SetDeadline(shared_->options.idle_time);
    } else {
      SetDeadline(shared_->options.header_time);
    }
    Advance();
  }

  // Goes on with what has been read, or reads more.
  void Advance() {
    if (closed_) return;
    if (stage_ == Stage::kHead && !ReadHead()) return;
    if (stage_ == Stage::kBody && !ReadBody()) return;
    // In kAnswer we read on, to learn that the peer has gone.
    ReadMore();
  }

  void ReadMore() {
    if (reading_ || closed_ || buffer_.size() >= kMostReadAhead) return;
    reading_ = true;
    stream_.WhenReadable([self = this->shared_from_this()](error_code error) {
      self->reading_ = false;
      if (error) return self->PeerGone();
      self->TakeIn();
    });
  }

  // Reads what is there.
  void TakeIn() {
    if (closed_) return;
    auto& scratch = lane_.loop().read_buffer();
    error_code error;
    const size_t most = std::min(kReadSize, kMostReadAhead - buffer_.size());
    const size_t n = stream_.ReadSome(scratch.data(), most, error);
    if (error == asio::error::would_block) return ReadMore();
    if (error) return PeerGone();
    const bool was_empty = buffer_.size() == 0;
    buffer_.commit(asio::buffer_copy(buffer_.prepare(n), asio::buffer(scratch.data(), n)));
    if (stage_ == Stage::kHead && was_empty) SetDeadline(shared_->options.header_time);
    Advance();
  }

  absl::string_view Buffered() const {
    return {static_cast<const char*>(buffer_.data().data()), buffer_.size()};
  }

  // True if there is nothing left to do but to read. Beast parses a head only when all of it is
  // here, so that the limit is on the whole.
  bool ReadHead() {
    if (buffer_.size() > 0) {
      const size_t end = Buffered().find("\r\n\r\n", searched_);
      const size_t size = end == absl::string_view::npos ? buffer_.size() : end + 4;
      if (size > shared_->options.max_header_bytes) {
        return Refuse(431, "the header fields are too large"), false;
      }
      if (end == absl::string_view::npos) {
        searched_ = buffer_.size() < 3 ? 0 : buffer_.size() - 3;
      } else {
        return ParseHead(size);
      }
    }
    return true;
  }

  bool ParseHead(size_t size) {
    // Beast unfolds lines, others do not (RFC 9112 section 5.2).
    if (HasFoldedLine(Buffered().substr(0, size))) {
      return Refuse(400, "a header goes on in a second line; write it in one"), false;
    }
    error_code error;
    const size_t used = parser_->put(asio::const_buffer(buffer_.data().data(), size), error);
    if (error == http::error::body_limit) return Refuse(413, "the body is too large"), false;
    if (error || used != size || !parser_->is_header_done()) {
      return Refuse(400, "the request is not HTTP/1.1"), false;
    }
    buffer_.consume(size);
    if (!TakeHead()) return false;
    if (parser_->is_done()) return BeginAnswer(), false;
    stage_ = Stage::kBody;
    SetDeadline(shared_->options.body_time);
    parser_->eager(true);
    if (expects_continue_) return SendContinue(), false;
    return true;
  }

  // Copies the head, so that trailers of a chunked body cannot add to it. False if refused.
  bool TakeHead() {
    const auto& message = parser_->get();
    http11_ = message.version() >= 11;
    keep_alive_ = message.keep_alive();
    request_ = HttpRequest();
    request_.peer = peer_;
    request_.method = std::string(message.method_string().data(), message.method_string().size());
    request_.headers.reserve(16);
    for (const auto& field : message) {
      request_.headers.emplace_back(
          absl::AsciiStrToLower({field.name_string().data(), field.name_string().size()}),
          std::string(field.value().data(), field.value().size()));
    }
    if (const char* ambiguity = FindAmbiguity(request_.headers, http11_)) {
      return Refuse(400, ambiguity), false;
    }
    if (!SplitTarget({message.target().data(), message.target().size()}, request_)) {
      return Refuse(400, "the request target is not a path"), false;
    }
    const absl::string_view expect = request_.Header("expect");
    expects_continue_ = absl::EqualsIgnoreCase(expect, "100-continue") && http11_;
    if (!expect.empty() && !expects_continue_) {
      return Refuse(417, "the only known expectation is 100-continue"), false;
    }
    return true;
  }

  bool ReadBody() {
    if (buffer_.size() > 0) {
      error_code error;
      const size_t used = parser_->put(buffer_.data(), error);
      buffer_.consume(used);
      if (error == http::error::body_limit) return Refuse(413, "the body is too large"), false;
      if (error && error != http::error::need_more) {
        return Refuse(400, "the body is not of the length or the chunks that it says"), false;
      }
      if (parser_->is_done()) return BeginAnswer(), false;
      if (buffer_.size() >= kMostReadAhead) {
        return Refuse(400, "a chunk header is too large"), false;
      }
    }
    return true;
  }

  void SendContinue() {
    static constexpr absl::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(stream_, asio::buffer(kContinue.data(), kContinue.size()),
                      [self = this->shared_from_this()](error_code error, size_t) {
                        if (error) return self->PeerGone();
                        self->Advance();
                      });
  }

  void PeerGone() {
    if (gone_) std::exchange(gone_, nullptr)();
    Close();
  }

  // -- answering

  void BeginAnswer() {
    stage_ = Stage::kAnswer;
    deadline_.reset();  // the call's own deadline rules now
    request_.body = std::move(parser_->get().body());
    parser_.reset();
    answering_ = this->shared_from_this();
    auto exchange = std::make_shared<Exchange>(answering_, std::move(request_));
    ReadMore();
    shared_->handler(std::move(exchange));
  }

  // An answer to a request that cannot be understood: what follows it cannot be either.
  void Refuse(int code, absl::string_view message) {
    stage_ = Stage::kAnswer;
    keep_alive_ = false;
    parser_.reset();
    Respond(shared_->Refuse(code, message), /*head_only=*/false);
  }

  bool KeepAlive() {
    if (shared_->announced) keep_alive_ = false;
    return keep_alive_;
  }

  void Respond(HttpResponse response, bool head_only) {
    if (closed_) return;
    ResponseHead head{response.code,        http11_,   KeepAlive(), BodyFraming::kLength,
                      response.body.size(), HttpDate()};
    out_ = FormatHead(head, response.headers);
    if (!head_only) out_ += response.body;
    Send([self = this->shared_from_this()](bool sent) {
      if (sent) self->EndAnswer();
    });
  }

  void StartStream(int code, const HttpHeaders& headers, bool head_only) {
    if (closed_) return;
    chunked_ = http11_;
    if (!http11_) keep_alive_ = false;
    ResponseHead head{code,         http11_,
                      KeepAlive(),  chunked_ ? BodyFraming::kChunked : BodyFraming::kUntilClose,
                      /*length=*/0, HttpDate()};
    pending_head_ = FormatHead(head, headers);
    silent_body_ = head_only;
  }

  void WriteStream(std::string data, std::function<void(bool)> written) {
    if (closed_) return written(false);
    out_ = std::exchange(pending_head_, {});
    if (!silent_body_ && !data.empty()) out_ += chunked_ ? FormatChunk(data) : data;
    Send(std::move(written));
  }

  void EndStream(bool complete) {
    if (closed_) return;
    if (!complete) keep_alive_ = false;
    out_ = std::exchange(pending_head_, {});
    if (complete && chunked_ && !silent_body_) out_ += kLastChunk;
    if (out_.empty()) return EndAnswer();
    Send([self = this->shared_from_this()](bool sent) {
      if (sent) self->EndAnswer();
    });
  }

  void Send(std::function<void(bool)> sent) {
    SetDeadline(shared_->options.write_time);
    asio::async_write(
        stream_, asio::buffer(out_),
        [self = this->shared_from_this(), sent = std::move(sent)](error_code error, size_t) {
          self->deadline_.reset();
          if (error) self->PeerGone();
          sent(!error);
        });
  }

  void EndAnswer() {
    const auto self = std::move(answering_);
    gone_ = nullptr;
    if (!keep_alive_) return CloseGently();
    // Posted, so that a peer that sends requests ahead does not make the stack grow.
    asio::post(lane_.loop().io(), [self = this->shared_from_this()] { self->BeginRequest(); });
  }

  // Sends our end, then waits a little for the peer's: a reset at once could destroy the answer on
  // its way, when the peer is still sending.
  void CloseGently() {
    if (closed_) return;
    SetDeadline(absl::Seconds(2));
    stream_.Shutdown([self = this->shared_from_this()] { self->HalfClose(); });
  }

  void HalfClose() {
    if (closed_) return;
    error_code ignored;
    socket().shutdown(tcp::socket::shutdown_send, ignored);
    if (!reading_) Swallow();
  }

  void Swallow() {
    if (closed_) return;
    socket().async_wait(tcp::socket::wait_read,
                        [self = this->shared_from_this()](error_code error) {
                          if (error || self->closed_) return self->Close();
                          auto& scratch = self->lane_.loop().read_buffer();
                          self->socket().read_some(asio::buffer(scratch), error);
                          if (error && error != asio::error::would_block) return self->Close();
                          self->Swallow();
                        });
  }

  std::shared_ptr<TlsContext> tls_;  // keeps the context of stream_
  Stream stream_;
  Lane& lane_;
  std::shared_ptr<Shared> shared_;
  std::string peer_;

  Stage stage_ = Stage::kHead;
  std::optional<SteadyTime> deadline_;
  beast::flat_buffer buffer_;  // read, not yet understood
  std::optional<http::request_parser<http::string_body>> parser_;
  size_t searched_ = 0;  // of the buffer, for the end of the head
  bool reading_ = false;
  bool closed_ = false;

  HttpRequest request_;
  bool http11_ = true;
  bool keep_alive_ = true;
  bool expects_continue_ = false;

  std::shared_ptr<Session> answering_;  // this, while an answer is being made
  std::function<void()> gone_;
  std::string out_;           // what is being sent
  std::string pending_head_;  // of a stream, sent with its first data
  bool chunked_ = false;
  bool silent_body_ = false;  // HEAD
};

// Hands every operation over to the connection's thread. The connection may go before it.
template <class Stream>
class Session<Stream>::Exchange final : public HttpExchange {
 public:
  Exchange(const std::shared_ptr<Session>& session, HttpRequest request)
      : session_(session),
        loop_(session->lane_.loop()),
        request_(std::move(request)),
        head_only_(request_.method == "HEAD") {}

  ~Exchange() override {
    // A handler that forgets its request must not leave the peer waiting.
    if (answered_ || session_.expired()) return;
    OnLoop([](Session* session) {
      if (session != nullptr) session->Close();
    });
  }

  const HttpRequest& request() const override { return request_; }
  EventLoop& loop() const override { return loop_; }

  void OnDisconnect(std::function<void()> gone) override {
    OnLoop([gone = std::move(gone)](Session* session) mutable {
      if (session == nullptr || session->closed_) return gone();
      session->gone_ = std::move(gone);
    });
  }

  void Respond(HttpResponse response) override {
    answered_ = true;
    OnLoop([response = std::move(response), head_only = head_only_](Session* session) mutable {
      if (session != nullptr) session->Respond(std::move(response), head_only);
    });
  }

  void StartStream(int code, HttpHeaders headers) override {
    OnLoop([code, headers = std::move(headers), head_only = head_only_](Session* session) {
      if (session != nullptr) session->StartStream(code, headers, head_only);
    });
  }

  void Write(std::string data, std::function<void(bool)> written) override {
    OnLoop([data = std::move(data), written = std::move(written)](Session* session) mutable {
      if (session == nullptr) return written(false);
      session->WriteStream(std::move(data), std::move(written));
    });
  }

  void EndStream(bool complete) override {
    answered_ = true;
    OnLoop([complete](Session* session) {
      if (session != nullptr) session->EndStream(complete);
    });
  }

 private:
  template <class Work>
  void OnLoop(Work work) {
    asio::dispatch(loop_.io(), [session = session_, work = std::move(work)]() mutable {
      work(session.lock().get());
    });
  }

  const std::weak_ptr<Session> session_;
  EventLoop& loop_;
  const HttpRequest request_;
  const bool head_only_;
  std::atomic<bool> answered_{false};
};

// ---- the server
// ----------------------------------------------------------------------------------

class BeastHttpServer final : public HttpServer {
 public:
  BeastHttpServer(const Options& options, EventLoops& loops, HttpHandler handler)
      : loops_(loops), shared_(std::make_shared<Shared>()) {
    shared_->options = options;
    shared_->handler = std::move(handler);
  }

  // Connections are closed, which cancels their calls.
  ~BeastHttpServer() override {
    Drain(absl::ZeroDuration());
    while (shared_->connections > 0) {
      for (const auto& lane : lanes_) lane->CloseAll();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    loops_.RunOnEach([](EventLoop&) {});  // what the lanes posted has run
  }

  absl::Status Listen() {
    const Options& options = shared_->options;
    // OpenSSL writes to the socket without asking for silence.
    if (options.tls.enabled()) ::signal(SIGPIPE, SIG_IGN);
    if (absl::Status loaded = shared_->tls.Load(options.tls); !loaded.ok()) return loaded;
    auto listener = Listener::Open(loops_,
                                   {.host = options.host,
                                    .port = std::to_string(options.port),
                                    .max_connections = options.max_connections},
                                   shared_->connections);
    if (!listener.ok()) return listener.status();
    listener_ = *std::move(listener);
    for (size_t i = 0; i < loops_.size(); ++i) {
      lanes_.push_back(std::make_unique<Lane>(loops_[i]));
      lane_of_[&loops_[i]] = lanes_.back().get();
    }
    listener_->Start([this](EventLoop& loop, tcp::socket socket) {
      Serve(*lane_of_.at(&loop), std::move(socket));
    });
    tls_refresh_ = std::make_unique<Repeated>(loops_[0], options.tls_refresh,
                                              [this] { shared_->tls.Refresh(); });
    return absl::OkStatus();
  }

  int port() const override { return listener_->port(); }
  int open_connections() const override { return shared_->connections; }

  void AnnounceDrain() override { shared_->announced = true; }

  void Drain(absl::Duration limit) override {
    AnnounceDrain();
    if (shared_->draining.exchange(true) || listener_ == nullptr) return;
    listener_->Close();
    const auto end = std::chrono::steady_clock::now() + Chrono(limit);
    while (shared_->connections > 0 && std::chrono::steady_clock::now() < end) {
      for (const auto& lane : lanes_) lane->CloseIdle();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

 private:
  void Serve(Lane& lane, tcp::socket socket) {
    if (auto tls = shared_->tls.Current()) {
      TlsStream stream(std::move(socket), tls->native_handle());
      std::make_shared<Session<TlsStream>>(std::move(stream), tls, lane, shared_)->Start();
    } else {
      PlainStream stream(std::move(socket));
      std::make_shared<Session<PlainStream>>(std::move(stream), nullptr, lane, shared_)->Start();
    }
  }

  EventLoops& loops_;
  std::shared_ptr<Shared> shared_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  absl::flat_hash_map<const EventLoop*, Lane*> lane_of_;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Repeated> tls_refresh_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const Options& options,
                                                              EventLoops& loops,
                                                              HttpHandler handler) {
  auto server = std::make_unique<BeastHttpServer>(options, loops, std::move(handler));
  if (absl::Status listening = server->Listen(); !listening.ok()) return listening;
  return server;
}

}  // namespace salesops::gateway
