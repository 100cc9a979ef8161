#include "services/performance/domain/incentives/fund.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "shared/status/status.h"

namespace salesops::performance::domain {
namespace {

using base::CivilDay;
using base::Decimal;
using base::Money;

const CivilDay kDay(2026, 1, 10);

Decimal D(const char* text) { return Decimal::Parse(text).value(); }
Money Yuan(const char* amount) { return {"CNY", D(amount)}; }

const Fund kFund = {"funds/1", Yuan("1000"), {kDay, kDay + 90}};

Reservation Reserved(const char* name, const char* amount,
                     ReservationState state = ReservationState::kReserved) {
  return {name, state, Yuan(amount)};
}

std::string ReasonOf(const absl::Status& status) {
  const base::Violations violations = status::ViolationsOf(status);
  return violations.empty() ? status::Reason(status) : violations.list()[0].reason;
}

TEST(AvailableOf, WhatIsNeitherReservedNorPaid) {
  EXPECT_EQ(AvailableOf(kFund, {}), D("1000"));
  EXPECT_EQ(AvailableOf(kFund, {Reserved("1", "300"), Reserved("1", "300"),
                                Reserved("2", "200", ReservationState::kPaid),
                                Reserved("3", "400", ReservationState::kGivenUp)}),
            D("500"));
}

TEST(CheckReservation, ToTheLastCentAndNotBeyond) {
  const std::vector<Reservation> before = {Reserved("1", "999.99")};
  EXPECT_TRUE(CheckReservation(kFund, before, Reserved("2", "0.01"), kDay).ok());
  const absl::Status refused = CheckReservation(kFund, before, Reserved("2", "0.02"), kDay);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(refused), "FUND_EXHAUSTED");
  EXPECT_THAT(std::string(refused.message()), testing::HasSubstr("has 0.01 CNY left"));
}

TEST(CheckReservation, EveryRefusal) {
  EXPECT_EQ(ReasonOf(CheckReservation(kFund, {}, Reserved("1", "0"), kDay)), "OUT_OF_RANGE");
  EXPECT_EQ(ReasonOf(CheckReservation(kFund, {}, Reserved("1", "-1"), kDay)), "OUT_OF_RANGE");
  EXPECT_EQ(ReasonOf(CheckReservation(kFund, {}, Reserved("1", "0.001"), kDay)), "TOO_MANY_DIGITS");
  EXPECT_EQ(ReasonOf(CheckReservation(kFund, {},
                                      {"1", ReservationState::kReserved, {"JPY", D("1")}}, kDay)),
            "BAD_CURRENCY");
  EXPECT_EQ(ReasonOf(CheckReservation(kFund, {}, Reserved("1", "1"), kDay - 1)), "FUND_CLOSED");
  EXPECT_EQ(ReasonOf(CheckReservation(kFund, {}, Reserved("1", "1"), kDay + 90)), "FUND_CLOSED");
  EXPECT_EQ(CheckReservation(kFund, {Reserved("1", "1")}, Reserved("1", "1"), kDay).code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(CheckReservation(kFund, {Reserved("1", "1", ReservationState::kGivenUp)},
                               Reserved("1", "1"), kDay)
                  .ok());
}

TEST(CheckPayment, OnceAndNotMoreThanIsReserved) {
  EXPECT_TRUE(CheckPayment(Reserved("1", "10"), Yuan("10")).ok());
  EXPECT_TRUE(CheckPayment(Reserved("1", "10"), Yuan("9.99")).ok());
  EXPECT_EQ(ReasonOf(CheckPayment(Reserved("1", "10"), Yuan("10.01"))), "RESERVATION_EXCEEDED");
  EXPECT_EQ(ReasonOf(CheckPayment(Reserved("1", "10"), Yuan("0"))), "OUT_OF_RANGE");
  EXPECT_EQ(ReasonOf(CheckPayment(Reserved("1", "10"), {"JPY", D("1")})), "BAD_CURRENCY");
  for (const auto state : {ReservationState::kPaid, ReservationState::kGivenUp}) {
    EXPECT_EQ(ReasonOf(CheckPayment(Reserved("1", "10", state), Yuan("1"))), "NOT_RESERVED");
  }
}

// Whatever is tried, in whatever order, what is accepted never comes to more than the fund.
RC_GTEST_PROP(FundProperty, IsNeverOverspent, ()) {
  std::vector<Reservation> reservations;
  for (int i = 0; i < 40; ++i) {
    const int what = *rc::gen::inRange(0, 4);
    if (what < 2 || reservations.empty()) {
      const Reservation wanted = {absl::StrCat(i),
                                  ReservationState::kReserved,
                                  {"CNY", Decimal::FromUnscaled(*rc::gen::inRange(0, 30'000), 2)}};
      const Decimal before = AvailableOf(kFund, reservations);
      const bool accepted = CheckReservation(kFund, reservations, wanted, kDay).ok();
      RC_ASSERT(accepted == (Decimal() < wanted.amount.amount && wanted.amount.amount <= before));
      if (accepted) reservations.push_back(wanted);
    } else {
      Reservation& one = reservations[*rc::gen::inRange<size_t>(0, reservations.size())];
      const Money paid = {"CNY", Decimal::FromUnscaled(*rc::gen::inRange(1, 30'000), 2)};
      if (what == 2 && CheckPayment(one, paid).ok()) {
        one = {one.name, ReservationState::kPaid, paid};
      } else if (what == 3 && one.state == ReservationState::kReserved) {
        one.state = ReservationState::kGivenUp;
      }
    }
    RC_ASSERT(!AvailableOf(kFund, reservations).is_negative());
  }
}

}  // namespace
}  // namespace salesops::performance::domain
