#include "shared/rpc/call.h"

#include <google/protobuf/message_lite.h>
#include <grpc/grpc_security_constants.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/server_context.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "shared/log/log.h"
#include "shared/status/grpc_status.h"
#include "shared/status/status.h"

namespace salesops::rpc {
namespace {

// A call with less time than this left cannot be answered in time.
constexpr absl::Duration kTooClose = absl::Milliseconds(2);
constexpr absl::Duration kRetryAfter = absl::Milliseconds(500);

absl::Time ClientDeadline(const grpc::CallbackServerContext& context) {
  const gpr_timespec raw = context.raw_deadline();
  if (gpr_time_cmp(raw, gpr_inf_future(raw.clock_type)) == 0) return absl::InfiniteFuture();
  const gpr_timespec real = gpr_convert_clock_type(raw, GPR_CLOCK_REALTIME);
  return absl::FromUnixSeconds(real.tv_sec) + absl::Nanoseconds(real.tv_nsec);
}

absl::string_view View(const grpc::string_ref& ref) { return {ref.data(), ref.size()}; }

Credentials CredentialsOf(const grpc::CallbackServerContext& context, bool tls) {
  Credentials credentials;
  auto [first, last] = context.client_metadata().equal_range("authorization");
  for (auto it = first; it != last; ++it) credentials.authorization.push_back(View(it->second));
  if (!tls) return credentials;
  std::shared_ptr<const grpc::AuthContext> peer = context.auth_context();
  std::vector<absl::string_view> names;
  const std::vector<grpc::string_ref> values =
      peer->FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME);
  for (const grpc::string_ref& value : values) names.push_back(View(value));
  if (peer->IsPeerAuthenticated()) credentials.service = ServiceOf(names);
  return credentials;
}

absl::string_view Traceparent(const grpc::CallbackServerContext& context) {
  auto it = context.client_metadata().find("traceparent");
  return it == context.client_metadata().end() ? absl::string_view() : View(it->second);
}

absl::Status Late() {
  return status::Make(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
                      "there was too little time left to answer; allow the call more");
}

// Handlers should build errors with shared/status. What comes from elsewhere gets a reason, and if
// it may hold the innards of the program, loses its text to the log.
absl::Status Presentable(absl::Status status) {
  if (status.ok() || !status::Reason(status).empty()) return status;
  switch (status.code()) {
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kDataLoss:
      return status::Internal(status.message());
    default:
      return status::Make(status.code(), absl::StatusCodeToString(status.code()), status.message());
  }
}

const google::protobuf::FieldDescriptor* RequestId(const google::protobuf::Descriptor& request) {
  const google::protobuf::FieldDescriptor* field = request.FindFieldByName("request_id");
  const bool text = field != nullptr && !field->is_repeated() &&
                    field->type() == google::protobuf::FieldDescriptor::TYPE_STRING;
  return text ? field : nullptr;
}

}  // namespace

absl::Status NoRoom() {
  return status::Exhausted("OVERLOADED", "the server is busy; try again shortly", kRetryAfter);
}

ServedMethod::ServedMethod(const internal::Method& bound)
    : bound(bound),
      path(absl::StrCat("/", bound.descriptor->service()->full_name(), "/",
                        bound.descriptor->name())),
      request_id(RequestId(*bound.descriptor->input_type())),
      meter(path) {}

Call::Call(Host& host, const ServedMethod& served)
    : host_(host), served_(served), arrival_(absl::Now()), work_began_(arrival_) {}

absl::Status Call::Arrive(const grpc::CallbackServerContext& context) {
  start_time_ = host_.dependencies.clock->Now();
  client_deadline_ = ClientDeadline(context);
  traceparent_ = TraceparentOrNew(Traceparent(context));
  if (host_.options.log_calls) peer_ = context.peer();
  SetDeadline(std::min(client_deadline_, arrival_ + host_.options.default_deadline));
  if (deadline() - arrival_ < kTooClose) return Late();
  const Authorities authorities{host_.dependencies.tokens, host_.dependencies.access,
                                &host_.options.conduits};
  const Credentials credentials = CredentialsOf(context, !host_.options.tls.cert.empty());
  absl::StatusOr<Caller> caller =
      Authorise(served_.bound.policy, credentials, authorities, start_time_);
  if (!caller.ok()) return std::move(caller).status();
  caller_ = *std::move(caller);
  if (caller_.principal.has_user()) token_ = *BearerToken(credentials);
  return absl::OkStatus();
}

absl::Status Call::StillWanted() {
  const absl::Time now = absl::Now();
  if (work_began_ == arrival_) work_began_ = now;
  if (cancelled()) {
    return status::Make(absl::StatusCode::kCancelled, "CANCELLED", "the client went away");
  }
  return now >= deadline() ? Late() : absl::OkStatus();
}

void Call::BeginStep() {
  SetDeadline(std::min(client_deadline_, absl::Now() + host_.options.default_deadline));
  start_time_ = host_.dependencies.clock->Now();
}

void Call::SetDeadline(absl::Time deadline) {
  deadline_.store(absl::ToUnixNanos(deadline), std::memory_order_relaxed);
}

absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Call::Parse(
    const grpc::ByteBuffer& bytes) {
  request_bytes_ += static_cast<int64_t>(bytes.Length());
  std::unique_ptr<google::protobuf::Message> request(served_.bound.request_prototype->New());
  grpc::ByteBuffer shared = bytes;  // the slices are counted, not copied
  const grpc::Status parsed =
      grpc::GenericDeserialize<grpc::ProtoBufferReader, google::protobuf::MessageLite>(
          &shared, request.get());
  if (!parsed.ok()) {
    return status::Make(absl::StatusCode::kInvalidArgument, "MALFORMED_MESSAGE",
                        absl::StrCat("the request cannot be read as ", request->GetTypeName()));
  }
  if (served_.request_id != nullptr) {
    request_id_ = request->GetReflection()->GetString(*request, served_.request_id);
  }
  if (host_.dependencies.validate) {
    const base::Violations violations = host_.dependencies.validate(*request);
    if (!violations.empty()) return status::InvalidArgument(violations);
  }
  return request;
}

absl::Status Call::Answer(const google::protobuf::Message& request,
                          google::protobuf::Message* response, grpc::ByteBuffer* out) {
  if (host_.dependencies.after_success) {
    absl::Status status = host_.dependencies.after_success(*this, request, response);
    if (!status.ok()) return status;
  }
  out->Clear();  // of the message before, in a stream
  bool own_buffer;
  const grpc::Status serialised =
      grpc::GenericSerialize<grpc::ProtoBufferWriter, google::protobuf::MessageLite>(*response, out,
                                                                                     &own_buffer);
  if (!serialised.ok()) return status::Internal("the answer cannot be serialised");
  response_bytes_ += static_cast<int64_t>(out->Length());
  return absl::OkStatus();
}

absl::Status Call::Guarded(const std::function<absl::Status()>& work) {
  try {
    return work();
  } catch (const std::exception& thrown) {
    return status::Internal(absl::StrCat("exception: ", thrown.what()));
  } catch (...) {
    return status::Internal("exception of unknown type");
  }
}

grpc::Status Call::Conclude(absl::Status status) {
  status = Presentable(std::move(status));
  const absl::Duration latency = absl::Now() - arrival_;
  const absl::Duration queued = work_began_ - arrival_;
  served_.meter.Count(status.code(), latency, queued);
  if (host_.options.log_calls) Log(status, latency, queued);
  return status.ok() ? grpc::Status::OK : status::ToGrpc(status);
}

void Call::Log(const absl::Status& status, absl::Duration latency, absl::Duration queued) const {
  const auth::Principal& who = caller_.principal;
  std::string subject;
  if (who.has_user() || !who.service.empty()) subject = who.ToString();
  if (who.has_user() && !who.service.empty()) absl::StrAppend(&subject, " via ", who.service);
  const std::string code = absl::StatusCodeToString(status.code());
  const std::string reason = status.ok() ? "" : status::Reason(status);
  const std::string detail = status.ok() ? "" : status::LogDetail(status);
  log::CallLine line;
  line.method = served_.path;
  line.code = code;
  line.reason = reason;
  line.detail = detail;
  line.subject = subject;
  line.trace_id = absl::string_view(traceparent_).substr(3, 32);
  line.request_id = request_id_;
  line.peer = peer_;
  line.duration = latency;
  line.queued = queued;
  line.request_bytes = request_bytes_;
  line.response_bytes = response_bytes_;
  log::Call(line);
}

}  // namespace salesops::rpc
