#pragma once

// Where activities are kept: tables `activity` and `activity_history`, the latter with replaced
// versions only; who took part in them; and how they are counted.

#include <map>
#include <string>
#include <vector>

#include "services/pipeline/domain/activity.h"
#include "shared/records/table.h"

namespace salesops::pipeline::store {

const records::Table<domain::Activity>& Activities();

// How many activities of the opportunity are done, not archived and began at `since` or later, of
// each of the kinds: every one that is asked for stands in the answer, with 0 if there is none. One
// statement, which reads as many entries of an index as the opportunity has activities since then.
absl::StatusOr<std::map<domain::ActivityKind, int64_t>> CountActivities(
    mysql::Connection& c, const std::string& opportunity_id,
    const std::vector<domain::ActivityKind>& kinds, absl::Time since);

// That a contact took part in an activity; kept in the table `activity_participant`, also when a
// later version of the activity says so no more.
struct TakenPart {
  std::string contact_id;
  std::string activity_id;
};
absl::Status IndexParticipants(mysql::Transaction& tx, const std::vector<TakenPart>& parts);

// Ids of the activities that any version of names the contact in, or the lead; in their order, from
// the one after `after`.
absl::StatusOr<std::vector<std::string>> ActivitiesOfContact(mysql::Connection& c,
                                                             const std::string& contact_id,
                                                             const std::string& after, int limit);
absl::StatusOr<std::vector<std::string>> ActivitiesOfLead(mysql::Connection& c,
                                                          const std::string& lead_id,
                                                          const std::string& after, int limit);

}  // namespace salesops::pipeline::store
