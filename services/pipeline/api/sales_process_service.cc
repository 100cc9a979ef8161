#include "services/pipeline/api/sales_process_service.h"

#include <set>
#include <utility>

#include "services/pipeline/api/opportunity_convert.h"
#include "services/pipeline/store/sales_process_store.h"
#include "shared/resource/shared_shapes.h"

namespace salesops::pipeline::api {
namespace {

using domain::SalesProcess;
using domain::SalesProcessVersion;
using resource::Changed;
using resource::NameOf;
using resource::Write;

void ToProto(const SalesProcess& process, v1::SalesProcess* proto) {
  proto->set_display_name(process.display_name);
  proto->set_description(process.description);
  if (!process.default_version_id.empty()) {
    proto->set_default_version(VersionName(process.id, process.default_version_id));
  }
  resource::ToProto(process.external_keys, proto->mutable_external_keys());
}

void FromProto(const v1::SalesProcess& proto, SalesProcess* process) {
  process->display_name = proto.display_name();
  process->description = proto.description();
  process->default_version_id = VersionIds(proto.default_version()).second;
  process->external_keys = resource::FromProto(proto.external_keys());
}

void ToProto(const SalesProcessVersion& version, v1::SalesProcessVersion* proto) {
  for (const domain::Stage& stage : version.stages) {
    v1::Stage* out = proto->add_stages();
    out->set_id(stage.id);
    out->set_display_name(stage.display_name);
    out->set_kind(static_cast<v1::Stage::Kind>(stage.kind));
    out->set_description(stage.description);
  }
  proto->set_state(static_cast<v1::SalesProcessVersion::State>(version.state));
  if (version.publish_time) {
    *proto->mutable_publish_time() = salesops::api::ToTimestamp(*version.publish_time);
  }
  resource::ToProto(version.external_keys, proto->mutable_external_keys());
}

void FromProto(const v1::SalesProcessVersion& proto, SalesProcessVersion* version) {
  for (const v1::Stage& stage : proto.stages()) {
    version->stages.push_back({stage.id(), stage.display_name(),
                               static_cast<domain::StageKind>(stage.kind()), stage.description()});
  }
  version->state = proto.state() == v1::SalesProcessVersion::STATE_UNSPECIFIED
                       ? domain::VersionState::kDraft
                       : static_cast<domain::VersionState>(proto.state());
  if (proto.has_publish_time()) {
    version->publish_time = salesops::api::FromTimestamp(proto.publish_time());
  }
  version->external_keys = resource::FromProto(proto.external_keys());
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
    } else if (change.before->state == domain::VersionState::kPublished &&
               (change.before->stages != change.after->stages ||
                change.before->external_keys != change.after->external_keys)) {
      return status::FailedPrecondition("VERSION_PUBLISHED",
                                        VersionName(change.after->process_id, change.after->id),
                                        "a published version never changes; create a new one");
    }
    domain::CheckStages(change.after->stages, change.violations);
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
  processes_.BindTo(binding);
  versions_.BindTo(binding);
  return binding;
}

absl::StatusOr<v1::SalesProcessVersion> SalesProcessService::Publish(
    rpc::CallContext& ctx, const v1::PublishSalesProcessVersionRequest& request) {
  return versions_.Change(ctx, request, request.name(), request.etag(), "Published",
                          [&](mysql::Transaction&, SalesProcessVersion& version, Write&) {
                            if (version.state == domain::VersionState::kPublished) {
                              return absl::OkStatus();
                            }
                            version.state = domain::VersionState::kPublished;
                            version.publish_time = ctx.start_time();
                            return absl::OkStatus();
                          });
}

absl::Status SalesProcessService::MoveDefaults(
    rpc::CallContext& ctx, mysql::Transaction& tx,
    const std::vector<Changed<SalesProcessVersion>>& changes) {
  std::set<std::string> process_ids;
  for (const auto& change : changes) {
    if (change.after->state == domain::VersionState::kPublished) {
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
