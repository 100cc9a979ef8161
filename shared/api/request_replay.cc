#include "shared/api/request_replay.h"

#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/escaping.h"
#include "shared/api/digest.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::api {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr absl::Duration kRemembered = absl::Hours(7 * 24);
constexpr int64_t kPurgeBatch = 500;
constexpr size_t kLongestPrincipal = 300;  // of the column
// Marks the error that rolls a validate_only call back; it never leaves this file.
constexpr char kValidated[] = "salesops/validated_only";

std::string RequestId(const Message& request) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("request_id");
  if (field == nullptr || field->cpp_type() != FieldDescriptor::CPPTYPE_STRING ||
      field->is_repeated()) {
    return "";
  }
  return request.GetReflection()->GetString(request, field);
}

bool ValidateOnly(const Message& request) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("validate_only");
  return field != nullptr && field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL &&
         !field->is_repeated() && request.GetReflection()->GetBool(request, field);
}

// Who asks, cut to the column by a digest, so that two long names stay two.
std::string PrincipalKey(const rpc::CallContext& ctx) {
  std::string name = ctx.principal().ToString();
  if (name.size() <= kLongestPrincipal) return name;
  return "digest:" + absl::BytesToHexString(Sha256(name));
}

// The primary key of a remembered request.
struct Key {
  std::string principal;
  std::string method;
  std::string request_id;
};

struct Stored {
  std::string hash;
  std::optional<std::string> response;
};

// ALREADY_EXISTS (DUPLICATE_KEY) if the call was made before. A first call that is still running
// makes this one wait; if that one rolls back, InnoDB lets one waiter insert and fails the others
// with 1213, which runs their whole lambda again.
absl::Status Insert(mysql::Transaction& tx, const Key& key, const std::string& hash,
                    absl::Time now) {
  return tx
      .Execute(
          "INSERT INTO request (principal, method, request_id, request_hash, created_at) "
          "VALUES (?, ?, ?, ?, ?)",
          {key.principal, key.method, key.request_id, mysql::Bytes{hash}, now})
      .status();
}

absl::Status StoreResponse(mysql::Transaction& tx, const Key& key, const Message& response) {
  return tx
      .Execute(
          "UPDATE request SET response = ? WHERE principal = ? AND method = ? AND "
          "request_id = ?",
          {mysql::Bytes{response.SerializeAsString()}, key.principal, key.method, key.request_id})
      .status();
}

absl::StatusOr<std::optional<Stored>> Find(mysql::Connection& c, const Key& key) {
  return c.QueryOne(
      "SELECT request_hash, response FROM request WHERE principal = ? AND method = ? AND "
      "request_id = ?",
      {key.principal, key.method, key.request_id}, [](mysql::Row& row) {
        Stored stored;
        stored.hash = row.Blob(0).data;
        if (!row.IsNull(1)) stored.response = row.Blob(1).data;
        return stored;
      });
}

// The answer of the call that was made before, if this is the same one.
absl::Status AnswerOf(const Stored& stored, const std::string& hash, Message* response) {
  if (stored.hash != hash) {
    return status::InvalidField("request_id", "REQUEST_ID_REUSED",
                                "was used for another request; a new request needs a new id");
  }
  if (!stored.response || !response->ParseFromString(*stored.response)) {
    return status::Internal("a remembered request has no readable response");
  }
  return absl::OkStatus();
}

absl::Status Replay(mysql::Connection& c, const Key& key, const std::string& hash,
                    Message* response) {
  ASSIGN_OR_RETURN(const std::optional<Stored> stored, Find(c, key));
  if (!stored) {
    // Purged between the two statements.
    return status::Make(absl::StatusCode::kAborted, "CONTENTION",
                        "the answer to this request_id was forgotten just now; try again");
  }
  return AnswerOf(*stored, hash, response);
}

bool IsDuplicate(const absl::Status& status) {
  return status.code() == absl::StatusCode::kAlreadyExists &&
         status::Reason(status) == "DUPLICATE_KEY";
}

}  // namespace

absl::Status Mutations::RunMessage(
    rpc::CallContext& ctx, const Message& request, Message* response,
    const std::function<absl::Status(mysql::Transaction&, Message*)>& work) {
  if (ValidateOnly(request)) return Validate(ctx, response, work);
  const std::string request_id = RequestId(request);
  bool replayed = false;
  absl::Status status;
  if (request_id.empty()) {
    status = db_->RunInTransaction(ctx, [&](mysql::Transaction& tx) -> absl::Status {
      response->Clear();
      return work(tx, response);
    });
  } else {
    const Key key{PrincipalKey(ctx), ctx.method(), request_id};
    const std::string hash = DigestOf(request, "");
    status = db_->RunInTransaction(ctx, [&](mysql::Transaction& tx) -> absl::Status {
      response->Clear();
      const absl::Status inserted = Insert(tx, key, hash, ctx.start_time());
      replayed = IsDuplicate(inserted);
      if (replayed) return Replay(tx, key, hash, response);
      RETURN_IF_ERROR(inserted);
      RETURN_IF_ERROR(work(tx, response));
      return StoreResponse(tx, key, *response);
    });
  }
  if (!status.ok()) {
    response->Clear();
    return status;
  }
  if (!replayed) Committed();
  return absl::OkStatus();
}

absl::Status Mutations::Validate(
    rpc::CallContext& ctx, Message* response,
    const std::function<absl::Status(mysql::Transaction&, Message*)>& work) {
  const absl::Status status =
      db_->RunInTransaction(ctx, [&](mysql::Transaction& tx) -> absl::Status {
        response->Clear();
        RETURN_IF_ERROR(work(tx, response));
        absl::Status rollback = absl::FailedPreconditionError("validated only");
        rollback.SetPayload(kValidated, absl::Cord());
        return rollback;
      });
  if (status.GetPayload(kValidated)) return absl::OkStatus();
  response->Clear();
  return status;
}

absl::StatusOr<bool> Mutations::FindAnswer(rpc::CallContext& ctx, const Message& request,
                                           Message* response) {
  const std::string request_id = RequestId(request);
  if (request_id.empty() || ValidateOnly(request)) return false;
  const Key key{PrincipalKey(ctx), ctx.method(), request_id};
  ASSIGN_OR_RETURN(const std::optional<Stored> stored,
                   db_->Read(ctx, [&](mysql::Connection& c) { return Find(c, key); }));
  if (!stored) return false;
  RETURN_IF_ERROR(AnswerOf(*stored, DigestOf(request, ""), response));
  return true;
}

absl::StatusOr<int64_t> PurgeRequests(mysql::Database& db, const base::Context& ctx,
                                      absl::Time now) {
  int64_t purged = 0;
  while (true) {
    ASSIGN_OR_RETURN(const int64_t batch, db.RunInTransaction(ctx, [&](mysql::Transaction& tx) {
      return tx.Execute("DELETE FROM request WHERE created_at < ? ORDER BY created_at LIMIT ?",
                        {now - kRemembered, kPurgeBatch});
    }));
    purged += batch;
    if (batch < kPurgeBatch) return purged;
  }
}

}  // namespace salesops::api
