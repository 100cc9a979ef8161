#include "tools/salesopsctl/catalog.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/descriptor.pb.h"
#include "shared/status/macros.h"
#include "tools/salesopsctl/contract_options.h"
#include "tools/salesopsctl/exit_code.h"

namespace salesops::ctl {

using google::protobuf::FileDescriptorProto;

namespace {

std::string Upper(std::string text) {
  if (!text.empty()) text[0] = absl::ascii_toupper(text[0]);
  return text;
}

// "completeStep" of "POST /pipeline/v1/{name=opportunities/*}:completeStep"; empty if the method's
// routes are not about one resource of this pattern.
std::string RouteVerbOf(const MethodDescriptor* method, const Resource& resource) {
  for (const std::string& text : RoutesOf(method)) {
    const absl::string_view route = text;
    const size_t begin = route.find("{name=");
    const size_t end = route.find("}:");
    if (begin == absl::string_view::npos || end == absl::string_view::npos) continue;
    const absl::string_view form = route.substr(begin + 6, end - begin - 6);
    if (resource.pattern.Matches(absl::StrReplaceAll(form, {{"*", "a"}}))) {
      return std::string(route.substr(end + 2));
    }
  }
  return "";
}

std::string Lower(std::string text) {
  if (!text.empty()) text[0] = absl::ascii_tolower(text[0]);
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

// "pipeline", of package salesops.pipeline.v1
std::string OwnerOf(const Resource& resource) {
  const std::vector<std::string> parts = absl::StrSplit(resource.service->file()->package(), '.');
  return parts.size() < 2 ? parts[0] : parts[parts.size() - 2];
}

// Options of dynamically loaded files are unknown fields to the generated classes until parsed by
// them, which going through the serialised form does.
google::api::ResourceDescriptor ResourceOf(const Descriptor* type) {
  google::protobuf::MessageOptions options;
  options.ParseFromString(type->options().SerializeAsString());
  return options.GetExtension(google::api::resource);
}

}  // namespace

absl::StatusOr<FileDescriptorSet> ReadDescriptorFolder(const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".binpb") paths.push_back(entry.path());
  }
  if (paths.empty()) {
    return UsageError(absl::StrCat("there are no contracts (*.binpb) in \"", folder,
                                   "\"; without --descriptors they are asked from the server"));
  }
  std::sort(paths.begin(), paths.end());
  FileDescriptorSet all;
  std::set<std::string> known;
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    FileDescriptorSet set;
    if (!set.ParseFromIstream(&in)) {
      return absl::InvalidArgumentError(absl::StrCat(path.string(), " is not a descriptor set"));
    }
    for (auto& file : *set.mutable_file()) {
      if (known.insert(file.name()).second) *all.add_file() = std::move(file);
    }
  }
  return all;
}

void AdoptComments(const FileDescriptorSet& commented, FileDescriptorSet* set) {
  std::map<std::string, const FileDescriptorProto*> by_name;
  for (const FileDescriptorProto& file : commented.file()) by_name[file.name()] = &file;
  for (FileDescriptorProto& file : *set->mutable_file()) {
    const auto found = by_name.find(file.name());
    if (file.has_source_code_info() || found == by_name.end()) continue;
    // Comments belong to places in the file, so they fit only the very same one.
    FileDescriptorProto bare = *found->second;
    bare.clear_source_code_info();
    if (bare.SerializeAsString() != file.SerializeAsString()) continue;
    *file.mutable_source_code_info() = found->second->source_code_info();
  }
}

absl::StatusOr<std::unique_ptr<Catalog>> Catalog::Build(const FileDescriptorSet& set) {
  std::unique_ptr<Catalog> catalog(new Catalog());
  for (const FileDescriptorProto& file : set.file()) {
    const auto* built = catalog->pool_.BuildFile(file);
    if (built == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat(file.name(), " does not fit the other contracts"));
    }
    if (absl::StartsWith(file.name(), "google/") && built->service_count() == 0) continue;
    catalog->files_.push_back(built);
    for (int i = 0; i < built->service_count(); ++i) {
      catalog->services_.push_back(built->service(i));
    }
  }
  for (const auto* file : catalog->files_) catalog->AddResources(file);
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
  const std::pair<std::string, std::string> parts = absl::StrSplit(name, absl::MaxSplits('.', 1));
  const std::string& owner = parts.second.empty() ? parts.second : parts.first;
  const std::string& collection = parts.second.empty() ? parts.first : parts.second;
  std::set<std::string> known;
  std::vector<const Resource*> found;
  for (const Resource& resource : resources_) {
    known.insert(resource.plural);
    const bool called = Folded(resource.collection) == Folded(collection) ||
                        Folded(resource.plural) == Folded(collection);
    if (called && (owner.empty() || OwnerOf(resource) == owner)) found.push_back(&resource);
  }
  if (found.size() == 1) return found[0];
  if (found.empty()) {
    return NotInContracts(absl::StrCat("there is no collection \"", name,
                                       "\"; there are: ", absl::StrJoin(known, ", ")));
  }
  std::vector<std::string> choices;
  for (const Resource* each : found) {
    choices.push_back(absl::StrCat(OwnerOf(*each), ".", each->plural));
  }
  return NotInContracts(
      absl::StrCat("several services have \"", name, "\"; write ", absl::StrJoin(choices, " or ")));
}

absl::StatusOr<const Resource*> Catalog::FindByName(const std::string& resource_name) const {
  std::vector<const Resource*> found;
  for (const Resource& resource : resources_) {
    if (resource.pattern.Parse(resource_name)) found.push_back(&resource);
  }
  if (found.size() == 1) return found[0];
  if (!found.empty()) {
    return NotInContracts(
        absl::StrCat("several services have ", found[0]->plural,
                     "; ask one with: salesopsctl call ", found[0]->service->full_name(), ".Get",
                     found[0]->type->name(), " '{\"name\":\"", resource_name, "\"}'"));
  }
  std::vector<std::string> alike;
  const std::string collection = resource_name.substr(0, resource_name.find('/'));
  for (const Resource& resource : resources_) {
    if (absl::StartsWith(resource.pattern.text(), collection + "/")) {
      alike.push_back(resource.pattern.text());
    }
  }
  if (!alike.empty()) {
    return NotInContracts(absl::StrCat("\"", resource_name, "\" is not a resource name; write it ",
                                       absl::StrJoin(alike, " or "),
                                       ", ids in lower-case letters, digits and hyphens"));
  }
  return NotInContracts(
      absl::StrCat("\"", resource_name, "\" is not a resource name; one looks like ",
                   resources_.empty() ? "accounts/{account}" : resources_[0].pattern.text(),
                   ", and `salesopsctl collections` shows all forms"));
}

const Resource* Catalog::FindByType(const Descriptor* type) const {
  for (const Resource& resource : resources_) {
    if (resource.type == type) return &resource;
  }
  return nullptr;
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
  return NotInContracts(absl::StrCat(resource.service->name(), " has no method ", name,
                                     "; it has: ", absl::StrJoin(names, ", ")));
}

absl::StatusOr<const MethodDescriptor*> Catalog::Verb(const Resource& resource,
                                                      const std::string& verb) const {
  if (const auto* method =
          resource.service->FindMethodByName(Upper(verb) + resource.type->name())) {
    return method;
  }
  for (int i = 0; i < resource.service->method_count(); ++i) {
    if (RouteVerbOf(resource.service->method(i), resource) == verb) {
      return resource.service->method(i);
    }
  }
  return NotInContracts(absl::StrCat(resource.collection, " have no verb \"", verb,
                                     "\"; they have: ", absl::StrJoin(VerbsOf(resource), ", ")));
}

absl::StatusOr<const MethodDescriptor*> Catalog::FindMethod(const std::string& name) const {
  if (const MethodDescriptor* method = pool_.FindMethodByName(name)) return method;
  const std::pair<std::string, std::string> parts = absl::StrSplit(name, absl::MaxSplits('.', 1));
  for (const auto* service : services_) {
    if (!parts.second.empty() && service->name() != parts.first) continue;
    const std::string& method_name = parts.second.empty() ? name : parts.second;
    if (const MethodDescriptor* method = service->FindMethodByName(method_name)) return method;
  }
  std::vector<std::string> names;
  for (const auto* service : services_) names.push_back(service->name());
  return NotInContracts(
      absl::StrCat("there is no method \"", name,
                   "\"; write it like Service.Method; services are: ", absl::StrJoin(names, ", ")));
}

const ServiceDescriptor* Catalog::FindService(const std::string& name) const {
  for (const auto* service : services_) {
    if (service->full_name() == name || service->name() == name) return service;
  }
  return nullptr;
}

const Descriptor* Catalog::FindMessage(const std::string& full_name) const {
  return pool_.FindMessageTypeByName(full_name);
}

const Descriptor* Catalog::FindMessageByShortName(const std::string& name) const {
  for (const auto* file : files_) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      const Descriptor* type = file->message_type(i);
      if (type->name() == name) return type;
      for (int j = 0; j < type->nested_type_count(); ++j) {
        if (type->nested_type(j)->name() == name) return type->nested_type(j);
      }
    }
  }
  return nullptr;
}

const google::protobuf::EnumDescriptor* Catalog::FindEnum(const std::string& name) const {
  if (const auto* found = pool_.FindEnumTypeByName(name)) return found;
  for (const auto* file : files_) {
    if (const auto* found = file->FindEnumTypeByName(name)) return found;
    for (int i = 0; i < file->message_type_count(); ++i) {
      const Descriptor* type = file->message_type(i);
      if (const auto* found = type->FindEnumTypeByName(name)) return found;
      // "Opportunity.State"
      const std::string prefix = type->name() + ".";
      if (!absl::StartsWith(name, prefix)) continue;
      if (const auto* found = type->FindEnumTypeByName(name.substr(prefix.size()))) return found;
    }
  }
  return nullptr;
}

std::vector<std::string> Catalog::VerbsOf(const Resource& resource) const {
  static const auto* standard = new std::set<std::string>{"Get", "List", "Create", "Update"};
  std::vector<std::string> verbs;
  for (int i = 0; i < resource.service->method_count(); ++i) {
    const MethodDescriptor* method = resource.service->method(i);
    absl::string_view verb = method->name();
    if (absl::ConsumeSuffix(&verb, resource.type->name()) && !verb.empty()) {
      if (standard->count(std::string(verb)) == 0) verbs.push_back(Lower(std::string(verb)));
    } else if (std::string routed = RouteVerbOf(method, resource); !routed.empty()) {
      verbs.push_back(std::move(routed));
    }
  }
  return verbs;
}

std::unique_ptr<Message> Catalog::New(const Descriptor* type) const {
  return std::unique_ptr<Message>(factory_.GetPrototype(type)->New());
}

std::string Catalog::Path(const MethodDescriptor* method) {
  return absl::StrCat("/", method->service()->full_name(), "/", method->name());
}

}  // namespace salesops::ctl
