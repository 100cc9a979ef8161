#include "shared/api/convert.h"

#include <cstdio>
#include <cstdlib>
#include <limits>

namespace salesops::api {
namespace {

constexpr int kNanosScale = 9;
constexpr __int128 kNanosPerUnit = 1'000'000'000;

}  // namespace

google::protobuf::Timestamp ToTimestamp(absl::Time t) {
  const int64_t micros = absl::ToUnixMicros(t);
  int64_t seconds = micros / 1'000'000;
  int64_t rest = micros % 1'000'000;
  if (rest < 0) {
    rest += 1'000'000;
    --seconds;
  }
  google::protobuf::Timestamp out;
  out.set_seconds(seconds);
  out.set_nanos(static_cast<int32_t>(rest * 1'000));
  return out;
}

absl::Time FromTimestamp(const google::protobuf::Timestamp& t) {
  // Finer than the microseconds of the database is cut, towards the past.
  return absl::FromUnixMicros(t.seconds() * 1'000'000 + t.nanos() / 1'000);
}

google::protobuf::Duration ToDuration(absl::Duration d) {
  const int64_t micros = absl::ToInt64Microseconds(d);
  google::protobuf::Duration out;
  out.set_seconds(micros / 1'000'000);
  out.set_nanos(static_cast<int32_t>(micros % 1'000'000 * 1'000));
  return out;
}

absl::Duration FromDuration(const google::protobuf::Duration& d) {
  return absl::Microseconds(d.seconds() * 1'000'000 + d.nanos() / 1'000);
}

google::type::Date ToDate(base::CivilDay day) {
  google::type::Date out;
  out.set_year(static_cast<int32_t>(day.year()));
  out.set_month(day.month());
  out.set_day(day.day());
  return out;
}

base::CivilDay FromDate(const google::type::Date& date) {
  return base::CivilDay(date.year(), date.month(), date.day());
}

google::type::Decimal ToDecimal(const base::Decimal& d) {
  google::type::Decimal out;
  out.set_value(d.ToCanonicalString());
  return out;
}

base::Decimal FromDecimal(const google::type::Decimal& d) {
  return base::Decimal::Parse(d.value()).value_or(base::Decimal());
}

google::type::Money ToMoney(const base::Money& m) {
  const __int128 nanos = m.amount.Round(kNanosScale, base::Rounding::kHalfAwayFromZero).unscaled();
  const __int128 units = nanos / kNanosPerUnit;
  if (units > std::numeric_limits<int64_t>::max() || units < std::numeric_limits<int64_t>::min()) {
    std::fprintf(stderr, "an amount does not fit google.type.Money\n");
    std::abort();
  }
  google::type::Money out;
  out.set_currency_code(m.currency);
  out.set_units(static_cast<int64_t>(units));
  out.set_nanos(static_cast<int32_t>(nanos % kNanosPerUnit));
  return out;
}

base::Money FromMoney(const google::type::Money& m) {
  const base::Decimal exact =
      base::Decimal::FromUnscaled(m.units() * kNanosPerUnit + m.nanos(), kNanosScale);
  const int digits = base::MinorDigits(m.currency_code()).value_or(kNanosScale);
  const base::Decimal rounded = exact.Round(digits, base::Rounding::kDown);
  // Digits below the minor unit are refused by the field rules; nothing is lost silently here.
  return {m.currency_code(), rounded == exact ? rounded : exact};
}

}  // namespace salesops::api
