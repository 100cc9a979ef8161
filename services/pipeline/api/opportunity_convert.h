#pragma once

// Opportunities and stage transitions <-> their messages.
//
// Thread-safety: pure functions.

#include <string>
#include <utility>

#include "salesops/pipeline/v1/opportunity.pb.h"
#include "services/pipeline/domain/opportunity.h"

namespace salesops::pipeline::api {

void ToProto(const domain::Opportunity& opportunity, v1::Opportunity* proto);
void FromProto(const v1::Opportunity& proto, domain::Opportunity* opportunity);
void ToProto(const domain::StageTransition& transition, v1::StageTransition* proto);
void FromProto(const v1::StageTransition& proto, domain::StageTransition* transition);

// "salesProcesses/p/versions/v" <-> ("p", "v"); an empty name is two empty ids.
std::pair<std::string, std::string> VersionIds(const std::string& name);
std::string VersionName(const std::string& process_id, const std::string& version_id);

}  // namespace salesops::pipeline::api
