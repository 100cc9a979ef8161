#include "tools/salesopsctl/catalog.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/descriptor.pb.h"
#include "shared/status/macros.h"

namespace salesops::ctl {
namespace {

std::string Upper(std::string text) {
  if (!text.empty()) text[0] = absl::ascii_toupper(text[0]);
  return text;
}

// "salesProcessVersions" and "sales_process_versions" are the same word.
std::string Folded(const std::string& name) {
  std::string folded;
  for (char c : name) {
    if (c != '_' && c != '-') folded += absl::ascii_tolower(c);
  }
  return folded;
}

std::string SnakeCase(const std::string& camel) {
  std::string snake;
  for (char c : camel) {
    if (absl::ascii_isupper(c) && !snake.empty()) snake += '_';
    snake += absl::ascii_tolower(c);
  }
  return snake;
}

// Options of dynamically loaded files are unknown fields to the generated classes until parsed by
// them, which going through the serialised form does.
google::api::ResourceDescriptor ResourceOf(const Descriptor* type) {
  google::protobuf::MessageOptions options;
  options.ParseFromString(type->options().SerializeAsString());
  return options.GetExtension(google::api::resource);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Catalog>> Catalog::Load(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".binpb") paths.push_back(entry.path());
  }
  if (paths.empty()) {
    return absl::NotFoundError(absl::StrCat(
        "no contracts (*.binpb) in \"", folder,
        "\"; build them with tools/dev build, or say where they are with --descriptors"));
  }
  std::sort(paths.begin(), paths.end());
  std::unique_ptr<Catalog> catalog(new Catalog());
  std::vector<std::string> own;
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    google::protobuf::FileDescriptorSet set;
    if (!set.ParseFromIstream(&in)) {
      return absl::InvalidArgumentError(absl::StrCat(path.string(), " is not a descriptor set"));
    }
    for (const auto& file : set.file()) {
      if (catalog->pool_.FindFileByName(file.name()) != nullptr) continue;
      if (catalog->pool_.BuildFile(file) == nullptr) {
        return absl::InvalidArgumentError(
            absl::StrCat(path.string(), ": ", file.name(), " does not fit the other contracts"));
      }
      if (absl::StartsWith(file.name(), "salesops/")) own.push_back(file.name());
    }
  }
  for (const std::string& name : own) {
    const auto* file = catalog->pool_.FindFileByName(name);
    for (int i = 0; i < file->service_count(); ++i) catalog->services_.push_back(file->service(i));
  }
  for (const std::string& name : own) catalog->AddResources(catalog->pool_.FindFileByName(name));
  return catalog;
}

void Catalog::AddResources(const google::protobuf::FileDescriptor* file) {
  for (int i = 0; i < file->message_type_count(); ++i) {
    const Descriptor* type = file->message_type(i);
    const google::api::ResourceDescriptor resource = ResourceOf(type);
    if (resource.pattern_size() == 0) continue;
    const std::string get = "Get" + type->name();
    for (const auto* service : services_) {
      const bool serves = service->file()->package() == file->package() &&
                          (service->FindMethodByName(get) != nullptr ||
                           service->FindMethodByName("List" + Upper(resource.plural())) != nullptr);
      if (!serves) continue;
      const std::vector<std::string> parts = absl::StrSplit(resource.pattern(0), '/');
      resources_.push_back({type, service, parts[parts.size() - 2], resource.plural(),
                            SnakeCase(type->name()), api::NamePattern(resource.pattern(0))});
    }
  }
}

absl::StatusOr<const Resource*> Catalog::FindCollection(const std::string& name) const {
  std::set<std::string> known;
  for (const Resource& resource : resources_) {
    if (Folded(resource.collection) == Folded(name) || Folded(resource.plural) == Folded(name)) {
      return &resource;
    }
    known.insert(resource.plural);
  }
  return absl::NotFoundError(absl::StrCat("there is no collection \"", name,
                                          "\"; there are: ", absl::StrJoin(known, ", ")));
}

absl::StatusOr<const Resource*> Catalog::FindByName(const std::string& resource_name) const {
  for (const Resource& resource : resources_) {
    if (resource.pattern.Parse(resource_name)) return &resource;
  }
  return absl::NotFoundError(
      absl::StrCat("\"", resource_name, "\" is not a resource name; one looks like ",
                   resources_.empty() ? "accounts/7" : resources_[0].pattern.text()));
}

absl::StatusOr<const MethodDescriptor*> Catalog::Standard(const Resource& resource,
                                                          const std::string& verb) const {
  const bool plural =
      verb == "List" || verb == "Import" || verb == "Export" || absl::StartsWith(verb, "Batch");
  const std::string name = verb + (plural ? Upper(resource.plural) : resource.type->name());
  if (const MethodDescriptor* method = resource.service->FindMethodByName(name)) return method;
  std::vector<std::string> names;
  for (int i = 0; i < resource.service->method_count(); ++i) {
    names.push_back(resource.service->method(i)->name());
  }
  return absl::NotFoundError(absl::StrCat(resource.service->name(), " has no method ", name,
                                          "; it has: ", absl::StrJoin(names, ", ")));
}

absl::StatusOr<const MethodDescriptor*> Catalog::FindMethod(const std::string& name) const {
  if (const MethodDescriptor* method = pool_.FindMethodByName(name)) return method;
  const std::pair<std::string, std::string> parts = absl::StrSplit(name, absl::MaxSplits('.', 1));
  for (const auto* service : services_) {
    if (!parts.second.empty() && service->name() != parts.first) continue;
    const std::string& method_name = parts.second.empty() ? name : parts.second;
    if (const MethodDescriptor* method = service->FindMethodByName(method_name)) return method;
  }
  return absl::NotFoundError(absl::StrCat("there is no method \"", name,
                                          "\"; write it like OpportunityService.GetOpportunity"));
}

const Descriptor* Catalog::FindMessage(const std::string& full_name) const {
  return pool_.FindMessageTypeByName(full_name);
}

std::unique_ptr<Message> Catalog::New(const Descriptor* type) const {
  return std::unique_ptr<Message>(factory_.GetPrototype(type)->New());
}

std::string Catalog::Path(const MethodDescriptor* method) {
  return absl::StrCat("/", method->service()->full_name(), "/", method->name());
}

}  // namespace salesops::ctl
