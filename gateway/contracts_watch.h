#pragma once

// Contracts that follow their folder: a new set of descriptor files is served from the next call
// on, a bad one is logged and the last good one goes on serving.
//
//   ContractsWatch watch("/etc/descriptors");
//   RETURN_IF_ERROR(watch.Load());        // at the start a bad set is an error
//   …  watch.Refresh();                   // every few seconds
//
// Thread-safety: Load and Refresh belong to one thread; store() may be used from any.

#include <string>

#include "absl/status/status.h"
#include "gateway/contracts.h"

namespace salesops::gateway {

class ContractsWatch {
 public:
  explicit ContractsWatch(std::string folder) : folder_(std::move(folder)), store_(nullptr) {}

  absl::Status Load();
  void Refresh();
  const ContractStore& store() const { return store_; }

 private:
  // Names, sizes and times of the files.
  std::string Fingerprint() const;

  const std::string folder_;
  std::string fingerprint_;
  ContractStore store_;
};

}  // namespace salesops::gateway
