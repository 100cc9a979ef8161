#include "services/performance/store/deal_fact_store.h"

#include <optional>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "services/performance/store/fact_json.h"
#include "shared/records/json.h"
#include "shared/status/macros.h"

namespace salesops::performance::store {
namespace {

using domain::DealFact;
using domain::Fact;

// A deal has a fact for each change after it was won; one with more is not read whole.
constexpr int kMostFacts = 10000;

std::string NameOf(const std::string& opportunity_id, int64_t number) {
  if (number == 0) return "";
  return absl::StrCat("opportunities/", opportunity_id, "/facts/", number);
}

// The number at the end of a fact's name; 0 of no name.
int64_t NumberOf(const std::string& name) {
  int64_t number = 0;
  for (const char digit : name.substr(name.rfind('/') + 1)) number = number * 10 + (digit - '0');
  return number;
}

std::string AttributesText(const std::map<std::string, std::string>& attributes) {
  return records::ToJson(base::Attributes(attributes.begin(), attributes.end()));
}

std::map<std::string, std::string> AttributesIn(const std::string& text) {
  base::Attributes stored;
  records::FromJson(text, &stored);
  std::map<std::string, std::string> attributes;
  for (const auto& [key, value] : stored) {
    if (const auto* words = std::get_if<std::string>(&value)) attributes[key] = *words;
  }
  return attributes;
}

}  // namespace

DealFact DealFactIn(mysql::Row& row) {
  const std::string opportunity_id = row.String(0);
  DealFact deal_fact;
  deal_fact.number = static_cast<int>(row.Int64(1));
  Fact& fact = deal_fact.fact;
  fact.name = NameOf(opportunity_id, deal_fact.number);
  fact.corrects = NameOf(opportunity_id, row.Int64(2));
  fact.kind = static_cast<domain::FactKind>(row.Int64(3));
  fact.date = row.Day(4);
  fact.order = absl::StrCat("opportunities/", opportunity_id);
  fact.currency = row.String(5);
  fact.account = row.String(6);
  fact.attributes = AttributesIn(row.String(7));
  domain::FromJson(row.String(8), &fact.splits);
  domain::FromJson(row.String(9), &fact.lines);
  return deal_fact;
}

absl::StatusOr<std::vector<DealFact>> FactsOfDeal(mysql::Connection& c,
                                                  const std::string& opportunity_id) {
  std::vector<DealFact> facts;
  RETURN_IF_ERROR(c.ForEach(absl::StrCat("SELECT ", kDealFactColumns,
                                         " FROM deal_fact r "
                                         "WHERE r.opportunity_id = ? ORDER BY r.number LIMIT ",
                                         kMostFacts),
                            {opportunity_id},
                            [&](mysql::Row& row) { facts.push_back(DealFactIn(row)); }));
  return facts;
}

absl::Status AddDealFact(mysql::Transaction& tx, const std::string& opportunity_id,
                         const DealFact& deal_fact) {
  const Fact& fact = deal_fact.fact;
  return tx
      .Execute(
          "INSERT INTO deal_fact (opportunity_id, number, corrects, kind, fact_date, "
          "currency_code, account, customer_attributes, splits, fact_lines, recorded_from) "
          "VALUES (?,?,?,?,?,?,?,?,?,?,LAST_INSERT_ID())",
          {opportunity_id, static_cast<int64_t>(deal_fact.number), NumberOf(fact.corrects),
           static_cast<int64_t>(fact.kind), fact.date, fact.currency, fact.account,
           AttributesText(fact.attributes), domain::ToJson(fact.splits),
           domain::ToJson(fact.lines)})
      .status();
}

absl::StatusOr<bool> MoveDeal(mysql::Transaction& tx, const std::string& opportunity_id,
                              absl::Time update_time, int64_t version) {
  ASSIGN_OR_RETURN(
      const auto before,
      tx.QueryOne("SELECT update_time, version FROM deal_state WHERE opportunity_id = ? FOR UPDATE",
                  {opportunity_id},
                  [](mysql::Row& row) { return std::make_pair(row.Time(0), row.Int64(1)); }));
  if (before && *before >= std::make_pair(update_time, version)) return false;
  RETURN_IF_ERROR(
      tx.Execute("REPLACE INTO deal_state (opportunity_id, update_time, version) VALUES (?,?,?)",
                 {opportunity_id, update_time, version})
          .status());
  return true;
}

absl::Status StoreAccount(mysql::Transaction& tx, const std::string& id,
                          const std::map<std::string, std::string>& attributes) {
  return tx
      .Execute("REPLACE INTO deal_account (id, customer_attributes) VALUES (?,?)",
               {id, AttributesText(attributes)})
      .status();
}

absl::Status StoreProduct(mysql::Transaction& tx, const std::string& id,
                          const std::string& category) {
  return tx.Execute("REPLACE INTO deal_product (id, category) VALUES (?,?)", {id, category})
      .status();
}

absl::StatusOr<std::map<std::string, std::string>> AttributesOfAccount(mysql::Connection& c,
                                                                       const std::string& id) {
  ASSIGN_OR_RETURN(const auto text,
                   c.QueryOne("SELECT customer_attributes FROM deal_account WHERE id = ?", {id},
                              [](mysql::Row& row) { return row.String(0); }));
  return text ? AttributesIn(*text) : std::map<std::string, std::string>();
}

absl::StatusOr<std::string> CategoryOfProduct(mysql::Connection& c, const std::string& id) {
  ASSIGN_OR_RETURN(const auto category,
                   c.QueryOne("SELECT category FROM deal_product WHERE id = ?", {id},
                              [](mysql::Row& row) { return row.String(0); }));
  return category.value_or("");
}

}  // namespace salesops::performance::store
