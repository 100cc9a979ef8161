#pragma once

// The fields of a deal and its account that the rules of a sales process may speak of: "amount",
// "attributes.budget", "account.industry", "account.attributes.tier".
//
// Thread-safety: pure functions.

#include <string>
#include <variant>
#include <vector>

#include "services/pipeline/domain/account.h"
#include "services/pipeline/domain/opportunity.h"

namespace salesops::pipeline::domain {

enum class FieldType { kText, kId, kDecimal, kInt, kDay };

struct DealField {
  std::string name;
  FieldType type = FieldType::kText;
  std::string name_prefix;  // of a kId, such as "accounts/"; its values carry it
};

// All of them but the attributes, whose keys are the company's own.
const std::vector<DealField>& DealFields();
bool IsDealField(const std::string& name);
std::string DealFieldsInWords();

// monostate: it has no value, as an account's fields have none if the deal has no account. An empty
// text is no value. Money gives its number, a list how many it has (none of them is no value), an
// attribute what it holds.
using FieldValue =
    std::variant<std::monostate, std::string, base::Decimal, int64_t, base::CivilDay, bool>;
FieldValue ValueOf(const Opportunity& deal, const Account* account, const std::string& field);

// The value for people and for comparison with an earlier one, money with its currency; empty =
// none.
std::string TextOf(const Opportunity& deal, const Account* account, const std::string& field);

}  // namespace salesops::pipeline::domain
