// The access roles of the generated company name permissions that methods of the contracts ask for:
// one that is misspelt would give nothing, silently.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/descriptor.h"
#include "nlohmann/json.hpp"
#include "shared/auth/access.h"
#include "shared/auth/policy.h"
#include "tests/contract/contracts.h"
#include "tools/company/company.h"
#include "tools/company/requests.h"

namespace salesops {
namespace {

std::set<std::string> PermissionsOfMethods() {
  std::set<std::string> permissions;
  for (const std::string& name : contract::ProtoServices()) {
    const auto* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    for (int i = 0; i < service->method_count(); ++i) {
      const auto policy = auth::PolicyOf(service->method(i));
      EXPECT_TRUE(policy.ok()) << service->method(i)->full_name();
      if (policy.ok()) permissions.insert(policy->permission);
    }
  }
  return permissions;
}

TEST(CompanyRoles, NamePermissionsThatMethodsAskFor) {
  const std::set<std::string> asked = PermissionsOfMethods();
  int named = 0;
  for (const company::File& file : company::Requests(company::Generate(company::Model()))) {
    if (file.name != "access_roles.jsonl") continue;
    for (const auto line : absl::StrSplit(file.text, '\n', absl::SkipEmpty())) {
      const auto role = nlohmann::json::parse(line);
      for (const std::string permission : role["accessRole"]["permissions"]) {
        ++named;
        // No method asks for it: it decides what a reader of persons sees.
        if (absl::EndsWith(permission, ".personal.read")) continue;
        EXPECT_TRUE(
            std::any_of(asked.begin(), asked.end(),
                        [&](const auto& p) { return auth::PermissionMatches(permission, p); }))
            << role["accessRoleId"] << " names " << permission;
      }
    }
  }
  EXPECT_GT(named, 40);
}

}  // namespace
}  // namespace salesops
