#include "services/performance/store/calculation_reader.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/performance/store/crediting_rule_store.h"
#include "services/performance/store/measure_value_store.h"
#include "services/performance/store/plan_assignment_store.h"
#include "services/performance/store/quota_store.h"
#include "services/performance/store/standing_facts.h"
#include "shared/records/read_all.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::performance::store {
namespace {

constexpr int kFactsOfPart = 5000;
constexpr int kRosterRows = 5000;

bool CreditsManagers(const std::vector<domain::CreditingRule>& rules) {
  return std::any_of(rules.begin(), rules.end(), [](const domain::CreditingRule& rule) {
    return rule.to == domain::CreditTo::kManager;
  });
}

// The members and everybody below one of them on any day.
std::set<std::string> Concerned(const domain::CalculationInput& input) {
  std::map<std::string, std::vector<std::string>> reports;
  for (const domain::ManagedDays& m : input.managed) reports[m.manager].push_back(m.report);
  std::vector<std::string> left;
  for (const domain::PlanMember& member : input.members) left.push_back(member.payee);
  std::set<std::string> concerned;
  while (!left.empty()) {
    const std::string payee = std::move(left.back());
    left.pop_back();
    if (!concerned.insert(payee).second) continue;
    const auto below = reports.find(payee);
    if (below != reports.end()) left.insert(left.end(), below->second.begin(), below->second.end());
  }
  return concerned;
}

}  // namespace

absl::StatusOr<domain::RosterSpans> ReadRosterSpans(mysql::Connection& c,
                                                    const base::DayRange& days) {
  std::vector<domain::RosterAssignment> all;
  size_t read = 0;
  do {
    read = all.size();
    std::string sql =
        "SELECT a.seller, a.id, a.team, a.manager, a.share, a.start_date, a.end_date, "
        "COALESCE(s.home, '') FROM roster_assignment a LEFT JOIN roster_secondment s ON s.seller = "
        "a.seller AND s.id = a.id WHERE a.start_date < ? AND (a.end_date IS NULL OR a.end_date > "
        "?)";
    mysql::Params params = {*days.end, days.start};
    if (!all.empty()) {
      sql += " AND a.seller >= ? AND (a.seller > ? OR a.id > ?)";
      params.push_back(all.back().seller);
      params.push_back(all.back().seller);
      params.push_back(all.back().id);
    }
    absl::StrAppend(&sql, " ORDER BY a.seller, a.id LIMIT ", kRosterRows);
    RETURN_IF_ERROR(c.ForEach(sql, params, [&](mysql::Row& row) {
      domain::RosterAssignment a;
      a.seller = row.String(0);
      a.id = row.String(1);
      a.team = row.String(2);
      a.manager = row.String(3);
      a.share = row.Decimal(4);
      a.days.start = row.Day(5);
      if (!row.IsNull(6)) a.days.end = row.Day(6);
      a.home = row.String(7);
      all.push_back(std::move(a));
    }));
  } while (all.size() == read + kRosterRows);
  return domain::SpansOf(all, days);
}

CalculationReader::CalculationReader(domain::IncentivePlanVersion version,
                                     const base::DayRange& days, int64_t position,
                                     domain::RunInputs inputs)
    : version_(std::move(version)), days_(days), position_(position), inputs_(std::move(inputs)) {
  input_.plan = version_.rules;
  input_.period = days_;
  input_.managed = inputs_.roster.managed;
  input_.rates = inputs_.rates;
  input_.draw_balances = inputs_.draw_balances;
}

absl::Status CalculationReader::ReadPart(mysql::Connection& c) {
  switch (stage_) {
    case Stage::kRules:
      RETURN_IF_ERROR(ReadRules(c));
      stage_ = Stage::kTransactions;
      return absl::OkStatus();
    case Stage::kTransactions:
    case Stage::kDeals: {
      const auto read = stage_ == Stage::kTransactions ? StandingTransactions : StandingDealFacts;
      ASSIGN_OR_RETURN(FactPage page, read(c, days_, position_, after_, kFactsOfPart));
      for (domain::Fact& fact : page.facts) facts_.push_back(std::move(fact));
      after_ = page.next;
      if (!after_.empty()) return absl::OkStatus();
      stage_ = stage_ == Stage::kTransactions ? Stage::kDeals : Stage::kDone;
      return absl::OkStatus();
    }
    case Stage::kDone:
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

absl::Status CalculationReader::ReadRules(mysql::Connection& c) {
  RETURN_IF_ERROR(ReadMembers(c));
  RETURN_IF_ERROR(ReadQuotas(c));
  RETURN_IF_ERROR(ReadValues(c));
  ASSIGN_OR_RETURN(rules_, ApprovedRules(c, days_, position_));
  return absl::OkStatus();
}

absl::Status CalculationReader::ReadMembers(mysql::Connection& c) {
  ASSIGN_OR_RETURN(const std::vector<domain::PlanAssignment> assignments,
                   PlanAssignmentsOfPlan(c, version_.plan_id, days_, position_));
  input_.members.clear();
  for (const domain::PlanAssignment& a : assignments) {
    const std::string payee = absl::StrCat("sellers/", a.payee_id);
    if (input_.members.empty() || input_.members.back().payee != payee) {
      domain::PlanMember& member = input_.members.emplace_back();
      member.payee = payee;
      const auto teams = inputs_.roster.teams.find(payee);
      if (teams != inputs_.roster.teams.end()) member.teams = teams->second;
    }
    const base::CivilDay start = std::max(a.start_date, days_.start);
    const base::CivilDay end = a.end_date ? std::min(*a.end_date, *days_.end) : *days_.end;
    std::vector<base::DayRange>& days = input_.members.back().days;
    if (!days.empty() && days.back().end == start) {
      days.back().end = end;
    } else {
      days.push_back({start, end});
    }
  }
  return absl::OkStatus();
}

absl::Status CalculationReader::ReadQuotas(mysql::Connection& c) {
  const std::string& calendar = version_.rules.fiscal_calendar;
  records::ListQuery query;
  query.as_of_position = position_;
  query.where.push_back(
      {"r.start_date = ? AND r.end_date = ? AND r.period_level = ? AND r.calendar_id = ?",
       {days_.start, *days_.end, static_cast<int64_t>(version_.rules.level),
        calendar.substr(calendar.find('/') + 1)}});
  ASSIGN_OR_RETURN(const std::vector<domain::Quota> quotas, records::ReadAll(c, Quotas(), query));
  input_.quotas.clear();
  std::vector<status::Precondition> unmet;
  for (const domain::Quota& quota : quotas) {
    if (!quota.currency.empty() && quota.currency != version_.rules.currency) {
      unmet.push_back({"QUOTA_CURRENCY", absl::StrCat("quotas/", quota.id),
                       absl::StrCat("is in ", quota.currency, ", the plan in ",
                                    version_.rules.currency, "; set the quota in the plan's")});
    }
    input_.quotas.push_back(
        {quota.payee, {quota.measure, quota.imported_measure}, domain::RampedAmount(quota)});
  }
  if (unmet.empty()) return absl::OkStatus();
  return status::FailedPrecondition("NOT_CALCULABLE", "", "the plan cannot be calculated", unmet);
}

absl::Status CalculationReader::ReadValues(mysql::Connection& c) {
  records::ListQuery query;
  query.as_of_position = position_;
  query.where.push_back({"r.start_date < ? AND r.end_date > ?", {*days_.end, days_.start}});
  ASSIGN_OR_RETURN(const std::vector<domain::MeasureValueRecord> values,
                   records::ReadAll(c, MeasureValues(), query));
  input_.values.clear();
  for (const domain::MeasureValueRecord& value : values) {
    input_.values.push_back(domain::ValueOf(value));
  }
  return absl::OkStatus();
}

absl::StatusOr<domain::CalculationInput> CalculationReader::Take() && {
  ASSIGN_OR_RETURN(input_.credits, domain::CreditFacts(facts_, rules_,
                                                       CreditsManagers(rules_)
                                                           ? input_.managed
                                                           : std::vector<domain::ManagedDays>()));
  facts_.clear();
  facts_.shrink_to_fit();
  const std::set<std::string> concerned = Concerned(input_);
  std::erase_if(input_.credits,
                [&](const domain::Credit& credit) { return concerned.count(credit.payee) == 0; });
  return std::move(input_);
}

}  // namespace salesops::performance::store
