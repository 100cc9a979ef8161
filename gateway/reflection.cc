#include "gateway/reflection.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gateway/standard_services.pb.h"

namespace salesops::gateway {
namespace {

using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorProto;

void NotFound(absl::string_view what, wire::ReflectionResponse& response) {
  response.mutable_error()->set_error_code(static_cast<int>(absl::StatusCode::kNotFound));
  response.mutable_error()->set_error_message(absl::StrCat("unknown: ", what));
}

// The file with its comments and, after it, everything it imports.
void AddFile(const DescriptorCatalog& catalog, const FileDescriptor& file,
             std::set<std::string>& seen, wire::FileDescriptors& files) {
  if (!seen.insert(file.name()).second) return;
  FileDescriptorProto proto;
  file.CopyTo(&proto);
  const absl::string_view comments = catalog.CommentsOf(file.name());
  if (!comments.empty()) {
    proto.mutable_source_code_info()->ParseFromArray(comments.data(),
                                                     static_cast<int>(comments.size()));
  }
  proto.SerializeToString(files.add_file_descriptor_proto());
  for (int i = 0; i < file.dependency_count(); ++i) {
    AddFile(catalog, *file.dependency(i), seen, files);
  }
}

void AnswerFile(const DescriptorCatalog& catalog, const FileDescriptor* file,
                absl::string_view what, wire::ReflectionResponse& response) {
  if (file == nullptr) return NotFound(what, response);
  std::set<std::string> seen;
  AddFile(catalog, *file, seen, *response.mutable_file_descriptors());
}

class Reflecting final : public LocalMethod {
 public:
  Reflecting(std::shared_ptr<const Contracts> contracts, std::shared_ptr<LocalAnswer> answer)
      : contracts_(std::move(contracts)), answer_(std::move(answer)) {}

  void OnMessage(absl::string_view message) override {
    wire::ReflectionRequest request;
    if (!request.ParseFromArray(message.data(), static_cast<int>(message.size()))) {
      return answer_->Finish(absl::InvalidArgumentError("a reflection request is expected"));
    }
    wire::ReflectionResponse response;
    Reflect(contracts_->catalog, request, response);
    answer_->Write(response.SerializeAsString());
  }

  void OnRequestEnd() override { answer_->Finish(absl::OkStatus()); }

 private:
  const std::shared_ptr<const Contracts> contracts_;
  const std::shared_ptr<LocalAnswer> answer_;
};

}  // namespace

void Reflect(const DescriptorCatalog& catalog, const wire::ReflectionRequest& request,
             wire::ReflectionResponse& response) {
  response.set_valid_host(request.host());
  *response.mutable_original_request() = request;
  switch (request.request_case()) {
    case wire::ReflectionRequest::kFileByFilename:
      return AnswerFile(catalog, catalog.FindFile(request.file_by_filename()),
                        request.file_by_filename(), response);
    case wire::ReflectionRequest::kFileContainingSymbol:
      return AnswerFile(catalog, catalog.FindSymbol(request.file_containing_symbol()),
                        request.file_containing_symbol(), response);
    case wire::ReflectionRequest::kFileContainingExtension: {
      const auto& wanted = request.file_containing_extension();
      const auto* field =
          catalog.FindExtension(wanted.containing_type(), wanted.extension_number());
      return AnswerFile(catalog, field == nullptr ? nullptr : field->file(),
                        wanted.containing_type(), response);
    }
    case wire::ReflectionRequest::kAllExtensionNumbersOfType: {
      const std::string& type = request.all_extension_numbers_of_type();
      bool known = false;
      const std::vector<int> numbers = catalog.ExtensionNumbers(type, known);
      if (!known) return NotFound(type, response);
      auto* answer = response.mutable_all_extension_numbers();
      answer->set_base_type_name(type);
      for (int number : numbers) answer->add_extension_number(number);
      return;
    }
    case wire::ReflectionRequest::kListServices:
      for (const std::string& service : catalog.services()) {
        response.mutable_services()->add_service()->set_name(service);
      }
      return;
    case wire::ReflectionRequest::REQUEST_NOT_SET:
      response.mutable_error()->set_error_code(
          static_cast<int>(absl::StatusCode::kInvalidArgument));
      response.mutable_error()->set_error_message("the request is empty");
      return;
  }
}

std::unique_ptr<LocalMethod> ReflectionMethod(std::shared_ptr<const Contracts> contracts,
                                              std::shared_ptr<LocalAnswer> answer) {
  return std::make_unique<Reflecting>(std::move(contracts), std::move(answer));
}

}  // namespace salesops::gateway
