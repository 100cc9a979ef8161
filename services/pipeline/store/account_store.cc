#include "services/pipeline/store/account_store.h"

#include "services/pipeline/store/referred_rows.h"

namespace salesops::pipeline::store {

using domain::Account;
using records::Col;
using records::JsonCol;
using records::Key;
using records::MoneyCols;

const records::Table<Account>& Accounts() {
  static const auto* table = [] {
    std::vector<records::Column<Account>> columns = {
        Key("id", &Account::id),
        Col("display_name", &Account::display_name),
        Col("industry", &Account::industry),
        Col("region", &Account::region),
        Col("country", &Account::country),
        Col("grade", &Account::grade),
        Col("owner_id", &Account::owner_id),
        Col("parent_id", &Account::parent_id),
        Col("website", &Account::website),
        Col("employee_count", &Account::employee_count),
        Col("founded_year", &Account::founded_year),
        JsonCol("external_keys", &Account::external_keys),
        JsonCol("attributes", &Account::attributes),
    };
    for (auto& column : MoneyCols("annual_revenue", &Account::annual_revenue)) {
      columns.push_back(std::move(column));
    }
    using salesops::api::ColumnType;
    records::Table<Account>::Options options;
    options.indexes = {"account_display_name", "account_owner", "account_parent",
                       "account_update_time"};
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId, .name_prefix = "accounts/"}},
        {"display_name", {.sql = "r.display_name"}},
        {"industry", {.sql = "r.industry"}},
        {"region", {.sql = "r.region"}},
        {"country", {.sql = "r.country"}},
        {"grade", {.sql = "r.grade"}},
        {"owner", {.sql = "r.owner_id", .type = ColumnType::kId, .name_prefix = "sellers/"}},
        {"parent", {.sql = "r.parent_id", .type = ColumnType::kId, .name_prefix = "accounts/"}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<Account>("account", std::move(options), std::move(columns));
  }();
  return *table;
}

absl::StatusOr<std::map<std::string, AccountState>> FindAccounts(
    mysql::Connection& c, const std::vector<std::string>& ids) {
  return FindRows<AccountState>(
      c, "account", ", owner_id", ids,
      [](mysql::Row& row, AccountState* state) { state->owner_id = row.String(2); });
}

}  // namespace salesops::pipeline::store
