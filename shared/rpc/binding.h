#pragma once

// The methods of one proto service and the plain functions that serve them.
//
//   rpc::Binding AccountService::Bind() {
//     rpc::Binding b(pipeline::v1::AccountService descriptor);   // or by full name
//     b.Unary("GetAccount", this, &AccountService::GetAccount);
//     b.ServerStream("ExportAccounts", this, &AccountService::ExportAccounts);
//     return b;
//   }
//
// A handler is a plain synchronous function on a pool worker. Streams never hold a worker: every
// message of a stream is one task of the pool. Registration aborts at start-up, naming the method,
// if the method does not exist, has other types, or declares no permission; rpc::Server refuses to
// start if a method of the service has no handler.
//
// No gRPC in this header.
//
// Thread-safety: built in one thread; handlers are called from many.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "shared/rpc/call_context.h"

namespace salesops::rpc {

// The next step of a server stream.
template <class Response>
struct Step {
  std::optional<Response> message;  // written if present
  bool last = false;                // the stream ends OK after it
  // Without a message and not last: call Next again after this long, or sooner if Wake fires.
  absl::Duration wait = absl::ZeroDuration();
};

// A server stream: Next is called on a pool worker, one at a time, until it says last or fails.
template <class Response>
class Producer {
 public:
  virtual ~Producer() = default;
  virtual absl::StatusOr<Step<Response>> Next(CallContext& ctx) = 0;
};

// A bidirectional stream of requests each answered by one response, in order.
template <class Request, class Response>
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual absl::StatusOr<Response> Handle(CallContext& ctx, const Request& request) = 0;
};

enum class Kind { kUnary, kServerStream, kExchange };

namespace internal {

using google::protobuf::Message;

struct ErasedStep {
  std::unique_ptr<Message> message;
  bool last = false;
  absl::Duration wait;
};
using ErasedNext = std::function<absl::StatusOr<ErasedStep>(CallContext&)>;
using ErasedHandle =
    std::function<absl::StatusOr<std::unique_ptr<Message>>(CallContext&, const Message&)>;

struct Method {
  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  Kind kind = Kind::kUnary;
  auth::MethodPolicy policy;
  const Message* request_prototype = nullptr;
  const Message* response_prototype = nullptr;
  // Exactly one of these is set.
  std::function<absl::Status(CallContext&, const Message&, Message*)> unary;
  std::function<absl::StatusOr<ErasedNext>(CallContext&, const Message&)> server_stream;
  std::function<absl::StatusOr<ErasedHandle>(CallContext&)> exchange;
};

}  // namespace internal

class Binding {
 public:
  // Aborts, naming it, if the service is not in the generated descriptor pool.
  explicit Binding(absl::string_view service_full_name);

  template <class Request, class Response>
  void Unary(const char* name,
             std::function<absl::StatusOr<Response>(CallContext&, const Request&)> handler) {
    internal::Method& m =
        Add(name, Kind::kUnary, Request::default_instance(), Response::default_instance());
    m.unary = [handler = std::move(handler)](CallContext& ctx, const google::protobuf::Message& in,
                                             google::protobuf::Message* out) -> absl::Status {
      absl::StatusOr<Response> result = handler(ctx, static_cast<const Request&>(in));
      if (!result.ok()) return std::move(result).status();
      *static_cast<Response*>(out) = *std::move(result);
      return absl::OkStatus();
    };
  }
  template <class S, class Request, class Response>
  void Unary(const char* name, S* self,
             absl::StatusOr<Response> (S::*method)(CallContext&, const Request&)) {
    Unary<Request, Response>(name, [self, method](CallContext& ctx, const Request& request) {
      return (self->*method)(ctx, request);
    });
  }

  template <class Request, class Response>
  void ServerStream(const char* name,
                    std::function<absl::StatusOr<std::unique_ptr<Producer<Response>>>(
                        CallContext&, const Request&)>
                        open) {
    internal::Method& m =
        Add(name, Kind::kServerStream, Request::default_instance(), Response::default_instance());
    m.server_stream =
        [open = std::move(open)](
            CallContext& ctx,
            const google::protobuf::Message& in) -> absl::StatusOr<internal::ErasedNext> {
      absl::StatusOr<std::unique_ptr<Producer<Response>>> producer =
          open(ctx, static_cast<const Request&>(in));
      if (!producer.ok()) return std::move(producer).status();
      std::shared_ptr<Producer<Response>> shared = *std::move(producer);
      return internal::ErasedNext(
          [shared](CallContext& ctx) -> absl::StatusOr<internal::ErasedStep> {
            absl::StatusOr<Step<Response>> step = shared->Next(ctx);
            if (!step.ok()) return std::move(step).status();
            internal::ErasedStep erased{nullptr, step->last, step->wait};
            if (step->message) {
              erased.message = std::make_unique<Response>(*std::move(step->message));
            }
            return erased;
          });
    };
  }
  template <class S, class Request, class Response>
  void ServerStream(const char* name, S* self,
                    absl::StatusOr<std::unique_ptr<Producer<Response>>> (S::*open)(
                        CallContext&, const Request&)) {
    ServerStream<Request, Response>(name, [self, open](CallContext& ctx, const Request& request) {
      return (self->*open)(ctx, request);
    });
  }

  template <class Request, class Response>
  void Exchanging(
      const char* name,
      std::function<absl::StatusOr<std::unique_ptr<Exchange<Request, Response>>>(CallContext&)>
          open) {
    internal::Method& m =
        Add(name, Kind::kExchange, Request::default_instance(), Response::default_instance());
    m.exchange = [open =
                      std::move(open)](CallContext& ctx) -> absl::StatusOr<internal::ErasedHandle> {
      absl::StatusOr<std::unique_ptr<Exchange<Request, Response>>> exchange = open(ctx);
      if (!exchange.ok()) return std::move(exchange).status();
      std::shared_ptr<Exchange<Request, Response>> shared = *std::move(exchange);
      return internal::ErasedHandle(
          [shared](CallContext& ctx, const google::protobuf::Message& in)
              -> absl::StatusOr<std::unique_ptr<google::protobuf::Message>> {
            absl::StatusOr<Response> out = shared->Handle(ctx, static_cast<const Request&>(in));
            if (!out.ok()) return std::move(out).status();
            return std::unique_ptr<google::protobuf::Message>(
                std::make_unique<Response>(*std::move(out)));
          });
    };
  }

  // The same for handlers that work on any message type (shared/resource): requests and responses
  // are of the types that the contract declares.
  void UnaryMessages(const char* name,
                     std::function<absl::Status(CallContext&, const google::protobuf::Message&,
                                                google::protobuf::Message*)>
                         handler) {
    AddDeclared(name, Kind::kUnary).unary = std::move(handler);
  }
  void ServerStreamMessages(const char* name, std::function<absl::StatusOr<internal::ErasedNext>(
                                                  CallContext&, const google::protobuf::Message&)>
                                                  open) {
    AddDeclared(name, Kind::kServerStream).server_stream = std::move(open);
  }
  void ExchangeMessages(const char* name,
                        std::function<absl::StatusOr<internal::ErasedHandle>(CallContext&)> open) {
    AddDeclared(name, Kind::kExchange).exchange = std::move(open);
  }

  const google::protobuf::ServiceDescriptor* service() const { return service_; }
  const std::vector<std::unique_ptr<internal::Method>>& methods() const { return methods_; }
  // Names of the service's methods that have no handler.
  std::vector<std::string> Missing() const;

 private:
  internal::Method& AddDeclared(const char* name,
                                Kind kind);  // with the contract's generated types
  internal::Method& Add(const char* name, Kind kind, const google::protobuf::Message& request,
                        const google::protobuf::Message& response);

  const google::protobuf::ServiceDescriptor* service_;
  std::vector<std::unique_ptr<internal::Method>> methods_;
};

}  // namespace salesops::rpc
