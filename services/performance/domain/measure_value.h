#pragma once

// Measure values (指标值) as they are kept; incentives/facts.h has what a calculation sees of one.
//
// Thread-safety: values and pure functions.

#include <string>
#include <vector>

#include "services/performance/domain/incentives/facts.h"
#include "shared/base/attribute.h"
#include "shared/base/violation.h"
#include "shared/records/meta.h"

namespace salesops::performance::domain {

struct MeasureValueRecord {
  std::string id;
  records::Meta meta;

  std::string subject;    // "sellers/7" or "teams/3"
  std::string seller_id;  // the subject's if it is a seller, else empty; row scope goes by it
  std::string measure;
  base::CivilDay start_date;
  base::CivilDay end_date;  // exclusive
  base::Decimal value;
  std::vector<base::ExternalKey> external_keys;
};

// Reason BAD_RANGE.
void CheckMeasureValue(const MeasureValueRecord& value, base::Violations* violations);

// What a calculation sees of it.
MeasureValue ValueOf(const MeasureValueRecord& value);

// "7" of "sellers/7"; empty for whatever is no seller.
std::string SellerIdOf(const std::string& payee);

}  // namespace salesops::performance::domain
