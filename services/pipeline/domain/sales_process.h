#pragma once

// Sales processes (销售流程): versioned lists of stages that deals go through.
//
// Thread-safety: values and pure functions.

#include <optional>
#include <string>
#include <vector>

#include "shared/base/attribute.h"
#include "shared/base/violation.h"
#include "shared/records/meta.h"

namespace salesops::pipeline::domain {

struct SalesProcess {
  std::string id;
  records::Meta meta;

  std::string display_name;
  std::string description;
  std::string default_version_id;  // newest published one; empty = none yet
  std::vector<base::ExternalKey> external_keys;
};

enum class StageKind : int { kUnspecified = 0, kOpen = 1, kWon = 2, kLost = 3 };

struct Stage {
  std::string id;
  std::string display_name;
  StageKind kind = StageKind::kUnspecified;
  std::string description;
  friend bool operator==(const Stage&, const Stage&) = default;
};

enum class VersionState : int { kUnspecified = 0, kDraft = 1, kPublished = 2 };

struct SalesProcessVersion {
  std::string process_id;
  std::string id;
  records::Meta meta;

  std::vector<Stage> stages;
  VersionState state = VersionState::kDraft;
  std::optional<absl::Time> publish_time;
  std::vector<base::ExternalKey> external_keys;

  // The stage's place in `stages`, or -1.
  int IndexOf(const std::string& stage_id) const;
  const Stage* Find(const std::string& stage_id) const;
  // The first stage of a kind; a version that passed CheckStages has one of each.
  const Stage* First(StageKind kind) const;
};

// At least one open stage, then exactly one won and one lost; no id twice.
void CheckStages(const std::vector<Stage>& stages, base::Violations* violations);

}  // namespace salesops::pipeline::domain
