#include "tests/fault/kinds_of_writes.h"

#include <stdexcept>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/text_format.h"
#include "shared/base/id.h"

namespace salesops::stack {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;
using google::protobuf::TextFormat;

// Of one import.
constexpr int kBatches = 3;
constexpr int kRowsOfBatch = 4;

std::vector<KindOfWrite> Table() {
  const std::string organization = "salesops.organization.v1.";
  const std::string pipeline = "salesops.pipeline.v1.";
  const std::string since_2020 = "{ start_date { year: 2020 month: 1 day: 1 } }";
  const std::string in_2021 =
      "start_date { year: 2021 month: 1 day: 1 } end_date { year: 2022 month: 1 day: 1 }";
  const std::string deal =
      "owner: 'sellers/owner' open_date { year: 2026 month: 1 day: 5 } process_version: ";
  const std::string plain = deal + "'salesProcesses/direct/versions/v1'";
  const std::string gated = deal + "'salesProcesses/gated/versions/v1'";
  const std::string closed = "close_date { year: 2026 month: 2 day: 2 }";
  return {
      // ---- organization
      {organization + "DepartmentService/CreateDepartment",
       "department_id: '{id}' department { display_name: 'Department {id}' }",
       {{"departments/{id}", "DepartmentCreated"}}},
      {organization + "DepartmentService/ArchiveDepartment",
       "name: 'departments/{id}'",
       {{"departments/{id}", "DepartmentArchived"}}},
      {organization + "DepartmentService/UnarchiveDepartment",
       "name: 'departments/{id}'",
       {{"departments/{id}", "DepartmentUnarchived"}}},
      {organization + "SellerService/CreateSeller",
       "seller_id: '{id}' seller { display_name: 'Seller {id}' employments " + since_2020 + " }",
       {{"sellers/{id}", "SellerCreated"}}},
      {organization + "SellerService/BatchCreateSellers",
       "requests { seller_id: '{id}-1' seller { display_name: 'First of {id}' employments " +
           since_2020 +
           " } } requests { seller_id: '{id}-2' seller { display_name: 'Second of "
           "{id}' employments " +
           since_2020 + " } }",
       {{"sellers/{id}-1", "SellerCreated"}, {"sellers/{id}-2", "SellerCreated"}}},
      {organization + "SellerService/UpdateSeller",
       "seller { name: 'sellers/{id}' display_name: 'Renamed {id}' } "
       "update_mask { paths: 'display_name' }",
       {{"sellers/{id}", "SellerUpdated"}}},
      {organization + "AssignmentService/CreateAssignment",
       "parent: 'sellers/{id}' assignment_id: 'main' assignment { team: 'teams/north' "
       "share { value: '1' } start_date { year: 2020 month: 1 day: 1 } }",
       {{"sellers/{id}/assignments/main", "AssignmentCreated"}}},
      {organization + "AssignmentService/UpdateAssignment",
       "assignment { name: 'sellers/{id}/assignments/main' region: 'north' } "
       "update_mask { paths: 'region' }",
       {{"sellers/{id}/assignments/main", "AssignmentUpdated"}}},
      // Cuts the assignment in two and adds one between them, in one transaction.
      {organization + "AssignmentService/CorrectAssignments",
       "parent: 'sellers/{id}' " + in_2021 +
           " assignments { team: 'teams/south' share { value: '0.5' } " + in_2021 + " }",
       {{"sellers/{id}", "AssignmentsCorrected"}}},
      {organization + "SellerService/CreateSeller",
       "seller_id: '{id}-gone' seller { display_name: 'Gone {id}' employments { start_date { "
       "year: 2020 month: 1 day: 1 } end_date { year: 2021 month: 1 day: 1 } } }",
       {{"sellers/{id}-gone", "SellerCreated"}}},
      {organization + "SellerService/EraseSeller",
       "name: 'sellers/{id}-gone'",
       {{"sellers/{id}-gone", "SellerErased"}}},
      {organization + "SellerService/ImportSellers",
       "seller { display_name: 'Row {row} of {id}' employments " + since_2020 +
           " external_keys { source: 'load' key: 's-{id}-{row}' } }",
       {{"sellers/key:s-{id}-{row}", "SellerCreated"}}},

      // ---- pipeline: customers
      {pipeline + "AccountService/CreateAccount",
       "account_id: '{id}' account { display_name: 'Account {id}' owner: 'sellers/owner' "
       "attributes { key: 'size' value { string_value: 'small' } } "
       "attributes { key: 'listed' value { bool_value: true } } }",
       {{"accounts/{id}", "AccountCreated"}}},
      {pipeline + "AccountService/UpdateAccount",
       "account { name: 'accounts/{id}' grade: 'a' "
       "attributes { key: 'size' value { string_value: 'large' } } } "
       "update_mask { paths: 'grade' paths: 'attributes' }",
       {{"accounts/{id}", "AccountUpdated"}}},
      {pipeline + "ContactService/CreateContact",
       "contact_id: '{id}' contact { display_name: 'Contact {id}' account: 'accounts/{id}' "
       "owner: 'sellers/owner' }",
       {{"contacts/{id}", "ContactCreated"}}},
      {pipeline + "AccountService/ImportAccounts",
       "account { display_name: 'Row {row} of {id}' owner: 'sellers/owner' "
       "external_keys { source: 'load' key: 'a-{id}-{row}' } }",
       {{"accounts/key:a-{id}-{row}", "AccountCreated"}}},

      // ---- deals: every verb, the checklist and an approval
      {pipeline + "OpportunityService/CreateOpportunity",
       "opportunity_id: '{id}' opportunity { display_name: 'Deal {id}' account: 'accounts/{id}' "
       "amount { currency_code: 'CNY' units: 500 } " +
           gated + " }",
       {{"opportunities/{id}", "OpportunityCreated"}}},
      {pipeline + "OpportunityService/BatchCreateOpportunities",
       "requests { opportunity_id: '{id}-1' opportunity { display_name: 'First of {id}' " + plain +
           " } } requests { opportunity_id: '{id}-2' opportunity { display_name: 'Second of "
           "{id}' " +
           plain + " } }",
       {{"opportunities/{id}-1", "OpportunityCreated"},
        {"opportunities/{id}-2", "OpportunityCreated"}}},
      {pipeline + "OpportunityService/UpdateOpportunity",
       "opportunity { name: 'opportunities/{id}' display_name: 'Renamed {id}' } "
       "update_mask { paths: 'display_name' }",
       {{"opportunities/{id}", "OpportunityUpdated"}}},
      {pipeline + "OpportunityService/CompleteOpportunityStep",
       "name: 'opportunities/{id}' step: 'need'",
       {{"opportunities/{id}", "OpportunityStepCompleted"}}},
      {pipeline + "OpportunityService/AdvanceOpportunity",
       "name: 'opportunities/{id}' stage: 'offer'",
       {{"opportunities/{id}", "OpportunityAdvanced"}}},
      {pipeline + "OpportunityService/RequestOpportunityApproval",
       "name: 'opportunities/{id}' rule: 'discount'",
       {{"opportunities/{id}", "OpportunityApprovalRequested"}}},
      {pipeline + "OpportunityService/DecideOpportunityApproval",
       "name: 'opportunities/{id}' rule: 'discount' decision: DECISION_GRANT",
       {{"opportunities/{id}", "OpportunityApprovalDecided"}},
       "second-admin"},
      {pipeline + "OpportunityService/WinOpportunity",
       "name: 'opportunities/{id}' " + closed,
       {{"opportunities/{id}", "OpportunityWon"}}},
      {pipeline + "OpportunityService/ReopenOpportunity",
       "name: 'opportunities/{id}' stage: 'offer' reason: 'signed too early'",
       {{"opportunities/{id}", "OpportunityReopened"}}},
      {pipeline + "OpportunityService/RegressOpportunity",
       "name: 'opportunities/{id}' stage: 'lead' reason: 'asked again'",
       {{"opportunities/{id}", "OpportunityRegressed"}}},
      {pipeline + "OpportunityService/AssignOpportunity",
       "name: 'opportunities/{id}' owner: 'sellers/other'",
       {{"opportunities/{id}", "OpportunityAssigned"}}},
      {pipeline + "OpportunityService/LoseOpportunity",
       "name: 'opportunities/{id}' reason: 'too dear' " + closed,
       {{"opportunities/{id}", "OpportunityLost"}}},
      {pipeline + "OpportunityService/ArchiveOpportunity",
       "name: 'opportunities/{id}-1'",
       {{"opportunities/{id}-1", "OpportunityArchived"}}},
      {pipeline + "OpportunityService/UnarchiveOpportunity",
       "name: 'opportunities/{id}-1'",
       {{"opportunities/{id}-1", "OpportunityUnarchived"}}},
      {pipeline + "OpportunityService/ImportOpportunities",
       "opportunity { display_name: 'Row {row} of {id}' stage: 'lead' " + plain +
           " external_keys { source: 'load' key: 'o-{id}-{row}' } }",
       {{"opportunities/key:o-{id}-{row}", "OpportunityImported"}}},

      // ---- leads: a qualification writes four resources in one transaction
      {pipeline + "LeadService/CreateLead",
       "lead_id: '{id}' lead { display_name: 'Lead {id}' owner: 'sellers/owner' }",
       {{"leads/{id}", "LeadCreated"}}},
      {pipeline + "LeadService/QualifyLead",
       "name: 'leads/{id}' new_account { display_name: 'Account of lead {id}' } "
       "new_contact { display_name: 'Contact of lead {id}' } "
       "new_opportunity { display_name: 'Deal of lead {id}' "
       "process_version: 'salesProcesses/direct/versions/v1' }",
       {{"@account", "AccountCreated"},
        {"@contact", "ContactCreated"},
        {"@opportunity", "OpportunityCreated"},
        {"leads/{id}", "LeadQualified"}}},

      // ---- activities
      {pipeline + "ActivityService/CreateActivity",
       "activity_id: '{id}' activity { display_name: 'Call {id}' kind: KIND_CALL "
       "start_time { seconds: 1767600000 } owner: 'sellers/owner' contact: 'contacts/{id}' "
       "opportunity: 'opportunities/{id}' description: 'What was said to {id}' }",
       {{"activities/{id}", "ActivityCreated"}}},
      {pipeline + "ActivityService/UpdateActivity",
       "activity { name: 'activities/{id}' display_name: 'Renamed {id}' } "
       "update_mask { paths: 'display_name' }",
       {{"activities/{id}", "ActivityUpdated"}}},
      {pipeline + "ActivityService/ArchiveActivity",
       "name: 'activities/{id}'",
       {{"activities/{id}", "ActivityArchived"}}},
      {pipeline + "ActivityService/UnarchiveActivity",
       "name: 'activities/{id}'",
       {{"activities/{id}", "ActivityUnarchived"}}},

      // ---- erasures: the person in one transaction, what was said of the person in others
      {pipeline + "LeadService/EraseLead", "name: 'leads/{id}'", {{"leads/{id}", "LeadErased"}}},
      {pipeline + "ContactService/EraseContact",
       "name: 'contacts/{id}'",
       {{"contacts/{id}", "ContactErased"}}},
  };
}

const MethodDescriptor& MethodOf(const KindOfWrite& kind) {
  const std::string name = absl::StrReplaceAll(kind.method, {{"/", "."}});
  const MethodDescriptor* method = DescriptorPool::generated_pool()->FindMethodByName(name);
  if (method == nullptr) throw std::runtime_error("there is no method " + name);
  return *method;
}

std::unique_ptr<Message> New(const google::protobuf::Descriptor* type) {
  return std::unique_ptr<Message>(MessageFactory::generated_factory()->GetPrototype(type)->New());
}

std::string Filled(const std::string& text, const std::string& id, int row = 0) {
  return absl::StrReplaceAll(text, {{"{id}", id}, {"{row}", absl::StrCat(row)}});
}

std::unique_ptr<Message> Parsed(const KindOfWrite& kind, const std::string& text) {
  std::unique_ptr<Message> message = New(MethodOf(kind).input_type());
  if (!TextFormat::ParseFromString(text, message.get())) {
    throw std::runtime_error(absl::StrCat(kind.method, " cannot be asked: ", text));
  }
  return message;
}

}  // namespace

const std::vector<KindOfWrite>& KindsOfWrites() {
  static const auto* const kinds = new std::vector<KindOfWrite>(Table());
  return *kinds;
}

std::string ServiceOf(const KindOfWrite& kind) {
  const std::vector<std::string> parts = absl::StrSplit(kind.method, '.');
  return parts.at(1);
}

bool IsImport(const KindOfWrite& kind) { return MethodOf(kind).client_streaming(); }

Messages RequestsOf(const KindOfWrite& kind, const std::string& id) {
  Messages requests;
  if (!IsImport(kind)) {
    std::unique_ptr<Message> request = Parsed(kind, Filled(kind.request, id));
    const FieldDescriptor* field = request->GetDescriptor()->FindFieldByName("request_id");
    request->GetReflection()->SetString(request.get(), field, base::GenerateUuid());
    requests.push_back(std::move(request));
    return requests;
  }
  requests.push_back(Parsed(kind, "options { source: 'load' }"));
  for (int batch = 0; batch < kBatches; ++batch) {
    std::string rows;
    for (int i = 1; i <= kRowsOfBatch; ++i) {
      const int row = batch * kRowsOfBatch + i;
      absl::StrAppend(&rows, "rows { row_number: ", row, " ", Filled(kind.request, id, row), " } ");
    }
    requests.push_back(Parsed(kind, absl::StrCat("batch { ", rows, "}")));
  }
  return requests;
}

std::string RequestIdOf(const Message& request) {
  const FieldDescriptor* field = request.GetDescriptor()->FindFieldByName("request_id");
  return field == nullptr ? "" : request.GetReflection()->GetString(request, field);
}

std::unique_ptr<Message> NewAnswer(const KindOfWrite& kind) {
  return New(MethodOf(kind).output_type());
}

std::vector<std::string> FactsOf(const KindOfWrite& kind, const std::string& id,
                                 const Message& answer) {
  const std::string package = absl::StrCat("salesops.", ServiceOf(kind), ".v1.");
  std::vector<std::string> facts;
  for (const FactTemplate& fact : kind.facts) {
    const int rows = IsImport(kind) ? kBatches * kRowsOfBatch : 1;
    for (int row = 1; row <= rows; ++row) {
      std::string aggregate = Filled(fact.aggregate, id, row);
      if (absl::StartsWith(aggregate, "@")) {
        const FieldDescriptor* field = answer.GetDescriptor()->FindFieldByName(aggregate.substr(1));
        aggregate = answer.GetReflection()->GetString(answer, field);
      }
      facts.push_back(absl::StrCat(aggregate, " ", package, fact.type));
    }
  }
  return facts;
}

}  // namespace salesops::stack
