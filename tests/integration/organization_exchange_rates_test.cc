// Exchange rates: their life, and amounts converted by them.
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "salesops/organization/v1/events.pb.h"
#include "salesops/organization/v1/exchange_rate.pb.h"
#include "shared/testing/proto_matchers.h"
#include "shared/testing/status_matchers.h"
#include "tests/integration/organization_server.h"

namespace salesops::organization {
namespace {

using absl::StatusCode;
using testing::EqualsProto;
using testing::HasReason;
using ::testing::HasSubstr;
using testing::HasViolation;
using testing::PartlyEqualsProto;
using ::testing::SizeIs;
using testing::StatusIs;

std::string RateOf(const std::string& from, const std::string& to, const std::string& rate,
                   int day = 2, const std::string& kind = "KIND_SPOT") {
  return absl::StrCat("from_currency: '", from, "' to_currency: '", to, "' kind: ", kind,
                      " rate_date { year: 2026 month: 3 day: ", day, " } rate { value: '", rate,
                      "' } source: '中国外汇交易中心' ");
}

class OrganizationExchangeRates : public OrganizationTest {
 protected:
  absl::StatusOr<v1::ExchangeRate> Create(const std::string& id, const std::string& rate) {
    return org_.Call<v1::ExchangeRate>(
        "ExchangeRateService/CreateExchangeRate",
        absl::StrCat("exchange_rate_id: '", id, "' exchange_rate { ", rate, " }"));
  }
  absl::StatusOr<v1::ExchangeRate> Update(const std::string& rate) {
    return org_.Call<v1::ExchangeRate>("ExchangeRateService/UpdateExchangeRate",
                                       absl::StrCat("exchange_rate { ", rate, " }"));
  }
  // By the service's clock it is 2026-03-02.
  absl::StatusOr<v1::ConvertAmountResponse> Convert(const std::string& request) {
    return org_.Call<v1::ConvertAmountResponse>("ExchangeRateService/ConvertAmount",
                                                absl::StrCat("kind: KIND_SPOT ", request));
  }
};

TEST_F(OrganizationExchangeRates, WhatIsCreatedIsReadListedAndTold) {
  ASSERT_OK_AND_ASSIGN(const v1::ExchangeRate created,
                       Create("usd", RateOf("USD", "CNY", "7.123456789012")));
  EXPECT_THAT(created, PartlyEqualsProto(RateOf("USD", "CNY", "7.123456789012")));
  EXPECT_THAT(org_.Call<v1::ExchangeRate>("ExchangeRateService/GetExchangeRate",
                                          "name: 'exchangeRates/usd'"),
              testing::IsOkAndHolds(EqualsProto(created)));
  ASSERT_OK(Create("old", RateOf("USD", "CNY", "7", 1)));
  ASSERT_OK(Create("budget", RateOf("USD", "CNY", "7", 2, "KIND_BUDGET")));
  ASSERT_OK_AND_ASSIGN(const auto listed,
                       org_.Call<v1::ListExchangeRatesResponse>(
                           "ExchangeRateService/ListExchangeRates",
                           "filter: 'kind = KIND_SPOT AND rate_date >= \"2026-03-02\" AND "
                           "from_currency = \"USD\"' order_by: 'rate_date desc'"));
  ASSERT_THAT(listed.exchange_rates(), SizeIs(1));
  EXPECT_THAT(listed.exchange_rates(0), EqualsProto(created));
  EXPECT_THAT(org_.Events("ExchangeRateCreated"), SizeIs(3));
}

TEST_F(OrganizationExchangeRates, ThereIsOneForEachPairKindAndDay) {
  ASSERT_OK(Create("usd", RateOf("USD", "CNY", "7.1")));
  EXPECT_THAT(Create("again", RateOf("USD", "CNY", "7.2")), StatusIs(StatusCode::kAlreadyExists));
  ASSERT_OK(org_.Call<v1::ExchangeRate>("ExchangeRateService/ArchiveExchangeRate",
                                        "name: 'exchangeRates/usd'"));
  EXPECT_THAT(Create("again", RateOf("USD", "CNY", "7.2")), StatusIs(StatusCode::kAlreadyExists));
  EXPECT_OK(Create("inverse", RateOf("CNY", "USD", "0.14")));
}

TEST_F(OrganizationExchangeRates, OnlyTheRateCanBeCorrected) {
  ASSERT_OK(Create("usd", RateOf("USD", "CNY", "7.1")));
  ASSERT_OK_AND_ASSIGN(const v1::ExchangeRate corrected,
                       Update("name: 'exchangeRates/usd' rate { value: '7.2' }"));
  EXPECT_EQ(corrected.rate().value(), "7.2");
  EXPECT_THAT(Update("name: 'exchangeRates/usd' to_currency: 'EUR'"),
              StatusIs(StatusCode::kInvalidArgument));
  EXPECT_THAT(Update("name: 'exchangeRates/usd' etag: 'old' source: 'x'"),
              HasReason("ETAG_MISMATCH"));
}

TEST_F(OrganizationExchangeRates, WrongOnesAreTold) {
  EXPECT_THAT(Create("a", RateOf("RMB", "CNY", "1")),
              HasViolation("exchange_rate.from_currency", "BAD_CURRENCY"));
  EXPECT_THAT(Create("a", RateOf("CNY", "CNY", "1")),
              HasViolation("exchange_rate.to_currency", "SAME_CURRENCY"));
  EXPECT_THAT(Create("a", RateOf("USD", "CNY", "0")),
              HasViolation("exchange_rate.rate", "OUT_OF_RANGE"));
  EXPECT_THAT(Create("a", RateOf("USD", "CNY", "7.1234567890123")),
              HasViolation("exchange_rate.rate", "TOO_MANY_DIGITS"));
}

TEST_F(OrganizationExchangeRates, ConvertsAndSaysHow) {
  ASSERT_OK(Create("usd", RateOf("USD", "CNY", "7.1055")));
  EXPECT_THAT(Convert("amount { currency_code: 'USD' units: 100 nanos: 100000000 } "
                      "to_currency: 'CNY'"),
              testing::IsOkAndHolds(EqualsProto(R"pb(
                converted_amount { currency_code: 'CNY' units: 711 nanos: 260000000 }
                rate_date { year: 2026 month: 3 day: 2 }
                steps {
                  exchange_rate: 'exchangeRates/usd'
                  from_currency: 'USD'
                  to_currency: 'CNY'
                  rate { value: '7.1055' }
                  rate_date { year: 2026 month: 3 day: 2 }
                  source: '中国外汇交易中心'
                }
                rate { value: '7.1055' }
                unrounded_amount { value: '711.26055' }
                rounding: ROUNDING_HALF_AWAY_FROM_ZERO)pb")));
  EXPECT_THAT(Convert("amount { currency_code: 'CNY' units: 5 } to_currency: 'CNY'"),
              testing::IsOkAndHolds(
                  PartlyEqualsProto("converted_amount { currency_code: 'CNY' units: 5 }")));
}

TEST_F(OrganizationExchangeRates, GoesByTheRuleOfTheRequest) {
  ASSERT_OK(Create("jpy", RateOf("USD", "JPY", "150", 1)));
  ASSERT_OK(Create("cny", RateOf("USD", "CNY", "7.5", 2)));
  const std::string yen = "amount { currency_code: 'JPY' units: 15000 } to_currency: 'CNY' ";
  const auto missing = Convert(absl::StrCat(yen, "cross_currency: 'USD'"));
  EXPECT_THAT(missing, HasReason("RATE_MISSING"));
  EXPECT_THAT(std::string(missing.status().message()),
              HasSubstr("JPY to CNY, CNY to JPY, JPY to USD, USD to JPY, USD to CNY, CNY to USD of "
                        "2026-03-02"));
  ASSERT_OK_AND_ASSIGN(const auto crossed,
                       Convert(absl::StrCat(yen, "cross_currency: 'USD' max_age_days: 1")));
  EXPECT_THAT(crossed.converted_amount(), EqualsProto("currency_code: 'CNY' units: 750"));
  ASSERT_THAT(crossed.steps(), SizeIs(2));
  EXPECT_TRUE(crossed.steps(0).inverse());
  EXPECT_EQ(crossed.steps(0).from_currency(), "JPY");
  EXPECT_EQ(crossed.steps(0).exchange_rate(), "exchangeRates/jpy");
  EXPECT_EQ(crossed.rate().value(), "0.05");
  EXPECT_THAT(Convert(absl::StrCat(yen, "cross_currency: 'USD' max_age_days: 1 direct_only: true")),
              HasReason("RATE_MISSING"));
  ASSERT_OK(org_.Call<v1::ExchangeRate>("ExchangeRateService/ArchiveExchangeRate",
                                        "name: 'exchangeRates/jpy'"));
  EXPECT_THAT(Convert(absl::StrCat(yen, "cross_currency: 'USD' max_age_days: 1")),
              HasReason("RATE_MISSING"));
}

TEST_F(OrganizationExchangeRates, ConvertsAsOfAMoment) {
  ASSERT_OK(Create("usd", RateOf("USD", "CNY", "7.1")));
  const std::string before = org_.Now();
  ASSERT_OK(Update("name: 'exchangeRates/usd' rate { value: '7.2' }"));
  const std::string request = "amount { currency_code: 'USD' units: 10 } to_currency: 'CNY' ";
  ASSERT_OK_AND_ASSIGN(const auto now, Convert(request));
  EXPECT_EQ(now.converted_amount().units(), 72);
  ASSERT_OK_AND_ASSIGN(const auto then,
                       Convert(absl::StrCat(request, "as_of_time { ", before, " }")));
  EXPECT_EQ(then.converted_amount().units(), 71);
  EXPECT_TRUE(then.has_as_of_time());
}

TEST_F(OrganizationExchangeRates, RefusesWhatItCannotConvert) {
  ASSERT_OK(Create("usd", RateOf("USD", "CNY", "999999999999")));
  EXPECT_THAT(Convert("amount { currency_code: 'USD' units: 1 } to_currency: 'RMB' "
                      "cross_currency: 'XYZ'"),
              HasViolation("to_currency", "BAD_CURRENCY"));
  EXPECT_THAT(Convert("amount { currency_code: 'USD' units: 9000000000000 } to_currency: 'CNY'"),
              HasReason("AMOUNT_TOO_LARGE"));
  EXPECT_THAT(
      Convert("amount { currency_code: 'USD' units: 1 } to_currency: 'CNY' max_age_days: -1"),
      HasViolation("max_age_days", "OUT_OF_RANGE"));
}

TEST_F(OrganizationExchangeRates, ImportsADayOfRates) {
  const std::string rows = absl::StrCat(
      "batch { rows { row_number: 1 exchange_rate { ", RateOf("USD", "CNY", "7.1"),
      "external_keys { source: 'cfets' key: 'USD-2026-03-02' } } } rows { row_number: 2 "
      "exchange_rate { ",
      RateOf("EUR", "CNY", "-1"), "external_keys { source: 'cfets' key: 'EUR-2026-03-02' } } } }");
  for (const int created : {1, 0}) {
    ASSERT_OK_AND_ASSIGN(const auto replies, org_.Import<v1::ImportExchangeRatesResponse>(
                                                 "ExchangeRateService/ImportExchangeRates",
                                                 {"options { source: 'cfets' }", rows}));
    EXPECT_EQ(replies[1].created_count(), created);
    EXPECT_EQ(replies[1].unchanged_count(), 1 - created);
    ASSERT_THAT(replies[1].failures(), SizeIs(1));
    EXPECT_EQ(replies[1].failures(0).field(), "exchange_rate.rate");
  }
}

}  // namespace
}  // namespace salesops::organization
