#include "gateway/upstreams.h"

#include <algorithm>
#include <utility>

#include "absl/strings/strip.h"
#include "gateway/service_target.h"
#include "shared/status/macros.h"

namespace salesops::gateway {

absl::StatusOr<std::unique_ptr<Upstreams>> Upstreams::Open(const UpstreamOptions& options,
                                                           EventLoops& loops) {
  std::unique_ptr<Upstreams> upstreams(new Upstreams(loops));
  RETURN_IF_ERROR(upstreams->tls_.Load(options.tls));
  std::map<std::string, ServiceTarget> services;
  for (const auto& [name, target] : options.targets) {
    ASSIGN_OR_RETURN(services[name], ServiceTarget::Parse(target));
  }
  const int of_one_thread = std::max(1, options.connections / static_cast<int>(loops.size()));
  loops.RunOnEach([&](EventLoop& loop) {
    LinksByService& links = upstreams->links_[&loop];
    for (const auto& [name, target] : services) {
      links[name] = std::make_unique<ServiceLinks>(loop, target, upstreams->tls_, of_one_thread);
      links[name]->Start();
    }
  });
  upstreams->tls_refresh_ = std::make_unique<Repeated>(
      loops[0], options.tls_refresh, [tls = &upstreams->tls_] { tls->Refresh(); });
  return upstreams;
}

Upstreams::~Upstreams() {
  loops_.RunOnEach([this](EventLoop& loop) {
    const auto links = links_.find(&loop);
    if (links != links_.end()) links->second.clear();
  });
}

ServiceLinks* Upstreams::Find(const EventLoop& loop, absl::string_view service) const {
  const LinksByService& links = links_.at(&loop);
  const auto found = links.find(service);
  return found == links.end() ? nullptr : found->second.get();
}

std::map<std::string, bool> Upstreams::Reachable(const EventLoop& loop) const {
  std::map<std::string, bool> all;
  for (const auto& [service, links] : links_.at(&loop)) all[service] = links->reachable();
  return all;
}

absl::string_view UpstreamOfOperation(absl::string_view name) {
  if (!absl::ConsumePrefix(&name, "operations/")) return {};
  return name.substr(0, name.find('/'));
}

std::string ServiceOfRequest(const Method& method, absl::string_view request) {
  if (!method.upstream.empty()) return method.upstream;
  const std::unique_ptr<google::protobuf::Message> message(method.request->New());
  const auto* field = message->GetDescriptor()->FindFieldByName("name");
  if (field == nullptr ||
      !message->ParseFromArray(request.data(), static_cast<int>(request.size()))) {
    return "";
  }
  return std::string(UpstreamOfOperation(message->GetReflection()->GetString(*message, field)));
}

}  // namespace salesops::gateway
