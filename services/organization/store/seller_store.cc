#include "services/organization/store/seller_store.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "services/organization/store/rows.h"

namespace salesops::organization::domain {

using nlohmann::json;

// Employments as a JSON column; found by argument-dependent lookup from records::JsonCol. What is
// not said is not written, so that an employment that only has days is the text it always was.
std::string ToJson(const std::vector<Employment>& employments) {
  json list = json::array();
  for (const Employment& employment : employments) {
    json item = {{"start", base::FormatDay(employment.days.start)}, {"end", nullptr}};
    if (employment.days.end) item["end"] = base::FormatDay(*employment.days.end);
    if (employment.leave_reason != LeaveReason::kUnset) {
      item["reason"] = static_cast<int>(employment.leave_reason);
    }
    if (!employment.leave_note.empty()) item["note"] = employment.leave_note;
    if (employment.regretted) item["regretted"] = *employment.regretted;
    list.push_back(std::move(item));
  }
  return list.dump();
}

void FromJson(const std::string& text, std::vector<Employment>* employments) {
  employments->clear();
  for (const json& item : json::parse(text, nullptr, false)) {
    if (!item.is_object()) continue;
    Employment& employment = employments->emplace_back();
    employment.days.start = base::ParseDay(item.value("start", "")).value_or(base::CivilDay());
    if (item.contains("end") && item["end"].is_string()) {
      if (auto end = base::ParseDay(item["end"].get<std::string>()); end.ok()) {
        employment.days.end = *end;
      }
    }
    employment.leave_reason = static_cast<LeaveReason>(item.value("reason", 0));
    employment.leave_note = item.value("note", "");
    if (item.contains("regretted")) employment.regretted = item["regretted"].get<bool>();
  }
}

}  // namespace salesops::organization::domain

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
         JsonCol("external_keys", &Seller::external_keys), Col("erase_time", &Seller::erase_time)});
  }();
  return *table;
}

absl::Status InsertEmployments(mysql::Transaction& tx,
                               const std::vector<std::pair<const Seller*, int64_t>>& sellers) {
  std::vector<mysql::Params> rows;
  for (const auto& [seller, fact] : sellers) {
    for (const domain::Employment& employment : seller->employments) {
      rows.push_back({seller->id, fact, employment.days.start, employment.days.end,
                      static_cast<int64_t>(employment.leave_reason)});
    }
  }
  for (size_t begin = 0; begin < rows.size(); begin += kRowsPerInsert) {
    std::string values;
    mysql::Params params;
    for (size_t i = begin; i < std::min(rows.size(), begin + kRowsPerInsert); ++i) {
      absl::StrAppend(&values, values.empty() ? "" : ",", "(?,LAST_INSERT_ID() + ?,?,?,?)");
      params.insert(params.end(), rows[i].begin(), rows[i].end());
    }
    RETURN_IF_ERROR(
        tx.Execute(absl::StrCat("INSERT INTO seller_employment (seller_id, "
                                "recorded_from, start_date, end_date, leave_reason) VALUES ",
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

salesops::api::Predicate LeftWithoutReason(base::CivilDay today) {
  return {
      "EXISTS (SELECT 1 FROM seller_employment e WHERE e.seller_id = r.id AND e.recorded_from = "
      "r.recorded_from AND e.end_date <= ? AND e.leave_reason = 0) AND NOT EXISTS (SELECT 1 FROM "
      "seller s WHERE s.id = r.id AND s.erase_time IS NOT NULL)",
      {today}};
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

absl::Status EraseTraces(mysql::Transaction& tx, const std::string& seller_id) {
  for (const char* set : {"seller_employment SET leave_reason = 0", "absence SET kind = 0",
                          "absence_history SET kind = 0"}) {
    RETURN_IF_ERROR(
        tx.Execute(absl::StrCat("UPDATE ", set, " WHERE seller_id = ?"), {seller_id}).status());
  }
  return absl::OkStatus();
}

}  // namespace salesops::organization::store
