// Loads an HTTP/1.1 server with GETs of opportunities over kept-alive connections, one call under
// way on each, and prints "calls/s, median ms, p99 ms" as bench_grpc_load does.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace salesops::bench {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace net = boost::asio;
using net::ip::tcp;
using Clock = std::chrono::steady_clock;

struct Settings {
  std::string host = "localhost", port, ca, token_file;
  int connections = 64;
  double warm_up_seconds = 0.5;
  double seconds = 4;
  int64_t ids = 10000;
};

struct Tally {
  Clock::time_point measured_from, end;
  std::vector<int32_t> micros;
  int64_t sent = 0;
  std::string error;  // the first
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(net::io_context& io, net::ssl::context& tls, const Settings& settings,
             const std::string& authorization, Tally* tally)
      : stream_(io, tls), settings_(settings), tally_(tally) {
    request_.method(http::verb::get);
    request_.version(11);
    request_.set(http::field::host, settings.host);
    request_.set(http::field::authorization, authorization);
  }

  void Run(const tcp::resolver::results_type& addresses) {
    beast::get_lowest_layer(stream_).async_connect(
        addresses, [self = shared_from_this()](beast::error_code error, const auto&) {
          if (error) return self->Fail("connect", error);
          beast::get_lowest_layer(self->stream_).socket().set_option(tcp::no_delay(true));
          self->stream_.async_handshake(net::ssl::stream_base::client,
                                        [self](beast::error_code failed) {
                                          if (failed) return self->Fail("handshake", failed);
                                          self->Ask();
                                        });
        });
  }

 private:
  void Ask() {
    if (Clock::now() >= tally_->end) return;
    const int64_t id = tally_->sent++ * 7919 % settings_.ids;
    request_.target("/pipeline/v1/opportunities/bench-" + std::to_string(id));
    begin_ = Clock::now();
    http::async_write(stream_, request_,
                      [self = shared_from_this()](beast::error_code error, size_t) {
                        if (error) return self->Fail("write", error);
                        self->Listen();
                      });
  }

  void Listen() {
    response_ = {};
    http::async_read(stream_, buffer_, response_,
                     [self = shared_from_this()](beast::error_code error, size_t) {
                       if (error) return self->Fail("read", error);
                       self->Count();
                     });
  }

  void Count() {
    const auto now = Clock::now();
    if (response_.result() != http::status::ok) {
      if (tally_->error.empty()) tally_->error = response_.body();
      return;
    }
    if (now >= tally_->measured_from && now < tally_->end) {
      tally_->micros.push_back(static_cast<int32_t>(
          std::chrono::duration_cast<std::chrono::microseconds>(now - begin_).count()));
    }
    Ask();
  }

  void Fail(const char* step, beast::error_code error) {
    if (tally_->error.empty()) tally_->error = std::string(step) + ": " + error.message();
  }

  beast::ssl_stream<beast::tcp_stream> stream_;
  const Settings& settings_;
  Tally* const tally_;
  http::request<http::empty_body> request_;
  http::response<http::string_body> response_;
  beast::flat_buffer buffer_;
  Clock::time_point begin_;
};

int Run(const Settings& settings) {
  std::ifstream in(settings.token_file);
  const std::string token{std::istreambuf_iterator<char>(in), {}};
  net::io_context io(1);
  net::ssl::context tls(net::ssl::context::tls_client);
  tls.load_verify_file(settings.ca);
  tls.set_verify_mode(net::ssl::verify_peer);
  Tally tally;
  const auto micros = [](double s) {
    return std::chrono::microseconds(static_cast<int64_t>(s * 1e6));
  };
  tally.measured_from = Clock::now() + micros(settings.warm_up_seconds);
  tally.end = tally.measured_from + micros(settings.seconds);
  const auto addresses = tcp::resolver(io).resolve(tcp::v4(), settings.host, settings.port);
  for (int i = 0; i < settings.connections; ++i) {
    std::make_shared<Connection>(io, tls, settings, "Bearer " + token, &tally)->Run(addresses);
  }
  io.run();
  if (!tally.error.empty() || tally.micros.empty()) {
    std::fprintf(stderr, "calls failed, the first with: %s\n", tally.error.c_str());
    return 1;
  }
  std::sort(tally.micros.begin(), tally.micros.end());
  const size_t n = tally.micros.size();
  std::printf("%.1f %.3f %.3f\n", static_cast<double>(n) / settings.seconds,
              tally.micros[n / 2] / 1e3, tally.micros[n * 99 / 100] / 1e3);
  return 0;
}

}  // namespace
}  // namespace salesops::bench

int main(int argc, char** argv) {
  salesops::bench::Settings s;
  CLI::App app("Closed-loop HTTP load of the bench.");
  app.add_option("--host", s.host, "name in the server's certificate");
  app.add_option("--port", s.port, "")->required();
  app.add_option("--ca", s.ca, "CA of the server")->required()->check(CLI::ExistingFile);
  app.add_option("--token_file", s.token_file, "bearer token")->required();
  app.add_option("--in_flight", s.connections, "connections, each with one call under way");
  app.add_option("--seconds", s.seconds, "measured time");
  app.add_option("--warm_up", s.warm_up_seconds, "time before it");
  app.add_option("--ids", s.ids, "opportunities that may be read");
  CLI11_PARSE(app, argc, argv);
  return salesops::bench::Run(s);
}
