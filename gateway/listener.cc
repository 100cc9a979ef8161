#include "gateway/listener.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"

namespace salesops::gateway {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Kept by what it waits for, on the thread of the first loop.
class Listener::Accepting : public std::enable_shared_from_this<Accepting> {
 public:
  Accepting(EventLoops& loops, const Options& options, std::atomic<int>& open)
      : loops_(loops),
        options_(options),
        open_(open),
        acceptor_(loops[0].io()),
        timer_(loops[0].io()) {}

  absl::Status Bind() {
    error_code error;
    const auto found = tcp::resolver(loops_[0].io())
                           .resolve(options_.host, options_.port, tcp::resolver::passive, error);
    if (!error) acceptor_.open(found.begin()->endpoint().protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(found.begin()->endpoint(), error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (!error) return absl::OkStatus();
    return absl::UnavailableError(absl::StrCat("cannot listen on ", options_.host, ":",
                                               options_.port, ": ", error.message()));
  }

  void Begin(Serve serve) {
    serve_ = std::move(serve);
    Accept();
  }

  void End() {
    error_code ignored;
    acceptor_.close(ignored);
    timer_.cancel();
  }

  int port() const { return port_; }

 private:
  void Accept() {
    EventLoop& loop = loops_[next_++ % loops_.size()];
    acceptor_.async_accept(
        loop.io(), [self = shared_from_this(), &loop](error_code error, tcp::socket socket) {
          if (!self->acceptor_.is_open()) return;
          if (error) return self->AcceptSoon();
          self->Hand(loop, std::move(socket));
          self->Accept();
        });
  }

  void Hand(EventLoop& loop, tcp::socket socket) {
    if (open_.fetch_add(1) >= options_.max_connections) {
      open_.fetch_sub(1);
      return;  // which closes it
    }
    asio::post(loop.io(), [self = shared_from_this(), &loop, socket = std::move(socket)]() mutable {
      self->serve_(loop, std::move(socket));
    });
  }

  // Out of descriptors, most likely: trying at once would spin.
  void AcceptSoon() {
    timer_.expires_after(std::chrono::milliseconds(100));
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (!error && self->acceptor_.is_open()) self->Accept();
    });
  }

  EventLoops& loops_;
  const Options options_;
  std::atomic<int>& open_;
  tcp::acceptor acceptor_;
  asio::steady_timer timer_;
  Serve serve_;
  size_t next_ = 0;
  int port_ = 0;
};

absl::StatusOr<std::unique_ptr<Listener>> Listener::Open(EventLoops& loops, const Options& options,
                                                         std::atomic<int>& open) {
  auto accepting = std::make_shared<Accepting>(loops, options, open);
  if (absl::Status bound = accepting->Bind(); !bound.ok()) return bound;
  return std::unique_ptr<Listener>(new Listener(loops, std::move(accepting)));
}

Listener::Listener(EventLoops& loops, std::shared_ptr<Accepting> accepting)
    : loops_(loops), accepting_(std::move(accepting)) {}

Listener::~Listener() { Close(); }

void Listener::Start(Serve serve) {
  loops_[0].Run([&] { accepting_->Begin(std::move(serve)); });
}

int Listener::port() const { return accepting_->port(); }

void Listener::Close() {
  loops_[0].Run([this] { accepting_->End(); });
}

}  // namespace salesops::gateway
