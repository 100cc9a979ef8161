#pragma once

// The parts of facts, splits and lines: domain <-> messages.
//
// Thread-safety: pure functions.

#include <vector>

#include "google/protobuf/repeated_field.h"
#include "salesops/performance/v1/transaction.pb.h"
#include "services/performance/domain/incentives/facts.h"

namespace salesops::performance::api {

void ToProto(const std::vector<domain::DeclaredSplit>& splits,
             google::protobuf::RepeatedPtrField<v1::TransactionSplit>* list);
std::vector<domain::DeclaredSplit> FromProto(
    const google::protobuf::RepeatedPtrField<v1::TransactionSplit>& list);

void ToProto(const std::vector<domain::FactLine>& lines,
             google::protobuf::RepeatedPtrField<v1::TransactionLine>* list);
std::vector<domain::FactLine> FromProto(
    const google::protobuf::RepeatedPtrField<v1::TransactionLine>& list);

}  // namespace salesops::performance::api
