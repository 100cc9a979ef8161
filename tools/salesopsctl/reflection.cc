#include "tools/salesopsctl/reflection.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gateway/standard_services.pb.h"

namespace salesops::ctl {
namespace {

using google::protobuf::FileDescriptorProto;
using google::protobuf::FileDescriptorSet;
using google::protobuf::Message;
namespace wire = gateway::wire;

constexpr char kMethod[] = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

// Asks for the list of services, then for one service after another.
class Conversation {
 public:
  bool Next(Message* out) {
    wire::ReflectionRequest request;
    if (!listed_) {
      request.set_list_services("*");
    } else if (!wanted_.empty()) {
      request.set_file_containing_symbol(*wanted_.begin());
      wanted_.erase(wanted_.begin());
    } else {
      return false;
    }
    out->CopyFrom(request);
    return true;
  }

  bool Visit(const Message& in) {
    wire::ReflectionResponse response;
    response.CopyFrom(in);
    if (response.has_error()) {
      failure_ = absl::UnknownError(absl::StrCat("the server does not tell its contracts: ",
                                                 response.error().error_message()));
      return false;
    }
    if (!listed_) {
      listed_ = true;
      for (const auto& service : response.services().service()) {
        // Standard services are called by no command.
        if (!absl::StartsWith(service.name(), "grpc.")) wanted_.insert(service.name());
      }
    }
    for (const std::string& bytes : response.file_descriptors().file_descriptor_proto()) {
      FileDescriptorProto file;
      if (!file.ParseFromString(bytes)) continue;
      std::string name = file.name();
      files_.emplace(std::move(name), std::move(file));
    }
    return true;
  }

  const absl::Status& failure() const { return failure_; }

  FileDescriptorSet InOrder() const {
    FileDescriptorSet set;
    std::set<std::string> placed;
    for (const auto& [name, file] : files_) Place(file, &placed, &set);
    return set;
  }

 private:
  void Place(const FileDescriptorProto& file, std::set<std::string>* placed,
             FileDescriptorSet* set) const {
    if (!placed->insert(file.name()).second) return;
    for (const std::string& import : file.dependency()) {
      const auto found = files_.find(import);
      if (found != files_.end()) Place(found->second, placed, set);
    }
    *set->add_file() = file;
  }

  bool listed_ = false;
  std::set<std::string> wanted_;
  std::map<std::string, FileDescriptorProto> files_;
  absl::Status failure_;
};

}  // namespace

absl::StatusOr<FileDescriptorSet> FetchContracts(rpc::Channel& channel, absl::Duration timeout) {
  Conversation conversation;
  const absl::Status status = channel.Exchange(
      kMethod, [&](Message* request) { return conversation.Next(request); },
      wire::ReflectionRequest(), wire::ReflectionResponse(), {.timeout = timeout},
      [&](const Message& response) { return conversation.Visit(response); });
  if (!conversation.failure().ok()) return conversation.failure();
  if (!status.ok()) return status;
  return conversation.InOrder();
}

}  // namespace salesops::ctl
