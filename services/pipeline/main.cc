// The pipeline service: accounts, sales processes and opportunities. Wiring only.
#include "migrations/pipeline.h"
#include "services/pipeline/api/account_service.h"
#include "services/pipeline/api/opportunity_service.h"
#include "services/pipeline/api/sales_process_service.h"
#include "shared/service/service.h"

int main(int argc, char** argv) {
  using namespace salesops;
  service::Definition definition;
  definition.name = "pipeline";
  definition.summary = "Accounts, sales processes and opportunities of the sales-operations suite.";
  definition.migrations = PipelineMigrations();
  definition.bind = [](service::Frame& frame) {
    // They live as long as the process: the server calls them until it is gone.
    static pipeline::api::AccountService accounts(frame.environment, frame.roster);
    static pipeline::api::SalesProcessService processes(frame.environment);
    static pipeline::api::OpportunityService opportunities(frame.environment, frame.roster);
    std::vector<rpc::Binding> bindings;
    bindings.push_back(accounts.Bind());
    bindings.push_back(processes.Bind());
    bindings.push_back(opportunities.Bind());
    return bindings;
  };
  return service::Run(argc, argv, definition);
}
