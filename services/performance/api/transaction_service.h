#pragma once

// salesops.performance.v1.TransactionService.
//
// Thread-safety: safe from any thread.

#include "salesops/performance/v1/transaction.pb.h"
#include "services/performance/domain/transaction.h"
#include "shared/resource/resource.h"
#include "shared/roster/roster.h"
#include "shared/rpc/binding.h"

namespace salesops::performance::api {

class TransactionService {
 public:
  TransactionService(const resource::Environment& environment, const roster::Roster* roster);
  rpc::Binding Bind();

 private:
  resource::Resource<v1::Transaction, domain::Transaction> transactions_;
};

}  // namespace salesops::performance::api
