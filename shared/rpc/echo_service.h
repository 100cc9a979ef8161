#pragma once

// The service that the tests of shared/rpc serve: what each method does is a function of the test.
// Only for tests.
//
// Thread-safety: set the functions before the server starts.

#include <functional>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "shared/rpc/binding.h"
#include "shared/rpc/testdata/echo.pb.h"

namespace salesops::rpc {

using testdata::EchoRequest;
using testdata::EchoResponse;

inline constexpr char kEcho[] = "/salesops.rpc.testdata.EchoService/Echo";
inline constexpr char kEchoAll[] = "/salesops.rpc.testdata.EchoService/EchoAll";
inline constexpr char kPing[] = "/salesops.rpc.testdata.EchoService/Ping";
inline constexpr char kWatch[] = "/salesops.rpc.testdata.EchoService/Watch";
inline constexpr char kChat[] = "/salesops.rpc.testdata.EchoService/Chat";

inline EchoResponse Reply(const CallContext& ctx, const EchoRequest& request) {
  EchoResponse response;
  response.set_text(request.text());
  response.set_principal(ctx.principal().ToString());
  response.set_left_ms(absl::ToInt64Milliseconds(ctx.deadline() - absl::Now()));
  response.set_traceparent(ctx.traceparent());
  return response;
}

// `count` answers at once.
class Counting final : public Producer<EchoResponse> {
 public:
  explicit Counting(int count) : count_(count) {}
  absl::StatusOr<Step<EchoResponse>> Next(CallContext&) override {
    Step<EchoResponse> step;
    step.message.emplace().set_text(absl::StrCat(++said_));
    step.last = said_ >= count_;
    return step;
  }

 private:
  const int count_;
  int said_ = 0;
};

class Replying final : public Exchange<EchoRequest, EchoResponse> {
 public:
  absl::StatusOr<EchoResponse> Handle(CallContext& ctx, const EchoRequest& request) override {
    return Reply(ctx, request);
  }
};

struct EchoService {
  using Answer = std::function<absl::StatusOr<EchoResponse>(CallContext&, const EchoRequest&)>;
  using OpenStream = std::function<absl::StatusOr<std::unique_ptr<Producer<EchoResponse>>>(
      CallContext&, const EchoRequest&)>;
  using OpenChat =
      std::function<absl::StatusOr<std::unique_ptr<Exchange<EchoRequest, EchoResponse>>>(
          CallContext&)>;

  Answer echo = [](CallContext& ctx, const EchoRequest& request) { return Reply(ctx, request); };
  OpenStream watch = [](CallContext&, const EchoRequest& request) {
    return std::make_unique<Counting>(request.count());
  };
  OpenChat chat = [](CallContext&) { return std::make_unique<Replying>(); };

  Binding Bind() const {
    Binding binding("salesops.rpc.testdata.EchoService");
    binding.Unary<EchoRequest, EchoResponse>("Echo", echo);
    binding.Unary<EchoRequest, EchoResponse>("EchoAll", echo);
    binding.Unary<EchoRequest, EchoResponse>("Ping", echo);
    binding.ServerStream<EchoRequest, EchoResponse>("Watch", watch);
    binding.Exchanging<EchoRequest, EchoResponse>("Chat", chat);
    return binding;
  }
};

inline EchoRequest Ask(const std::string& text) {
  EchoRequest request;
  request.set_text(text);
  return request;
}

}  // namespace salesops::rpc
