#include "gateway/http_server.h"

#include <signal.h>

#include <array>
#include <atomic>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gateway/http_message.h"
#include "gateway/server_stream.h"
#include "gateway/tls_context.h"

namespace salesops::gateway {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr size_t kReadSize = 16 << 10;
// Requests that a peer sends ahead of their turn; more waits in the kernel.
constexpr size_t kMostReadAhead = 64 << 10;
constexpr auto kSweepEvery = std::chrono::milliseconds(500);

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

// One thread and its connections.
class AnySession {
 public:
  virtual ~AnySession() = default;
  virtual void CheckDeadline(SteadyTime now) = 0;
  virtual void CloseIfIdle() = 0;
  virtual void Close() = 0;
};

class Loop {
 public:
  explicit Loop(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  void Start() {
    Sweep();
    thread_ = std::thread([this] { io_.run(); });
  }
  void Stop() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  asio::io_context& io() { return io_; }
  // What a connection of this thread reads into before it is taken over.
  std::array<char, kReadSize>& scratch() { return scratch_; }

  std::list<AnySession*>::iterator Add(AnySession* session) {
    return sessions_.insert(sessions_.end(), session);
  }
  void Remove(std::list<AnySession*>::iterator place) { sessions_.erase(place); }

  void CloseIdle() {
    asio::post(io_, [this] { ForEach(&AnySession::CloseIfIdle); });
  }
  void CloseAll() {
    asio::post(io_, [this] { ForEach(&AnySession::Close); });
  }

 private:
  void ForEach(void (AnySession::*act)()) {
    for (auto it = sessions_.begin(); it != sessions_.end();) ((*it++)->*act)();
  }

  // One timer for all connections of the thread: their deadlines move with every request, and
  // setting a timer each time would cost more than looking at all of them twice a second.
  void Sweep() {
    timer_.expires_after(kSweepEvery);
    timer_.async_wait([this](error_code error) {
      if (error) return;
      const SteadyTime now = std::chrono::steady_clock::now();
      for (auto it = sessions_.begin(); it != sessions_.end();) (*it++)->CheckDeadline(now);
      Sweep();
    });
  }

  std::shared_ptr<Shared> shared_;
  // Owned by the thread. Declared before io_, whose handlers own the sessions that leave the list.
  std::list<AnySession*> sessions_;
  asio::io_context io_{1};
  asio::steady_timer timer_{io_};
  std::array<char, kReadSize> scratch_;
  std::thread thread_;
};

// ---- one connection
// ------------------------------------------------------------------------------

template <class Stream>
class Session final : public AnySession, public std::enable_shared_from_this<Session<Stream>> {
 public:
  Session(Stream stream, std::shared_ptr<TlsContext> tls, Loop& loop,
          std::shared_ptr<Shared> shared)
      : tls_(std::move(tls)),
        stream_(std::move(stream)),
        loop_(loop),
        shared_(std::move(shared)),
        place_(loop_.Add(this)) {
    error_code ignored;
    const auto peer = socket().remote_endpoint(ignored);
    if (!ignored) peer_ = peer.address().to_string(ignored);
    socket().set_option(tcp::no_delay(true), ignored);
  }

  ~Session() override {
    loop_.Remove(place_);
    shared_->connections.fetch_sub(1);
    if (gone_) gone_();
  }

  void Start() {
    SetDeadline(shared_->options.header_time);
    stream_.Handshake([self = this->shared_from_this()](error_code error) {
      if (error) return self->Close();
      self->BeginRequest();
    });
  }

  void CheckDeadline(SteadyTime now) override {
    if (deadline_ && now >= *deadline_) Close();
  }

  void CloseIfIdle() override {
    if (stage_ == Stage::kHead && buffer_.size() == 0) Close();
  }

  void Close() override {
    if (closed_) return;
    closed_ = true;
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
    std::array<char, kReadSize>& scratch = loop_.scratch();
    error_code error;
    const size_t n = stream_.ReadSome(scratch.data(), scratch.size(), error);
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
    if (HasFoldedLine(Buffered().substr(0, size))) return Refuse(400, "a header is folded"), false;
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
        return Refuse(400, "the body is not what its framing says"), false;
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
    auto exchange = std::make_shared<Exchange>(this->shared_from_this(), std::move(request_));
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
    gone_ = nullptr;
    if (!keep_alive_) return CloseGently();
    // Posted, so that a peer that sends requests ahead does not make the stack grow.
    asio::post(loop_.io(), [self = this->shared_from_this()] { self->BeginRequest(); });
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
                          std::array<char, kReadSize>& scratch = self->loop_.scratch();
                          self->socket().read_some(asio::buffer(scratch), error);
                          if (error && error != asio::error::would_block) return self->Close();
                          self->Swallow();
                        });
  }

  std::shared_ptr<TlsContext> tls_;  // keeps the context of stream_
  Stream stream_;
  Loop& loop_;
  std::shared_ptr<Shared> shared_;
  std::list<AnySession*>::iterator place_;
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

  std::function<void()> gone_;
  std::string out_;           // what is being sent
  std::string pending_head_;  // of a stream, sent with its first data
  bool chunked_ = false;
  bool silent_body_ = false;  // HEAD
};

// Hands every operation over to the connection's thread.
template <class Stream>
class Session<Stream>::Exchange final : public HttpExchange {
 public:
  Exchange(std::shared_ptr<Session> session, HttpRequest request)
      : session_(std::move(session)),
        request_(std::move(request)),
        head_only_(request_.method == "HEAD") {}

  ~Exchange() override {
    // A handler that forgets its request must not leave the peer waiting.
    if (answered_) return;
    OnLoop([](Session& session) { session.Close(); });
  }

  const HttpRequest& request() const override { return request_; }

  void OnDisconnect(std::function<void()> gone) override {
    OnLoop([gone = std::move(gone)](Session& session) {
      if (session.closed_) return gone();
      session.gone_ = gone;
    });
  }

  void Respond(HttpResponse response) override {
    answered_ = true;
    OnLoop([response = std::move(response), head_only = head_only_](Session& session) mutable {
      session.Respond(std::move(response), head_only);
    });
  }

  void StartStream(int code, HttpHeaders headers) override {
    OnLoop([code, headers = std::move(headers), head_only = head_only_](Session& session) {
      session.StartStream(code, headers, head_only);
    });
  }

  void Write(std::string data, std::function<void(bool)> written) override {
    OnLoop([data = std::move(data), written = std::move(written)](Session& session) mutable {
      session.WriteStream(std::move(data), std::move(written));
    });
  }

  void EndStream(bool complete) override {
    answered_ = true;
    OnLoop([complete](Session& session) { session.EndStream(complete); });
  }

 private:
  template <class Work>
  void OnLoop(Work work) {
    asio::dispatch(session_->loop_.io(),
                   [session = session_, work = std::move(work)]() mutable { work(*session); });
  }

  const std::shared_ptr<Session> session_;
  const HttpRequest request_;
  const bool head_only_;
  std::atomic<bool> answered_{false};
};

// ---- the server
// ----------------------------------------------------------------------------------

class BeastHttpServer final : public HttpServer {
 public:
  BeastHttpServer(const Options& options, HttpHandler handler)
      : shared_(std::make_shared<Shared>()) {
    shared_->options = options;
    shared_->handler = std::move(handler);
  }

  // Connections are closed, which cancels their calls; each ends when its handler lets go of it.
  ~BeastHttpServer() override {
    Drain(absl::ZeroDuration());
    while (shared_->connections > 0) {
      for (auto& loop : loops_) loop->CloseAll();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    for (auto& loop : loops_) loop->Stop();
  }

  absl::Status Listen() {
    const Options& options = shared_->options;
    // OpenSSL writes to the socket without asking for silence.
    if (options.tls.enabled()) ::signal(SIGPIPE, SIG_IGN);
    if (absl::Status loaded = shared_->tls.Load(options.tls); !loaded.ok()) return loaded;
    for (int i = 0; i < std::max(1, options.threads); ++i) {
      loops_.push_back(std::make_unique<Loop>(shared_));
    }
    acceptor_.emplace(loops_[0]->io());
    refresh_.emplace(loops_[0]->io());
    error_code error;
    tcp::resolver resolver(loops_[0]->io());
    const auto addresses =
        resolver.resolve(options.host, std::to_string(options.port), tcp::resolver::passive, error);
    if (!error) acceptor_->open(addresses.begin()->endpoint().protocol(), error);
    if (!error) acceptor_->set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_->bind(addresses.begin()->endpoint(), error);
    if (!error) acceptor_->listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return absl::UnavailableError(absl::StrCat("cannot listen on ", options.host, ":",
                                                 options.port, ": ", error.message()));
    }
    port_ = acceptor_->local_endpoint().port();
    Accept();
    RefreshTls();
    for (auto& loop : loops_) loop->Start();
    return absl::OkStatus();
  }

  int port() const override { return port_; }
  int open_connections() const override { return shared_->connections; }

  void AnnounceDrain() override { shared_->announced = true; }

  void Drain(absl::Duration limit) override {
    AnnounceDrain();
    if (shared_->draining.exchange(true) || !acceptor_) return;
    asio::post(loops_[0]->io(), [this] {
      error_code ignored;
      acceptor_->close(ignored);
    });
    const auto end = std::chrono::steady_clock::now() + Chrono(limit);
    while (shared_->connections > 0 && std::chrono::steady_clock::now() < end) {
      for (auto& loop : loops_) loop->CloseIdle();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

 private:
  void Accept() {
    Loop& loop = *loops_[next_++ % loops_.size()];
    acceptor_->async_accept(loop.io(), [this, &loop](error_code error, tcp::socket socket) {
      if (error == asio::error::operation_aborted || !acceptor_->is_open()) return;
      if (error) return RetrySoon();
      if (shared_->connections.fetch_add(1) >= shared_->options.max_connections) {
        shared_->connections.fetch_sub(1);  // the socket closes here
      } else {
        asio::post(loop.io(), [this, &loop, socket = std::move(socket)]() mutable {
          Serve(loop, std::move(socket));
        });
      }
      Accept();
    });
  }

  // Out of descriptors, most likely: trying at once would spin.
  void RetrySoon() {
    refresh_->expires_after(std::chrono::milliseconds(100));
    refresh_->async_wait([this](error_code error) {
      if (error) return;
      Accept();
      RefreshTls();
    });
  }

  void RefreshTls() {
    refresh_->expires_after(Chrono(shared_->options.tls_refresh));
    refresh_->async_wait([this](error_code error) {
      if (error) return;
      shared_->tls.Refresh();
      RefreshTls();
    });
  }

  void Serve(Loop& loop, tcp::socket socket) {
    if (auto tls = shared_->tls.Current()) {
      TlsStream stream(std::move(socket), tls->native_handle());
      std::make_shared<Session<TlsStream>>(std::move(stream), tls, loop, shared_)->Start();
    } else {
      PlainStream stream(std::move(socket));
      std::make_shared<Session<PlainStream>>(std::move(stream), nullptr, loop, shared_)->Start();
    }
  }

  std::shared_ptr<Shared> shared_;
  std::vector<std::unique_ptr<Loop>> loops_;
  std::optional<tcp::acceptor> acceptor_;
  std::optional<asio::steady_timer> refresh_;
  size_t next_ = 0;
  int port_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const Options& options,
                                                              HttpHandler handler) {
  auto server = std::make_unique<BeastHttpServer>(options, std::move(handler));
  if (absl::Status listening = server->Listen(); !listening.ok()) return listening;
  return server;
}

}  // namespace salesops::gateway
