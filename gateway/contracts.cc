#include "gateway/contracts.h"

#include <utility>

#include "shared/status/macros.h"

namespace salesops::gateway {

absl::StatusOr<std::shared_ptr<const Contracts>> Contracts::Load(const std::string& folder) {
  ASSIGN_OR_RETURN(DescriptorCatalog catalog, DescriptorCatalog::LoadFolder(folder));
  ASSIGN_OR_RETURN(RouteTable routes, RouteTable::Build(catalog));
  auto contracts = std::make_shared<Contracts>(std::move(catalog), std::move(routes));
  for (const Method* method : contracts->catalog.methods()) {
    contracts->metrics.emplace_back(method->path);
  }
  return contracts;
}

}  // namespace salesops::gateway
