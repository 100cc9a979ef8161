#pragma once

// HTTP/1.1 server, with or without TLS. It knows nothing of what it serves.
//
//   const auto hello = [](std::shared_ptr<HttpExchange> x) {
//     x->Respond({200, {{"content-type", "text/plain"}}, "hello"});
//   };
//   ASSIGN_OR_RETURN(auto server, HttpServer::Start(options, loops, hello));
//
// Connections are spread over the loops; each lives on one of them. Refused before the handler
// sees them: headers, bodies and times beyond the limits, and everything that two HTTP parsers
// might understand differently (both Content-Length and Transfer-Encoding, doubled lengths or
// hosts, unknown codings). A peer that goes away is noticed at once, also while its answer is being
// made.
//
// Thread-safety: HttpExchange is safe from any thread as long as the loops live, HttpServer from
// any but theirs; the handler is called on the thread of the exchange's loop and must not block.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gateway/event_loops.h"
#include "gateway/tls_files.h"

namespace salesops::gateway {

// Names are lower case.
using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method;
  std::string path;   // as sent, without the query
  std::string query;  // without '?'
  HttpHeaders headers;
  std::string body;
  std::string peer;  // address of the other end

  // The first value; empty if there is none.
  absl::string_view Header(absl::string_view lower_case_name) const;
  std::vector<absl::string_view> HeaderValues(absl::string_view lower_case_name) const;
};

struct HttpResponse {
  int code = 200;
  HttpHeaders headers;
  std::string body;
};

// One request and its answer: either Respond, or StartStream, any number of Write, EndStream.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;
  virtual const HttpRequest& request() const = 0;
  // Of its connection.
  virtual EventLoop& loop() const = 0;

  // Called at most once, on the loop's thread, if the peer goes before the answer is complete. Set
  // it before answering.
  virtual void OnDisconnect(std::function<void()> gone) = 0;

  virtual void Respond(HttpResponse response) = 0;

  virtual void StartStream(int code, HttpHeaders headers) = 0;
  // `written(true)` is called, on the loop's thread, when the peer's side has taken the data,
  // `written(false)` when it has gone. One Write at a time.
  virtual void Write(std::string data, std::function<void(bool)> written) = 0;
  // `complete` false closes the connection, so that the peer sees that the answer was cut.
  virtual void EndStream(bool complete) = 0;
};

using HttpHandler = std::function<void(std::shared_ptr<HttpExchange>)>;
// Makes the answer to a request that was refused before the handler saw it.
using HttpRefusal = std::function<HttpResponse(int code, absl::string_view message)>;

class HttpServer {
 public:
  struct Options {
    std::string host = "127.0.0.1";
    int port = 0;  // 0 picks one; see port()
    TlsFiles tls;  // no cert = plaintext; the files are read again when they change
    size_t max_header_bytes = 16 << 10;
    size_t max_body_bytes = 8 << 20;
    int max_connections = 10000;
    absl::Duration header_time = absl::Seconds(10);  // also for the TLS handshake
    absl::Duration body_time = absl::Seconds(60);
    absl::Duration idle_time = absl::Seconds(75);
    absl::Duration write_time = absl::Seconds(30);
    absl::Duration tls_refresh = absl::Seconds(5);
    HttpRefusal refusal;  // absent: text/plain
  };

  // UNAVAILABLE if the address cannot be bound, INVALID_ARGUMENT if the certificate does not load.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const Options& options,
                                                           EventLoops& loops, HttpHandler handler);
  // Closes everything at once.
  virtual ~HttpServer() = default;
  virtual int port() const = 0;
  virtual int open_connections() const = 0;
  // From now on every answer carries `Connection: close`; connections are still accepted. Called
  // when load balancers are told to go elsewhere, some time before Drain.
  virtual void AnnounceDrain() = 0;
  // Accepts no more connections, closes the idle ones, answers the rest with `Connection: close`.
  // Returns when all are gone or at the limit.
  virtual void Drain(absl::Duration limit) = 0;
};

}  // namespace salesops::gateway
