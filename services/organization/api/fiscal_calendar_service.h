#pragma once

// salesops.organization.v1.FiscalCalendarService.
//
// Thread-safety: safe from any thread.

#include "salesops/organization/v1/fiscal_calendar.pb.h"
#include "services/organization/domain/fiscal_calendar.h"
#include "shared/resource/resource.h"
#include "shared/rpc/binding.h"

namespace salesops::organization::api {

class FiscalCalendarService {
 public:
  explicit FiscalCalendarService(const resource::Environment& environment);
  rpc::Binding Bind();

 private:
  absl::StatusOr<v1::ListFiscalPeriodsResponse> ListFiscalPeriods(
      rpc::CallContext& ctx, const v1::ListFiscalPeriodsRequest& request);
  absl::StatusOr<v1::ResolveFiscalPeriodResponse> ResolveFiscalPeriod(
      rpc::CallContext& ctx, const v1::ResolveFiscalPeriodRequest& request);

  const resource::Environment environment_;
  resource::Resource<v1::FiscalCalendar, domain::FiscalCalendar> calendars_;
};

}  // namespace salesops::organization::api
