#include "services/pipeline/domain/activity.h"

namespace salesops::pipeline::domain {
namespace {

bool IsNobody(const Participant& p) {
  return p.seller_id.empty() && p.contact_id.empty() && p.display_name.empty();
}

void CheckAccountOf(const char* field, const std::string& account_id, const Activity& activity,
                    base::Violations* violations) {
  if (account_id.empty() || account_id == activity.account_id) return;
  violations->Add(field, "OTHER_ACCOUNT", "belongs to another account than the activity");
}

}  // namespace

void Complete(Activity& activity, absl::Time now) {
  if (!activity.done) activity.done = activity.start_time <= now;
  if (activity.outcome == ActivityOutcome::kUnspecified) activity.outcome = ActivityOutcome::kNone;
}

void CheckActivity(const Activity& activity, absl::Time now, base::Violations* violations) {
  if (activity.end_time && *activity.end_time < activity.start_time) {
    violations->Add("end_time", "END_BEFORE_START", "must not be before start_time");
  }
  if (activity.end_time && *activity.end_time - activity.start_time > kLongestActivity) {
    violations->Add("end_time", "TOO_LONG", "must be at most 31 days after start_time");
  }
  const bool done = activity.done.value_or(false);
  if (done && activity.start_time > now) {
    violations->Add("start_time", "IN_FUTURE",
                    "of an activity that is done must not be in the future; a planned one is not "
                    "done");
  }
  if (!done && activity.outcome != ActivityOutcome::kNone &&
      activity.outcome != ActivityOutcome::kPostponed) {
    violations->Add("outcome", "NOT_DONE",
                    "of a planned activity is none or postponed; say that it is done");
  }
  for (size_t i = 0; i < activity.participants.size(); ++i) {
    if (!IsNobody(activity.participants[i])) continue;
    violations->Add("participants[" + std::to_string(i) + "]", "REQUIRED",
                    "must name a seller, a contact or a display_name");
  }
}

void AgreeOnAccount(Activity& activity, const std::string& opportunity_account_id,
                    const std::string& contact_account_id, base::Violations* violations) {
  if (activity.account_id.empty()) activity.account_id = opportunity_account_id;
  if (activity.account_id.empty()) activity.account_id = contact_account_id;
  CheckAccountOf("opportunity", opportunity_account_id, activity, violations);
  CheckAccountOf("contact", contact_account_id, activity, violations);
}

}  // namespace salesops::pipeline::domain
