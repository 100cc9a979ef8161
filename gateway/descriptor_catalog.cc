#include "gateway/descriptor_catalog.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "salesops/options/v1/options.pb.h"
#include "shared/status/macros.h"

namespace salesops::gateway {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::DynamicMessageFactory;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorProto;
using google::protobuf::FileDescriptorSet;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

namespace {

constexpr char kOperations[] = "google.longrunning.Operations";

class FirstError : public DescriptorPool::ErrorCollector {
 public:
  void AddError(const std::string& file, const std::string& element,
                const google::protobuf::Message*, ErrorLocation,
                const std::string& message) override {
    if (text.empty()) text = absl::StrCat(file, ": ", element, ": ", message);
  }
  std::string text;
};

}  // namespace

struct DescriptorCatalog::Pool {
  std::string upstream;
  DescriptorPool descriptors;
  DynamicMessageFactory factory{&descriptors};
};

DescriptorCatalog::DescriptorCatalog() = default;
DescriptorCatalog::~DescriptorCatalog() = default;
DescriptorCatalog::DescriptorCatalog(DescriptorCatalog&&) noexcept = default;
DescriptorCatalog& DescriptorCatalog::operator=(DescriptorCatalog&&) noexcept = default;

absl::StatusOr<DescriptorCatalog> DescriptorCatalog::Build(
    const std::map<std::string, FileDescriptorSet>& sets) {
  DescriptorCatalog catalog;
  for (const auto& [upstream, set] : sets) RETURN_IF_ERROR(catalog.AddSet(upstream, set));
  std::vector<Method*> methods;
  for (const auto& [path, method] : catalog.by_path_) methods.push_back(method.get());
  std::sort(methods.begin(), methods.end(),
            [](const Method* a, const Method* b) { return a->path < b->path; });
  for (size_t i = 0; i < methods.size(); ++i) methods[i]->index = i;
  catalog.methods_.assign(methods.begin(), methods.end());
  for (const auto& [service, owner] : catalog.owner_of_service_) {
    catalog.services_.push_back(service);
  }
  return catalog;
}

absl::StatusOr<std::map<std::string, FileDescriptorSet>> DescriptorCatalog::ReadFolder(
    const std::string& folder) {
  std::error_code error;
  std::map<std::string, FileDescriptorSet> sets;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() != ".binpb") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    if (!sets[entry.path().stem().string()].ParseFromIstream(&file)) {
      return absl::InvalidArgumentError(
          absl::StrCat(entry.path().string(), " is not a descriptor set"));
    }
  }
  if (error) {
    return absl::NotFoundError(absl::StrCat("cannot read ", folder, ": ", error.message()));
  }
  if (sets.empty()) return absl::NotFoundError(absl::StrCat("no *.binpb file in ", folder));
  return sets;
}

absl::StatusOr<DescriptorCatalog> DescriptorCatalog::LoadFolder(const std::string& folder) {
  ASSIGN_OR_RETURN(auto sets, ReadFolder(folder));
  return Build(sets);
}

absl::Status DescriptorCatalog::AddSet(const std::string& upstream, const FileDescriptorSet& set) {
  auto pool = std::make_unique<Pool>();
  pool->upstream = upstream;
  FirstError errors;
  std::vector<const FileDescriptor*> files;
  for (const FileDescriptorProto& source : set.file()) {
    FileDescriptorProto file = source;
    if (file.has_source_code_info() && !absl::StartsWith(file.name(), "google/")) {
      comments_.emplace(file.name(), file.source_code_info().SerializeAsString());
    }
    file.clear_source_code_info();  // two thirds of the memory, and read once only (Contracts)
    const FileDescriptor* built = pool->descriptors.BuildFileCollectingErrors(file, &errors);
    if (built == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("the descriptor set of ", upstream, " does not build: ", errors.text));
    }
    files.push_back(built);
  }
  for (const FileDescriptor* file : files) {
    for (int i = 0; i < file->service_count(); ++i) {
      RETURN_IF_ERROR(AddService(upstream, *pool, *file->service(i)));
    }
  }
  pools_.push_back(std::move(pool));
  return absl::OkStatus();
}

absl::Status DescriptorCatalog::AddService(const std::string& upstream, Pool& pool,
                                           const ServiceDescriptor& service) {
  const bool operations = service.full_name() == kOperations;
  const auto [owner, added] = owner_of_service_.emplace(service.full_name(), upstream);
  if (!added) {
    if (operations) return absl::OkStatus();
    return absl::AlreadyExistsError(
        absl::StrCat(service.full_name(), " is served by both ", owner->second, " and ", upstream));
  }
  for (int i = 0; i < service.method_count(); ++i) {
    const MethodDescriptor& descriptor = *service.method(i);
    auto method = std::make_unique<Method>();
    method->path = absl::StrCat("/", service.full_name(), "/", descriptor.name());
    method->descriptor = &descriptor;
    method->request = pool.factory.GetPrototype(descriptor.input_type());
    method->response = pool.factory.GetPrototype(descriptor.output_type());
    if (!operations) method->upstream = upstream;
    method->client_streaming = descriptor.client_streaming();
    method->server_streaming = descriptor.server_streaming();
    method->unauthenticated =
        descriptor.options().GetExtension(options::v1::policy).unauthenticated();
    by_path_.emplace(method->path, std::move(method));
  }
  return absl::OkStatus();
}

const Method* DescriptorCatalog::FindMethod(absl::string_view path) const {
  const auto found = by_path_.find(path);
  return found == by_path_.end() ? nullptr : found->second.get();
}

std::vector<std::string> DescriptorCatalog::upstreams() const {
  std::vector<std::string> names;
  for (const auto& pool : pools_) names.push_back(pool->upstream);
  return names;
}

const FileDescriptor* DescriptorCatalog::FindFile(const std::string& name) const {
  for (const auto& pool : pools_) {
    if (const FileDescriptor* file = pool->descriptors.FindFileByName(name)) return file;
  }
  return nullptr;
}

const FileDescriptor* DescriptorCatalog::FindSymbol(const std::string& symbol) const {
  for (const auto& pool : pools_) {
    if (const FileDescriptor* file = pool->descriptors.FindFileContainingSymbol(symbol)) {
      return file;
    }
  }
  return nullptr;
}

const FieldDescriptor* DescriptorCatalog::FindExtension(const std::string& type, int number) const {
  for (const auto& pool : pools_) {
    const Descriptor* extendee = pool->descriptors.FindMessageTypeByName(type);
    if (extendee == nullptr) continue;
    if (const FieldDescriptor* field = pool->descriptors.FindExtensionByNumber(extendee, number)) {
      return field;
    }
  }
  return nullptr;
}

absl::string_view DescriptorCatalog::CommentsOf(const std::string& file) const {
  const auto found = comments_.find(file);
  return found == comments_.end() ? absl::string_view() : found->second;
}

std::vector<int> DescriptorCatalog::ExtensionNumbers(const std::string& type, bool& known) const {
  known = false;
  std::vector<int> numbers;
  for (const auto& pool : pools_) {
    const Descriptor* extendee = pool->descriptors.FindMessageTypeByName(type);
    if (extendee == nullptr) continue;
    known = true;
    std::vector<const FieldDescriptor*> fields;
    pool->descriptors.FindAllExtensions(extendee, &fields);
    for (const FieldDescriptor* field : fields) numbers.push_back(field->number());
  }
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

}  // namespace salesops::gateway
