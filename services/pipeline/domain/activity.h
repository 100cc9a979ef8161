#pragma once

// Activities (销售活动): what was done with customers, and what is planned.
//
// One that is done took place. One that is not is planned, whether its start lies ahead or has
// passed: time alone never makes it done.
//
// Thread-safety: values and pure functions.

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "shared/base/attribute.h"
#include "shared/base/violation.h"
#include "shared/records/meta.h"

namespace salesops::pipeline::domain {

enum class ActivityKind : int {
  kUnspecified = 0,
  kCall = 1,
  kVisit = 2,
  kEmail = 3,
  kMeeting = 4,
  kMessage = 5,
  kSystem = 6,
  kDevice = 7
};

enum class ActivityDirection : int { kUnspecified = 0, kInbound = 1, kOutbound = 2, kInternal = 3 };

enum class ActivityOutcome : int {
  kUnspecified = 0,
  kNone = 1,
  kReached = 2,
  kNotReached = 3,
  kPostponed = 4,
  kAgreed = 5,
  kDeclined = 6
};

// Somebody who took part: one of ours, a contact, or anybody else by name.
struct Participant {
  std::string seller_id;
  std::string contact_id;
  std::string display_name;
  std::string address;  // personal
  friend bool operator==(const Participant&, const Participant&) = default;
};

struct Activity {
  std::string id;
  records::Meta meta;

  std::string display_name;
  ActivityKind kind = ActivityKind::kUnspecified;
  ActivityDirection direction = ActivityDirection::kUnspecified;
  absl::Time start_time;
  std::optional<absl::Time> end_time;  // exclusive; nullopt = an instant
  std::optional<bool> done;            // nullopt = not said yet; see Complete
  std::string owner_id;                // seller; empty = nobody
  std::string account_id;              // empty = none, as the next three
  std::string contact_id;
  std::string lead_id;
  std::string opportunity_id;
  std::vector<Participant> participants;
  ActivityOutcome outcome = ActivityOutcome::kUnspecified;
  std::string outcome_note;  // personal
  std::string description;   // personal
  std::string source;
  std::vector<base::ExternalKey> external_keys;
  base::Attributes attributes;
};

inline constexpr absl::Duration kLongestActivity = absl::Hours(31 * 24);

// Sets what was not said: it is done if its start is not after `now`, and nothing came of it.
void Complete(Activity& activity, absl::Time now);

// The rules of a completed one, fields relative to it: END_BEFORE_START, TOO_LONG, IN_FUTURE,
// NOT_DONE, and REQUIRED of a participant who is nobody.
void CheckActivity(const Activity& activity, absl::Time now, base::Violations* violations);

// Gives an activity without an account that of its opportunity, else that of its contact; then each
// of them that has another one is OTHER_ACCOUNT. An empty id is no account and fits any.
void AgreeOnAccount(Activity& activity, const std::string& opportunity_account_id,
                    const std::string& contact_account_id, base::Violations* violations);

}  // namespace salesops::pipeline::domain
