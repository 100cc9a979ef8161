#include "tests/contract/contracts.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.pb.h"

namespace salesops::contract {

std::vector<std::string> ProtoServices() {
  std::vector<std::string> services;
  for (const auto& entry : std::filesystem::directory_iterator(SALESOPS_DESCRIPTORS)) {
    const std::string package = absl::StrCat("salesops.", entry.path().stem().string(), ".v1");
    std::ifstream in(entry.path(), std::ios::binary);
    google::protobuf::FileDescriptorSet set;
    if (!set.ParseFromIstream(&in)) throw std::runtime_error(entry.path().string());
    for (const auto& file : set.file()) {
      if (file.package() != package) continue;
      for (const auto& service : file.service()) {
        services.push_back(absl::StrCat(package, ".", service.name()));
      }
    }
  }
  std::sort(services.begin(), services.end());
  return services;
}

}  // namespace salesops::contract
