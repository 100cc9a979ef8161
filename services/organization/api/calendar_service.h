#pragma once

// salesops.organization.v1.CalendarService.
//
// Thread-safety: safe from any thread.

#include "salesops/organization/v1/calendar.pb.h"
#include "services/organization/domain/calendar.h"
#include "shared/resource/resource.h"
#include "shared/rpc/binding.h"

namespace salesops::organization::api {

class CalendarService {
 public:
  explicit CalendarService(const resource::Environment& environment);
  rpc::Binding Bind();

 private:
  absl::StatusOr<v1::CalculateWorkingTimeResponse> CalculateWorkingTime(
      rpc::CallContext& ctx, const v1::CalculateWorkingTimeRequest& request);
  absl::StatusOr<v1::CountWorkingDaysResponse> CountWorkingDays(
      rpc::CallContext& ctx, const v1::CountWorkingDaysRequest& request);
  absl::StatusOr<v1::AddWorkingDaysResponse> AddWorkingDays(
      rpc::CallContext& ctx, const v1::AddWorkingDaysRequest& request);

  const resource::Environment environment_;
  resource::Resource<v1::Calendar, domain::Calendar> calendars_;
};

}  // namespace salesops::organization::api
