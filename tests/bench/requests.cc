#include "tests/bench/requests.h"

#include "absl/strings/str_cat.h"
#include "salesops/organization/v1/seller.pb.h"
#include "salesops/pipeline/v1/opportunity.pb.h"
#include "shared/base/id.h"

namespace salesops::bench {
namespace {

// Spreads reads over the rows without a random generator: 7,919 is prime.
int64_t Spread(int64_t n, int64_t ids) { return n * 7919 % ids; }

pipeline::v1::CreateOpportunityRequest CreateOpportunity(int64_t n, bool chosen_id) {
  pipeline::v1::CreateOpportunityRequest request;
  if (chosen_id) request.set_opportunity_id(absl::StrCat("bench-", n));
  request.set_request_id(base::GenerateUuid());
  pipeline::v1::Opportunity& o = *request.mutable_opportunity();
  o.set_display_name(absl::StrCat("Framework agreement ", n));
  o.set_account("accounts/bench");
  o.set_owner("sellers/bench");
  o.set_process_version("salesProcesses/bench/versions/v1");
  o.mutable_amount()->set_currency_code("CNY");
  o.mutable_amount()->set_units(10000 + n % 90000);
  o.set_source("trade fair");
  return request;
}

}  // namespace

std::optional<Call> CallNamed(const std::string& name, const RequestOptions& options) {
  if (name == "get_opportunity") {
    return Call{"/salesops.pipeline.v1.OpportunityService/GetOpportunity",
                [ids = options.ids](int64_t n) {
                  pipeline::v1::GetOpportunityRequest request;
                  request.set_name(absl::StrCat("opportunities/bench-", Spread(n, ids)));
                  return request.SerializeAsString();
                }};
  }
  if (name == "create_opportunity") {
    return Call{"/salesops.pipeline.v1.OpportunityService/CreateOpportunity",
                [chosen = options.chosen_ids](int64_t n) {
                  return CreateOpportunity(n, chosen).SerializeAsString();
                }};
  }
  if (name == "advance_opportunity") {
    return Call{"/salesops.pipeline.v1.OpportunityService/AdvanceOpportunity",
                [ids = options.ids](int64_t n) {
                  pipeline::v1::AdvanceOpportunityRequest request;
                  request.set_request_id(base::GenerateUuid());
                  request.set_name(absl::StrCat("opportunities/gated-", n % ids));
                  request.set_stage(absl::StrCat("s", 2 + n / ids));
                  return request.SerializeAsString();
                }};
  }
  if (name == "create_seller") {
    return Call{"/salesops.organization.v1.SellerService/CreateSeller", [](int64_t n) {
                  organization::v1::CreateSellerRequest request;
                  request.set_request_id(base::GenerateUuid());
                  request.mutable_seller()->set_display_name(absl::StrCat("Seller ", n));
                  return request.SerializeAsString();
                }};
  }
  return std::nullopt;
}

}  // namespace salesops::bench
