#include "services/performance/domain/measure_value.h"

#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace salesops::performance::domain {

void CheckMeasureValue(const MeasureValueRecord& value, base::Violations* violations) {
  if (value.end_date > value.start_date) return;
  violations->Add("end_date", "BAD_RANGE", "must be after start_date");
}

MeasureValue ValueOf(const MeasureValueRecord& value) {
  return {value.subject, value.measure, {value.start_date, value.end_date}, value.value};
}

std::string SellerIdOf(const std::string& payee) {
  absl::string_view id = payee;
  return absl::ConsumePrefix(&id, "sellers/") ? std::string(id) : std::string();
}

}  // namespace salesops::performance::domain
