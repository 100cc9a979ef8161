#pragma once

// The producer's side of events: facts are written to `outbox` in the transaction that changes the
// aggregate, so both happen or neither.
//
//   RETURN_IF_ERROR(Append(tx, ctx.start_time(), ctx.traceparent(),
//                          {MakeFact("account", name, account_created)}));
//   // From here to the next Append in this transaction LAST_INSERT_ID() is the seq of the first
//   // fact and the others follow it; history rows store it as `recorded_from`.
//
// Append after the rows that the facts tell of are locked (read FOR UPDATE or written): then the
// facts of one aggregate have growing seqs in the order of their changes.
//
// Rows are never changed but by RewritePayloads.
//
// `outbox` is the only table of a schema with AUTO_INCREMENT.
//
// Thread-safety: safe from any thread.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "shared/mysql/database.h"

namespace salesops::events {

struct Fact {
  std::string aggregate_type;  // "account"
  std::string aggregate;       // "accounts/7"
  std::string type;            // "salesops.pipeline.v1.AccountCreated"
  std::string payload;         // the serialised message, personal fields cleared
  std::string actor = {};      // who did it, "user:alice"; empty = not known. Stays in the outbox.
};

// Serialises `payload` (deterministically) after clearing every field marked personal, at any
// depth.
Fact MakeFact(std::string aggregate_type, std::string aggregate,
              const google::protobuf::Message& payload);

inline constexpr int kMostFacts = 500;

// One multi-row INSERT; at most kMostFacts facts, none is no statement. `occurred_at` is the call's
// start time.
absl::Status Append(mysql::Transaction& tx, absl::Time occurred_at, const std::string& traceparent,
                    const std::vector<Fact>& facts);

// Rewrites the payloads of the facts with these seqs that are still there, each parsed as its type
// and handed to `edit`: the one change that a fact may see, erasing who a person is from it. A fact
// that `edit` leaves as it is is not written.
absl::Status RewritePayloads(mysql::Transaction& tx, const std::vector<int64_t>& seqs,
                             const std::function<void(google::protobuf::Message*)>& edit);

}  // namespace salesops::events
