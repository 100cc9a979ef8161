#pragma once

// The contracts of every service behind the gateway, read from one descriptor-set file per service
// (`<service>.binpb`; the file's stem is the name of the upstream).
//
//   ASSIGN_OR_RETURN(DescriptorCatalog catalog, DescriptorCatalog::LoadFolder("/etc/descriptors"));
//   const Method* m = catalog.FindMethod("/salesops.pipeline.v1.AccountService/GetAccount");
//
// Each file has its own descriptor pool, because services are released alone and may have been
// built with different versions of a shared file.
//
// Thread-safety: immutable once built; safe to use from any thread. Messages made by `NewMessage`
// must not outlive the catalog.

#include <google/protobuf/arena.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/message.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace salesops::gateway {

// One rpc that callers can reach through the gateway.
struct Method {
  size_t index = 0;  // in DescriptorCatalog::methods()
  std::string path;  // "/package.Service/Method"
  const google::protobuf::MethodDescriptor* descriptor = nullptr;
  const google::protobuf::Message* request = nullptr;  // prototypes
  const google::protobuf::Message* response = nullptr;
  // The service that serves it. Empty for google.longrunning.Operations, which every service may
  // serve: the resource name says which one.
  std::string upstream;
  bool client_streaming = false;
  bool server_streaming = false;
  bool unauthenticated = false;  // (salesops.options.v1.policy).unauthenticated

  bool unary() const { return !client_streaming && !server_streaming; }
};

class DescriptorCatalog {
 public:
  // `sets`: upstream name -> content of its descriptor-set file. Refused: a file that does not
  // build, and a service that two upstreams claim.
  static absl::StatusOr<DescriptorCatalog> Build(
      const std::map<std::string, google::protobuf::FileDescriptorSet>& sets);
  // Every *.binpb of the folder, by its stem; refused if there is none.
  static absl::StatusOr<std::map<std::string, google::protobuf::FileDescriptorSet>> ReadFolder(
      const std::string& folder);
  static absl::StatusOr<DescriptorCatalog> LoadFolder(const std::string& folder);

  DescriptorCatalog(DescriptorCatalog&&) noexcept;
  DescriptorCatalog& operator=(DescriptorCatalog&&) noexcept;
  ~DescriptorCatalog();

  // nullptr if unknown.
  const Method* FindMethod(absl::string_view path) const;
  // All methods, by path.
  const std::vector<const Method*>& methods() const { return methods_; }
  // Full names of all services, sorted.
  const std::vector<std::string>& services() const { return services_; }
  std::vector<std::string> upstreams() const;

  // The file called `name`, or that defines `symbol`, or the extension; nullptr if unknown.
  const google::protobuf::FileDescriptor* FindFile(const std::string& name) const;
  const google::protobuf::FileDescriptor* FindSymbol(const std::string& symbol) const;
  const google::protobuf::FieldDescriptor* FindExtension(const std::string& type, int number) const;
  std::vector<int> ExtensionNumbers(const std::string& type, bool& known) const;
  // The comments of a contract: a serialised google.protobuf.SourceCodeInfo, a tenth of what it
  // takes unpacked. Empty for Google's own files, which nobody reads here.
  absl::string_view CommentsOf(const std::string& file) const;

 private:
  struct Pool;

  DescriptorCatalog();
  absl::Status AddSet(const std::string& upstream, const google::protobuf::FileDescriptorSet& set);
  absl::Status AddService(const std::string& upstream, Pool& pool,
                          const google::protobuf::ServiceDescriptor& service);

  std::vector<std::unique_ptr<Pool>> pools_;
  absl::flat_hash_map<std::string, std::unique_ptr<Method>> by_path_;
  std::vector<const Method*> methods_;
  std::map<std::string, std::string> owner_of_service_;
  std::vector<std::string> services_;
  std::map<std::string, std::string> comments_;  // by file
};

}  // namespace salesops::gateway
