#include "services/organization/store/seller_store.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "services/organization/store/rows.h"

namespace salesops::organization::store {
namespace {

using domain::Seller;
using records::Col;
using records::JsonCol;
using records::Key;
using records::NullableCol;
using salesops::api::ColumnType;

constexpr size_t kRowsPerInsert = 500;

}  // namespace

const records::Table<Seller>& Sellers() {
  static const auto* table = [] {
    records::Table<Seller>::Options options;
    options.fields = {
        {"name", {.sql = "r.id", .type = ColumnType::kId, .name_prefix = "sellers/"}},
        {"display_name", {.sql = "r.display_name"}},
        {"employee_number", {.sql = "r.employee_number", .nullable = true}},
        {"subject", {.sql = "r.subject", .nullable = true}},
        {"create_time", {.sql = "r.create_time", .type = ColumnType::kTime}},
        {"update_time", {.sql = "r.update_time", .type = ColumnType::kTime}},
    };
    return new records::Table<Seller>(
        "seller", std::move(options),
        {Key("id", &Seller::id), Col("display_name", &Seller::display_name),
         NullableCol("employee_number", &Seller::employee_number),
         NullableCol("subject", &Seller::subject), Col("email", &Seller::email),
         Col("phone", &Seller::phone), JsonCol("employments", &Seller::employments),
         JsonCol("external_keys", &Seller::external_keys)});
  }();
  return *table;
}

absl::Status InsertEmployments(mysql::Transaction& tx,
                               const std::vector<std::pair<const Seller*, int64_t>>& sellers) {
  std::vector<mysql::Params> rows;
  for (const auto& [seller, fact] : sellers) {
    for (const base::DayRange& days : seller->employments) {
      rows.push_back({seller->id, fact, days.start, days.end});
    }
  }
  for (size_t begin = 0; begin < rows.size(); begin += kRowsPerInsert) {
    std::string values;
    mysql::Params params;
    for (size_t i = begin; i < std::min(rows.size(), begin + kRowsPerInsert); ++i) {
      absl::StrAppend(&values, values.empty() ? "" : ",", "(?,LAST_INSERT_ID() + ?,?,?)");
      params.insert(params.end(), rows[i].begin(), rows[i].end());
    }
    RETURN_IF_ERROR(tx.Execute(absl::StrCat("INSERT INTO seller_employment (seller_id, "
                                            "recorded_from, start_date, end_date) VALUES ",
                                            values),
                               params)
                        .status());
  }
  return absl::OkStatus();
}

salesops::api::Predicate EmployedOn(base::CivilDay day) {
  return {
      "EXISTS (SELECT 1 FROM seller_employment e WHERE e.seller_id = r.id AND e.recorded_from = "
      "r.recorded_from AND e.start_date <= ? AND (e.end_date IS NULL OR e.end_date > ?))",
      {day, day}};
}

absl::Status LockSellers(mysql::Transaction& tx, const std::vector<std::string>& ids) {
  const std::set<std::string> distinct(ids.begin(), ids.end());
  if (distinct.empty()) return absl::OkStatus();
  mysql::Params params;
  const std::string list = InList(distinct, &params);
  return tx.ForEach(absl::StrCat("SELECT id FROM seller WHERE id IN ", list, " ORDER BY id LIMIT ",
                                 distinct.size(), " FOR UPDATE"),
                    params, [](mysql::Row&) {});
}

absl::StatusOr<std::string> SellerOfSubject(mysql::Connection& c, const std::string& subject) {
  ASSIGN_OR_RETURN(auto id, c.QueryOne("SELECT id FROM seller WHERE subject = ? AND archive_time "
                                       "IS NULL LIMIT 1",
                                       {subject}, [](mysql::Row& row) { return row.String(0); }));
  return id.value_or("");
}

absl::StatusOr<bool> SellerInUse(mysql::Connection& c, const std::string& seller_id,
                                 base::CivilDay today) {
  for (const char* column : {"seller_id", "manager_id"}) {
    ASSIGN_OR_RETURN(
        auto found,
        c.QueryOne(absl::StrCat("SELECT id FROM assignment WHERE ", column,
                                " = ? AND archive_time IS NULL AND (end_date IS NULL OR end_date > "
                                "?) LIMIT 1"),
                   {seller_id, today}, [](mysql::Row& row) { return row.String(0); }));
    if (found) return true;
  }
  return false;
}

}  // namespace salesops::organization::store
