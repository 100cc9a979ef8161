#include "shared/events/outbox.h"

#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "salesops/options/v1/options.pb.h"
#include "shared/base/id.h"
#include "shared/status/status.h"

namespace salesops::events {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr size_t kLongestTraceparent = 64;

bool IsPersonal(const FieldDescriptor* field) {
  return field->options().GetExtension(options::v1::personal);
}

// True if a message of this type can hold a personal field at any depth. `open` are the types on
// the way here, so that a type that contains itself ends.
bool Holds(const Descriptor* type, std::unordered_map<const Descriptor*, bool>& known) {
  auto [at, added] = known.emplace(type, false);
  if (!added) return at->second;
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    const bool nested = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (IsPersonal(field) || (nested && Holds(field->message_type(), known))) {
      known[type] = true;
      return true;
    }
  }
  return false;
}

// Asked for every fact, answered once per type.
bool MayHoldPersonal(const Descriptor* type) {
  static std::mutex mutex;
  static auto* answers = new std::unordered_map<const Descriptor*, bool>;
  std::lock_guard<std::mutex> lock(mutex);
  auto at = answers->find(type);
  if (at != answers->end()) return at->second;
  // Types of a cycle may be left with a "no" that only means "not on this way", so only the answer
  // for `type` itself is kept.
  std::unordered_map<const Descriptor*, bool> known;
  const bool answer = Holds(type, known);
  answers->emplace(type, answer);
  return answer;
}

void ClearPersonal(Message* message) {
  const Reflection* reflection = message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (IsPersonal(field)) {
      reflection->ClearField(message, field);
      continue;
    }
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    if (!field->is_repeated()) {
      ClearPersonal(reflection->MutableMessage(message, field));
      continue;
    }
    for (int i = 0; i < reflection->FieldSize(*message, field); ++i) {
      ClearPersonal(reflection->MutableRepeatedMessage(message, field, i));
    }
  }
}

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
      "INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, occurred_at, traceparent)"
      " VALUES (?,?,?,?,?,?,?)";
  for (size_t i = 1; i < rows; ++i) sql += ",(?,?,?,?,?,?,?)";
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
  params.reserve(facts.size() * 7);
  for (const Fact& fact : facts) {
    params.emplace_back(base::GenerateUuid());
    params.emplace_back(fact.aggregate_type);
    params.emplace_back(fact.aggregate);
    params.emplace_back(fact.type);
    params.emplace_back(mysql::Bytes{fact.payload});
    params.emplace_back(occurred_at);
    params.emplace_back(trace);
  }
  return tx.Execute(InsertStatement(facts.size()), params).status();
}

}  // namespace salesops::events
