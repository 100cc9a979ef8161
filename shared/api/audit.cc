#include "shared/api/audit.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/timestamp.pb.h"
#include "shared/api/convert.h"
#include "shared/api/disclosure.h"
#include "shared/api/filter.h"
#include "shared/base/id.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::api {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// ---------------------------------------------------------------------------------------------
// The table

// "00-<32 hexadecimal digits>-…" (W3C Trace Context); empty if there is none.
std::string TraceId(const std::string& traceparent) {
  return traceparent.size() >= 35 ? traceparent.substr(3, 32) : "";
}

// The contract names methods without the slash that HTTP/2 puts before them.
std::string MethodName(const std::string& path) {
  return path.rfind('/', 0) == 0 ? path.substr(1) : path;
}

absl::Status Insert(mysql::Transaction& tx, const std::string& id, const rpc::CallContext& ctx,
                    const Disclosure& what) {
  return tx
      .Execute(
          "INSERT INTO audit_entry (id, occurred_at, principal, method, resources, "
          "resource_count, fields, trace_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          {id, ctx.start_time(), ctx.principal().ToString(), MethodName(ctx.method()),
           absl::StrJoin(what.resources, "\n"), what.resource_count,
           absl::StrJoin(what.fields, "\n"), TraceId(ctx.traceparent())})
      .status();
}

struct Entry {
  std::string id;
  absl::Time time;
  std::string principal;
  std::string method;
  std::vector<std::string> resources;
  int64_t resource_count = 0;
  std::vector<std::string> fields;
  std::string trace_id;
};

Entry ReadEntry(mysql::Row& row) {
  return {.id = row.String(0),
          .time = row.Time(1),
          .principal = row.String(2),
          .method = row.String(3),
          .resources = absl::StrSplit(row.String(4), '\n', absl::SkipEmpty()),
          .resource_count = row.Int64(5),
          .fields = absl::StrSplit(row.String(6), '\n', absl::SkipEmpty()),
          .trace_id = row.String(7)};
}

const Columns& EntryColumns() {
  static const auto* columns = new Columns{
      {"create_time", {.sql = "occurred_at", .type = ColumnType::kTime}},
      {"principal", {.sql = "principal", .type = ColumnType::kText, .orderable = false}},
      {"method", {.sql = "method", .type = ColumnType::kText, .orderable = false}},
  };
  return *columns;
}

struct EntryQuery {
  Predicate filter;
  bool descending = true;
  int limit = 0;
  std::string fingerprint;
  PageCursor after;  // without keys: the first page
};

// At most one row more than the page, which tells whether another page follows.
absl::StatusOr<std::vector<Entry>> ReadEntries(mysql::Connection& c, const EntryQuery& query) {
  std::string sql = absl::StrCat(
      "SELECT id, occurred_at, principal, method, resources, resource_count, fields, trace_id "
      "FROM audit_entry WHERE ",
      query.filter.sql);
  mysql::Params params = query.filter.params;
  if (query.after.keys.size() == 2) {
    const mysql::Value& time = query.after.keys[0];
    const char* const op = query.descending ? "<" : ">";
    absl::StrAppend(&sql, " AND occurred_at ", op, "= ? AND (occurred_at ", op, " ? OR id ", op,
                    " ?)");
    params.insert(params.end(), {time, time, query.after.keys[1]});
  }
  const char* const direction = query.descending ? " DESC" : "";
  absl::StrAppend(&sql, " ORDER BY occurred_at", direction, ", id", direction, " LIMIT ",
                  query.limit + 1);
  return c.Query(sql, params, ReadEntry);
}

// ---------------------------------------------------------------------------------------------
// Messages of any service's AuditService, by the names that all of them share

// Aborts at the first call of a contract that lacks the field: the contracts are compiled in.
const FieldDescriptor* Field(const Message& m, const char* name) {
  const FieldDescriptor* field = m.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr) {
    std::fprintf(stderr, "%s has no field %s\n", m.GetDescriptor()->full_name().c_str(), name);
    std::abort();
  }
  return field;
}

std::string Text(const Message& m, const char* name) {
  return m.GetReflection()->GetString(m, Field(m, name));
}

void SetText(Message* m, const char* name, std::string value) {
  m->GetReflection()->SetString(m, Field(*m, name), std::move(value));
}

void AddTexts(Message* m, const char* name, const std::vector<std::string>& values) {
  const FieldDescriptor* field = Field(*m, name);
  for (const std::string& value : values) m->GetReflection()->AddString(m, field, value);
}

void WriteEntry(const Entry& entry, Message* out) {
  const Reflection* r = out->GetReflection();
  SetText(out, "name", absl::StrCat("auditEntries/", entry.id));
  r->MutableMessage(out, Field(*out, "create_time"))->CopyFrom(ToTimestamp(entry.time));
  SetText(out, "principal", entry.principal);
  SetText(out, "method", entry.method);
  AddTexts(out, "resources", entry.resources);
  r->SetInt32(out, Field(*out, "resource_count"), static_cast<int32_t>(entry.resource_count));
  AddTexts(out, "fields", entry.fields);
  SetText(out, "trace_id", entry.trace_id);
}

}  // namespace

std::function<absl::Status(rpc::CallContext&, const Message&, Message*)> Audit::ReadHook() {
  return [db = db_](rpc::CallContext& ctx, const Message&, Message* response) -> absl::Status {
    const Disclosure told = Disclose(ctx.access(), PersonalPermission(ctx.policy()), response);
    if (told.fields.empty()) return absl::OkStatus();
    const std::string id = base::GenerateUuid();
    return db->RunInTransaction(
        ctx, [&](mysql::Transaction& tx) -> absl::Status { return Insert(tx, id, ctx, told); });
  };
}

absl::Status Audit::Record(mysql::Transaction& tx, const rpc::CallContext& ctx,
                           const std::vector<std::string>& resources,
                           const std::vector<std::string>& fields) {
  Disclosure what;
  what.resource_count = static_cast<int64_t>(resources.size());
  what.resources.assign(resources.begin(),
                        resources.begin() + std::min(resources.size(), Disclosure::kMostNames));
  what.fields.insert(fields.begin(), fields.end());
  return Insert(tx, base::GenerateUuid(), ctx, what);
}

absl::Status Audit::List(rpc::CallContext& ctx, const Message& request, Message* response) {
  EntryQuery query;
  ASSIGN_OR_RETURN(query.filter, ParseFilter(Text(request, "filter"), EntryColumns()));
  ASSIGN_OR_RETURN(const std::vector<OrderTerm> order,
                   ParseOrderBy(Text(request, "order_by"), EntryColumns(), "create_time desc"));
  query.descending = order[0].descending;
  query.limit =
      CoercePageSize(request.GetReflection()->GetInt32(request, Field(request, "page_size")));
  query.fingerprint = QueryFingerprint(request, ctx.principal().ToString());
  if (const std::string token = Text(request, "page_token"); !token.empty()) {
    ASSIGN_OR_RETURN(query.after, sealer_->Open(token, query.fingerprint, ctx.start_time()));
  }
  ASSIGN_OR_RETURN(std::vector<Entry> entries,
                   db_->Read(ctx, [&](mysql::Connection& c) { return ReadEntries(c, query); }));
  if (entries.size() > static_cast<size_t>(query.limit)) {
    entries.pop_back();
    const Entry& last = entries.back();
    SetText(response, "next_page_token",
            sealer_->Seal({.keys = {last.time, last.id}}, query.fingerprint, ctx.start_time()));
  }
  const FieldDescriptor* list = Field(*response, "audit_entries");
  for (const Entry& entry : entries) {
    WriteEntry(entry, response->GetReflection()->AddMessage(response, list));
  }
  return absl::OkStatus();
}

rpc::Binding Audit::Bind(const char* service_full_name) {
  rpc::Binding binding(service_full_name);
  binding.UnaryMessages("ListAuditEntries",
                        [this](rpc::CallContext& ctx, const Message& request, Message* response) {
                          return List(ctx, request, response);
                        });
  return binding;
}

}  // namespace salesops::api
