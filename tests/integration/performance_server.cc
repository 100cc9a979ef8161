#include "tests/integration/performance_server.h"

#include <memory>
#include <utility>
#include <vector>

#include "google/protobuf/message.h"
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

namespace salesops::performance {
namespace {

testing::SharedServer<PerformanceServer>* const shared_server =
    testing::SharedServer<PerformanceServer>::Register();

struct Services {
  Services(const resource::Environment& environment, const roster::Roster* roster)
      : transactions(environment, roster),
        measure_values(environment, roster),
        quotas(environment, roster),
        incentive_plans(environment),
        plan_assignments(environment, roster),
        crediting_rules(environment, roster),
        payout_statements(environment),
        incentive_periods(environment, &payout_statements.statements()) {}

  api::TransactionService transactions;
  api::MeasureValueService measure_values;
  api::QuotaService quotas;
  api::IncentivePlanService incentive_plans;
  api::PlanAssignmentService plan_assignments;
  api::CreditingRuleService crediting_rules;
  api::PayoutStatementService payout_statements;
  api::IncentivePeriodService incentive_periods;
};

}  // namespace

PerformanceServer::PerformanceServer() : ServiceServer("performance", PerformanceMigrations()) {
  schema().Execute("INSERT INTO roster_team VALUES ('north', 'North', FALSE)");
  auto services = std::make_shared<Services>(environment(), MakeRoster());
  std::vector<rpc::Binding> bindings;
  bindings.push_back(services->transactions.Bind());
  bindings.push_back(services->measure_values.Bind());
  bindings.push_back(services->quotas.Bind());
  bindings.push_back(services->incentive_plans.Bind());
  bindings.push_back(services->plan_assignments.Bind());
  bindings.push_back(services->crediting_rules.Bind());
  bindings.push_back(services->payout_statements.Bind());
  bindings.push_back(services->incentive_periods.Bind());
  Serve(std::move(services), std::move(bindings));
}

absl::Status PerformanceServer::Tell(const Message& payload) {
  events::v1::Event event;
  event.set_position(++told_);
  event.set_type(payload.GetDescriptor()->full_name());
  payload.SerializeToString(event.mutable_payload());
  static const service::ReadModel* deals = new service::ReadModel(api::DealFacts());
  return database().RunInTransaction(
      Soon(), [&](mysql::Transaction& tx) { return deals->apply(environment(), tx, event); });
}

PerformanceServer& PerformanceServerTest::Shared() { return shared_server->Get(); }

}  // namespace salesops::performance
