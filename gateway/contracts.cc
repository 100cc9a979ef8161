#include "gateway/contracts.h"

#include <utility>

#include "gateway/reference/comments.h"
#include "gateway/reference/openapi_writer.h"
#include "shared/status/macros.h"

namespace salesops::gateway {

absl::StatusOr<std::shared_ptr<const Contracts>> Contracts::Load(const std::string& folder) {
  ASSIGN_OR_RETURN(auto sets, DescriptorCatalog::ReadFolder(folder));
  return Build(sets);
}

absl::StatusOr<std::shared_ptr<const Contracts>> Contracts::Build(const DescriptorSets& sets) {
  ASSIGN_OR_RETURN(DescriptorCatalog catalog, DescriptorCatalog::Build(sets));
  ASSIGN_OR_RETURN(RouteTable routes, RouteTable::Build(catalog));
  reference::Comments comments;
  for (const auto& [upstream, set] : sets) comments.Add(set);
  SiteDocument openapi =
      MakeSiteDocument("application/json", reference::WriteOpenApi(routes, comments));
  auto contracts =
      std::make_shared<Contracts>(std::move(catalog), std::move(routes), std::move(openapi));
  for (const Method* method : contracts->catalog.methods()) {
    contracts->metrics.emplace_back(method->path);
  }
  contracts->only_reads.resize(contracts->metrics.size());
  for (const Route& route : contracts->routes.routes()) {
    if (route.http_method == "GET" && route.method->unary()) {
      contracts->only_reads[route.method->index] = true;
    }
  }
  return contracts;
}

}  // namespace salesops::gateway
