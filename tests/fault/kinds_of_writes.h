#pragma once

// Every kind of write that the suite can do, as a table: what is called, with which request, and
// the facts that tell that it was done.
//
// The kinds of one service are a script. A round goes through them in their order with an id of its
// own, and each may use what those before it made.
//
// Thread-safety: pure functions over a constant table.

#include <memory>
#include <string>
#include <vector>

#include "google/protobuf/message.h"

namespace salesops::stack {

// What a write leaves in its service's outbox.
struct FactTemplate {
  // Name of the aggregate: "accounts/{id}"; "@account" is what that field of the answer says;
  // "accounts/key:{id}-{row}" has the row's external key, since an import chooses the id.
  std::string aggregate;
  std::string type;  // without the package
};

struct KindOfWrite {
  std::string method;   // "salesops.pipeline.v1.AccountService/CreateAccount"
  std::string request;  // as text, with {id}; of one row with {row} as well, if it is an import
  std::vector<FactTemplate> facts;
  std::string subject = "admin";  // who calls
};

const std::vector<KindOfWrite>& KindsOfWrites();

// "pipeline"
std::string ServiceOf(const KindOfWrite& kind);
bool IsImport(const KindOfWrite& kind);

using Messages = std::vector<std::unique_ptr<google::protobuf::Message>>;

// The request of that round, with a new request_id; of an import the options, then its batches.
Messages RequestsOf(const KindOfWrite& kind, const std::string& id);
// Empty: it has none.
std::string RequestIdOf(const google::protobuf::Message& request);
std::unique_ptr<google::protobuf::Message> NewAnswer(const KindOfWrite& kind);
// "AGGREGATE TYPE" of each fact that an acknowledged write left, TYPE with its package.
std::vector<std::string> FactsOf(const KindOfWrite& kind, const std::string& id,
                                 const google::protobuf::Message& answer);

}  // namespace salesops::stack
