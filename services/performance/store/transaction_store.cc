#include "services/performance/store/transaction_store.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/performance/store/fact_json.h"
#include "shared/status/macros.h"

namespace salesops::performance::store {

using domain::Transaction;
using records::Col;
using records::JsonCol;
using records::Key;
using records::NullableCol;

const records::Table<Transaction>& Transactions() {
  static const auto* table = [] {
    using salesops::api::ColumnType;
    records::Table<Transaction>::Options options;
    options.history = false;
    options.indexes = {"sales_transaction_date", "sales_transaction_order",
                       "sales_transaction_owner"};
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId, .name_prefix = "transactions/"}},
        {"kind",
         {.sql = "r.kind",
          .type = ColumnType::kEnum,
          .enum_values = {{"FACT_KIND_BOOKING", 1},
                          {"FACT_KIND_INVOICE", 2},
                          {"FACT_KIND_PAYMENT", 3},
                          {"FACT_KIND_CREDIT_NOTE", 4},
                          {"FACT_KIND_CANCELLATION", 5},
                          {"FACT_KIND_REFUND", 6}}}},
        {"corrects",
         {.sql = "r.corrects_id",
          .type = ColumnType::kId,
          .nullable = true,
          .name_prefix = "transactions/"}},
        {"transaction_date", {.sql = "r.transaction_date", .type = ColumnType::kDay}},
        {"order", {.sql = "r.order_code"}},
        {"currency_code", {.sql = "r.currency_code"}},
        {"account", {.sql = "r.account_id", .type = ColumnType::kId, .name_prefix = "accounts/"}},
        {"owner", {.sql = "r.owner_id", .type = ColumnType::kId, .name_prefix = "sellers/"}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
    };
    return new records::Table<Transaction>(
        "sales_transaction", std::move(options),
        {Key("id", &Transaction::id), Col("kind", &Transaction::kind),
         NullableCol("corrects_id", &Transaction::corrects_id),
         Col("transaction_date", &Transaction::date), Col("order_code", &Transaction::order),
         Col("currency_code", &Transaction::currency), Col("account_id", &Transaction::account_id),
         JsonCol("customer_attributes", &Transaction::attributes),
         Col("owner_id", &Transaction::owner_id), JsonCol("splits", &Transaction::splits),
         JsonCol("fact_lines", &Transaction::lines),
         JsonCol("external_keys", &Transaction::external_keys)});
  }();
  return *table;
}

absl::StatusOr<std::map<std::string, Transaction>> LockTransactions(
    mysql::Transaction& tx, const std::set<std::string>& ids) {
  std::map<std::string, Transaction> found;
  if (ids.empty()) return found;
  std::vector<std::vector<std::string>> keys;
  for (const std::string& id : ids) keys.push_back({id});
  ASSIGN_OR_RETURN(std::vector<Transaction> rows,
                   Transactions().BatchFind(tx, keys, /*for_update=*/true));
  for (Transaction& row : rows) {
    const std::string id = row.id;
    found.emplace(id, std::move(row));
  }
  return found;
}

absl::StatusOr<std::map<std::string, std::string>> CorrectionsOf(mysql::Connection& c,
                                                                 const std::set<std::string>& ids) {
  std::map<std::string, std::string> corrections;
  if (ids.empty()) return corrections;
  std::string marks;
  mysql::Params params;
  for (const std::string& id : ids) {
    marks += marks.empty() ? "?" : ",?";
    params.push_back(id);
  }
  RETURN_IF_ERROR(
      c.ForEach(absl::StrCat("SELECT corrects_id, id FROM sales_transaction WHERE corrects_id IN (",
                             marks, ") LIMIT ", ids.size()),
                params, [&](mysql::Row& row) { corrections[row.String(0)] = row.String(1); }));
  return corrections;
}

}  // namespace salesops::performance::store
