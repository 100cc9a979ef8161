#pragma once

// Idempotent mutations: a request_id is remembered for 7 days with its answer.
//
//   return mutations.Run<Account>(ctx, request, [&](mysql::Transaction& tx)
//       -> absl::StatusOr<Account> { … });
//
// The row of the request is inserted first in the transaction; a duplicate key means the same
// principal already made this call: the stored answer is returned if the request is the same, and
// INVALID_ARGUMENT (field request_id, reason REQUEST_ID_REUSED) if it is another. A request without
// request_id just runs. With `validate_only` (found by name in the request) everything runs and is
// then rolled back; nothing is remembered. A call that fails is not remembered either: it had no
// effect and may be made again.
//
// Thread-safety: safe from any thread.

#include <functional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "shared/mysql/database.h"
#include "shared/rpc/call_context.h"

namespace salesops::api {

class Mutations {
 public:
  explicit Mutations(mysql::Database* db) : db_(db) {}

  template <class Response>
  absl::StatusOr<Response> Run(
      rpc::CallContext& ctx, const google::protobuf::Message& request,
      const std::function<absl::StatusOr<Response>(mysql::Transaction&)>& work) {
    Response response;
    absl::Status status =
        RunMessage(ctx, request, &response,
                   [&](mysql::Transaction& tx, google::protobuf::Message* out) -> absl::Status {
                     absl::StatusOr<Response> result = work(tx);
                     if (!result.ok()) return result.status();
                     *static_cast<Response*>(out) = *std::move(result);
                     return absl::OkStatus();
                   });
    if (!status.ok()) return status;
    return response;
  }

  // The same for a response whose type is known only at run time.
  absl::Status RunMessage(
      rpc::CallContext& ctx, const google::protobuf::Message& request,
      google::protobuf::Message* response,
      const std::function<absl::Status(mysql::Transaction&, google::protobuf::Message*)>& work);

  // The answer that is remembered for the request; false if there is none. For work of several
  // transactions that can be made again: it asks first, and hands its answer to Run at its end.
  absl::StatusOr<bool> FindAnswer(rpc::CallContext& ctx, const google::protobuf::Message& request,
                                  google::protobuf::Message* response);

  // Called after each commit that wrote something (wakes the sequencer).
  void set_on_commit(std::function<void()> on_commit) { on_commit_ = std::move(on_commit); }
  // Says so for a commit that was made another way (an import's batch).
  void Committed() const {
    if (on_commit_) on_commit_();
  }

 private:
  absl::Status Validate(
      rpc::CallContext& ctx, google::protobuf::Message* response,
      const std::function<absl::Status(mysql::Transaction&, google::protobuf::Message*)>& work);

  mysql::Database* db_;
  std::function<void()> on_commit_;
};

// Deletes remembered requests older than 7 days, a batch at a time; returns how many.
absl::StatusOr<int64_t> PurgeRequests(mysql::Database& db, const base::Context& ctx,
                                      absl::Time now);

}  // namespace salesops::api
