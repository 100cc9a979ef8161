#pragma once

// salesops.pipeline.v1.ProductService.
//
// Thread-safety: safe from any thread.

#include "salesops/pipeline/v1/product.pb.h"
#include "services/pipeline/domain/product.h"
#include "shared/resource/resource.h"
#include "shared/rpc/binding.h"

namespace salesops::pipeline::api {

class ProductService {
 public:
  explicit ProductService(const resource::Environment& environment);
  rpc::Binding Bind();

 private:
  resource::Resource<v1::Product, domain::Product> products_;
};

}  // namespace salesops::pipeline::api
