#include "shared/events/outbox.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "shared/base/id.h"
#include "shared/events/personal.h"
#include "shared/status/status.h"

namespace salesops::events {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;

constexpr size_t kLongestTraceparent = 64;

// Equal messages give equal bytes, maps included.
std::string SerializeDeterministically(const Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    message.SerializePartialToCodedStream(&coded);
  }
  return bytes;
}

std::string InsertStatement(size_t rows) {
  std::string sql =
      "INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, occurred_at, traceparent,"
      " actor) VALUES (?,?,?,?,?,?,?,?)";
  for (size_t i = 1; i < rows; ++i) sql += ",(?,?,?,?,?,?,?,?)";
  return sql;
}

}  // namespace

Fact MakeFact(std::string aggregate_type, std::string aggregate, const Message& payload) {
  const Descriptor* type = payload.GetDescriptor();
  Fact fact{std::move(aggregate_type), std::move(aggregate), type->full_name(), ""};
  if (!MayHoldPersonal(type)) {
    fact.payload = SerializeDeterministically(payload);
    return fact;
  }
  std::unique_ptr<Message> cleared(payload.New());
  cleared->CopyFrom(payload);
  ClearPersonal(cleared.get());
  fact.payload = SerializeDeterministically(*cleared);
  return fact;
}

absl::Status Append(mysql::Transaction& tx, absl::Time occurred_at, const std::string& traceparent,
                    const std::vector<Fact>& facts) {
  if (facts.empty()) return absl::OkStatus();
  if (facts.size() > static_cast<size_t>(kMostFacts)) {
    return status::Internal(absl::StrCat("a transaction appends ", facts.size(), " facts at once"));
  }
  // Too long to be a trace context: of no use to anybody, and no reason to fail.
  const std::string trace = traceparent.size() <= kLongestTraceparent ? traceparent : "";
  mysql::Params params;
  params.reserve(facts.size() * 8);
  for (const Fact& fact : facts) {
    params.emplace_back(base::GenerateUuid());
    params.emplace_back(fact.aggregate_type);
    params.emplace_back(fact.aggregate);
    params.emplace_back(fact.type);
    params.emplace_back(mysql::Bytes{fact.payload});
    params.emplace_back(occurred_at);
    params.emplace_back(trace);
    params.emplace_back(fact.actor);
  }
  return tx.Execute(InsertStatement(facts.size()), params).status();
}

}  // namespace salesops::events
