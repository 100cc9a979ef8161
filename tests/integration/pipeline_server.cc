#include "tests/integration/pipeline_server.h"

#include <memory>
#include <utility>
#include <vector>

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

namespace salesops::pipeline {
namespace {

testing::SharedServer<PipelineServer>* const shared_server =
    testing::SharedServer<PipelineServer>::Register();

struct Services {
  Services(const resource::Environment& environment, const roster::Roster* roster)
      : accounts(environment, roster),
        processes(environment),
        opportunities(environment, roster),
        products(environment),
        competitors(environment),
        attributes(environment),
        contacts(environment, roster),
        leads(environment, roster,
              {&accounts.accounts(), &contacts.contacts(), &opportunities.opportunities()}),
        activities(environment, roster),
        erasure(environment, {&contacts.contacts(), &leads.leads(), &activities.activities()}),
        retention(environment, &erasure, &activities.activities()) {}

  api::AccountService accounts;
  api::SalesProcessService processes;
  api::OpportunityService opportunities;
  api::ProductService products;
  api::CompetitorService competitors;
  api::AttributeDefinitionService attributes;
  api::ContactService contacts;
  api::LeadService leads;
  api::ActivityService activities;
  api::PersonErasure erasure;
  api::RetentionRuleService retention;
};

}  // namespace

PipelineServer::PipelineServer() : ServiceServer("pipeline", PipelineMigrations()) {
  auto services = std::make_shared<Services>(environment(), MakeRoster());
  std::vector<rpc::Binding> bindings;
  bindings.push_back(services->accounts.Bind());
  bindings.push_back(services->processes.Bind());
  bindings.push_back(services->opportunities.Bind());
  bindings.push_back(services->products.Bind());
  bindings.push_back(services->competitors.Bind());
  bindings.push_back(services->attributes.Bind());
  bindings.push_back(services->contacts.Bind(&services->erasure));
  bindings.push_back(services->leads.Bind(&services->erasure));
  bindings.push_back(services->activities.Bind());
  bindings.push_back(services->retention.Bind());
  Serve(std::move(services), std::move(bindings));
}

void PipelineServer::MakeProcess() {
  const std::string service = "SalesProcessService/";
  for (const auto& [method, request] : std::vector<std::pair<std::string, std::string>>{
           {"CreateSalesProcess",
            "sales_process_id: 'direct' sales_process { display_name: 'Direct sales' }"},
           {"CreateSalesProcessVersion",
            "parent: 'salesProcesses/direct' sales_process_version_id: 'v1' "
            "sales_process_version { "
            "  stages { id: 'lead' display_name: 'Lead' kind: KIND_OPEN } "
            "  stages { id: 'offer' display_name: 'Offer' kind: KIND_OPEN } "
            "  stages { id: 'won' display_name: 'Won' kind: KIND_WON } "
            "  stages { id: 'lost' display_name: 'Lost' kind: KIND_LOST } }"},
           {"PublishSalesProcessVersion", "name: 'salesProcesses/direct/versions/v1'"}}) {
    const auto made = CallByName(service + method, request);
    EXPECT_TRUE(made.ok()) << made.status();
  }
}

PipelineServer& PipelineServerTest::Shared() { return shared_server->Get(); }

}  // namespace salesops::pipeline
