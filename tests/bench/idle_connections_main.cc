// Opens many TLS connections to an HTTP server, makes one call on each, leaves them open, and
// prints what each costs the server: "KiB per connection, connections".
//
// The server's memory is the resident set of its process before the first and after the last, when
// all are still open. A first round of connections is made and closed before, so that what the
// server takes once (sessions, arenas, threads' caches) is not counted as theirs.

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace salesops::bench {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace net = boost::asio;
using net::ip::tcp;

struct Settings {
  std::string host = "localhost", port, ca, path = "/healthz";
  int pid = 0;
  int connections = 10000;
  int first_round = 200;
};

int64_t ResidentKib(int pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; status >> word;) {
    int64_t kib = 0;
    if (word == "VmRSS:" && status >> kib) return kib;
  }
  return 0;
}

class Idler : public std::enable_shared_from_this<Idler> {
 public:
  Idler(net::io_context& io, net::ssl::context& tls) : stream_(io, tls) {}

  // Calls `settled` once, when the call was answered or anything failed.
  void Run(const tcp::resolver::results_type& addresses, const Settings& settings,
           std::function<void()> settled) {
    settled_ = std::move(settled);
    request_ = {http::verb::get, settings.path, 11};
    request_.set(http::field::host, settings.host);
    beast::get_lowest_layer(stream_).async_connect(
        addresses, [self = shared_from_this()](beast::error_code error, const auto&) {
          if (error) return self->Settle(error);
          self->stream_.async_handshake(net::ssl::stream_base::client,
                                        [self](beast::error_code failed) {
                                          if (failed) return self->Settle(failed);
                                          self->Ask();
                                        });
        });
  }

  const beast::error_code& error() const { return error_; }

  // False if the server has closed it.
  bool Open() {
    if (error_) return false;
    auto& socket = beast::get_lowest_layer(stream_).socket();
    socket.non_blocking(true);
    char byte;
    beast::error_code error;
    socket.receive(net::buffer(&byte, 1), tcp::socket::message_peek, error);
    return error == net::error::would_block;
  }

 private:
  void Ask() {
    http::async_write(stream_, request_,
                      [self = shared_from_this()](beast::error_code error, size_t) {
                        if (error) return self->Settle(error);
                        http::async_read(self->stream_, self->buffer_, self->response_,
                                         [self](beast::error_code failed, size_t) {
                                           self->buffer_ = {};
                                           self->response_ = {};
                                           self->Settle(failed);
                                         });
                      });
  }

  void Settle(beast::error_code error) {
    error_ = error;
    std::exchange(settled_, nullptr)();
  }

  beast::ssl_stream<beast::tcp_stream> stream_;
  http::request<http::empty_body> request_;
  http::response<http::string_body> response_;
  beast::flat_buffer buffer_;
  beast::error_code error_;
  std::function<void()> settled_;
};

class Crowd {
 public:
  explicit Crowd(const Settings& settings)
      : settings_(settings),
        tls_(net::ssl::context::tls_client),
        addresses_(tcp::resolver(io_).resolve(tcp::v4(), settings.host, settings.port)) {
    tls_.load_verify_file(settings.ca);
    tls_.set_verify_mode(net::ssl::verify_peer);
  }

  // Opens that many, no more than a few hundred at once; the number that are open in the end.
  int Open(int count) {
    wanted_ = count;
    for (int i = 0; i < std::min(count, 256); ++i) OpenNext();
    io_.restart();
    io_.run();
    int open = 0;
    for (const auto& idler : idlers_) {
      if (idler->Open()) {
        ++open;
      } else if (problem_.empty()) {
        problem_ = idler->error() ? idler->error().message() : "closed by the server";
      }
    }
    return open;
  }

  void Close() { idlers_.clear(); }
  const std::string& problem() const { return problem_; }

 private:
  void OpenNext() {
    if (static_cast<int>(idlers_.size()) >= wanted_) return;
    idlers_.push_back(std::make_shared<Idler>(io_, tls_));
    idlers_.back()->Run(addresses_, settings_, [this] { OpenNext(); });
  }

  const Settings& settings_;
  net::io_context io_{1};
  net::ssl::context tls_;
  const tcp::resolver::results_type addresses_;
  std::vector<std::shared_ptr<Idler>> idlers_;
  int wanted_ = 0;
  std::string problem_;
};

// The server's own work after a change (freeing, timers) is over once its memory rests.
int64_t RestingKib(int pid) {
  int64_t before = -1, now = ResidentKib(pid);
  for (int i = 0; i < 20 && now != before; ++i) {
    before = now;
    net::io_context io;
    net::steady_timer timer(io, std::chrono::milliseconds(250));
    timer.wait();
    now = ResidentKib(pid);
  }
  return now;
}

int Run(const Settings& settings) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur < static_cast<rlim_t>(settings.connections) + 100) {
    std::fprintf(stderr, "this machine lets a process open %llu files only (ulimit -Hn)\n",
                 static_cast<unsigned long long>(files.rlim_cur));
    return 1;
  }
  Crowd crowd(settings);
  crowd.Open(settings.first_round);
  crowd.Close();
  const int64_t before = RestingKib(settings.pid);
  const int open = crowd.Open(settings.connections);
  const int64_t after = RestingKib(settings.pid);
  if (open < settings.connections || before == 0) {
    std::fprintf(stderr, "%d of %d connections are open: %s\n", open, settings.connections,
                 crowd.problem().c_str());
    return 1;
  }
  std::printf("%.2f %d\n", static_cast<double>(after - before) / open, open);
  std::fflush(stdout);
  std::_Exit(0);  // closing ten thousand connections one by one tells nothing
}

}  // namespace
}  // namespace salesops::bench

int main(int argc, char** argv) {
  salesops::bench::Settings s;
  CLI::App app("Many idle TLS connections, and what each costs their server.");
  app.add_option("--host", s.host, "name in the server's certificate");
  app.add_option("--port", s.port, "")->required();
  app.add_option("--ca", s.ca, "CA of the server")->required()->check(CLI::ExistingFile);
  app.add_option("--pid", s.pid, "process of the server")->required();
  app.add_option("--path", s.path, "what each connection asks for once");
  app.add_option("--connections", s.connections, "");
  CLI11_PARSE(app, argc, argv);
  return salesops::bench::Run(s);
}
