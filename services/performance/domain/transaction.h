#pragma once

// Transactions (业务凭证): facts of ERP and finance. One never changes; another one corrects it.
//
// Thread-safety: values and pure functions.

#include <map>
#include <string>
#include <vector>

#include "services/performance/domain/incentives/facts.h"
#include "shared/base/attribute.h"
#include "shared/base/violation.h"
#include "shared/records/meta.h"

namespace salesops::performance::domain {

struct Transaction {
  std::string id;
  records::Meta meta;

  FactKind kind = FactKind::kUnset;
  std::string corrects_id;  // empty = it corrects none
  base::CivilDay date;
  std::string order;
  std::string currency;
  std::string account_id;             // empty = not known
  base::Attributes attributes;        // of the customer; texts only
  std::string owner_id;               // whose it is; row scope goes by it
  std::vector<DeclaredSplit> splits;  // empty = the owner with all
  std::vector<FactLine> lines;
  std::vector<base::ExternalKey> external_keys;
};

// Rules over one transaction alone; an absent owner becomes the seller of the first split that is
// no overlay. Reasons: REQUIRED (owner), those of CheckSplits, BAD_CURRENCY, NOT_UNIQUE (lines'
// ids), TOO_PRECISE, WRONG_SIGN, OUT_OF_RANGE (recurring_amount).
void CheckTransaction(Transaction& transaction, base::Violations* violations);

// Whether it may stand in the place of `corrected`. Reasons OTHER_KIND, OTHER_ORDER.
void CheckCorrection(const Transaction& transaction, const Transaction& corrected,
                     base::Violations* violations);

// The fact that it is.
Fact FactOf(const Transaction& transaction);

}  // namespace salesops::performance::domain
