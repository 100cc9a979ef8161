// Any bytes into the HTTP side of a whole gateway, through a real socket, with a service behind it
// that sends back what it gets. Nothing may crash, leak or hang; what comes back is HTTP; and no
// more calls are made than there are requests.
//
// The first byte says in how many pieces the rest is sent.
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "shared/log/log.h"
#include "tests/door/door.h"

namespace door = salesops::door;

namespace {

door::Door& TheDoor() {
  static door::Door* const the_door = [] {
    salesops::log::Options quiet;
    quiet.sink = [](absl::string_view) {};
    salesops::log::Start(quiet);
    const std::vector<door::RpcSpec> rpcs = {
        {.rule = R"(get: "/messaging/v1/{name=notes/*}"
                    additional_bindings { get: "/messaging/v1/{name=files/**}" }
                    additional_bindings { get: "/messaging/v1/notes" response_body: "tags" })"},
        {.rule = R"(post: "/messaging/v1/{name=notes/*}:move" body: "*")"},
        {.rule = R"(patch: "/messaging/v1/{message.name=notes/*}" body: "message")"},
        {.response = "google.api.HttpBody", .rule = R"(put: "/messaging/v1/raw" body: "raw")"},
        {.response_stream = true, .rule = R"(get: "/messaging/v1/notes:watch")"},
        {.request_stream = true,
         .response_stream = true,
         .rule = R"(post: "/messaging/v1/notes:import" body: "*")"},
    };
    auto* made = new door::Door(
        {.contracts = {{"messaging", WithRpcs(door::ReadDescriptorSet(NOTE_DESCRIPTORS), rpcs)}},
         .http = {},
         .target = "",
         .threads = 1});
    made->edge().cors = salesops::gateway::Cors({"https://a.example"}, {});
    made->service().SetReply({.echo = true});
    made->Send("GET", "/messaging/v1/notes/1");  // the way to the service is open
    made->service().Take();
    return made;
  }();
  return *the_door;
}

// What the peer has sent, without waiting longer than this.
void ReadFor(int fd, std::chrono::milliseconds limit, std::string& out) {
  timeval wait{0, static_cast<suseconds_t>(limit.count() * 1000)};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  char bytes[16384];
  ssize_t n;
  while ((n = ::recv(fd, bytes, sizeof bytes, 0)) > 0 && out.size() < (4 << 20)) {
    out.append(bytes, static_cast<size_t>(n));
  }
}

// -1: not now, because the fuzzer's alarm came between or every port is taken for a moment.
int TryConnect(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno != EINTR && errno != EADDRNOTAVAIL) std::abort();
    ::close(fd);
    return -1;
  }
  // Closed by a reset: no port waits, so that millions of connections can follow each other.
  const linger now{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  return fd;
}

int Connect(int port) {
  for (;;) {
    const int fd = TryConnect(port);
    if (fd >= 0) return fd;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

// Each request ends its head with an empty line.
size_t EmptyLines(absl::string_view bytes) {
  size_t count = 0;
  for (size_t at = 0; (at = bytes.find("\r\n\r\n", at)) != absl::string_view::npos; ++at) ++count;
  return count;
}

// The calls that reached the service. One that was cancelled may still be on its way there:
// whatever was sent before on its connection arrives before the answer to a later call does.
size_t CallsSoFar(door::Door& the_door) {
  constexpr char kLater[] = "/messaging/v1/notes/later";
  constexpr size_t kConnections = 2;  // of the gateway to the service; taken in turn
  for (size_t i = 0; i < kConnections; ++i) {
    if (the_door.Send("GET", kLater).code != 200) std::abort();
  }
  return the_door.service().Take().size() - kConnections;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  door::Door& the_door = TheDoor();
  if (size == 0) return 0;
  absl::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t most_calls = EmptyLines(input);
  const size_t pieces = 1 + data[0] % 8;
  const int fd = Connect(the_door.http_port());
  const size_t piece = input.size() / pieces + 1;
  while (!input.empty()) {
    const absl::string_view next = input.substr(0, piece);
    if (::send(fd, next.data(), next.size(), MSG_NOSIGNAL) < 0) break;
    input.remove_prefix(next.size());
  }
  std::string answers;
  ReadFor(fd, std::chrono::milliseconds(3), answers);
  ::close(fd);
  if (!answers.empty() && !absl::StartsWith(answers, "HTTP/1.1 ")) std::abort();
  // All of it ends with its connection; if not, libFuzzer calls it a hang.
  while (the_door.http().open_connections() > 0 || the_door.service().running() > 0) {
    std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
  if (CallsSoFar(the_door) > most_calls) std::abort();
  return 0;
}
