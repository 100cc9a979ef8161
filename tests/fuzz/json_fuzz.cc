// Any bytes as a JSON body. Nothing may crash, and what is accepted and written as JSON again is
// accepted once more and written with the same length.
#include <google/protobuf/struct.pb.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "gateway/json_document.h"
#include "gateway/json_reader.h"
#include "gateway/json_writer.h"
#include "google/longrunning/operations.pb.h"
#include "google/rpc/error_details.pb.h"

namespace gateway = salesops::gateway;

namespace {

template <typename Message>
void ReadWriteRead(gateway::JsonValue json) {
  Message first, second;
  salesops::base::Violations violations;
  gateway::ReadJson(json, first, "", violations);
  if (!violations.empty()) return;
  std::string written;
  // A Value that nests deeper as a message than as JSON, or an Any made of junk, has no JSON form.
  if (!gateway::WriteJson(first, written).ok()) return;
  const auto again = gateway::JsonDocument::Parse(written, violations, /*max_depth=*/300);
  if (!again) std::abort();
  gateway::ReadJson(again->root(), second, "", violations);
  if (!violations.empty()) std::abort();
  std::string twice;
  if (!gateway::WriteJson(second, twice).ok() || twice.size() != written.size()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  salesops::base::Violations violations;
  const auto json = gateway::JsonDocument::Parse(text, violations);
  if (!json) {
    if (violations.list().size() != 1) std::abort();
    return 0;
  }
  ReadWriteRead<google::protobuf::Value>(json->root());
  ReadWriteRead<google::protobuf::Struct>(json->root());
  ReadWriteRead<google::longrunning::ListOperationsResponse>(json->root());
  ReadWriteRead<google::rpc::BadRequest>(json->root());
  ReadWriteRead<google::rpc::RetryInfo>(json->root());
  return 0;
}
