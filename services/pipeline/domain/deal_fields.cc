#include "services/pipeline/domain/deal_fields.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace salesops::pipeline::domain {
namespace {

constexpr char kAccount[] = "account.";
constexpr char kAttributes[] = "attributes.";

FieldValue Text(const std::string& text) {
  if (text.empty()) return std::monostate();
  return text;
}
FieldValue Name(const char* prefix, const std::string& id) {
  if (id.empty()) return std::monostate();
  return absl::StrCat(prefix, id);
}
FieldValue Number(const std::optional<base::Money>& money) {
  if (!money) return std::monostate();
  return money->amount;
}
// Of a list: how many it has.
FieldValue Number(size_t items) {
  if (items == 0) return std::monostate();
  return static_cast<int64_t>(items);
}
FieldValue Currency(const std::optional<base::Money>& money) {
  return Text(money ? money->currency : "");
}
template <class T>
FieldValue Optional(const std::optional<T>& value) {
  if (!value) return std::monostate();
  return *value;
}

FieldValue AttributeOf(const base::Attributes& attributes, const std::string& key) {
  const auto found = attributes.find(key);
  if (found == attributes.end()) return std::monostate();
  return std::visit(
      [](const auto& value) -> FieldValue {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::string>) return Text(value);
        if constexpr (std::is_same_v<T, base::Money>) return value.amount;
        if constexpr (!std::is_same_v<T, std::string> && !std::is_same_v<T, base::Money>) {
          return value;
        }
      },
      found->second);
}

FieldValue OfAccount(const Account& a, const std::string& field) {
  if (field == "industry") return Text(a.industry);
  if (field == "region") return Text(a.region);
  if (field == "country") return Text(a.country);
  if (field == "grade") return Text(a.grade);
  if (field == "owner") return Name("sellers/", a.owner_id);
  if (field == "website") return Text(a.website);
  if (field == "annual_revenue") return Number(a.annual_revenue);
  if (field == "annual_revenue.currency_code") return Currency(a.annual_revenue);
  if (field == "employee_count") return Optional(a.employee_count);
  if (field == "founded_year") return Optional(a.founded_year);
  return std::monostate();
}

FieldValue OfDeal(const Opportunity& o, const std::string& field) {
  if (field == "account") return Name("accounts/", o.account_id);
  if (field == "owner") return Name("sellers/", o.owner_id);
  if (field == "source") return Text(o.source);
  if (field == "amount") return Number(o.amount);
  if (field == "amount.currency_code") return Currency(o.amount);
  if (field == "open_date") return o.open_date;
  if (field == "expected_close_date") return Optional(o.expected_close_date);
  if (field == "outcome_reason") return Text(o.outcome_reason);
  if (field == "line_items") return Number(o.line_items.size());
  if (field == "contact_roles") return Number(o.contact_roles.size());
  if (field == "splits") return Number(o.splits.size());
  if (field == "competitors") return Number(o.competitor_ids.size());
  return std::monostate();
}

// The key of "attributes.KEY"; empty if it is none.
std::string AttributeKey(absl::string_view field) {
  if (!absl::ConsumePrefix(&field, kAttributes)) return "";
  return std::string(field);
}

bool IsAttributeKey(const std::string& key) {
  return !key.empty() && key.size() <= 63 && key[0] >= 'a' && key[0] <= 'z' &&
         std::all_of(key.begin(), key.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

std::string ValueText(const FieldValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<base::Decimal>(&value)) return number->ToCanonicalString();
  if (const auto* whole = std::get_if<int64_t>(&value)) return absl::StrCat(*whole);
  if (const auto* day = std::get_if<base::CivilDay>(&value)) return base::FormatDay(*day);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  return "";
}

// The currency of a field that is money; empty if it is none.
std::string CurrencyOf(const Opportunity& deal, const Account* account, const std::string& field) {
  if (field == "amount" && deal.amount) return deal.amount->currency;
  if (account && account->annual_revenue && field == "account.annual_revenue") {
    return account->annual_revenue->currency;
  }
  const bool of_account = absl::StartsWith(field, kAccount);
  if (of_account && account == nullptr) return "";
  const base::Attributes& attributes = of_account ? account->attributes : deal.attributes;
  const auto found =
      attributes.find(AttributeKey(of_account ? field.substr(sizeof(kAccount) - 1) : field));
  if (found == attributes.end()) return "";
  const auto* money = std::get_if<base::Money>(&found->second);
  return money == nullptr ? "" : money->currency;
}

}  // namespace

const std::vector<DealField>& DealFields() {
  static const auto* fields = new std::vector<DealField>{
      {"account", FieldType::kId, "accounts/"},
      {"owner", FieldType::kId, "sellers/"},
      {"source", FieldType::kText, ""},
      {"amount", FieldType::kDecimal, ""},
      {"amount.currency_code", FieldType::kText, ""},
      {"open_date", FieldType::kDay, ""},
      {"expected_close_date", FieldType::kDay, ""},
      {"outcome_reason", FieldType::kText, ""},
      {"line_items", FieldType::kInt, ""},
      {"contact_roles", FieldType::kInt, ""},
      {"splits", FieldType::kInt, ""},
      {"competitors", FieldType::kInt, ""},
      {"account.industry", FieldType::kText, ""},
      {"account.region", FieldType::kText, ""},
      {"account.country", FieldType::kText, ""},
      {"account.grade", FieldType::kText, ""},
      {"account.owner", FieldType::kId, "sellers/"},
      {"account.website", FieldType::kText, ""},
      {"account.annual_revenue", FieldType::kDecimal, ""},
      {"account.annual_revenue.currency_code", FieldType::kText, ""},
      {"account.employee_count", FieldType::kInt, ""},
      {"account.founded_year", FieldType::kInt, ""},
  };
  return *fields;
}

bool IsDealField(const std::string& name) {
  const std::vector<DealField>& fields = DealFields();
  if (std::any_of(fields.begin(), fields.end(), [&](const auto& f) { return f.name == name; })) {
    return true;
  }
  absl::string_view rest = name;
  absl::ConsumePrefix(&rest, kAccount);
  return IsAttributeKey(AttributeKey(rest));
}

std::string DealFieldsInWords() {
  return absl::StrCat(
      absl::StrJoin(DealFields(), ", ",
                    [](std::string* out, const DealField& f) { absl::StrAppend(out, f.name); }),
      ", attributes.KEY and account.attributes.KEY can");
}

FieldValue ValueOf(const Opportunity& deal, const Account* account, const std::string& field) {
  if (const std::string key = AttributeKey(field); !key.empty()) {
    return AttributeOf(deal.attributes, key);
  }
  if (!absl::StartsWith(field, kAccount)) return OfDeal(deal, field);
  if (account == nullptr) return std::monostate();
  const std::string of_account = field.substr(sizeof(kAccount) - 1);
  if (const std::string key = AttributeKey(of_account); !key.empty()) {
    return AttributeOf(account->attributes, key);
  }
  return OfAccount(*account, of_account);
}

std::string TextOf(const Opportunity& deal, const Account* account, const std::string& field) {
  const std::string text = ValueText(ValueOf(deal, account, field));
  const std::string currency = text.empty() ? "" : CurrencyOf(deal, account, field);
  return currency.empty() ? text : absl::StrCat(currency, " ", text);
}

}  // namespace salesops::pipeline::domain
