#include "services/performance/store/payout_statement_store.h"

#include <optional>
#include <utility>
#include <vector>

#include "nlohmann/json.hpp"
#include "shared/records/read_all.h"

namespace salesops::performance::domain {
namespace {

using nlohmann::json;

std::optional<base::Decimal> DecimalAt(const json& object, const char* key) {
  if (!object.contains(key)) return std::nullopt;
  return base::Decimal::Parse(object.value(key, "")).value_or(base::Decimal());
}

}  // namespace

// Found by records::JsonCol. Whose they are is in the row.
std::string ToJson(const std::vector<Attainment>& attainments) {
  json list = json::array();
  for (const Attainment& a : attainments) {
    json object = {{"of", static_cast<int>(a.measure.measure)},
                   {"value", a.value.ToCanonicalString()}};
    if (!a.measure.imported.empty()) object["imported"] = a.measure.imported;
    if (a.quota) object["quota"] = a.quota->ToCanonicalString();
    if (a.attainment) object["attainment"] = a.attainment->ToCanonicalString();
    list.push_back(std::move(object));
  }
  return list.dump();
}

void FromJson(const std::string& text, std::vector<Attainment>* attainments) {
  attainments->clear();
  for (const json& object : json::parse(text, nullptr, false)) {
    if (!object.is_object()) continue;
    Attainment& a = attainments->emplace_back();
    a.measure = {static_cast<Measure>(object.value("of", 0)), object.value("imported", "")};
    a.value = DecimalAt(object, "value").value_or(base::Decimal());
    a.quota = DecimalAt(object, "quota");
    a.attainment = DecimalAt(object, "attainment");
  }
}

}  // namespace salesops::performance::domain

namespace salesops::performance::store {

using domain::PayoutStatement;
using records::Col;
using records::JsonCol;
using records::Key;

const records::Table<PayoutStatement>& PayoutStatements() {
  static const auto* table = [] {
    using salesops::api::ColumnType;
    records::Table<PayoutStatement>::Options options;
    options.indexes = {"payout_statement_payee"};
    options.fields = {
        {"name", {.sql = "r.seller_id", .type = ColumnType::kId}},
        {"payee", {.sql = "r.seller_id", .type = ColumnType::kId, .name_prefix = "sellers/"}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<PayoutStatement>(
        "payout_statement", std::move(options),
        {Key("plan_id", &PayoutStatement::plan_id), Key("period_id", &PayoutStatement::period_id),
         Key("seller_id", &PayoutStatement::id), Col("amount", &PayoutStatement::amount),
         Col("currency_code", &PayoutStatement::currency),
         Col("draw_balance", &PayoutStatement::draw_balance),
         JsonCol("attainments", &PayoutStatement::attainments), Col("run", &PayoutStatement::run),
         Col("input_time", &PayoutStatement::input_time), Col("hash", &PayoutStatement::hash),
         Col("engine_version", &PayoutStatement::engine_version)});
  }();
  return *table;
}

absl::StatusOr<std::map<std::string, PayoutStatement>> StatementsOfPeriod(
    mysql::Connection& c, const std::string& plan_id, const std::string& period_id) {
  records::ListQuery query;
  query.parent = {plan_id, period_id};
  ASSIGN_OR_RETURN(std::vector<PayoutStatement> rows,
                   records::ReadAll(c, PayoutStatements(), std::move(query)));
  std::map<std::string, PayoutStatement> by_payee;
  for (PayoutStatement& row : rows) {
    const std::string seller = row.id;
    by_payee.emplace(seller, std::move(row));
  }
  return by_payee;
}

}  // namespace salesops::performance::store
