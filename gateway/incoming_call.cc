#include "gateway/incoming_call.h"

#include <utility>

#include "absl/strings/match.h"
#include "gateway/h2_connection.h"
#include "shared/status/status.h"

namespace salesops::gateway {
namespace {

// "application/grpc", perhaps with "+proto" or parameters; not grpc-web.
bool IsGrpc(absl::string_view content_type) {
  constexpr absl::string_view kGrpc = "application/grpc";
  if (!absl::StartsWithIgnoreCase(content_type, kGrpc)) return false;
  content_type.remove_prefix(kGrpc.size());
  return content_type.empty() || content_type[0] == '+' || content_type[0] == ';' ||
         content_type[0] == ' ';
}

}  // namespace

void IncomingCall::OnHeaders() {
  path_ = headers().Find(":path");
  peer_ = connection()->peer();
  trace_ = ContinueTrace(headers().Find("traceparent"), headers().Find("x-request-id"));
  if (headers_too_large()) {
    return Finish(status::Make(absl::StatusCode::kResourceExhausted, "METADATA_TOO_LARGE",
                               "the metadata is larger than the gateway takes; send less of it"),
                  {});
  }
  if (headers().Find(":method") != "POST") return RefuseInHttp("405");
  if (!IsGrpc(headers().Find("content-type"))) return RefuseInHttp("415");
  handler_ = router_.Route(*this);
}

void IncomingCall::RefuseInHttp(absl::string_view code) {
  answered_ = finished_ = true;
  H2Fields fields;
  AddField(fields, ":status", code);
  if (code == "405") AddField(fields, "allow", "POST");
  SendResponse(fields, /*end=*/true);
}

void IncomingCall::OnBody(absl::string_view bytes) {
  if (finished_ || handler_ == nullptr) return Consume(bytes.size());
  handler_->OnRequestBytes(bytes);
}

void IncomingCall::OnRemoteEnd() {
  if (!finished_ && handler_ != nullptr) handler_->OnRequestEnd();
}

void IncomingCall::OnSent(size_t bytes) {
  if (handler_ != nullptr) handler_->OnAnswerSent(bytes);
}

void IncomingCall::OnClosed(uint32_t) {
  const std::shared_ptr<Handler> handler = std::move(handler_);
  if (!std::exchange(finished_, true) && handler != nullptr) handler->OnGone();
}

void IncomingCall::Answer(const H2Fields& metadata) {
  if (std::exchange(answered_, true)) return;
  H2Fields fields;
  fields.reserve(metadata.size() + 4);
  AddField(fields, ":status", "200");
  AddField(fields, "content-type", "application/grpc");
  AddUniqueField(fields, "x-request-id", trace_.request_id);
  AddUniqueField(fields, "traceparent", trace_.traceparent);
  fields.insert(fields.end(), metadata.begin(), metadata.end());
  SendResponse(fields, /*end=*/false);
}

void IncomingCall::Finish(const absl::Status& status, const H2Fields& metadata) {
  if (std::exchange(finished_, true)) return;
  Answer({});
  H2Fields fields;
  fields.reserve(metadata.size() + 3);
  if (status.ok()) {
    AddField(fields, "grpc-status", "0");
  } else {
    StatusFields said(status);
    message_ = std::move(said.message);
    details_ = std::move(said.details);
    AddField(fields, "grpc-status", said.code);
    if (!message_.empty()) AddField(fields, "grpc-message", message_);
    if (!details_.empty()) AddField(fields, "grpc-status-details-bin", details_);
  }
  fields.insert(fields.end(), metadata.begin(), metadata.end());
  SendTrailers(fields);
}

}  // namespace salesops::gateway
