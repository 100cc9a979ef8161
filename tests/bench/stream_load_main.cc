// Follows pipeline's events as Server-Sent Events over many connections at once and prints
// "events/s of all together, batches/s, MB/s".
//
// An event is counted when its batch is there: the id of a batch is the position of its last event,
// so the difference of two ids is what came between. On the first connection the events themselves
// are counted too, and must be as many.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

namespace salesops::bench {
namespace {

namespace beast = boost::beast;
namespace net = boost::asio;
using net::ip::tcp;
using Clock = std::chrono::steady_clock;

struct Settings {
  std::string host = "localhost", port, ca, token_file;
  std::string path = "/pipeline/v1/events:watch";
  int connections = 500;
  double warm_up_seconds = 2;
  double seconds = 4;
};

struct Tally {
  Clock::time_point measured_from = Clock::time_point::max(), end = Clock::time_point::max();
  int following = 0;  // connections that have got a batch
  int64_t events = 0, batches = 0, bytes = 0;
  std::string error;  // the first
};

// Takes a stream of bytes apart into the beginnings of its lines; what a line holds beyond them is
// not kept. Sizes of chunks stand on lines of their own and disturb nothing.
class LineBeginnings {
 public:
  template <class Take>
  void Feed(std::string_view bytes, const Take& take) {
    while (!bytes.empty()) {
      const size_t end = std::min(bytes.find('\n'), bytes.size());
      if (line_.size() < kKept) line_.append(bytes.substr(0, std::min(end, kKept - line_.size())));
      if (end == bytes.size()) return;
      take(std::string_view(line_));
      line_.clear();
      bytes.remove_prefix(end + 1);
    }
  }

 private:
  static constexpr size_t kKept = 64;
  std::string line_;
};

int64_t CountOf(std::string_view needle, std::string_view text) {
  int64_t count = 0;
  for (size_t at = 0; (at = text.find(needle, at)) != std::string_view::npos; at += needle.size()) {
    ++count;
  }
  return count;
}

class Follower : public std::enable_shared_from_this<Follower> {
 public:
  Follower(net::io_context& io, net::ssl::context& tls, const std::string& request, bool checks,
           Tally* tally)
      : stream_(io, tls), request_(request), checks_(checks), tally_(tally) {}

  void Run(const tcp::resolver::results_type& addresses) {
    beast::get_lowest_layer(stream_).async_connect(
        addresses, [self = shared_from_this()](beast::error_code error, const auto&) {
          if (error) return self->Fail("connect", error);
          self->stream_.async_handshake(net::ssl::stream_base::client,
                                        [self](beast::error_code failed) {
                                          if (failed) return self->Fail("handshake", failed);
                                          self->Ask();
                                        });
        });
  }

  // Events that stood in the stream and that its ids say, of a follower that checks.
  std::pair<int64_t, int64_t> Checked() const {
    return {counted_, first_id_ < 0 ? 0 : last_id_ - first_id_};
  }

 private:
  void Ask() {
    net::async_write(stream_, net::buffer(request_),
                     [self = shared_from_this()](beast::error_code error, size_t) {
                       if (error) return self->Fail("write", error);
                       self->Listen();
                     });
  }

  void Listen() {
    stream_.async_read_some(net::buffer(buffer_),
                            [self = shared_from_this()](beast::error_code error, size_t size) {
                              if (error) return self->Fail("read", error);
                              self->Take({self->buffer_.data(), size});
                            });
  }

  void Take(std::string_view bytes) {
    const auto now = Clock::now();
    if (now >= tally_->end) return;
    const bool measured = now >= tally_->measured_from;
    if (measured) tally_->bytes += static_cast<int64_t>(bytes.size());
    lines_.Feed(bytes, [&](std::string_view line) {
      if (line.substr(0, 9) == "HTTP/1.1 " && line.substr(9, 3) != "200") {
        tally_->error = "answered " + std::string(line);
      }
      if (line.substr(0, 4) == "id: ") TakeBatch(std::atoll(line.data() + 4), measured);
    });
    if (checks_) Check(bytes);
    if (tally_->error.empty()) Listen();
  }

  void TakeBatch(int64_t id, bool measured) {
    if (last_id_ < 0) {
      first_id_ = id;
      ++tally_->following;
    } else if (measured) {
      tally_->events += id - last_id_;
      ++tally_->batches;
    }
    last_id_ = id;
  }

  // The id of a batch stands before its events: the batch whose id was the first and the one that
  // is still on its way are left out in the end.
  void Check(std::string_view bytes) {
    text_.append(bytes);
    const size_t end = text_.rfind("\n\n");
    if (end == std::string::npos) return;
    const std::string_view whole = std::string_view(text_).substr(0, end);
    counted_ += CountOf("\"aggregate\":", whole);
    text_.erase(0, end);
  }

  void Fail(const char* step, beast::error_code error) {
    if (tally_->error.empty()) tally_->error = std::string(step) + ": " + error.message();
  }

  beast::ssl_stream<beast::tcp_stream> stream_;
  const std::string& request_;
  const bool checks_;
  Tally* const tally_;
  LineBeginnings lines_;
  int64_t first_id_ = -1, last_id_ = -1;
  int64_t counted_ = 0;
  std::string text_;
  std::array<char, 16384> buffer_;
};

// Until every connection follows, then the warm-up and the measured time.
bool RunPhases(net::io_context& io, const Settings& settings, Tally& tally) {
  const auto seconds = [](double s) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(s));
  };
  const auto limit = Clock::now() + std::chrono::seconds(60);
  while (tally.following < settings.connections && tally.error.empty()) {
    if (Clock::now() >= limit) tally.error = "not every connection got an event within a minute";
    io.run_for(std::chrono::milliseconds(10));
  }
  tally.measured_from = Clock::now() + seconds(settings.warm_up_seconds);
  tally.end = tally.measured_from + seconds(settings.seconds);
  while (Clock::now() < tally.end && tally.error.empty()) {
    io.run_for(std::chrono::milliseconds(10));
  }
  return tally.error.empty();
}

int Run(const Settings& settings) {
  std::ifstream in(settings.token_file);
  std::string token;
  in >> token;
  const std::string request = "GET " + settings.path + " HTTP/1.1\r\nHost: " + settings.host +
                              "\r\nAccept: text/event-stream\r\nAuthorization: Bearer " + token +
                              "\r\n\r\n";
  net::io_context io(1);
  net::ssl::context tls(net::ssl::context::tls_client);
  tls.load_verify_file(settings.ca);
  tls.set_verify_mode(net::ssl::verify_peer);
  Tally tally;
  const auto addresses = tcp::resolver(io).resolve(tcp::v4(), settings.host, settings.port);
  std::shared_ptr<Follower> first;
  for (int i = 0; i < settings.connections; ++i) {
    const auto follower = std::make_shared<Follower>(io, tls, request, first == nullptr, &tally);
    if (first == nullptr) first = follower;
    follower->Run(addresses);
  }
  if (!RunPhases(io, settings, tally)) {
    std::fprintf(stderr, "following failed: %s\n", tally.error.c_str());
    return 1;
  }
  const auto [counted, by_id] = first->Checked();
  if (counted < by_id || counted > by_id + 400) {
    std::fprintf(stderr, "the ids say %lld events, the stream holds %lld\n",
                 static_cast<long long>(by_id), static_cast<long long>(counted));
    return 1;
  }
  std::printf("%.0f %.0f %.1f\n", static_cast<double>(tally.events) / settings.seconds,
              static_cast<double>(tally.batches) / settings.seconds,
              static_cast<double>(tally.bytes) / settings.seconds / 1e6);
  std::fflush(stdout);
  std::_Exit(0);  // the connections are dropped as they are
}

}  // namespace
}  // namespace salesops::bench

int main(int argc, char** argv) {
  salesops::bench::Settings s;
  CLI::App app("Many followers of Server-Sent Events.");
  app.add_option("--host", s.host, "name in the server's certificate");
  app.add_option("--port", s.port, "")->required();
  app.add_option("--ca", s.ca, "CA of the server")->required()->check(CLI::ExistingFile);
  app.add_option("--token_file", s.token_file, "bearer token")->required();
  app.add_option("--path", s.path, "the stream");
  app.add_option("--connections", s.connections, "followers");
  app.add_option("--seconds", s.seconds, "measured time");
  app.add_option("--warm_up", s.warm_up_seconds, "time before it, once all follow");
  CLI11_PARSE(app, argc, argv);
  return salesops::bench::Run(s);
}
