#include "gateway/reflection.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/byte_buffer.h"
#include "gateway/standard_services.pb.h"

namespace salesops::gateway {
namespace {

using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorProto;

void NotFound(absl::string_view what, wire::ReflectionResponse& response) {
  response.mutable_error()->set_error_code(grpc::StatusCode::NOT_FOUND);
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

class Reflecting final : public grpc::ServerGenericBidiReactor {
 public:
  explicit Reflecting(std::shared_ptr<const Contracts> contracts)
      : contracts_(std::move(contracts)) {
    StartRead(&buffer_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    wire::ReflectionRequest request;
    if (!ParseMessage(buffer_, request)) {
      return Finish({grpc::StatusCode::INVALID_ARGUMENT, "a reflection request is expected"});
    }
    wire::ReflectionResponse response;
    Reflect(contracts_->catalog, request, response);
    buffer_ = SerializeMessage(response);
    StartWrite(&buffer_);
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::CANCELLED);
    StartRead(&buffer_);
  }

  void OnDone() override { delete this; }

 private:
  const std::shared_ptr<const Contracts> contracts_;
  grpc::ByteBuffer buffer_;
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
      response.mutable_error()->set_error_code(grpc::StatusCode::INVALID_ARGUMENT);
      response.mutable_error()->set_error_message("the request is empty");
      return;
  }
}

grpc::ServerGenericBidiReactor* ReflectionCall(std::shared_ptr<const Contracts> contracts) {
  return new Reflecting(std::move(contracts));
}

}  // namespace salesops::gateway
