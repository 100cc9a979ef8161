#include "services/performance/store/standing_facts.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "services/performance/store/deal_fact_store.h"
#include "services/performance/store/transaction_store.h"
#include "shared/records/raw_table.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::performance::store {
namespace {

// That nothing told until the position corrects the row r; `corrects` says when a row n does.
salesops::api::Predicate Stands(const std::string& table, const std::string& corrects,
                                std::optional<int64_t> as_of_position) {
  salesops::api::Predicate predicate;
  predicate.sql = absl::StrCat("NOT EXISTS (SELECT 1 FROM ", table, " n");
  if (as_of_position) {
    absl::StrAppend(&predicate.sql, " JOIN event_log told ON told.outbox_seq = n.recorded_from");
  }
  absl::StrAppend(&predicate.sql, " WHERE ", corrects);
  if (as_of_position) {
    absl::StrAppend(&predicate.sql, " AND told.position <= ?");
    predicate.params.push_back(*as_of_position);
  }
  predicate.sql += ")";
  return predicate;
}

// That a column's day is one of `days`.
salesops::api::Predicate IsWithin(const std::string& column, const base::DayRange& days) {
  salesops::api::Predicate predicate{absl::StrCat(column, " >= ?"), {days.start}};
  if (days.end) {
    absl::StrAppend(&predicate.sql, " AND ", column, " < ?");
    predicate.params.push_back(*days.end);
  }
  return predicate;
}

void Append(const salesops::api::Predicate& predicate, std::string* sql, mysql::Params* params) {
  absl::StrAppend(sql, " AND ", predicate.sql);
  params->insert(params->end(), predicate.params.begin(), predicate.params.end());
}

}  // namespace

absl::StatusOr<FactPage> StandingTransactions(mysql::Connection& c, const base::DayRange& days,
                                              std::optional<int64_t> as_of_position,
                                              const std::string& after, int limit) {
  records::ListQuery query;
  query.where = {IsWithin("r.transaction_date", days),
                 Stands("sales_transaction", "n.corrects_id = r.id", as_of_position)};
  query.as_of_position = as_of_position;
  query.limit = limit;
  if (!after.empty()) query.after = salesops::api::PageCursor{{after}, as_of_position.value_or(0)};
  ASSIGN_OR_RETURN(const records::Page<domain::Transaction> rows, Transactions().List(c, query));
  FactPage page;
  for (const domain::Transaction& row : rows.rows) page.facts.push_back(domain::FactOf(row));
  if (rows.next) page.next = rows.rows.back().id;
  return page;
}

absl::StatusOr<FactPage> StandingDealFacts(mysql::Connection& c, const base::DayRange& days,
                                           std::optional<int64_t> as_of_position,
                                           const std::string& after, int limit) {
  std::string sql = absl::StrCat("SELECT ", kDealFactColumns, " FROM deal_fact r");
  mysql::Params params;
  if (as_of_position) {
    absl::StrAppend(&sql, " JOIN event_log f ON f.outbox_seq = r.recorded_from");
  }
  sql += " WHERE TRUE";
  if (as_of_position) Append({"f.position <= ?", {*as_of_position}}, &sql, &params);
  Append(IsWithin("r.fact_date", days), &sql, &params);
  Append(Stands("deal_fact", "n.opportunity_id = r.opportunity_id AND n.corrects = r.number",
                as_of_position),
         &sql, &params);
  if (!after.empty()) {
    const size_t slash = after.rfind('/');
    int64_t number = 0;
    if (slash == std::string::npos || !absl::SimpleAtoi(after.substr(slash + 1), &number)) {
      return status::Internal(absl::StrCat("no place among the facts of deals: ", after));
    }
    const std::string id = after.substr(0, slash);
    Append({"r.opportunity_id >= ? AND (r.opportunity_id > ? OR r.number > ?)", {id, id, number}},
           &sql, &params);
  }
  absl::StrAppend(&sql, " ORDER BY r.opportunity_id, r.number LIMIT ", limit + 1);

  FactPage page;
  std::vector<std::string> places;
  RETURN_IF_ERROR(c.ForEach(sql, params, [&](mysql::Row& row) {
    places.push_back(absl::StrCat(row.String(0), "/", row.Int64(1)));
    page.facts.push_back(DealFactIn(row).fact);
  }));
  if (static_cast<int>(page.facts.size()) > limit) {
    page.facts.pop_back();
    page.next = places[places.size() - 2];
  }
  return page;
}

}  // namespace salesops::performance::store
