#pragma once

// Contracts asked from a server (gRPC server reflection, v1), so that a client needs no files of
// the services it calls.
//
//   ASSIGN_OR_RETURN(FileDescriptorSet set, FetchContracts(*channel, absl::Seconds(10)));
//
// Thread-safety: pure but for the call.

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.pb.h"
#include "shared/rpc/channel.h"

namespace salesops::ctl {

// Every file that a service of the server needs, each once, imports first.
absl::StatusOr<google::protobuf::FileDescriptorSet> FetchContracts(rpc::Channel& channel,
                                                                   absl::Duration timeout);

}  // namespace salesops::ctl
