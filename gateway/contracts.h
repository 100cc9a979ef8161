#pragma once

// What the gateway serves right now: catalog, routes and the counters of each method, replaced as a
// whole when the descriptor files change. A bad new set leaves the last good one serving.
//
//   std::shared_ptr<const Contracts> contracts = store.Current();   // hold it for the whole call
//
// Thread-safety: Contracts is immutable; ContractStore is safe from any thread.

#include <google/protobuf/descriptor.pb.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gateway/call_metrics.h"
#include "gateway/descriptor_catalog.h"
#include "gateway/route_table.h"
#include "gateway/site_document.h"

namespace salesops::gateway {

// Service -> its descriptor set.
using DescriptorSets = std::map<std::string, google::protobuf::FileDescriptorSet>;

struct Contracts {
  // From the files of a folder.
  static absl::StatusOr<std::shared_ptr<const Contracts>> Load(const std::string& folder);
  static absl::StatusOr<std::shared_ptr<const Contracts>> Build(const DescriptorSets& sets);

  Contracts(DescriptorCatalog c, RouteTable r, SiteDocument document)
      : catalog(std::move(c)), routes(std::move(r)), openapi(std::move(document)) {}
  DescriptorCatalog catalog;
  RouteTable routes;
  // The OpenAPI document. Written with the table, so that asking for it costs no thread of HTTP the
  // time to write it.
  SiteDocument openapi;
  std::vector<MethodMetrics> metrics;  // by Method::index
  // By Method::index: unary and bound to GET, so that asking twice does no harm.
  std::vector<bool> only_reads;
};

class ContractStore {
 public:
  explicit ContractStore(std::shared_ptr<const Contracts> first) : current_(std::move(first)) {}

  std::shared_ptr<const Contracts> Current() const {
    std::lock_guard lock(mu_);
    return current_;
  }
  void Replace(std::shared_ptr<const Contracts> next) {
    std::lock_guard lock(mu_);
    current_ = std::move(next);
  }

 private:
  mutable std::mutex mu_;
  std::shared_ptr<const Contracts> current_;
};

}  // namespace salesops::gateway
