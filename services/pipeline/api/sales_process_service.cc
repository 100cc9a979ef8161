#include "services/pipeline/api/sales_process_service.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/pipeline/api/deal_conditions.h"
#include "services/pipeline/api/opportunity_convert.h"
#include "services/pipeline/api/sales_process_convert.h"
#include "services/pipeline/store/sales_process_store.h"
#include "shared/resource/shared_shapes.h"

namespace salesops::pipeline::api {
namespace {

using domain::SalesProcess;
using domain::SalesProcessVersion;
using resource::Changed;
using resource::NameOf;
using resource::Write;

// What a condition's parser has to say; the column is counted from the condition's begin.
std::string FaultOf(const std::string& condition) {
  const absl::StatusOr<salesops::api::Condition> parsed = ParseDealCondition(condition);
  if (parsed.ok()) return "";
  const base::Violations violations = status::ViolationsOf(parsed.status());
  return violations.empty() ? std::string(parsed.status().message()) : violations.list()[0].message;
}

// The mappings of a version name versions of its own process.
void CheckMappings(const Changed<SalesProcessVersion>& change) {
  const auto& version = static_cast<const v1::SalesProcessVersion&>(*change.write->after.proto);
  for (int i = 0; i < version.mappings_size(); ++i) {
    const auto ids = VersionIds(version.mappings(i).from_version());
    if (ids.first != change.after->process_id) {
      change.violations->Add(absl::StrCat("mappings[", i, "].from_version"), "OTHER_PROCESS",
                             "must be a version of the same process");
    }
  }
}

// Versions need a process that exists and is not archived; published ones keep their stages.
absl::Status CheckVersions(rpc::CallContext&, mysql::Transaction& tx,
                           std::vector<Changed<SalesProcessVersion>>& changes) {
  std::set<std::vector<std::string>> ids;
  for (const auto& change : changes) {
    if (change.before == nullptr) ids.insert({change.after->process_id});
  }
  ASSIGN_OR_RETURN(std::vector<SalesProcess> processes,
                   store::SalesProcesses().BatchFind(tx, {ids.begin(), ids.end()}));
  for (auto& change : changes) {
    if (change.before == nullptr) {
      const std::string name = NameOf("salesProcesses", change.after->process_id);
      auto process = std::find_if(processes.begin(), processes.end(), [&](const SalesProcess& p) {
        return p.id == change.after->process_id;
      });
      if (process == processes.end()) return status::NotFound(name);
      if (process->meta.archive_time) {
        return status::FailedPrecondition("ARCHIVED", name, "it is archived; unarchive it first");
      }
      change.after->state = domain::VersionState::kDraft;
      change.after->publish_time.reset();
      change.after->retire_time.reset();
    } else if (change.before->state != domain::VersionState::kDraft &&
               (change.before->rules != change.after->rules ||
                change.before->external_keys != change.after->external_keys)) {
      return status::FailedPrecondition("VERSION_PUBLISHED",
                                        VersionName(change.after->process_id, change.after->id),
                                        "a published version never changes; create a new one");
    }
    domain::CheckRules(change.after->rules, FaultOf, change.violations);
    CheckMappings(change);
  }
  return absl::OkStatus();
}

resource::Kind<v1::SalesProcess, SalesProcess> ProcessKind() {
  resource::Kind<v1::SalesProcess, SalesProcess> kind;
  kind.table = &store::SalesProcesses();
  kind.to_proto = [](const SalesProcess& p, v1::SalesProcess* proto) { ToProto(p, proto); };
  kind.from_proto = [](const v1::SalesProcess& proto, SalesProcess* p) { FromProto(proto, p); };
  return kind;
}

}  // namespace

SalesProcessService::SalesProcessService(const resource::Environment& environment)
    : processes_(environment, ProcessKind()), versions_(environment, [this] {
        resource::Kind<v1::SalesProcessVersion, SalesProcessVersion> kind;
        kind.table = &store::SalesProcessVersions();
        kind.to_proto = [](const SalesProcessVersion& v, v1::SalesProcessVersion* proto) {
          ToProto(v, proto);
        };
        kind.from_proto = [](const v1::SalesProcessVersion& proto, SalesProcessVersion* v) {
          FromProto(proto, v);
        };
        kind.key = {&SalesProcessVersion::process_id, &SalesProcessVersion::id};
        kind.check = CheckVersions;
        kind.after_store = [this](rpc::CallContext& ctx, mysql::Transaction& tx,
                                  std::vector<Changed<SalesProcessVersion>>& changes) {
          return MoveDefaults(ctx, tx, changes);
        };
        return kind;
      }()) {}

rpc::Binding SalesProcessService::Bind() {
  rpc::Binding binding("salesops.pipeline.v1.SalesProcessService");
  binding.Unary("PublishSalesProcessVersion", this, &SalesProcessService::Publish);
  binding.Unary("RetireSalesProcessVersion", this, &SalesProcessService::Retire);
  processes_.BindTo(binding);
  versions_.BindTo(binding);
  return binding;
}

absl::StatusOr<v1::SalesProcessVersion> SalesProcessService::Publish(
    rpc::CallContext& ctx, const v1::PublishSalesProcessVersionRequest& request) {
  return versions_.Change(ctx, request, request.name(), request.etag(), "Published",
                          [&](mysql::Transaction&, SalesProcessVersion& version, Write&) {
                            return domain::Publish(version, ctx.start_time());
                          });
}

absl::StatusOr<v1::SalesProcessVersion> SalesProcessService::Retire(
    rpc::CallContext& ctx, const v1::RetireSalesProcessVersionRequest& request) {
  return versions_.Change(ctx, request, request.name(), request.etag(), "Retired",
                          [&](mysql::Transaction&, SalesProcessVersion& version, Write&) {
                            return domain::Retire(version, ctx.start_time());
                          });
}

absl::Status SalesProcessService::MoveDefaults(
    rpc::CallContext& ctx, mysql::Transaction& tx,
    const std::vector<Changed<SalesProcessVersion>>& changes) {
  std::set<std::string> process_ids;
  for (const auto& change : changes) {
    if (change.after->state != domain::VersionState::kDraft) {
      process_ids.insert(change.after->process_id);
    }
  }
  for (const std::string& id : process_ids) {
    ASSIGN_OR_RETURN(const std::string newest, store::NewestPublished(tx, id));
    ASSIGN_OR_RETURN(std::optional<SalesProcess> process, store::SalesProcesses().Find(tx, {id}));
    if (!process || process->default_version_id == newest) continue;
    RETURN_IF_ERROR(processes_
                        .ChangeInside(ctx, tx, NameOf("salesProcesses", id), "", "Updated",
                                      [&](mysql::Transaction&, SalesProcess& p, Write&) {
                                        p.default_version_id = newest;
                                        return absl::OkStatus();
                                      })
                        .status());
  }
  return absl::OkStatus();
}

}  // namespace salesops::pipeline::api
