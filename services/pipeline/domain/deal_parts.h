#pragma once

// The parts of a deal: what is sold (产品明细), who matters at the customer (联系人角色), who is
// credited (业绩分配), and how sure its owner is of it (预测类别).
//
//   line.quantity = 1.5, line.net_unit_price = CNY 0.33  ->  AmountOf(line) = CNY 0.50
//
// Amounts are exact: quantity and price are multiplied without loss, then rounded once to the minor
// unit of the currency, halves away from zero. So the sum of the lines does not depend on their
// order.
//
// Thread-safety: values and pure functions.

#include <optional>
#include <string>
#include <vector>

#include "shared/base/money.h"
#include "shared/base/violation.h"

namespace salesops::pipeline::domain {

struct Opportunity;

struct LineItem {
  std::string id;  // within the opportunity; empty = not given yet
  std::string product_id;
  base::Decimal quantity;
  base::Money net_unit_price;
  std::string description;
  std::optional<base::Money> list_unit_price;  // of when the line first named its product
};

enum class ContactRoleKind : int {
  kUnspecified = 0,
  kDecisionMaker = 1,
  kInfluencer = 2,
  kUser = 3,
  kChampion = 4,
  kGatekeeper = 5,
  kBuyer = 6,
  kOther = 7
};

struct ContactRole {
  std::string contact_id;
  ContactRoleKind role = ContactRoleKind::kUnspecified;
  bool primary = false;
};

struct OpportunitySplit {
  std::string seller_id;
  base::Decimal share;  // in (0, 1]
};

enum class ForecastCategory : int {
  kUnspecified = 0,
  kPipeline = 1,
  kBestCase = 2,
  kCommit = 3,
  kOmitted = 4,
  kClosed = 5
};

// Quantity times price; nothing if it is more than an amount may be.
std::optional<base::Money> AmountOf(const LineItem& line);
// 1 - price / list price with 6 digits after the point, halves away from zero; nothing without a
// list price, with one of zero or in another currency.
std::optional<base::Decimal> DiscountOf(const LineItem& line);
// Of all lines; nothing if there is none, or if they do not add up: two currencies, or more than an
// amount may be.
std::optional<base::Money> SumOf(const std::vector<LineItem>& lines);

// The line with that id, or null.
const LineItem* FindLine(const std::vector<LineItem>& lines, const std::string& id);
// Whether the line names its product newly: it was not there before, or with another product.
bool NamesNewly(const std::vector<LineItem>& before, const LineItem& line);
// Lines of `after` that were there before get what the client need not send of them: the id (the
// first one left that says the same, else the first one left of the same product) and the list
// price. New ones have none of it yet.
void KeepLines(const std::vector<LineItem>& before, std::vector<LineItem>* after);

// Gives what a change left out the value that it has then, so that a change that changes nothing is
// seen to. Does not overrule what was given.
void CompleteParts(const Opportunity& before, Opportunity* after);

// Rules over the parts of a deal alone; its amount becomes the sum of its lines. `before` is null
// for a new one.
void CheckParts(const Opportunity* before, Opportunity& after, base::Violations* violations);

// The category of a closed deal is what its state makes it, that of an open one what was chosen,
// PIPELINE if nothing was. The state is final. Reasons NOT_OPEN, NOT_CLOSED.
void CheckForecast(const Opportunity* before, Opportunity& after, base::Violations* violations);

}  // namespace salesops::pipeline::domain
