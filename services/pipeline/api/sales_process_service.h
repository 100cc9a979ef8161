#pragma once

// salesops.pipeline.v1.SalesProcessService.
//
// Thread-safety: safe from any thread.

#include "salesops/pipeline/v1/sales_process.pb.h"
#include "services/pipeline/domain/sales_process.h"
#include "shared/resource/resource.h"
#include "shared/rpc/binding.h"

namespace salesops::pipeline::api {

class SalesProcessService {
 public:
  explicit SalesProcessService(const resource::Environment& environment);
  rpc::Binding Bind();

 private:
  absl::StatusOr<v1::SalesProcessVersion> Publish(
      rpc::CallContext& ctx, const v1::PublishSalesProcessVersionRequest& request);
  absl::StatusOr<v1::SalesProcessVersion> Retire(
      rpc::CallContext& ctx, const v1::RetireSalesProcessVersionRequest& request);
  // After versions changed: their processes point to the newest published one.
  absl::Status MoveDefaults(
      rpc::CallContext& ctx, mysql::Transaction& tx,
      const std::vector<resource::Changed<domain::SalesProcessVersion>>& changes);

  resource::Resource<v1::SalesProcess, domain::SalesProcess> processes_;
  resource::Resource<v1::SalesProcessVersion, domain::SalesProcessVersion> versions_;
};

}  // namespace salesops::pipeline::api
