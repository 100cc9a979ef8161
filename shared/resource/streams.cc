// Export and Import of every resource.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "shared/api/convert.h"
#include "shared/api/field_mask.h"
#include "shared/api/field_rules.h"
#include "shared/base/id.h"
#include "shared/events/event_log.h"
#include "shared/events/personal.h"
#include "shared/resource/message_fields.h"
#include "shared/resource/standard_methods.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::resource {
namespace {

constexpr int kExportPage = 500;
constexpr char kDryRun[] = "DRY_RUN";

const Message& Prototype(const google::protobuf::Descriptor* type) {
  return *google::protobuf::MessageFactory::generated_factory()->GetPrototype(type);
}

}  // namespace

// A snapshot at one position, 500 rows a message; each page is one read.
class StandardMethods::ExportProducer {
 public:
  ExportProducer(StandardMethods* methods, const Message& response_prototype,
                 records::ListQuery query, events::AsOf as_of)
      : methods_(methods), prototype_(response_prototype), query_(std::move(query)), as_of_(as_of) {
    query_.limit = kExportPage;
  }

  absl::StatusOr<rpc::internal::ErasedStep> Next(rpc::CallContext& ctx) {
    std::vector<Item> items;
    ASSIGN_OR_RETURN(std::optional<api::PageCursor> next,
                     methods_->environment_.db->Read(ctx, [&](mysql::Connection& c) {
                       return methods_->LoadPage(c, query_, &items);
                     }));
    std::unique_ptr<Message> response(prototype_.New());
    const FieldDescriptor* list = RepeatedOf(*response, methods_->type_);
    for (Item& item : items) {
      response->GetReflection()->AddAllocatedMessage(response.get(), list, item.proto.release());
    }
    // A service that calls for itself follows facts, which hold none of this either.
    if (!ctx.principal().has_user()) events::ClearPersonal(response.get());
    if (Message* time = MutableMessage(response.get(), "as_of_time")) {
      time->CopyFrom(api::ToTimestamp(as_of_.time));
    }
    SetInt(response.get(), "position", as_of_.position);
    query_.after = next;
    return rpc::internal::ErasedStep{std::move(response), !next.has_value(), absl::ZeroDuration()};
  }

 private:
  StandardMethods* const methods_;
  const Message& prototype_;
  records::ListQuery query_;
  const events::AsOf as_of_;
};

// One import: options first, then batches of rows, each answered with its counts and failures.
class StandardMethods::ImportExchange {
 public:
  ImportExchange(StandardMethods* methods, const Message& response_prototype)
      : methods_(methods), prototype_(response_prototype) {}

  absl::StatusOr<std::unique_ptr<Message>> Handle(rpc::CallContext& ctx, const Message& request) {
    std::unique_ptr<Message> response(prototype_.New());
    if (const Message* options = GetMessage(request, "options")) {
      RETURN_IF_ERROR(Open(*options));
      SetString(response.get(), "resume_token", ResumeToken());
      return response;
    }
    const Message* batch = GetMessage(request, "batch");
    if (batch == nullptr || source_.empty()) {
      return status::InvalidField(
          "options", "REQUIRED",
          "must be set in the first message and in no other; every other one holds a batch");
    }
    RETURN_IF_ERROR(Import(ctx, *batch, response.get()));
    return response;
  }

 private:
  absl::Status Open(const Message& options) {
    const base::Violations violations = api::CheckFieldRules(options);
    if (!violations.empty()) return status::InvalidArgument(violations);
    source_ = GetString(options, "source");
    dry_run_ = GetBool(options, "dry_run");
    const std::string token = GetString(options, "resume_token");
    absl::string_view rest = token;
    if (!token.empty() &&
        (!absl::ConsumePrefix(&rest, Prefix()) || !absl::SimpleAtoi(rest, &done_))) {
      return status::InvalidField(
          "options.resume_token", "BAD_RESUME_TOKEN",
          "is not of an import of this collection from this source; leave it out to begin anew");
    }
    return absl::OkStatus();
  }

  std::string Prefix() const { return absl::StrCat(methods_->aggregate_type_, ":", source_, ":"); }
  std::string ResumeToken() const { return absl::StrCat(Prefix(), done_); }

  absl::Status Import(rpc::CallContext& ctx, const Message& batch, Message* response) {
    const FieldDescriptor* rows_field = batch.GetDescriptor()->FindFieldByName("rows");
    const int count = batch.GetReflection()->FieldSize(batch, rows_field);
    if (count == 0 || count > 500) {
      return status::InvalidField("batch.rows", count == 0 ? "TOO_FEW" : "TOO_MANY",
                                  "must hold 1 to 500 rows");
    }
    std::vector<const Message*> rows;
    int64_t last = done_;
    for (int i = 0; i < count; ++i) {
      const Message& row = batch.GetReflection()->GetRepeatedMessage(batch, rows_field, i);
      const int64_t number = GetInt(row, "row_number");
      if (number > 0 && number <= done_) continue;  // a resumed import sends them again
      last = std::max(last, number);
      const base::Violations violations = api::CheckFieldRules(row);
      if (violations.empty()) {
        rows.push_back(&row);
      } else {
        Fail(response, number, violations);
      }
    }
    absl::Status status = WriteRows(ctx, rows, response);
    // One row with a value that must be unique must not take the batch with it.
    if (status.code() == absl::StatusCode::kAlreadyExists) {
      status = absl::OkStatus();
      for (const Message* row : rows) {
        absl::Status one = WriteRows(ctx, {row}, response);
        if (one.code() == absl::StatusCode::kAlreadyExists) {
          base::Violations violations;
          violations.Add("", "ALREADY_EXISTS", std::string(one.message()));
          Fail(response, GetInt(*row, "row_number"), violations);
        } else if (!one.ok()) {
          return one;
        }
      }
    }
    RETURN_IF_ERROR(status);
    done_ = last;
    SetString(response, "resume_token", ResumeToken());
    return absl::OkStatus();
  }

  // Imports rows in one transaction; those that break a rule are left out and reported.
  absl::Status WriteRows(rpc::CallContext& ctx, const std::vector<const Message*>& rows,
                         Message* response) {
    int created = 0, updated = 0, unchanged = 0;
    std::vector<std::pair<int64_t, base::Violations>> failures;
    absl::Status status = methods_->environment_.db->RunInTransaction(
        ctx, [&](mysql::Transaction& tx) -> absl::Status {
          created = updated = unchanged = 0;
          failures.clear();
          std::vector<Write> writes;
          ASSIGN_OR_RETURN(unchanged, Prepare(ctx, tx, rows, &writes, &failures));
          RETURN_IF_ERROR(methods_->Check(ctx, tx, writes));
          std::vector<Write> good;
          for (Write& write : writes) {
            if (write.violations.empty() && write.refused.ok()) {
              good.push_back(std::move(write));
            } else {
              base::Violations prefixed;
              prefixed.AddAll(methods_->singular_ + ".", write.violations);
              if (!write.refused.ok()) {
                prefixed.Add(methods_->singular_, status::Reason(write.refused),
                             std::string(write.refused.message()));
              }
              failures.emplace_back(GetInt(*write.import_row, "row_number"), prefixed);
            }
          }
          for (const Write& write : good) {
            (write.before || write.correction ? updated : created) += 1;
          }
          RETURN_IF_ERROR(methods_->StoreAll(ctx, tx, good));
          if (dry_run_) return status::Make(absl::StatusCode::kFailedPrecondition, kDryRun, "");
          return absl::OkStatus();
        });
    if (!status.ok() && status::Reason(status) != kDryRun) return status;
    Count(response, "created_count", created);
    Count(response, "updated_count", updated);
    Count(response, "unchanged_count", unchanged);
    for (const auto& [number, violations] : failures) Fail(response, number, violations);
    methods_->environment_.mutations->Committed();
    return absl::OkStatus();
  }

  // Matches rows to what exists by name, or by the external key of the import's source, and makes
  // the writes; returns how many rows would change nothing.
  absl::StatusOr<int> Prepare(rpc::CallContext& ctx, mysql::Transaction& tx,
                              const std::vector<const Message*>& rows, std::vector<Write>* writes,
                              std::vector<std::pair<int64_t, base::Violations>>* failures) {
    std::map<const Message*, std::vector<std::string>>
        keys;  // of rows that exist, or choose a name
    ASSIGN_OR_RETURN(auto by_external_key, ResolveExternalKeys(tx, rows));
    std::set<std::string> seen;
    std::vector<const Message*> accepted;
    for (const Message* row : rows) {
      const Message* resource = GetMessage(*row, methods_->singular_);
      base::Violations violations;
      const std::string name = GetString(*resource, "name");
      const std::string external = ExternalKeyOf(*resource);
      if (!name.empty()) {
        auto key = methods_->pattern_.Parse(name);
        if (key) keys[row] = *std::move(key);
      } else if (auto it = by_external_key.find(external); it != by_external_key.end()) {
        keys[row] = absl::StrSplit(it->second, '/');
      } else if (external.empty()) {
        violations.Add(methods_->singular_ + ".external_keys", "REQUIRED",
                       absl::StrCat("needs a key of source ", source_,
                                    " (or a name), so that a second import finds the row"));
      } else if (!methods_->pattern_.ParentText().empty()) {
        violations.Add(methods_->singular_ + ".name", "REQUIRED",
                       "is needed to create: it says under which parent");
      }
      const std::string identity = name.empty() ? "x:" + external : "n:" + name;
      if (violations.empty() && !seen.insert(identity).second) {
        violations.Add(methods_->singular_, "DUPLICATE_ROW", "stands twice in this batch");
      }
      if (violations.empty()) {
        accepted.push_back(row);
      } else {
        failures->emplace_back(GetInt(*row, "row_number"), violations);
      }
    }

    std::vector<std::vector<std::string>> wanted;
    for (const auto& [row, key] : keys) wanted.push_back(key);
    std::sort(wanted.begin(), wanted.end());
    RETURN_IF_ERROR(methods_->LockFirst(ctx, tx, wanted));
    std::vector<Item> existing;
    RETURN_IF_ERROR(methods_->Load(tx, wanted, /*for_update=*/true, std::nullopt, &existing));
    std::map<std::vector<std::string>, Item*> found;
    for (Item& item : existing) found[item.key] = &item;

    int unchanged = 0;
    for (const Message* row : accepted) {
      const Message* resource = GetMessage(*row, methods_->singular_);
      Write write;
      write.import_row = row;
      write.after.proto = methods_->NewProto();
      auto key = keys.find(row);
      auto item = key == keys.end() ? found.end() : found.find(key->second);
      if (item != found.end() && IsErased(*item->second)) {
        base::Violations violations;
        violations.Add(methods_->singular_, "ERASED", "was erased for good; leave this row out");
        failures->emplace_back(GetInt(*row, "row_number"), violations);
        continue;
      }
      if (item != found.end()) {
        write.before = std::move(*item->second);
        write.verb = "Updated";
        write.after.key = write.before->key;
        write.after.owner = write.before->owner;
        write.after.proto->CopyFrom(*write.before->proto);
        Overlay(*resource, write.after.proto.get());
        ClearField(write.after.proto.get(), "erase_time");  // no import erases
        write.after.meta = write.before->meta;
        methods_->Normalize(*write.before, &write.after);
        if (api::ChangedFields(*write.before->proto, *write.after.proto).paths().empty()) {
          ++unchanged;
          continue;
        }
        if (methods_->only_adds()) {
          if (!GetString(*resource, "name").empty()) {
            base::Violations violations;
            violations.Add(methods_->singular_ + ".name", "NEVER_CHANGES",
                           "names what never changes and says otherwise; leave the name out, so "
                           "that the row corrects what has its external key");
            failures->emplace_back(GetInt(*row, "row_number"), violations);
            continue;
          }
          MakeCorrection(ctx, &write);
        } else {
          methods_->StampNext(ctx, *write.before, &write.after);
        }
      } else {
        write.verb = "Created";
        write.after.proto->CopyFrom(*resource);
        api::ClearOutputOnly(write.after.proto.get());
        write.after.key =
            key == keys.end() ? std::vector<std::string>{base::GenerateId()} : key->second;
        write.after.meta.version = 1;
        write.after.meta.create_time = write.after.meta.update_time = ctx.start_time();
      }
      if (!methods_->import_verb().empty()) write.verb = methods_->import_verb();
      writes->push_back(std::move(write));
    }
    return unchanged;
  }

  // Turns a change of what never changes into a new record that corrects it.
  void MakeCorrection(rpc::CallContext& ctx, Write* write) const {
    const std::string corrected = write->before->key.back();
    write->before.reset();
    write->correction = true;
    write->verb = "Created";
    write->after.key.back() = base::GenerateId();
    write->after.meta = records::Meta{};
    write->after.meta.version = 1;
    write->after.meta.create_time = write->after.meta.update_time = ctx.start_time();
    methods_->SetCorrected(corrected, &write->after);
  }

  // "source-local key" -> resource key, of those that exist; locked, so that two imports of the
  // same row meet here.
  absl::StatusOr<std::map<std::string, std::string>> ResolveExternalKeys(
      mysql::Transaction& tx, const std::vector<const Message*>& rows) {
    std::map<std::string, std::string> found;
    mysql::Params params = {methods_->aggregate_type_, source_};
    std::string marks;
    for (const Message* row : rows) {
      const std::string key = ExternalKeyOf(*GetMessage(*row, methods_->singular_));
      if (key.empty()) continue;
      marks += marks.empty() ? "?" : ",?";
      params.push_back(key);
    }
    if (marks.empty()) return found;
    RETURN_IF_ERROR(tx.ForEach(
        "SELECT ext_key, resource_key FROM external_key WHERE collection = ? AND source = ? AND "
        "ext_key IN (" +
            marks + ") LIMIT 500",
        params, [&](mysql::Row& r) { found[r.String(0)] = r.String(1); }));
    return found;
  }

  std::string ExternalKeyOf(const Message& resource) const {
    const FieldDescriptor* f = resource.GetDescriptor()->FindFieldByName("external_keys");
    if (f == nullptr) return "";
    for (int i = 0; i < resource.GetReflection()->FieldSize(resource, f); ++i) {
      const Message& key = resource.GetReflection()->GetRepeatedMessage(resource, f, i);
      if (GetString(key, "source") == source_) return GetString(key, "key");
    }
    return "";
  }

  static void Count(Message* response, const char* field, int by) {
    SetInt(response, field, GetInt(*response, field) + by);
  }

  static void Fail(Message* response, int64_t number, const base::Violations& violations) {
    Count(response, "failed_count", 1);
    const FieldDescriptor* failures = response->GetDescriptor()->FindFieldByName("failures");
    for (const base::Violation& v : violations.list()) {
      Message* failure = response->GetReflection()->AddMessage(response, failures);
      SetInt(failure, "row_number", number);
      SetString(failure, "field", v.field);
      SetString(failure, "reason", v.reason);
      SetString(failure, "message", v.message);
    }
  }

  StandardMethods* const methods_;
  const Message& prototype_;
  std::string source_;
  bool dry_run_ = false;
  int64_t done_ = 0;  // rows up to this number are imported
};

void StandardMethods::BindStreams(rpc::Binding& binding) {
  const std::string export_name = "Export" + plural_type_;
  if (const auto* method = binding.service()->FindMethodByName(export_name)) {
    const Message& prototype = Prototype(method->output_type());
    binding.ServerStreamMessages(
        export_name.c_str(),
        [this, &prototype](rpc::CallContext& ctx,
                           const Message& request) -> absl::StatusOr<rpc::internal::ErasedNext> {
          const Message* asked = GetMessage(request, "as_of_time");
          events::AsOf as_of;
          if (asked == nullptr) {
            ASSIGN_OR_RETURN(as_of, events::ResolveNow(*environment_.db, ctx));
          } else {
            google::protobuf::Timestamp timestamp;
            timestamp.CopyFrom(*asked);
            ASSIGN_OR_RETURN(
                as_of, events::ResolveAsOf(*environment_.db, ctx, api::FromTimestamp(timestamp)));
          }
          ASSIGN_OR_RETURN(records::ListQuery query, Query(ctx, request, as_of.position));
          auto producer =
              std::make_shared<ExportProducer>(this, prototype, std::move(query), as_of);
          return rpc::internal::ErasedNext(
              [producer](rpc::CallContext& ctx) { return producer->Next(ctx); });
        });
  }
  const std::string import_name = "Import" + plural_type_;
  if (const auto* method = binding.service()->FindMethodByName(import_name)) {
    const Message& prototype = Prototype(method->output_type());
    binding.ExchangeMessages(
        import_name.c_str(),
        [this, &prototype](rpc::CallContext&) -> absl::StatusOr<rpc::internal::ErasedHandle> {
          auto exchange = std::make_shared<ImportExchange>(this, prototype);
          return rpc::internal::ErasedHandle(
              [exchange](rpc::CallContext& ctx, const Message& request) {
                return exchange->Handle(ctx, request);
              });
        });
  }
}

}  // namespace salesops::resource
