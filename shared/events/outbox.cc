#include "shared/events/outbox.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "shared/base/id.h"
#include "shared/events/personal.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::events {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Message;

constexpr size_t kLongestTraceparent = 64;
constexpr size_t kFactsPerRead = 100;

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

struct StoredFact {
  int64_t seq = 0;
  std::string type;
  std::string payload;
};

absl::StatusOr<std::vector<StoredFact>> ReadFacts(mysql::Transaction& tx, const int64_t* begin,
                                                  const int64_t* end) {
  std::string marks;
  mysql::Params params;
  for (const int64_t* seq = begin; seq != end; ++seq) {
    marks += marks.empty() ? "?" : ",?";
    params.emplace_back(*seq);
  }
  return tx.Query(absl::StrCat("SELECT seq, type, payload FROM outbox WHERE seq IN (", marks,
                               ") ORDER BY seq LIMIT ", end - begin),
                  params, [](mysql::Row& row) {
                    return StoredFact{row.Int64(0), row.String(1), row.Blob(2).data};
                  });
}

// What `edit` makes of a payload.
absl::StatusOr<std::string> Edited(const StoredFact& fact,
                                   const std::function<void(Message*)>& edit) {
  const Descriptor* type =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(fact.type);
  if (type == nullptr) {
    return status::Internal(absl::StrCat("a fact is of a type that is not known: ", fact.type));
  }
  const Message* prototype =
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type);
  const std::unique_ptr<Message> payload(prototype->New());
  if (!payload->ParseFromString(fact.payload)) {
    return status::Internal(absl::StrCat("cannot parse a ", fact.type));
  }
  edit(payload.get());
  return SerializeDeterministically(*payload);
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

absl::Status RewritePayloads(mysql::Transaction& tx, const std::vector<int64_t>& seqs,
                             const std::function<void(Message*)>& edit) {
  for (size_t begin = 0; begin < seqs.size(); begin += kFactsPerRead) {
    const size_t end = std::min(seqs.size(), begin + kFactsPerRead);
    ASSIGN_OR_RETURN(const std::vector<StoredFact> facts,
                     ReadFacts(tx, seqs.data() + begin, seqs.data() + end));
    for (const StoredFact& fact : facts) {
      ASSIGN_OR_RETURN(const std::string edited, Edited(fact, edit));
      if (edited == fact.payload) continue;
      RETURN_IF_ERROR(tx.Execute("UPDATE outbox SET payload = ? WHERE seq = ?",
                                 {mysql::Bytes{edited}, fact.seq})
                          .status());
    }
  }
  return absl::OkStatus();
}

}  // namespace salesops::events
