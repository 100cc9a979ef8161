#pragma once

// The two kinds of connection that a server of the gateway has, plain and TLS, behind one interface
// made for many connections that rest: OpenSSL works on the socket itself, and whoever reads brings
// a buffer only when there is something to read. A resting TLS connection holds nothing but its SSL
// object; asio::ssl::stream keeps 68 KiB of buffers for each.
//
//   stream.WhenReadable([&](error_code e) { size_t n = stream.ReadSome(buffer, size, e); … });
//   asio::async_write(stream, buffers, handler);
//
// ReadSome and WriteSome never block: error::would_block asks to wait and try again. At most one
// WhenReadable and one write may be under way.
//
// Thread-safety: one thread at a time.

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <utility>

namespace salesops::gateway {

class PlainStream {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using executor_type = Socket::executor_type;
  using ErrorCode = boost::system::error_code;

  explicit PlainStream(Socket socket) : socket_(std::move(socket)) {
    ErrorCode ignored;
    socket_.non_blocking(true, ignored);
  }

  executor_type get_executor() { return socket_.get_executor(); }
  Socket& socket() { return socket_; }

  template <class Handler>
  void Handshake(Handler handler) {
    handler(ErrorCode());
  }
  template <class Handler>
  void WhenReadable(Handler handler) {
    socket_.async_wait(Socket::wait_read, std::move(handler));
  }
  size_t ReadSome(char* data, size_t size, ErrorCode& error) {
    return socket_.read_some(boost::asio::buffer(data, size), error);
  }
  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    socket_.async_write_some(buffers, std::forward<Handler>(handler));
  }
  // Says to the peer that nothing follows.
  template <class Handler>
  void Shutdown(Handler handler) {
    handler();
  }

 private:
  Socket socket_;
};

class TlsStream {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using executor_type = Socket::executor_type;
  using ErrorCode = boost::system::error_code;

  TlsStream(Socket socket, SSL_CTX* context) : socket_(std::move(socket)), ssl_(SSL_new(context)) {
    ErrorCode ignored;
    socket_.non_blocking(true, ignored);
    if (ssl_ != nullptr) SSL_set_fd(ssl_.get(), socket_.native_handle());
  }

  executor_type get_executor() { return socket_.get_executor(); }
  Socket& socket() { return socket_; }

  template <class Handler>
  void Handshake(Handler handler) {
    ErrorCode error;
    Call([this] { return SSL_accept(ssl_.get()); }, error);
    if (!MustWait(error)) return handler(error);
    Wait([this, handler = std::move(handler)](ErrorCode e) mutable {
      if (e) return handler(e);
      Handshake(std::move(handler));
    });
  }

  template <class Handler>
  void WhenReadable(Handler handler) {
    // What OpenSSL has taken from the socket already wakes nobody. If it was not enough for the
    // last read, it is a part of a record, and only the socket can bring the rest.
    if (!starved_ && SSL_has_pending(ssl_.get())) {
      return boost::asio::post(get_executor(),
                               [handler = std::move(handler)]() mutable { handler(ErrorCode()); });
    }
    socket_.async_wait(Socket::wait_read, std::move(handler));
  }

  size_t ReadSome(char* data, size_t size, ErrorCode& error) {
    const size_t n =
        Call([&] { return SSL_read(ssl_.get(), data, static_cast<int>(size)); }, error);
    starved_ = MustWait(error);
    return n;
  }

  template <class Buffers, class Handler>
  void async_write_some(const Buffers& buffers, Handler&& handler) {
    const boost::asio::const_buffer first = *boost::asio::buffer_sequence_begin(buffers);
    ErrorCode error;
    const size_t written = Call(
        [&] { return SSL_write(ssl_.get(), first.data(), static_cast<int>(first.size())); }, error);
    if (!MustWait(error)) {
      return boost::asio::post(get_executor(), [handler = std::forward<Handler>(handler), error,
                                                written]() mutable { handler(error, written); });
    }
    Wait([this, first, handler = std::forward<Handler>(handler)](ErrorCode e) mutable {
      if (e) return handler(e, 0);
      async_write_some(first, std::move(handler));
    });
  }

  template <class Handler>
  void Shutdown(Handler handler) {
    ErrorCode error;
    Call([this] { return SSL_shutdown(ssl_.get()); }, error);
    handler();  // the peer's answer is not waited for
  }

 private:
  // Runs one operation of OpenSSL; what it moved, or why it did not.
  template <class Operation>
  size_t Call(Operation operation, ErrorCode& error) {
    error.clear();
    if (ssl_ == nullptr) {
      error = boost::asio::error::no_memory;
      return 0;
    }
    ERR_clear_error();
    const int result = operation();
    if (result > 0) return result;
    wants_write_ = false;
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_WRITE:
        wants_write_ = true;
        [[fallthrough]];
      case SSL_ERROR_WANT_READ:
        error = boost::asio::error::would_block;
        break;
      case SSL_ERROR_ZERO_RETURN:
        error = boost::asio::error::eof;
        break;
      default:
        error = boost::asio::error::connection_reset;
    }
    return 0;
  }

  static bool MustWait(const ErrorCode& error) { return error == boost::asio::error::would_block; }

  template <class Handler>
  void Wait(Handler handler) {
    socket_.async_wait(wants_write_ ? Socket::wait_write : Socket::wait_read, std::move(handler));
  }

  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  Socket socket_;
  std::unique_ptr<SSL, Free> ssl_;
  bool wants_write_ = false;
  bool starved_ = false;  // the last read found less than a record
};

}  // namespace salesops::gateway
