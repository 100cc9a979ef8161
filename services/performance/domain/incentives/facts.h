#pragma once

// What incentives are computed from: facts that happened on a day. A fact never changes; what
// corrects it is another fact.
//
// Thread-safety: values.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shared/base/civil.h"
#include "shared/base/decimal.h"

namespace salesops::performance::domain {

enum class FactKind : int {
  kUnset = 0,
  kBooking = 1,       // 订单: an order, or a deal that was won
  kInvoice = 2,       // 发票
  kPayment = 3,       // 回款: cash received
  kCreditNote = 4,    // 红字发票: takes back a part of an invoice; amounts are negative
  kCancellation = 5,  // takes back a part of a booking; amounts are negative
  kRefund = 6,        // cash that went back; amounts are negative
};

// One line: what was sold. Amounts are in the fact's currency, without tax.
struct FactLine {
  std::string id;  // unique within the fact; ties of rounding go by it
  std::string product;
  std::string product_category;
  base::Decimal quantity;
  base::Decimal amount;                   // net; negative takes back
  std::optional<base::Decimal> cost;      // margin = amount - cost
  std::optional<base::Decimal> discount;  // against list, 0.1 = 10 % off; may be negative
  base::Decimal recurring;                // of `amount`, what recurs every year
  friend bool operator==(const FactLine&, const FactLine&) = default;
};

// Whose it is, as the caller declared it; shares sum to 1 unless `overlay`.
struct DeclaredSplit {
  std::string seller;  // "sellers/7"
  base::Decimal share;
  bool overlay = false;  // credited on top of the others
  friend bool operator==(const DeclaredSplit&, const DeclaredSplit&) = default;
};

struct Fact {
  std::string name;      // resource name, such as "transactions/t1"; equal facts have equal names
  std::string corrects;  // the fact that this one corrects; empty = none
  FactKind kind = FactKind::kUnset;
  base::CivilDay date;   // the day it counts for
  std::string order;     // what booking, invoices, payments and notes of one sale share
  std::string currency;  // ISO 4217
  std::string account;
  std::map<std::string, std::string> attributes;  // of the customer: region, industry, grade
  std::vector<DeclaredSplit> splits;              // at least one
  std::vector<FactLine> lines;                    // at least one
  friend bool operator==(const Fact&, const Fact&) = default;
};

// A measure that is not in the facts, such as satisfaction: of a subject over a range of days.
struct MeasureValue {
  std::string subject;  // "sellers/7" or "teams/3"
  std::string measure;  // "customer_satisfaction"
  base::DayRange days;  // with an end
  base::Decimal value;
  friend bool operator==(const MeasureValue&, const MeasureValue&) = default;
};

}  // namespace salesops::performance::domain
