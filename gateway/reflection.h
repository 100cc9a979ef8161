#pragma once

// grpc.reflection.v1 and v1alpha, answered from the contracts of the services behind the gateway,
// so that `buf curl` and other clients find every method.
//
// Thread-safety: safe from any thread.

#include <memory>

#include "gateway/contracts.h"
#include "gateway/local_call.h"

namespace salesops::gateway::wire {
class ReflectionRequest;
class ReflectionResponse;
}  // namespace salesops::gateway::wire

namespace salesops::gateway {

// One answer.
void Reflect(const DescriptorCatalog& catalog, const wire::ReflectionRequest& request,
             wire::ReflectionResponse& response);

// ServerReflectionInfo.
std::unique_ptr<LocalMethod> ReflectionMethod(std::shared_ptr<const Contracts> contracts,
                                              std::shared_ptr<LocalAnswer> answer);

}  // namespace salesops::gateway
