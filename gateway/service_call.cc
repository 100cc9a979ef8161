#include "gateway/service_call.h"

#include <algorithm>
#include <random>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gateway/upstream_errors.h"

namespace salesops::gateway {
namespace {

// Of the request, kept until the service answers, in case the call has to be sent again.
constexpr size_t kMostKept = 64 << 10;
constexpr int kMostAttempts = 3;
constexpr int kMostUnseen = 4;
constexpr std::chrono::milliseconds kFirstPause{50};

std::chrono::microseconds PauseBefore(int attempt) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const auto longest = std::chrono::microseconds(kFirstPause) * (1 << (attempt - 1));
  return longest * std::uniform_int_distribution<int>(50, 100)(random) / 100;
}

}  // namespace

void ServiceCall::Start(ServiceLinks& links, Request request, std::shared_ptr<ServiceCall> self) {
  links_ = &links;
  request_ = std::move(request);
  self_ = std::move(self);
  KeepBody(true);
  loop_.SetDeadline(*this, request_.deadline);
  Proceed();
}

void ServiceCall::Proceed() {
  const std::shared_ptr<ServiceCall> self = self_;
  if (ended_) return;
  if (H2Connection* connection = links_->Next(); connection != nullptr && Open(*connection)) return;
  if (links_->may_come()) return links_->Await(*this);
  if (MayTryAgain(absl::StatusCode::kUnavailable)) return TryAgain();
  EndOfOurSide(absl::StatusCode::kUnavailable, "no connection to the service");
}

bool ServiceCall::Open(H2Connection& connection) {
  const LinkSettings& settings = links_->settings();
  timeout_ =
      FormatGrpcTimeout(absl::FromChrono(request_.deadline - std::chrono::steady_clock::now()));
  H2Fields fields;
  fields.reserve(request_.metadata.size() + 8);
  AddField(fields, ":method", "POST");
  AddField(fields, ":scheme", settings.scheme);
  AddField(fields, ":path", request_.path);
  AddField(fields, ":authority", settings.authority);
  AddField(fields, "te", "trailers");
  AddField(fields, "content-type", "application/grpc");
  AddField(fields, "user-agent", "salesops-gateway");
  AddUniqueField(fields, "grpc-timeout", timeout_);
  fields.insert(fields.end(), request_.metadata.begin(), request_.metadata.end());
  ForgetResponse();
  only_status_ = again_ = false;
  return connection.Open(self_, fields, /*end=*/false);
}

void ServiceCall::Send(absl::string_view bytes) {
  if (ended_) return;
  request_bytes_ += bytes.size();
  SendBody(bytes);
  if (request_bytes_ > kMostKept) KeepBody(false);
}

void ServiceCall::EndRequest() {
  request_over_ = true;
  if (!ended_) EndBody();
}

void ServiceCall::Cancel() {
  const std::shared_ptr<ServiceCall> self = self_;
  if (ended_) return;
  Leave();
  Reset(NGHTTP2_CANCEL);
}

// What reads may be tried again as long as nothing of an answer has been handed on.
bool ServiceCall::MayTryAgain(absl::StatusCode code) const {
  return code == absl::StatusCode::kUnavailable && request_.only_reads && !answered_ &&
         attempts_ < kMostAttempts && body_is_whole();
}

void ServiceCall::TryAgain() {
  loop_.SetDeadline(pause_, std::chrono::steady_clock::now() + PauseBefore(attempts_++));
}

// ---- what the service says

void ServiceCall::OnHeaders() {
  if (ended_) return;
  if (headers_too_large()) {
    EndOfOurSide(absl::StatusCode::kResourceExhausted, "the answer's metadata is too large");
    return Reset(NGHTTP2_CANCEL);
  }
  const absl::string_view http = headers().Find(":status");
  if (http != "200" || !absl::StartsWith(headers().Find("content-type"), "application/grpc")) {
    EndOfOurSide(CodeOfHttp(http), absl::StrCat("not an answer of gRPC, HTTP ", http));
    return Reset(NGHTTP2_CANCEL);
  }
  // Such an answer has no other block; whether it is handed on is decided at its end.
  only_status_ = !headers().Find("grpc-status").empty();
  if (only_status_) return;
  answered_ = true;
  KeepBody(false);
  receiver_.OnAnswerHeaders();
}

void ServiceCall::OnBody(absl::string_view bytes) {
  if (ended_) return Consume(bytes.size());
  if (only_status_ || !answered_) {
    EndOfOurSide(absl::StatusCode::kInternal, "data after the end of an answer");
    return Reset(NGHTTP2_PROTOCOL_ERROR);
  }
  if (!meter_.Take(bytes)) {
    EndOfOurSide(absl::StatusCode::kResourceExhausted, "a message of the answer is too large");
    return Reset(NGHTTP2_CANCEL);
  }
  receiver_.OnAnswerBytes(bytes);
}

void ServiceCall::OnRemoteEnd() {
  if (ended_) return;
  if (metadata().Find("grpc-status").empty()) {
    EndOfOurSide(absl::StatusCode::kUnknown, "the answer has no status");
  } else if (const absl::Status status = ReadStatus(metadata()); MayTryAgain(status.code())) {
    again_ = true;
    return Reset(NGHTTP2_CANCEL);
  } else if (status.ok() && !meter_.between_messages()) {
    EndOfOurSide(absl::StatusCode::kInternal, "the answer ends within a message");
  } else {
    End(status);
  }
  if (!request_over_ || unsent() > 0) Reset(NGHTTP2_CANCEL);
}

void ServiceCall::OnSent(size_t bytes) {
  if (!ended_) receiver_.OnRequestSent(bytes);
}

void ServiceCall::OnClosed(uint32_t code) {
  if (ended_) return;
  if (again_) return TryAgain();
  const bool unseen = code == NGHTTP2_REFUSED_STREAM;
  if (unseen && !answered_ && body_is_whole() && unseen_ < kMostUnseen) {
    ++unseen_;
    // Not from here: the connection may be about to learn that it is going away.
    return loop_.SetDeadline(pause_, std::chrono::steady_clock::now());
  }
  const absl::StatusCode meaning =
      code == kConnectionLost ? absl::StatusCode::kUnavailable : CodeOfReset(code);
  if (MayTryAgain(meaning)) return TryAgain();
  EndOfOurSide(meaning, code == kConnectionLost ? std::string("the connection was lost")
                                                : absl::StrCat("reset with code ", code));
}

void ServiceCall::OnDeadline() {
  const std::shared_ptr<ServiceCall> self = self_;
  EndOfOurSide(absl::StatusCode::kDeadlineExceeded, "deadline of the gateway");
  Reset(NGHTTP2_CANCEL);
}

// ---- the end

void ServiceCall::EndOfOurSide(absl::StatusCode code, absl::string_view detail) {
  End(StatusOfOurSide(code, detail));
}

void ServiceCall::End(const absl::Status& status) {
  if (ended_) return;
  Leave();
  receiver_.OnAnswerEnd(status);
}

void ServiceCall::Leave() {
  ended_ = true;
  ServiceLinks::Waiter::unlink();
  CancelDeadline();
  pause_.CancelDeadline();
  self_.reset();  // whoever called this has another
}

}  // namespace salesops::gateway
