// The performance service: what incentives are computed from, plans and what they pay. Wiring only.
#include "migrations/performance.h"
#include "services/performance/api/crediting_rule_service.h"
#include "services/performance/api/deal_facts.h"
#include "services/performance/api/incentive_period_service.h"
#include "services/performance/api/incentive_plan_service.h"
#include "services/performance/api/measure_value_service.h"
#include "services/performance/api/payout_statement_service.h"
#include "services/performance/api/plan_assignment_service.h"
#include "services/performance/api/quota_service.h"
#include "services/performance/api/transaction_service.h"
#include "shared/base/end_process.h"
#include "shared/service/service.h"

int main(int argc, char** argv) {
  salesops::service::Definition definition;
  definition.name = "performance";
  definition.summary = "Transactions, quotas and incentive plans of the sales-operations suite.";
  definition.migrations = salesops::PerformanceMigrations();
  definition.read_models.push_back(salesops::performance::api::DealFacts());
  definition.bind = [](salesops::service::Frame& frame) {
    // They live as long as the process: the server calls them until it is gone.
    static salesops::performance::api::TransactionService transactions(frame.environment,
                                                                       frame.roster);
    static salesops::performance::api::MeasureValueService measure_values(frame.environment,
                                                                          frame.roster);
    static salesops::performance::api::QuotaService quotas(frame.environment, frame.roster);
    static salesops::performance::api::IncentivePlanService incentive_plans(frame.environment);
    static salesops::performance::api::PlanAssignmentService plan_assignments(frame.environment,
                                                                              frame.roster);
    static salesops::performance::api::CreditingRuleService crediting_rules(frame.environment,
                                                                            frame.roster);
    static salesops::performance::api::PayoutStatementService payout_statements(frame.environment);
    static salesops::performance::api::IncentivePeriodService incentive_periods(
        frame.environment, &payout_statements.statements());
    std::vector<salesops::rpc::Binding> bindings;
    bindings.push_back(transactions.Bind());
    bindings.push_back(measure_values.Bind());
    bindings.push_back(quotas.Bind());
    bindings.push_back(incentive_plans.Bind());
    bindings.push_back(plan_assignments.Bind());
    bindings.push_back(crediting_rules.Bind());
    bindings.push_back(payout_statements.Bind());
    bindings.push_back(incentive_periods.Bind());
    return bindings;
  };
  salesops::base::EndProcess(salesops::service::Run(argc, argv, definition));
}
