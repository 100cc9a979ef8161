#pragma once

// The two axes of time that requests carry (architecture.md, "Time"): the day that is asked about
// and the moment whose knowledge answers.
//
// Thread-safety: pure functions, and reads through the database they are given.

#include <functional>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "google/type/date.pb.h"
#include "shared/api/convert.h"
#include "shared/api/filter.h"
#include "shared/base/civil.h"
#include "shared/events/event_log.h"
#include "shared/mysql/database.h"
#include "shared/resource/message_fields.h"
#include "shared/rpc/call_context.h"
#include "shared/status/macros.h"

namespace salesops::organization::api {

// The request's `effective_date`, if it has one.
inline std::optional<base::CivilDay> EffectiveDate(const google::protobuf::Message& request) {
  const google::protobuf::Message* asked = resource::GetMessage(request, "effective_date");
  if (asked == nullptr) return std::nullopt;
  google::type::Date date;
  date.CopyFrom(*asked);
  return salesops::api::FromDate(date);
}

using ListPredicates = std::function<absl::StatusOr<std::vector<salesops::api::Predicate>>(
    rpc::CallContext&, const google::protobuf::Message&)>;

// For lists with an `effective_date`: only rows of which `holds` is true on that day.
inline ListPredicates OnEffectiveDate(salesops::api::Predicate (*holds)(base::CivilDay)) {
  return [holds](rpc::CallContext&, const google::protobuf::Message& request)
             -> absl::StatusOr<std::vector<salesops::api::Predicate>> {
    std::vector<salesops::api::Predicate> predicates;
    if (const auto day = EffectiveDate(request)) predicates.push_back(holds(*day));
    return predicates;
  };
}

// The position that the request's `as_of_time` resolves to, told in the response; nullopt = the
// current rows.
template <class Request, class Response>
absl::StatusOr<std::optional<int64_t>> ResolveAsOf(mysql::Database& db, const rpc::CallContext& ctx,
                                                   const Request& request, Response* response) {
  if (!request.has_as_of_time()) return std::optional<int64_t>();
  ASSIGN_OR_RETURN(
      const events::AsOf as_of,
      events::ResolveAsOf(db, ctx, salesops::api::FromTimestamp(request.as_of_time())));
  *response->mutable_as_of_time() = salesops::api::ToTimestamp(as_of.time);
  return std::optional<int64_t>(as_of.position);
}

// A range of days <-> the fields start_date and end_date of a message.
template <class Ranged>
base::DayRange DaysOf(const Ranged& ranged) {
  base::DayRange days{salesops::api::FromDate(ranged.start_date()), std::nullopt};
  if (ranged.has_end_date()) days.end = salesops::api::FromDate(ranged.end_date());
  return days;
}
template <class Ranged>
void SetDays(const base::DayRange& days, Ranged* ranged) {
  *ranged->mutable_start_date() = salesops::api::ToDate(days.start);
  if (days.end) *ranged->mutable_end_date() = salesops::api::ToDate(*days.end);
}

}  // namespace salesops::organization::api
