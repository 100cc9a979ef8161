#pragma once

// grpc.reflection.v1 and v1alpha, answered from the contracts of the services behind the gateway,
// so that `buf curl` and other clients find every method.
//
// Thread-safety: safe from any thread.

#include <grpcpp/generic/async_generic_service.h>

#include <memory>

#include "gateway/contracts.h"

namespace salesops::gateway::wire {
class ReflectionRequest;
class ReflectionResponse;
}  // namespace salesops::gateway::wire

namespace salesops::gateway {

// One answer.
void Reflect(const DescriptorCatalog& catalog, const wire::ReflectionRequest& request,
             wire::ReflectionResponse& response);

// The reactor of ServerReflectionInfo.
grpc::ServerGenericBidiReactor* ReflectionCall(std::shared_ptr<const Contracts> contracts);

}  // namespace salesops::gateway
