#include "services/performance/domain/incentives/clawback.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "shared/base/money.h"

namespace salesops::performance::domain {
namespace {

using base::CivilDay;
using base::Decimal;
using testing::ElementsAre;
using testing::IsEmpty;

const CivilDay kDay(2026, 1, 10);
const CivilDay kEver(2030, 1, 1);

Decimal D(const char* text) { return Decimal::Parse(text).value(); }

struct Line {
  const char* id;
  const char* amount;
};

Fact Make(FactKind kind, const char* name, CivilDay day, std::vector<Line> lines,
          const char* corrects = "") {
  Fact fact;
  fact.name = name;
  fact.corrects = corrects;
  fact.kind = kind;
  fact.date = day;
  fact.order = "o1";
  fact.currency = "CNY";
  for (const Line& line : lines) {
    FactLine made;
    made.id = line.id;
    made.amount = D(line.amount);
    fact.lines.push_back(made);
  }
  return fact;
}

Fact Booking(std::vector<Line> lines) {
  return Make(FactKind::kBooking, "booking", kDay, std::move(lines));
}
Fact Invoice(std::vector<Line> lines, const char* name = "invoice", CivilDay day = kDay) {
  return Make(FactKind::kInvoice, name, day, std::move(lines));
}
Fact CreditNote(int day, std::vector<Line> lines, const char* corrects = "invoice") {
  Fact fact = Make(FactKind::kCreditNote, "", kDay + day, std::move(lines), corrects);
  fact.name = absl::StrCat("note", day);
  return fact;
}
Fact Payment(int day, const char* amount) {
  Fact fact = Make(FactKind::kPayment, "", kDay + day, {{"1", amount}});
  fact.name = absl::StrCat("payment", day);
  return fact;
}

EarnedLeaf Leaf(FactKind kind, const char* fact, const char* line, const char* amount,
                const char* paid = "0") {
  EarnedLeaf leaf;
  leaf.payee = "a";
  leaf.component = "commission";
  leaf.kind = kind;
  leaf.fact = fact;
  leaf.line = line;
  leaf.order = "o1";
  leaf.amount = D(amount);
  leaf.paid = D(paid);
  return leaf;
}

// "note5 -12.50": what took it back and how much; behind "/" what of it was not paid yet.
std::vector<std::string> Shown(const std::vector<TakenBack>& taken) {
  std::vector<std::string> shown;
  for (const TakenBack& back : taken) {
    shown.push_back(absl::StrCat(back.by.empty() ? "left" : back.by, " ",
                                 back.amount.ToCanonicalString(), "/",
                                 back.unpaid.ToCanonicalString()));
  }
  return shown;
}

std::vector<std::string> Take(const Clawback& rules, const std::vector<EarnedLeaf>& earned,
                              const std::vector<Fact>& facts,
                              const std::map<std::string, CivilDay>& left = {},
                              CivilDay until = kEver) {
  return Shown(TakeBack(rules, 2, earned, facts, left, until));
}

// 5 % of 1000.00 are 50.00; 250 of it credited take back 12.50, before payment of what is open,
// after payment of later pay, and in between of what is open first.
TEST(TakeBack, ACreditNoteBeforeAndAfterPayment) {
  const std::vector<Fact> facts = {Invoice({{"1", "1000"}}), CreditNote(5, {{"1", "-250"}})};
  EXPECT_THAT(Take({}, {Leaf(FactKind::kInvoice, "invoice", "1", "50.00")}, facts),
              ElementsAre("note5 -12.5/-12.5"));
  EXPECT_THAT(Take({}, {Leaf(FactKind::kInvoice, "invoice", "1", "50.00", "50.00")}, facts),
              ElementsAre("note5 -12.5/0"));
  EXPECT_THAT(Take({}, {Leaf(FactKind::kInvoice, "invoice", "1", "50.00", "42.00")}, facts),
              ElementsAre("note5 -12.5/-8"));
}

// By hand, thirds of 10.00: 3.333… -> 3.33, 6.666… -> 6.67, 10.00; the differences are taken.
TEST(TakeBack, PartsAddUpToWhatWasEarned) {
  const std::vector<Fact> facts = {Invoice({{"1", "300"}}), CreditNote(1, {{"1", "-100"}}),
                                   CreditNote(2, {{"1", "-100"}}), CreditNote(3, {{"1", "-100"}}),
                                   CreditNote(4, {{"1", "-100"}})};
  EXPECT_THAT(Take({}, {Leaf(FactKind::kInvoice, "invoice", "1", "10.00", "10.00")}, facts),
              ElementsAre("note1 -3.33/0", "note2 -3.34/0", "note3 -3.33/0"));
}

TEST(TakeBack, WhatWasTakenBeforeIsNotTakenAgain) {
  const std::vector<Fact> facts = {Invoice({{"1", "300"}}), CreditNote(1, {{"1", "-100"}}),
                                   CreditNote(2, {{"1", "-100"}})};
  EarnedLeaf leaf = Leaf(FactKind::kInvoice, "invoice", "1", "10.00");
  EXPECT_THAT(Take({}, {leaf}, facts, {}, kDay + 2), ElementsAre("note1 -3.33/-3.33"));
  leaf.taken = D("3.33");
  EXPECT_THAT(Take({}, {leaf}, facts), ElementsAre("note2 -3.34/-3.34"));
  leaf.taken = D("6.67");
  EXPECT_THAT(Take({}, {leaf}, facts), IsEmpty());
}

// A note with the line's id takes from that line; one without such a line from both: of 100 and 300
// a note of 40 takes a tenth of each.
TEST(TakeBack, ByTheLineOrInProportion) {
  const std::vector<EarnedLeaf> earned = {Leaf(FactKind::kInvoice, "invoice", "1", "5.00"),
                                          Leaf(FactKind::kInvoice, "invoice", "2", "30.00")};
  const Fact invoice = Invoice({{"1", "100"}, {"2", "300"}});
  EXPECT_THAT(Take({}, earned, {invoice, CreditNote(1, {{"2", "-150"}})}),
              ElementsAre("note1 -15/-15"));
  EXPECT_THAT(Take({}, earned, {invoice, CreditNote(1, {{"9", "-40"}})}),
              ElementsAre("note1 -0.5/-0.5", "note1 -3/-3"));
  EXPECT_THAT(Take({}, earned, {invoice, CreditNote(1, {{"1", "-40"}}, "unknown")}),
              ElementsAre("note1 -0.5/-0.5", "note1 -3/-3"));
}

TEST(TakeBack, ANoteOfAnotherInvoiceTakesNothing) {
  EXPECT_THAT(Take({}, {Leaf(FactKind::kInvoice, "invoice", "1", "5.00")},
                   {Invoice({{"1", "100"}}), Invoice({{"1", "100"}}, "other"),
                    CreditNote(1, {{"1", "-100"}}, "other")}),
              IsEmpty());
}

// Earned on the booking of 1000: a cancellation of 400, then the credit note for the same goods.
// Only what goes beyond is taken: 40 %, then 50 %.
TEST(TakeBack, ACancelledAndCreditedOrderLosesOnce) {
  const Fact cancelled =
      Make(FactKind::kCancellation, "cancellation", kDay + 1, {{"1", "-400"}}, "booking");
  const std::vector<Fact> facts = {Booking({{"1", "1000"}}), Invoice({{"1", "1000"}}), cancelled,
                                   CreditNote(2, {{"1", "-400"}}), CreditNote(3, {{"1", "-100"}})};
  const std::vector<EarnedLeaf> earned = {Leaf(FactKind::kBooking, "booking", "1", "20.00")};
  EXPECT_THAT(Take({}, earned, facts), ElementsAre("cancellation -8/-8", "note3 -2/-2"));
  Clawback rules;
  rules.on_cancellation = false;
  EXPECT_THAT(Take(rules, earned, facts), ElementsAre("note2 -8/-8", "note3 -2/-2"));
  rules.on_credit_note = false;
  EXPECT_THAT(Take(rules, earned, facts), IsEmpty());
  rules.on_cancellation = true;
  EXPECT_THAT(Take(rules, earned, facts), ElementsAre("cancellation -8/-8"));
}

// A leaf for all lines of the order, such as a spiff, loses the order's share.
TEST(TakeBack, AnOrdersLeafLosesTheOrdersShare) {
  const Fact cancelled =
      Make(FactKind::kCancellation, "cancellation", kDay + 1, {{"2", "-250"}}, "booking");
  EXPECT_THAT(Take({}, {Leaf(FactKind::kBooking, "", "", "8.00")},
                   {Booking({{"1", "750"}, {"2", "250"}}), cancelled}),
              ElementsAre("cancellation -2/-2"));
}

// Due on 10 January + 30 days; 600 of 1000 are there by then, so that 400 are unpaid: 40 %.
TEST(TakeBack, WhatIsNotPaidInTime) {
  Clawback rules;
  rules.unpaid_after_days = 30;
  const Fact invoice = Invoice({{"1", "1000"}});
  const std::vector<EarnedLeaf> on_invoice = {Leaf(FactKind::kInvoice, "invoice", "1", "50.00")};
  EXPECT_THAT(Take(rules, on_invoice, {invoice, Payment(30, "1000")}), IsEmpty());
  EXPECT_THAT(Take(rules, on_invoice, {invoice, Payment(5, "600"), Payment(31, "400")}),
              ElementsAre("invoice -20/-20"));
  EXPECT_THAT(Take(rules, on_invoice, {invoice}, {}, kDay + 30), IsEmpty());
  EXPECT_THAT(Take(rules, on_invoice, {invoice}, {}, kDay + 31), ElementsAre("invoice -50/-50"));
  // Earned on the booking, of which the invoice is half.
  EXPECT_THAT(Take(rules, {Leaf(FactKind::kBooking, "booking", "1", "100.00")},
                   {Booking({{"1", "2000"}}), invoice, Payment(5, "600")}),
              ElementsAre("invoice -20/-20"));
  rules.unpaid_after_days = 0;
  EXPECT_THAT(Take(rules, on_invoice, {invoice}), IsEmpty());
}

// 100 credited before the end of the 30 days is neither due nor unpaid: 10 % and, of 900 due with
// 500 paid, 40 %. What is then written off by a note of 400 was taken already; 100 more are not.
TEST(TakeBack, WhatIsCreditedIsNotUnpaidToo) {
  Clawback rules;
  rules.unpaid_after_days = 30;
  EXPECT_THAT(Take(rules, {Leaf(FactKind::kInvoice, "invoice", "1", "100.00")},
                   {Invoice({{"1", "1000"}}), CreditNote(10, {{"1", "-100"}}), Payment(20, "500"),
                    CreditNote(40, {{"1", "-400"}}), CreditNote(50, {{"1", "-100"}})}),
              ElementsAre("note10 -10/-10", "invoice -40/-40", "note50 -10/-10"));
}

// The same, earned on the booking of 2000 of which the invoice is half: 5 %, 20 %, then 5 %.
TEST(TakeBack, ABookingLosesWhatItsInvoicesLoseOnce) {
  Clawback rules;
  rules.unpaid_after_days = 30;
  EXPECT_THAT(
      Take(rules, {Leaf(FactKind::kBooking, "booking", "1", "100.00")},
           {Booking({{"1", "2000"}}), Invoice({{"1", "1000"}}), CreditNote(10, {{"1", "-100"}}),
            Payment(20, "500"), CreditNote(40, {{"1", "-400"}}), CreditNote(50, {{"1", "-100"}})}),
      ElementsAre("note10 -5/-5", "invoice -20/-20", "note50 -5/-5"));
}

// 400 of the first invoice were credited, so that of 900 paid 300 are for the second.
TEST(TakeBack, WhatIsCreditedIsNotDue) {
  Clawback rules;
  rules.unpaid_after_days = 30;
  rules.on_credit_note = false;
  EXPECT_THAT(Take(rules, {Leaf(FactKind::kInvoice, "second", "1", "50.00")},
                   {Invoice({{"1", "1000"}}), Invoice({{"1", "1000"}}, "second", kDay + 1),
                    CreditNote(1, {{"1", "-400"}}), Payment(2, "900")}),
              ElementsAre("second -35/-35"));
}

// It is no cancellation, though it names the booking.
TEST(TakeBack, ACreditNoteOfABookingIsOfItsInvoices) {
  const std::vector<EarnedLeaf> earned = {Leaf(FactKind::kBooking, "booking", "1", "50.00")};
  const std::vector<Fact> facts = {Booking({{"1", "1000"}}),
                                   CreditNote(1, {{"1", "-100"}}, "booking")};
  Clawback rules;
  rules.on_cancellation = false;
  EXPECT_THAT(Take(rules, earned, facts), ElementsAre("note1 -5/-5"));
  rules.on_cancellation = true;
  rules.on_credit_note = false;
  EXPECT_THAT(Take(rules, earned, facts), IsEmpty());
}

// Cash pays the oldest invoice first.
TEST(TakeBack, CashOfAnOrderPaysItsOldestInvoice) {
  Clawback rules;
  rules.unpaid_after_days = 30;
  EXPECT_THAT(Take(rules,
                   {Leaf(FactKind::kInvoice, "invoice", "1", "50.00"),
                    Leaf(FactKind::kInvoice, "second", "1", "50.00")},
                   {Invoice({{"1", "1000"}}), Invoice({{"1", "1000"}}, "second", kDay + 1),
                    Payment(2, "1500")}),
              ElementsAre("second -25/-25"));
}

// The refund of a quarter of a payment after the payout.
TEST(TakeBack, ARefundTakesFromThePayment) {
  Fact refund = Make(FactKind::kRefund, "refund", kDay + 20, {{"1", "-250"}}, "payment5");
  EXPECT_THAT(Take({}, {Leaf(FactKind::kPayment, "payment5", "1", "50.00", "50.00")},
                   {Payment(5, "1000"), refund}),
              ElementsAre("refund -12.5/0"));
}

TEST(TakeBack, LeaversGiveAllBackWithinTheDays) {
  Clawback rules;
  rules.leaver_within_days = 90;
  EarnedLeaf other = Leaf(FactKind::kBooking, "booking", "1", "7.00");
  other.payee = "b";
  const std::vector<EarnedLeaf> earned = {Leaf(FactKind::kBooking, "booking", "1", "50.00", "30"),
                                          other};
  const std::vector<Fact> facts = {Booking({{"1", "1000"}})};
  EXPECT_THAT(Take(rules, earned, facts, {{"a", kDay + 90}}), ElementsAre("left -50/-20"));
  EXPECT_THAT(Take(rules, earned, facts, {{"a", kDay + 91}}), IsEmpty());
  EXPECT_THAT(Take(rules, earned, facts, {{"a", kDay + 90}}, kDay + 90), IsEmpty());
  EXPECT_THAT(Take({}, earned, facts, {{"a", kDay + 1}}), IsEmpty());
  // What was taken by a cancellation is not taken again by leaving.
  const Fact cancelled =
      Make(FactKind::kCancellation, "cancellation", kDay + 1, {{"1", "-400"}}, "booking");
  EXPECT_THAT(Take(rules, earned, {facts[0], cancelled}, {{"a", kDay + 2}}),
              ElementsAre("cancellation -20/-20", "left -30/0", "cancellation -2.8/-2.8"));
}

// The measure counted the credit note at the rate of its own period: 8.00 of 12.50.
TEST(TakeBack, WhatTheCorrectionItselfTookIsNotTakenAgain) {
  const std::vector<Fact> facts = {Invoice({{"1", "1000"}}), CreditNote(5, {{"1", "-250"}})};
  const EarnedLeaf leaf = Leaf(FactKind::kInvoice, "invoice", "1", "50.00");
  EXPECT_THAT(Take({}, {leaf, Leaf(FactKind::kInvoice, "note5", "1", "-8.00")}, facts),
              ElementsAre("note5 -4.5/-4.5"));
  EXPECT_THAT(Take({}, {leaf, Leaf(FactKind::kInvoice, "note5", "1", "-20.00")}, facts), IsEmpty());
  EarnedLeaf other = Leaf(FactKind::kInvoice, "note5", "1", "-8.00");
  other.component = "other";
  EXPECT_THAT(Take({}, {leaf, other}, facts), ElementsAre("note5 -12.5/-12.5"));
}

// Of two lines, 10.00 each: the 15.00 that the note took itself are 10 of the first and 5 of the
// second.
TEST(TakeBack, WhatTheCorrectionItselfTookCountsOnce) {
  EXPECT_THAT(
      Take({},
           {Leaf(FactKind::kInvoice, "invoice", "1", "10.00"),
            Leaf(FactKind::kInvoice, "invoice", "2", "10.00"),
            Leaf(FactKind::kInvoice, "note5", "1", "-15.00")},
           {Invoice({{"1", "100"}, {"2", "100"}}), CreditNote(5, {{"1", "-100"}, {"2", "-100"}})}),
      ElementsAre("note5 -5/-5"));
}

// Slices of a marginal table are leaves of the same line.
TEST(TakeBack, LeavesOfALineAddUp) {
  EXPECT_THAT(Take({},
                   {Leaf(FactKind::kInvoice, "invoice", "1", "0.10"),
                    Leaf(FactKind::kInvoice, "invoice", "1", "0.20")},
                   {Invoice({{"1", "3"}}), CreditNote(1, {{"1", "-1"}})}),
              ElementsAre("note1 -0.1/-0.1"));
}

TEST(TakeBack, WithoutOrderTheFactsThatAreCorrectedLeadToIt) {
  Fact invoice = Invoice({{"1", "100"}});
  Fact note = CreditNote(1, {{"1", "-50"}});
  EarnedLeaf leaf = Leaf(FactKind::kInvoice, "invoice", "1", "10.00");
  invoice.order.clear();
  note.order.clear();
  leaf.order.clear();
  EXPECT_THAT(Take({}, {leaf}, {note, invoice}), ElementsAre("note1 -5/-5"));
}

// 60 and 40 earned, a multiplier of 1.2 makes 120: 72 and 48. A cap of 50: 30 and 20. A gate: 0.
TEST(CameTo, PartsOfWhatTheComponentCameTo) {
  const std::vector<Decimal> leaves = {D("60"), D("40")};
  EXPECT_THAT(CameTo(leaves, D("120"), 2), ElementsAre(D("72"), D("48")));
  EXPECT_THAT(CameTo(leaves, D("50"), 2), ElementsAre(D("30"), D("20")));
  EXPECT_THAT(CameTo(leaves, D("0"), 2), ElementsAre(D("0"), D("0")));
  EXPECT_THAT(CameTo({}, D("0"), 2), IsEmpty());
  // 100 less 20 taken back in the period is 80; a factor of 0.5 leaves 40: of the 100, 50.
  EXPECT_THAT(CameTo({D("100"), D("-20")}, D("40"), 2), ElementsAre(D("50"), D("0")));
  // Thirds of 100 in JPY: 34 + 33 + 33.
  EXPECT_THAT(CameTo({D("1"), D("1"), D("1")}, D("100"), 0),
              ElementsAre(D("34"), D("33"), D("33")));
}

// --- Laws ---

struct Case {
  Clawback rules;
  int digits = 0;
  std::vector<EarnedLeaf> earned;
  std::vector<Fact> facts;
  std::map<std::string, CivilDay> left;
};

Case AnyCase() {
  Case made;
  made.rules.on_credit_note = *rc::gen::arbitrary<bool>();
  made.rules.on_cancellation = *rc::gen::arbitrary<bool>();
  made.rules.unpaid_after_days = *rc::gen::element(0, 5, 20);
  made.rules.leaver_within_days = *rc::gen::element(0, 15);
  made.digits = *rc::gen::element(0, 2, 3);
  const std::pair<FactKind, FactKind> kinds[] = {{FactKind::kBooking, FactKind::kCancellation},
                                                 {FactKind::kInvoice, FactKind::kCreditNote},
                                                 {FactKind::kPayment, FactKind::kRefund}};
  for (const char* order : {"o1", "o2"}) {
    std::vector<Fact> originals;
    for (const auto& [kind, correction] : kinds) {
      for (int i = *rc::gen::inRange(0, 3); i > 0; --i) {
        Fact fact = Make(kind, "", kDay + *rc::gen::inRange(0, 10), {{"1", "1"}, {"2", "1"}});
        fact.name = absl::StrCat(order, "-", static_cast<int>(kind), "-", i);
        fact.order = order;
        for (FactLine& line : fact.lines) {
          line.amount = Decimal::FromUnscaled(*rc::gen::inRange(1, 1000), made.digits);
        }
        for (const FactLine& line : fact.lines) {
          EarnedLeaf leaf = Leaf(kind, fact.name.c_str(), line.id.c_str(), "0");
          leaf.payee = *rc::gen::element<std::string>("a", "b");
          leaf.order = order;
          leaf.amount = Decimal::FromUnscaled(*rc::gen::inRange(0, 100), made.digits);
          leaf.paid = *rc::gen::arbitrary<bool>() ? leaf.amount : Decimal();
          made.earned.push_back(leaf);
        }
        made.facts.push_back(fact);
        for (int n = *rc::gen::inRange(0, 3); n > 0; --n) {
          Fact back = fact;
          back.kind = correction;
          back.name = absl::StrCat(fact.name, "-back", n);
          back.corrects = *rc::gen::inRange(0, 4) == 0 ? "" : fact.name;
          back.date = fact.date + *rc::gen::inRange(0, 30);
          back.lines.resize(1);
          back.lines[0].id = *rc::gen::element<std::string>("1", "2", "3");
          back.lines[0].amount = Decimal::FromUnscaled(-*rc::gen::inRange(1, 600), made.digits);
          made.facts.push_back(back);
        }
      }
    }
  }
  if (*rc::gen::arbitrary<bool>()) made.left["a"] = kDay + *rc::gen::inRange(0, 40);
  return made;
}

std::vector<TakenBack> Take(const Case& made, CivilDay until = kEver) {
  return TakeBack(made.rules, made.digits, made.earned, made.facts, made.left, until);
}

using LeafKey = std::tuple<std::string, std::string, std::string>;

std::map<LeafKey, Decimal> SumsOf(const std::vector<TakenBack>& taken) {
  std::map<LeafKey, Decimal> sums;
  for (const TakenBack& back : taken) sums[{back.payee, back.fact, back.line}] += back.amount;
  return sums;
}

RC_GTEST_PROP(TakeBackProperty, NeverMoreThanWasEarned, ()) {
  const Case made = AnyCase();
  const std::vector<TakenBack> taken = Take(made);
  for (const TakenBack& back : taken) {
    RC_ASSERT(back.amount < Decimal());
    RC_ASSERT(back.amount <= back.unpaid && back.unpaid <= Decimal());
    RC_ASSERT(back.amount.Round(made.digits, base::Rounding::kDown) == back.amount);
  }
  std::map<LeafKey, Decimal> earned;
  for (const EarnedLeaf& leaf : made.earned) {
    earned[{leaf.payee, leaf.fact, leaf.line}] += leaf.amount;
  }
  for (const auto& [key, sum] : SumsOf(taken)) RC_ASSERT(-sum <= earned[key]);
}

RC_GTEST_PROP(TakeBackProperty, OrderChangesNothingNorDoRepeatedFacts, ()) {
  Case made = AnyCase();
  const std::vector<TakenBack> expected = Take(made);
  std::minstd_rand random(*rc::gen::arbitrary<unsigned>());
  if (!made.facts.empty()) made.facts.push_back(made.facts.front());
  for (int i = 0; i < 30; ++i) {
    std::shuffle(made.earned.begin(), made.earned.end(), random);
    std::shuffle(made.facts.begin(), made.facts.end(), random);
    RC_ASSERT(Take(made) == expected);
  }
}

// Taken in several periods it is the same as taken at once.
RC_GTEST_PROP(TakeBackProperty, PeriodsChangeNothing, ()) {
  Case made = AnyCase();
  const std::vector<TakenBack> at_once = Take(made);
  std::vector<TakenBack> in_periods;
  for (const CivilDay until : {kDay + 7, kDay + 13, kDay + 21, kEver}) {
    for (const TakenBack& back : Take(made, until)) {
      in_periods.push_back(back);
      for (EarnedLeaf& leaf : made.earned) {
        if (leaf.payee == back.payee && leaf.fact == back.fact && leaf.line == back.line) {
          leaf.taken -= back.amount;
        }
      }
    }
    RC_ASSERT(Take(made, until).empty());
  }
  RC_ASSERT(SumsOf(in_periods) == SumsOf(at_once));
  RC_ASSERT(in_periods.size() == at_once.size());
}

// A cancellation of everything takes everything, in however many parts.
RC_GTEST_PROP(TakeBackProperty, PartsOfAWholeTakeTheWhole, ()) {
  const int digits = *rc::gen::element(0, 2, 3);
  const auto parts =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 1000)));
  Fact invoice = Invoice({{"1", "1"}});
  invoice.lines[0].amount =
      Decimal::FromUnscaled(std::accumulate(parts.begin(), parts.end(), 0), digits);
  std::vector<Fact> facts = {invoice};
  for (const int part : parts) {
    Fact note = CreditNote(1, {{"1", "0"}});
    note.name = absl::StrCat("note", facts.size());
    note.date = kDay + *rc::gen::inRange(0, 50);
    note.lines[0].amount = Decimal::FromUnscaled(-part, digits);
    facts.push_back(note);
  }
  EarnedLeaf leaf = Leaf(FactKind::kInvoice, "invoice", "1", "0");
  leaf.amount = Decimal::FromUnscaled(*rc::gen::inRange(0, 100'000), digits);
  Decimal sum;
  for (const TakenBack& back : TakeBack({}, digits, {leaf}, facts, {}, kEver)) sum += back.amount;
  RC_ASSERT(-sum == leaf.amount);
}

}  // namespace
}  // namespace salesops::performance::domain
