#include "shared/status/grpc_status.h"

#include <google/protobuf/any.pb.h>

#include <string>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "shared/status/status.h"

namespace salesops::status {
namespace {

// gRPC peers refuse more than 8 KiB of metadata by default, counted after base64, and the message
// is sent a second time as a header of its own.
constexpr size_t kLongestDetails = 5 * 1024;
constexpr size_t kLongestMessage = 1024;

// Cuts at a character's edge, so that the text stays UTF-8.
std::string Shorten(const std::string& text) {
  if (text.size() <= kLongestMessage) return text;
  size_t end = kLongestMessage;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

// Makes a list of violations fit into `budget` bytes: all but the first ten lose their words, the
// last one first, as where and why matter more; then the last ones are left out.
template <class Violations>
void Cut(Violations* violations, size_t budget) {
  constexpr size_t kFraming = 6;  // the tag and length before each violation
  constexpr int kWithWords = 10;
  size_t used = 0;
  for (const auto& violation : *violations) used += violation.ByteSizeLong() + kFraming;
  for (int i = violations->size() - 1; i >= kWithWords && used > budget; --i) {
    const size_t before = violations->Get(i).ByteSizeLong();
    violations->Mutable(i)->clear_description();
    used -= before - violations->Get(i).ByteSizeLong();
  }
  while (violations->size() > 0 && used > budget) {
    used -= violations->Get(violations->size() - 1).ByteSizeLong() + kFraming;
    violations->RemoveLast();
  }
}

bool Fits(const google::rpc::Status& proto) { return proto.ByteSizeLong() <= kLongestDetails; }

void CutViolations(google::rpc::Status* proto) {
  for (auto& any : *proto->mutable_details()) {
    const size_t others = proto->ByteSizeLong() - any.value().size();
    const size_t budget = others < kLongestDetails ? kLongestDetails - others : 0;
    google::rpc::BadRequest bad_request;
    google::rpc::PreconditionFailure failure;
    if (any.Is<google::rpc::BadRequest>() && any.UnpackTo(&bad_request)) {
      Cut(bad_request.mutable_field_violations(), budget);
      any.set_value(bad_request.SerializeAsString());
    } else if (any.Is<google::rpc::PreconditionFailure>() && any.UnpackTo(&failure)) {
      Cut(failure.mutable_violations(), budget);
      any.set_value(failure.SerializeAsString());
    }
  }
}

// Leaves nothing but the reason and the domain.
void CutToReason(google::rpc::Status* proto) {
  google::rpc::ErrorInfo info;
  for (const auto& any : proto->details()) {
    if (any.Is<google::rpc::ErrorInfo>()) any.UnpackTo(&info);
  }
  info.clear_metadata();
  proto->clear_details();
  google::protobuf::Any* any = proto->add_details();
  any->set_type_url(std::string("type.googleapis.com/") + info.GetTypeName());
  any->set_value(info.SerializeAsString());
}

// Makes the details small enough to travel: an answer with the first violations is worth more than
// a call that fails for its headers.
void FitIntoMetadata(google::rpc::Status* proto) {
  if (!Fits(*proto)) CutViolations(proto);
  if (!Fits(*proto)) CutToReason(proto);
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status proto = ToProto(status);
  proto.set_message(Shorten(proto.message()));
  FitIntoMetadata(&proto);
  return grpc::Status(static_cast<grpc::StatusCode>(proto.code()), proto.message(),
                      proto.SerializeAsString());
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  google::rpc::Status proto;
  const std::string details = status.error_details();
  // A peer's details that contradict its code are not to be believed.
  if (details.empty() || !proto.ParseFromString(details) ||
      proto.code() != static_cast<int>(status.error_code())) {
    return absl::Status(code, status.error_message());
  }
  return FromProto(proto);
}

}  // namespace salesops::status
