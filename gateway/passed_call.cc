#include "gateway/passed_call.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "gateway/call_deadline.h"
#include "gateway/call_metadata.h"
#include "gateway/call_metrics.h"
#include "gateway/message_reader.h"
#include "gateway/service_call.h"
#include "gateway/upstream_errors.h"
#include "gateway/upstreams.h"
#include "shared/status/status.h"

namespace salesops::gateway {
namespace {

// Of a request that must be read to know where it goes.
constexpr size_t kLargestRead = 64 << 10;

// Messages pass as they are, so what says how they are compressed passes too.
bool IsPassedOn(const HeaderList::Field& field) {
  if (field.name.empty() || field.name[0] == ':') return false;
  if (field.name == "grpc-encoding" || field.name == "grpc-accept-encoding") return true;
  return !IsOfThisHop(field.name) && IsLegalMetadata(field.name, field.value);
}

void AddMetadata(const HeaderList& headers, H2Fields& fields) {
  fields.reserve(fields.size() + headers.size() + 2);
  for (size_t i = 0; i < headers.size(); ++i) {
    const HeaderList::Field field = headers[i];
    if (IsPassedOn(field)) AddField(fields, field.name, field.value);
  }
}

absl::Status RequestMissing() {
  return status::Make(absl::StatusCode::kInvalidArgument, "REQUEST_MISSING",
                      "the call holds no request");
}

absl::Status RequestCut() {
  return status::Make(absl::StatusCode::kInvalidArgument, "REQUEST_CUT",
                      "the request ends within a message");
}

class PassedCall final : public IncomingCall::Handler,
                         public std::enable_shared_from_this<PassedCall>,
                         private ServiceCall::Receiver {
 public:
  PassedCall(const PassSide& side, std::shared_ptr<const Contracts> contracts, const Method& method,
             auth::Principal principal, IncomingCall& caller)
      : side_(side),
        contracts_(std::move(contracts)),
        method_(method),
        principal_(std::move(principal)),
        caller_(caller.shared_from_this()),
        started_(side.edge.clock->Now()),
        request_(side.largest_request),
        service_(side.loop, *this, side.edge.max_answer_bytes) {}

  void Begin() {
    std::optional<absl::Duration> asked;
    if (const absl::string_view text = caller_->headers().Find("grpc-timeout"); !text.empty()) {
      asked = ParseGrpcTimeout(text);
      if (!asked) {
        return Fail(status::InvalidField("grpc-timeout", "INVALID_TIMEOUT",
                                         "must be digits and a unit such as 500m"));
      }
    }
    deadline_ = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(AllowedTimeout(
                                                       asked, !method_.unary(), side_.edge.limits));
    if (!method_.upstream.empty()) return StartTo(method_.upstream);
    held_.emplace();
  }

  // -- the caller

  void OnRequestBytes(absl::string_view bytes) override {
    if (!request_.Take(bytes)) {
      return Fail(status::Make(
          absl::StatusCode::kResourceExhausted, "MESSAGE_TOO_LARGE",
          "a message is larger than the gateway carries; send or ask for less at once"));
    }
    if (!held_) return service_.Send(bytes);
    held_->append(bytes.data(), bytes.size());
    if (held_->size() > kLargestRead) return Fail(OperationUnknown());
    if (request_.messages() > 0) RouteHeld();
  }

  void OnRequestEnd() override {
    if (!request_.between_messages()) return Fail(RequestCut());
    if (!method_.client_streaming && request_.messages() == 0) return Fail(RequestMissing());
    service_.EndRequest();
  }

  void OnAnswerSent(size_t bytes) override { service_.Consume(bytes); }

  void OnGone() override {
    if (service_.ended()) return;  // the answer was on its way
    service_.Cancel();
    Record(StatusOfOurSide(absl::StatusCode::kCancelled, ""));
  }

 private:
  // The first message names the service.
  void RouteHeld() {
    const std::string bytes = *std::exchange(held_, std::nullopt);
    MessageReader reader;
    reader.Add(bytes);
    const auto message = reader.Next();
    std::string service;
    if (message && !message->compressed) service = ServiceOfRequest(method_, message->bytes);
    if (service.empty()) return Fail(OperationUnknown());
    StartTo(service);
    service_.Send(bytes);
  }

  void StartTo(absl::string_view service) {
    ServiceLinks* links = side_.edge.upstreams->Find(side_.loop, service);
    if (links == nullptr) return Fail(UpstreamUnknown());
    ServiceCall::Request request;
    request.path = method_.path;
    request.deadline = deadline_;
    request.only_reads = contracts_->only_reads[method_.index];
    AddMetadata(caller_->headers(), request.metadata);
    AddUniqueField(request.metadata, "x-request-id", caller_->trace().request_id);
    AddUniqueField(request.metadata, "traceparent", caller_->trace().traceparent);
    service_.Start(*links, std::move(request),
                   std::shared_ptr<ServiceCall>(shared_from_this(), &service_));
  }

  // -- the service

  void OnAnswerHeaders() override {
    H2Fields metadata;
    AddMetadata(service_.headers(), metadata);
    caller_->Answer(metadata);
  }

  void OnAnswerBytes(absl::string_view bytes) override { caller_->SendBody(bytes); }

  void OnRequestSent(size_t bytes) override { caller_->Consume(bytes); }

  void OnAnswerEnd(const absl::Status& status) override {
    H2Fields metadata;
    AddMetadata(service_.metadata(), metadata);
    End(status, metadata);
  }

  // -- the end

  void Fail(const absl::Status& status) {
    service_.Cancel();
    End(status, {});
  }

  void End(const absl::Status& status, const H2Fields& metadata) {
    if (caller_->finished()) return;
    caller_->Finish(status, metadata);
    Record(status);
  }

  void Record(const absl::Status& status) const {
    CallRecord record;
    record.protocol = Protocol::kGrpc;
    record.method = method_.path;
    record.metrics = &contracts_->metrics[method_.index];
    record.status = &status;
    record.subject = principal_.subject;
    record.trace_id = caller_->trace().trace_id();
    record.request_id = caller_->trace().request_id;
    record.peer = caller_->peer();
    record.took = side_.edge.clock->Now() - started_;
    record.request_bytes = request_.bytes();
    record.response_bytes = service_.answer().bytes();
    RecordCall(record);
  }

  const PassSide& side_;
  const std::shared_ptr<const Contracts> contracts_;
  const Method& method_;
  const auth::Principal principal_;
  const std::shared_ptr<IncomingCall> caller_;
  const absl::Time started_;
  const CallInFlight in_flight_;
  SteadyTime deadline_;
  MessageMeter request_;
  std::optional<std::string> held_;  // what has come of a request whose service is not known yet
  ServiceCall service_;
};

}  // namespace

void RefuseCall(IncomingCall& call, const Contracts& contracts, const Method* method,
                const absl::Status& status) {
  CallRecord record;
  record.protocol = Protocol::kGrpc;
  if (method != nullptr) {
    record.method = method->path;
    record.metrics = &contracts.metrics[method->index];
  }
  record.status = &status;
  record.trace_id = call.trace().trace_id();
  record.request_id = call.trace().request_id;
  record.peer = call.peer();
  RecordCall(record);
  call.Finish(status, {});
}

std::shared_ptr<IncomingCall::Handler> PassCall(const PassSide& side,
                                                std::shared_ptr<const Contracts> contracts,
                                                const Method& method, auth::Principal principal,
                                                IncomingCall& call) {
  auto passed =
      std::make_shared<PassedCall>(side, std::move(contracts), method, std::move(principal), call);
  passed->Begin();
  return passed;
}

}  // namespace salesops::gateway
