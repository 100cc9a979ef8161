#pragma once

// Personal data (fields marked `personal` in the contracts) in an answer: who may see it, what the
// others see instead, and what was told.
//
//   const Disclosure told = Disclose(ctx.access(), PersonalPermission(ctx.policy()), &answer);
//
// A caller sees personal values of a resource if a grant with the permission
// `<service>.personal.read` reaches its row: its owner, or the seller it is named under. Everybody
// else sees masks: "138****5678" for a telephone number, "w***@example.com" for an e-mail address,
// "***" for other words, and nothing for numbers, choices and yes or no. Nobody can write a mask
// back (field rule MASKED), nor remove what they may not see (MayWrite).
//
// Thread-safety: functions without state.

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "shared/auth/access.h"
#include "shared/auth/policy.h"

namespace salesops::api {

// What an answer told about people.
struct Disclosure {
  static constexpr size_t kMostNames = 100;

  std::vector<std::string> resources;  // the first kMostNames
  int64_t resource_count = 0;
  std::set<std::string> fields;  // empty: nothing personal was told
};

// "pipeline.personal.read" for a method whose permission is one of pipeline's.
std::string PersonalPermission(const auth::MethodPolicy& policy);

// Masks what the caller may not see, and says what is left.
Disclosure Disclose(const auth::Access& access, const std::string& permission,
                    google::protobuf::Message* answer);

// PERMISSION_DENIED if `after` holds fewer personal values than `before`, two states of one
// resource, and the caller may not see them: who was shown masks would erase unseen what stands
// behind them.
absl::Status MayWrite(const auth::Access& access, const std::string& permission,
                      const google::protobuf::Message& before,
                      const google::protobuf::Message& after);

// What those see who may not see a text.
std::string Mask(absl::string_view text);
// True for what Mask gives.
bool IsMask(absl::string_view text);

}  // namespace salesops::api
