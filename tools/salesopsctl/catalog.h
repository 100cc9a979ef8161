#pragma once

// The contracts a client works from: descriptor sets, asked from the server or read from files. A
// new resource or rpc needs no new client.
//
//   ASSIGN_OR_RETURN(FileDescriptorSet set, ReadDescriptorFolder("build/descriptors"));
//   ASSIGN_OR_RETURN(auto catalog, Catalog::Build(set));
//   ASSIGN_OR_RETURN(const Resource* deals, catalog->FindCollection("opportunities"));
//   ASSIGN_OR_RETURN(const MethodDescriptor* list, catalog->Standard(*deals, "List"));
//
// What the contracts lack is NotInContracts of exit_code.h, with the nearest things that there are.
//
// Thread-safety: immutable once built.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/dynamic_message.h"
#include "shared/api/resource_name.h"

namespace salesops::ctl {

using google::protobuf::Descriptor;
using google::protobuf::FileDescriptorSet;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

struct Resource {
  const Descriptor* type = nullptr;
  const ServiceDescriptor* service = nullptr;  // that has its standard methods
  std::string collection;  // "assignments", of "sellers/{seller}/assignments/{assignment}"
  std::string plural;      // "salesProcessVersions"
  std::string singular;    // field name, "sales_process_version"
  api::NamePattern pattern;
};

// Every *.binpb of a folder, each file once.
absl::StatusOr<FileDescriptorSet> ReadDescriptorFolder(const std::string& folder);
// Gives files of `set` that have no comments those of the same file in `commented`.
void AdoptComments(const FileDescriptorSet& commented, FileDescriptorSet* set);

class Catalog {
 public:
  static absl::StatusOr<std::unique_ptr<Catalog>> Build(const FileDescriptorSet& set);

  const std::vector<Resource>& resources() const { return resources_; }
  const std::vector<const ServiceDescriptor*>& services() const { return services_; }
  // By collection or plural, in camelCase or snake_case; "pipeline.auditEntries" where several
  // services have one.
  absl::StatusOr<const Resource*> FindCollection(const std::string& name) const;
  // The resource whose pattern a name has.
  absl::StatusOr<const Resource*> FindByName(const std::string& resource_name) const;
  // The resource that a message is, or nullptr.
  const Resource* FindByType(const Descriptor* type) const;
  // Get, List, Create …
  absl::StatusOr<const MethodDescriptor*> Standard(const Resource& resource,
                                                   const std::string& verb) const;
  // The method of a verb of one resource: "advance" is AdvanceOpportunity, "completeStep" the one
  // whose route ends in it.
  absl::StatusOr<const MethodDescriptor*> Verb(const Resource& resource,
                                               const std::string& verb) const;
  // "OpportunityService.AdvanceOpportunity", "AdvanceOpportunity" or the full name.
  absl::StatusOr<const MethodDescriptor*> FindMethod(const std::string& name) const;
  // "OpportunityService" or the full name; nullptr if there is none.
  const ServiceDescriptor* FindService(const std::string& name) const;
  // A message or enum, by its full name or, among those of the services, by its last part; nullptr
  // if there is none.
  const Descriptor* FindMessage(const std::string& full_name) const;
  const Descriptor* FindMessageByShortName(const std::string& name) const;
  const google::protobuf::EnumDescriptor* FindEnum(const std::string& name) const;
  // The verbs of a resource that are no standard method: "advance", "win", "completeStep".
  std::vector<std::string> VerbsOf(const Resource& resource) const;
  std::unique_ptr<Message> New(const Descriptor* type) const;

  // "/salesops.pipeline.v1.AccountService/GetAccount"
  static std::string Path(const MethodDescriptor* method);

 private:
  Catalog() = default;
  void AddResources(const google::protobuf::FileDescriptor* file);

  google::protobuf::DescriptorPool pool_;
  mutable google::protobuf::DynamicMessageFactory factory_;
  std::vector<const google::protobuf::FileDescriptor*> files_;
  std::vector<const ServiceDescriptor*> services_;
  std::vector<Resource> resources_;
};

}  // namespace salesops::ctl
