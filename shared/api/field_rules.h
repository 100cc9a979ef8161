#pragma once

// Enforces what the contracts declare: (google.api.field_behavior) REQUIRED and
// (salesops.options.v1.field), recursively, all violations at once, before any transaction.
//
// A violation's field is the path in proto names: "opportunity.amount.currency_code",
// "requests[3].seller.email", "attributes[\"grade\"].decimal_value". OUTPUT_ONLY fields in a
// request are ignored (AIP-203). Also checked: UTF-8, valid Timestamp, Date (a full, real day),
// Decimal and Money forms (currency known, minor unit), enum numbers that exist (0 = UNSPECIFIED is
// refused where REQUIRED), page_size >= 0, update_mask paths that exist and can be written.
//
// REQUIRED fields of the resource inside an Update are checked only if the mask names them or is
// "*"; with an absent mask, only populated fields are meant.
//
// Reasons: REQUIRED, TOO_SHORT, TOO_LONG, PATTERN, OUT_OF_RANGE, TOO_MANY_DIGITS, TOO_FEW,
// TOO_MANY, NOT_UNIQUE, BAD_REFERENCE, BAD_DATE, BAD_TIME, BAD_DECIMAL, BAD_CURRENCY, BAD_ENUM,
// BAD_MASK, BAD_UTF8.
//
// Thread-safety: safe from any thread; what is derived from a descriptor is cached.

#include "google/protobuf/message.h"
#include "shared/base/violation.h"

namespace salesops::api {

base::Violations CheckFieldRules(const google::protobuf::Message& request);

}  // namespace salesops::api
