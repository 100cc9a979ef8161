#pragma once

// The contracts a client works from: descriptor-set files, the same that the gateway loads. A new
// resource or rpc needs no new client.
//
//   ASSIGN_OR_RETURN(auto catalog, Catalog::Load("build/descriptors"));
//   const Resource* deals = catalog->FindCollection("opportunities");
//   const MethodDescriptor* list = catalog->Standard(*deals, "List");
//
// Thread-safety: immutable once loaded.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/dynamic_message.h"
#include "shared/api/resource_name.h"

namespace salesops::ctl {

using google::protobuf::Descriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

struct Resource {
  const Descriptor* type = nullptr;
  const google::protobuf::ServiceDescriptor* service = nullptr;  // that has its standard methods
  std::string collection;  // "assignments", of "sellers/{seller}/assignments/{assignment}"
  std::string plural;      // "salesProcessVersions"
  std::string singular;    // field name, "sales_process_version"
  api::NamePattern pattern;
};

class Catalog {
 public:
  // Every *.binpb of a folder.
  static absl::StatusOr<std::unique_ptr<Catalog>> Load(const std::string& folder);

  const std::vector<Resource>& resources() const { return resources_; }
  // By collection or plural, in camelCase or snake_case; NOT_FOUND lists what there is.
  absl::StatusOr<const Resource*> FindCollection(const std::string& name) const;
  // The resource whose pattern a name has.
  absl::StatusOr<const Resource*> FindByName(const std::string& resource_name) const;
  // Get, List, Create …; NOT_FOUND if the resource has no such method.
  absl::StatusOr<const MethodDescriptor*> Standard(const Resource& resource,
                                                   const std::string& verb) const;
  // "OpportunityService.AdvanceOpportunity", "AdvanceOpportunity" or the full name.
  absl::StatusOr<const MethodDescriptor*> FindMethod(const std::string& name) const;
  const Descriptor* FindMessage(const std::string& full_name) const;
  std::unique_ptr<Message> New(const Descriptor* type) const;

  // "/salesops.pipeline.v1.AccountService/GetAccount"
  static std::string Path(const MethodDescriptor* method);

 private:
  Catalog() = default;
  void AddResources(const google::protobuf::FileDescriptor* file);

  google::protobuf::DescriptorPool pool_;
  mutable google::protobuf::DynamicMessageFactory factory_;
  std::vector<const google::protobuf::ServiceDescriptor*> services_;
  std::vector<Resource> resources_;
};

}  // namespace salesops::ctl
