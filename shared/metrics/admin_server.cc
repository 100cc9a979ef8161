#include "shared/metrics/admin_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "shared/log/json_text.h"
#include "shared/metrics/metrics.h"
#include "shared/metrics/process_metrics.h"

namespace salesops::metrics {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr int kMostConnections = 32;
constexpr std::uint32_t kLongestHeader = 8 * 1024;

using Request = http::request<http::empty_body>;
using Response = http::response<http::string_body>;

std::string ReadinessJson(const std::vector<std::string>& reasons) {
  if (reasons.empty()) return "{\"ready\":true}\n";
  std::string json = "{\"ready\":false,\"reasons\":[";
  for (size_t i = 0; i < reasons.size(); ++i) {
    if (i > 0) json.push_back(',');
    log::AppendJsonString(reasons[i], &json);
  }
  return json + "]}\n";
}

Response Answer(const Request& request, const AdminServer::NotReady& not_ready) {
  Response response;
  response.version(request.version());
  response.keep_alive(false);
  const auto fill = [&](http::status status, const char* type, std::string body) {
    response.result(status);
    response.set(http::field::content_type, type);
    response.body() = std::move(body);
  };
  const absl::string_view target(request.target().data(), request.target().size());
  const absl::string_view path = target.substr(0, target.find('?'));
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    fill(http::status::method_not_allowed, "text/plain", "only GET and HEAD\n");
    response.set(http::field::allow, "GET, HEAD");
  } else if (path == "/metrics") {
    fill(http::status::ok, "text/plain; version=0.0.4; charset=utf-8", Text());
  } else if (path == "/livez") {
    fill(http::status::ok, "text/plain", "ok\n");
  } else if (path == "/readyz") {
    const std::vector<std::string> reasons = not_ready();
    fill(reasons.empty() ? http::status::ok : http::status::service_unavailable, "application/json",
         ReadinessJson(reasons));
  } else {
    fill(http::status::not_found, "text/plain", "there are /metrics, /livez and /readyz\n");
  }
  response.prepare_payload();
  // prepare_payload has set the length of the body a GET would have had.
  if (request.method() == http::verb::head) response.body().clear();
  return response;
}

// One connection: reads one request, answers it, closes. Lives as long as its operations.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, std::chrono::nanoseconds patience,
          const AdminServer::NotReady& not_ready, std::function<void()> on_end)
      : stream_(std::move(socket)),
        patience_(patience),
        not_ready_(not_ready),
        on_end_(std::move(on_end)) {
    parser_.header_limit(kLongestHeader);
    parser_.body_limit(0);
  }
  ~Session() { on_end_(); }

  void Start() {
    stream_.expires_after(patience_);
    http::async_read(stream_, buffer_, parser_,
                     [self = shared_from_this()](error_code error, size_t) {
                       if (!error) self->Reply();
                     });
  }

 private:
  void Reply() {
    response_ = Answer(parser_.get(), not_ready_);
    stream_.expires_after(patience_);
    http::async_write(stream_, response_, [self = shared_from_this()](error_code error, size_t) {
      self->Close(error);
    });
  }

  void Close(error_code error) {
    if (!error) stream_.socket().shutdown(tcp::socket::shutdown_send, error);
  }

  beast::tcp_stream stream_;
  std::chrono::nanoseconds patience_;
  const AdminServer::NotReady& not_ready_;
  std::function<void()> on_end_;
  beast::flat_buffer buffer_;
  http::request_parser<http::empty_body> parser_;
  Response response_;
};

class BeastAdminServer final : public AdminServer {
 public:
  BeastAdminServer(const Options& options, NotReady not_ready)
      : patience_(absl::ToChronoNanoseconds(options.patience)), not_ready_(std::move(not_ready)) {}

  ~BeastAdminServer() override {
    io_.stop();
    if (thread_.joinable()) thread_.join();
    ending_ = true;
  }

  absl::Status Listen(const Options& options) {
    error_code error;
    tcp::resolver resolver(io_);
    const auto addresses =
        resolver.resolve(options.host, std::to_string(options.port), tcp::resolver::passive, error);
    if (!error) acceptor_.open(addresses.begin()->endpoint().protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(addresses.begin()->endpoint(), error);
    if (!error) acceptor_.listen(kMostConnections, error);
    if (error) {
      return absl::UnavailableError(absl::StrCat("cannot listen on ", options.host, ":",
                                                 options.port, ": ", error.message()));
    }
    port_ = acceptor_.local_endpoint().port();
    Accept();
    thread_ = std::thread([this] { io_.run(); });
    return absl::OkStatus();
  }

  int port() const override { return port_; }

 private:
  // Takes the next connection unless as many as allowed are open; the rest wait in the kernel.
  void Accept() {
    if (accepting_ || open_ >= kMostConnections) return;
    accepting_ = true;
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      accepting_ = false;
      if (error == asio::error::operation_aborted) return;
      if (error) return RetrySoon();
      ++open_;
      std::make_shared<Session>(std::move(socket), patience_, not_ready_, [this] {
        --open_;
        if (!ending_) Accept();
      })->Start();
      Accept();
    });
  }

  // Out of descriptors, most likely: trying at once would spin.
  void RetrySoon() {
    retry_.expires_after(std::chrono::milliseconds(100));
    retry_.async_wait([this](error_code error) {
      if (!error) Accept();
    });
  }

  const std::chrono::nanoseconds patience_;
  const NotReady not_ready_;
  int port_ = 0;
  int open_ = 0;  // this and what follows belong to the thread while it runs
  bool accepting_ = false;
  bool ending_ = false;
  // Below what sessions touch when they end: the last of them end with io_.
  asio::io_context io_{1};
  tcp::acceptor acceptor_{io_};
  asio::steady_timer retry_{io_};
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<AdminServer>> AdminServer::Start(const Options& options,
                                                                NotReady not_ready) {
  AddProcessMetrics();
  auto server = std::make_unique<BeastAdminServer>(options, std::move(not_ready));
  if (absl::Status status = server->Listen(options); !status.ok()) return status;
  return server;
}

}  // namespace salesops::metrics
