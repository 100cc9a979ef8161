// The pipeline service: customers, deals, their processes and the catalogue. Wiring only.
#include "migrations/pipeline.h"
#include "services/pipeline/api/account_service.h"
#include "services/pipeline/api/activity_service.h"
#include "services/pipeline/api/attribute_definition_service.h"
#include "services/pipeline/api/competitor_service.h"
#include "services/pipeline/api/contact_service.h"
#include "services/pipeline/api/erasure.h"
#include "services/pipeline/api/lead_service.h"
#include "services/pipeline/api/opportunity_service.h"
#include "services/pipeline/api/product_service.h"
#include "services/pipeline/api/retention_rule_service.h"
#include "services/pipeline/api/sales_process_service.h"
#include "shared/base/end_process.h"
#include "shared/service/service.h"

int main(int argc, char** argv) {
  salesops::service::Definition definition;
  definition.name = "pipeline";
  definition.summary =
      "Customers, deals, sales processes and the catalogue of the sales-operations suite.";
  definition.migrations = salesops::PipelineMigrations();
  definition.bind = [](salesops::service::Frame& frame) {
    // They live as long as the process: the server calls them until it is gone.
    static salesops::pipeline::api::AccountService accounts(frame.environment, frame.roster);
    static salesops::pipeline::api::SalesProcessService processes(frame.environment);
    static salesops::pipeline::api::OpportunityService opportunities(frame.environment,
                                                                     frame.roster);
    static salesops::pipeline::api::ProductService products(frame.environment);
    static salesops::pipeline::api::CompetitorService competitors(frame.environment);
    static salesops::pipeline::api::AttributeDefinitionService attributes(frame.environment);
    static salesops::pipeline::api::ContactService contacts(frame.environment, frame.roster);
    static salesops::pipeline::api::LeadService leads(
        frame.environment, frame.roster,
        {&accounts.accounts(), &contacts.contacts(), &opportunities.opportunities()});
    static salesops::pipeline::api::ActivityService activities(frame.environment, frame.roster);
    static salesops::pipeline::api::PersonErasure erasure(
        frame.environment, {&contacts.contacts(), &leads.leads(), &activities.activities()});
    static salesops::pipeline::api::RetentionRuleService retention(frame.environment, &erasure,
                                                                   &activities.activities());
    std::vector<salesops::rpc::Binding> bindings;
    bindings.push_back(accounts.Bind());
    bindings.push_back(processes.Bind());
    bindings.push_back(opportunities.Bind());
    bindings.push_back(products.Bind());
    bindings.push_back(competitors.Bind());
    bindings.push_back(attributes.Bind());
    bindings.push_back(contacts.Bind(&erasure));
    bindings.push_back(leads.Bind(&erasure));
    bindings.push_back(activities.Bind());
    bindings.push_back(retention.Bind());
    return bindings;
  };
  salesops::base::EndProcess(salesops::service::Run(argc, argv, definition));
}
