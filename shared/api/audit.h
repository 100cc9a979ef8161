#pragma once

// Audit: who read personal data, who changed what others may do.
//
//   server_dependencies.after_success = audit.ReadHook();
//   bindings.push_back(audit.Bind("salesops.organization.v1.AuditService"));
//
// The hook masks the personal fields that the caller may not see (disclosure.h) and writes one
// entry per call whose response still holds one: principal, method, the resource names (at most
// 100, and their number), the personal fields, trace id, time. If the entry cannot be written the
// answer is withheld. A stream writes one entry per step.
//
// What a call changes in who may do what is recorded in the transaction that changes it:
//
//   RETURN_IF_ERROR(api::Audit::Record(tx, ctx, {grant.name()}, {"access_role", "sellers"}));
//
// Thread-safety: safe from any thread.

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "shared/api/page_token.h"
#include "shared/mysql/database.h"
#include "shared/rpc/binding.h"
#include "shared/rpc/call_context.h"

namespace salesops::api {

class Audit {
 public:
  Audit(mysql::Database* db, const PageSealer* sealer) : db_(db), sealer_(sealer) {}
  std::function<absl::Status(rpc::CallContext&, const google::protobuf::Message&,
                             google::protobuf::Message*)>
  ReadHook();
  static absl::Status Record(mysql::Transaction& tx, const rpc::CallContext& ctx,
                             const std::vector<std::string>& resources,
                             const std::vector<std::string>& fields);
  // Serves ListAuditEntries of the service's own AuditService (same shape in every service).
  rpc::Binding Bind(const char* service_full_name);

 private:
  absl::Status List(rpc::CallContext& ctx, const google::protobuf::Message& request,
                    google::protobuf::Message* response);

  mysql::Database* db_;
  const PageSealer* sealer_;
};

}  // namespace salesops::api
