#pragma once

// Shared value messages <-> base types. The field rules have been checked before, so the From…
// functions of a checked request cannot fail.
//
// Thread-safety: pure functions.

#include <optional>

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"
#include "google/type/decimal.pb.h"
#include "google/type/money.pb.h"
#include "shared/base/civil.h"
#include "shared/base/decimal.h"
#include "shared/base/money.h"

namespace salesops::api {

google::protobuf::Timestamp ToTimestamp(absl::Time t);  // microseconds
absl::Time FromTimestamp(const google::protobuf::Timestamp& t);
google::protobuf::Duration ToDuration(absl::Duration d);  // microseconds
absl::Duration FromDuration(const google::protobuf::Duration& d);
google::type::Date ToDate(base::CivilDay day);
base::CivilDay FromDate(const google::type::Date& date);
google::type::Decimal ToDecimal(const base::Decimal& d);
base::Decimal FromDecimal(const google::type::Decimal& d);
google::type::Money ToMoney(const base::Money& m);
base::Money FromMoney(const google::type::Money& m);

}  // namespace salesops::api
