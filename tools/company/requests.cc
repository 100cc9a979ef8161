#include "tools/company/requests.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"

namespace salesops::company {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kProcess[] = "salesProcesses/standard";
constexpr char kProcessVersion[] = "salesProcesses/standard/versions/v1";

class Lines {
 public:
  void Add(const Json& line) { absl::StrAppend(&text_, line.dump(), "\n"); }
  // An import row: {"rowNumber": n, "<field>": {…}}.
  void AddRow(const char* field, Json resource, const std::string& key) {
    resource["externalKeys"] = Json::array({{{"source", kSource}, {"key", key}}});
    row_ = {{"rowNumber", ++count_}, {field, std::move(resource)}};
  }
  Json& row() { return row_; }
  void EndRow() { Add(row_); }
  std::string Take() { return std::move(text_); }

 private:
  int count_ = 0;
  Json row_;
  std::string text_;
};

Json Date(absl::CivilDay day) {
  return {{"year", day.year()}, {"month", day.month()}, {"day", day.day()}};
}

void AddRange(Json& json, const DayRange& days) {
  json["startDate"] = Date(days.start);
  if (days.end) json["endDate"] = Date(*days.end);
}

std::string Timestamp(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

Json Yuan(long long units) { return {{"currencyCode", "CNY"}, {"units", absl::StrCat(units)}}; }

std::string SellerName(const Company& company, int seller) {
  return absl::StrCat("sellers/", company.sellers[seller].id);
}

std::string Departments(const Company& company) {
  Lines lines;
  for (const Department& department : company.departments) {
    lines.AddRow("department",
                 {{"name", absl::StrCat("departments/", department.id)},
                  {"displayName", department.display_name}},
                 department.id);
    lines.EndRow();
  }
  return lines.Take();
}

std::string Teams(const Company& company) {
  Lines lines;
  for (const Team& team : company.teams) {
    Json placements = Json::array();
    for (const Placement& placement : team.placements) {
      Json json = Json::object();
      if (placement.parent_team >= 0) {
        json["parentTeam"] = absl::StrCat("teams/", company.teams[placement.parent_team].id);
      }
      json["department"] =
          absl::StrCat("departments/", company.departments[placement.department].id);
      AddRange(json, placement.days);
      placements.push_back(std::move(json));
    }
    lines.AddRow("team",
                 {{"name", absl::StrCat("teams/", team.id)},
                  {"displayName", team.display_name},
                  {"placements", std::move(placements)}},
                 team.id);
    lines.EndRow();
  }
  return lines.Take();
}

struct JobRole {
  const char* id;
  const char* display_name;
};
constexpr JobRole kJobRoles[] = {
    {"director", "销售总监"}, {"leader", "销售组长"}, {"rep", "销售代表"}};

std::string JobRoles() {
  Lines lines;
  for (const JobRole& role : kJobRoles) {
    lines.Add({{"jobRoleId", role.id}, {"jobRole", {{"displayName", role.display_name}}}});
  }
  return lines.Take();
}

std::string JobRoleOf(const Seller& seller) {
  return absl::StrCat("jobRoles/", kJobRoles[static_cast<int>(seller.rank)].id);
}

std::string Sellers(const Company& company) {
  Lines lines;
  for (const Seller& seller : company.sellers) {
    Json employment = Json::object();
    AddRange(employment, seller.employment);
    lines.AddRow("seller",
                 {{"name", absl::StrCat("sellers/", seller.id)},
                  {"displayName", seller.display_name},
                  {"employeeNumber", seller.employee_number},
                  {"subject", seller.id},
                  {"email", seller.email},
                  {"phone", seller.phone},
                  {"employments", Json::array({employment})}},
                 seller.id);
    lines.EndRow();
  }
  return lines.Take();
}

std::string Assignments(const Company& company) {
  Lines lines;
  for (const Seller& seller : company.sellers) {
    int number = 0;
    for (const Assignment& assignment : seller.assignments) {
      const std::string id = absl::StrCat("a", ++number);
      Json json = {{"name", absl::StrCat("sellers/", seller.id, "/assignments/", id)},
                   {"team", absl::StrCat("teams/", company.teams[assignment.team].id)},
                   {"jobRole", JobRoleOf(seller)}};
      if (assignment.manager >= 0) json["manager"] = SellerName(company, assignment.manager);
      json["region"] = assignment.region;
      json["share"] = {{"value", assignment.share}};
      AddRange(json, assignment.days);
      lines.AddRow("assignment", std::move(json), absl::StrCat(seller.id, "-", id));
      lines.EndRow();
    }
  }
  return lines.Take();
}

// What the people of the company may do: sellers work on what is theirs or their reports' and see
// what they are paid by, analysts read everything, finance answers for what is paid.
std::string AccessRoles() {
  Lines lines;
  lines.Add({{"accessRoleId", "seller"},
             {"accessRole",
              {{"displayName", "销售"},
               {"description", "Works on own leads, customers, deals and activities."},
               {"permissions", {"pipeline.accounts.read",          "pipeline.accounts.write",
                                "pipeline.activities.read",        "pipeline.activities.write",
                                "pipeline.competitors.read",       "pipeline.contacts.read",
                                "pipeline.contacts.write",         "pipeline.leads.disqualify",
                                "pipeline.leads.qualify",          "pipeline.leads.read",
                                "pipeline.leads.reopen",           "pipeline.leads.write",
                                "pipeline.opportunities.advance",  "pipeline.opportunities.assign",
                                "pipeline.opportunities.complete", "pipeline.opportunities.lose",
                                "pipeline.opportunities.read",     "pipeline.opportunities.regress",
                                "pipeline.opportunities.reopen",   "pipeline.opportunities.request",
                                "pipeline.opportunities.win",      "pipeline.opportunities.write",
                                "pipeline.personal.read",          "pipeline.products.read",
                                "pipeline.salesProcesses.read",    "organization.caller.read"}}}}});
  lines.Add({{"accessRoleId", "analyst"},
             {"accessRole",
              {{"displayName", "销售运营分析"},
               {"description", "Reads the roster and the whole pipeline."},
               {"permissions",
                {"organization.assignments.read", "organization.departments.read",
                 "organization.jobRoles.read", "organization.teams.read",
                 "organization.caller.read", "pipeline.accounts.read", "pipeline.competitors.read",
                 "pipeline.opportunities.export", "pipeline.opportunities.read",
                 "pipeline.products.read", "pipeline.salesProcesses.read"}}}}});
  lines.Add({{"accessRoleId", "payee"},
             {"accessRole",
              {{"displayName", "激励对象"},
               {"description", "Sees own quotas and pay, and the plans that it comes from."},
               {"permissions",
                {"performance.incentivePlans.read", "performance.payoutStatements.read",
                 "performance.personal.read", "performance.planAssignments.read",
                 "performance.quotas.read"}}}}});
  lines.Add({{"accessRoleId", "finance"},
             {"accessRole",
              {{"displayName", "财务"},
               {"description", "Answers for what is paid: facts, quotas, plans and results."},
               {"permissions",
                {"organization.assignments.read", "organization.departments.read",
                 "organization.exchangeRates.read", "organization.fiscalCalendars.read",
                 "organization.sellers.read", "organization.teams.read", "organization.caller.read",
                 "performance.*", "pipeline.accounts.read", "pipeline.opportunities.read",
                 "pipeline.products.read"}}}}});
  return lines.Take();
}

std::string Grants() {
  Lines lines;
  lines.Add({{"grantId", "sellers"},
             {"grant",
              {{"accessRole", "accessRoles/seller"},
               {"member", "group:sellers"},
               {"scope", "SCOPE_OWN_AND_REPORTS"}}}});
  lines.Add({{"grantId", "analysts"},
             {"grant",
              {{"accessRole", "accessRoles/analyst"},
               {"member", "group:analysts"},
               {"scope", "SCOPE_ALL"}}}});
  lines.Add({{"grantId", "payees"},
             {"grant",
              {{"accessRole", "accessRoles/payee"},
               {"member", "group:sellers"},
               {"scope", "SCOPE_OWN_AND_REPORTS"}}}});
  lines.Add({{"grantId", "finance"},
             {"grant",
              {{"accessRole", "accessRoles/finance"},
               {"member", "group:finance"},
               {"scope", "SCOPE_ALL"}}}});
  return lines.Take();
}

std::string SalesProcesses() {
  Lines lines;
  lines.Add({{"salesProcessId", "standard"},
             {"salesProcess",
              {{"displayName", "标准销售流程"},
               {"description", "From a confirmed lead to a signed contract."}}}});
  return lines.Take();
}

std::string SalesProcessVersions(const Company& company) {
  Json stages = Json::array();
  for (const OpenStage& stage : company.model.stages) {
    stages.push_back(
        {{"id", stage.id}, {"displayName", stage.display_name}, {"kind", "KIND_OPEN"}});
  }
  stages.push_back({{"id", "won"}, {"displayName", "赢单"}, {"kind", "KIND_WON"}});
  stages.push_back({{"id", "lost"}, {"displayName", "输单"}, {"kind", "KIND_LOST"}});
  Lines lines;
  lines.Add({{"parent", kProcess},
             {"salesProcessVersionId", "v1"},
             {"salesProcessVersion", {{"stages", std::move(stages)}}}});
  return lines.Take();
}

std::string Accounts(const Company& company) {
  Lines lines;
  for (const Account& account : company.accounts) {
    const char* other = account.chinese ? "name_en" : "name_zh";
    lines.AddRow("account",
                 {{"name", absl::StrCat("accounts/", account.id)},
                  {"displayName", account.display_name},
                  {"industry", account.industry},
                  {"region", account.region},
                  {"country", account.country},
                  {"grade", company.model.grades[account.grade].name},
                  {"owner", SellerName(company, account.owner)},
                  {"website", account.website},
                  {"annualRevenue", Yuan(account.annual_revenue)},
                  {"employeeCount", account.employee_count},
                  {"foundedYear", account.founded_year},
                  {"attributes", {{other, {{"stringValue", account.other_name}}}}}},
                 account.id);
    lines.EndRow();
  }
  return lines.Take();
}

std::string Products(const Company& company) {
  Lines lines;
  for (const Product& product : company.products) {
    lines.AddRow("product",
                 {{"name", absl::StrCat("products/", product.id)},
                  {"displayName", product.display_name},
                  {"listPrice", Yuan(product.list_price)}},
                 product.id);
    lines.EndRow();
  }
  return lines.Take();
}

std::string Contacts(const Company& company) {
  Lines lines;
  for (size_t i = 0; i < company.contacts.size(); ++i) {
    const Contact& contact = company.contacts[i];
    lines.AddRow("contact",
                 {{"name", absl::StrCat("contacts/", contact.id)},
                  {"displayName", contact.display_name},
                  {"account", absl::StrCat("accounts/", company.accounts[i].id)},
                  {"owner", SellerName(company, company.accounts[i].owner)}},
                 contact.id);
    lines.EndRow();
  }
  return lines.Take();
}

std::string StageId(const Company& company, int stage) {
  if (stage == kWon) return "won";
  if (stage == kLost) return "lost";
  return company.model.stages[stage].id;
}

Json Transitions(const Company& company, const Deal& deal) {
  Json transitions = Json::array();
  for (const Move& move : deal.moves) {
    Json json = {{"toStage", StageId(company, move.stage)},
                 {"transitionTime", Timestamp(move.time)},
                 {"actor", company.sellers[move.owner].id}};
    if (!move.reason.empty()) json["reason"] = move.reason;
    transitions.push_back(std::move(json));
  }
  return transitions;
}

Json Opportunity(const Company& company, const Deal& deal) {
  Json json = {{"name", absl::StrCat("opportunities/", deal.id)},
               {"displayName", deal.display_name}};
  if (deal.account >= 0) {
    json["account"] = absl::StrCat("accounts/", company.accounts[deal.account].id);
  }
  json["owner"] = SellerName(company, deal.owner);
  json["processVersion"] = kProcessVersion;
  json["stage"] = StageId(company, deal.moves.back().stage);
  json["amount"] = Yuan(deal.amount);
  json["openDate"] = Date(absl::ToCivilDay(deal.moves.front().time, CompanyZone()));
  json["expectedCloseDate"] = Date(deal.expected_close);
  if (!deal.IsOpen()) {
    json["closeDate"] = Date(absl::ToCivilDay(deal.moves.back().time, CompanyZone()));
  }
  json["source"] = company.model.sources[deal.source].name;
  if (!deal.outcome_reason.empty()) json["outcomeReason"] = deal.outcome_reason;
  const Product& product = company.products[deal.product];
  Json attributes = {{"product", {{"stringValue", product.display_name}}}};
  if (!deal.competitor.empty()) attributes["competitor"] = {{"stringValue", deal.competitor}};
  json["attributes"] = std::move(attributes);
  if (deal.units > 0) {
    json["lineItems"] = Json::array({{{"id", "l1"},
                                      {"product", absl::StrCat("products/", product.id)},
                                      {"quantity", {{"value", absl::StrCat(deal.units)}}},
                                      {"netUnitPrice", Yuan(deal.amount / deal.units)}}});
  }
  if (deal.knows_contact) {
    const std::string& contact = company.contacts[deal.account].id;
    json["contactRoles"] = Json::array({{{"contact", absl::StrCat("contacts/", contact)},
                                         {"role", "ROLE_DECISION_MAKER"},
                                         {"primary", true}}});
  }
  if (deal.partner >= 0) {
    json["splits"] = Json::array(
        {{{"seller", SellerName(company, deal.owner)}, {"share", {{"value", "0.7"}}}},
         {{"seller", SellerName(company, deal.partner)}, {"share", {{"value", "0.3"}}}}});
  }
  return json;
}

std::string Opportunities(const Company& company) {
  Lines lines;
  for (const Deal& deal : company.deals) {
    lines.AddRow("opportunity", Opportunity(company, deal), deal.id);
    lines.row()["transitions"] = Transitions(company, deal);
    lines.EndRow();
  }
  return lines.Take();
}

std::string Truth(const Company& company) {
  const Model& model = company.model;
  Json stages = Json::array();
  for (const OpenStage& stage : model.stages) {
    stages.push_back({{"id", stage.id},
                      {"advance", stage.advance},
                      {"regress", stage.regress},
                      {"medianDays", stage.median_days},
                      {"sigma", stage.sigma},
                      {"sourceMatters", stage.source_matters},
                      {"skillMatters", stage.skill_matters}});
  }
  Json sources = Json::array();
  for (const Source& source : model.sources) {
    sources.push_back({{"name", source.name}, {"share", source.share}, {"effect", source.effect}});
  }
  Json grades = Json::array();
  for (const Grade& grade : model.grades) {
    grades.push_back({{"name", grade.name},
                      {"share", grade.share},
                      {"deals", grade.deals},
                      {"medianAmount", grade.median_amount}});
  }
  Json reasons = Json::object();
  for (const LossReason& reason : model.loss_reasons) reasons[reason.name] = reason.share;
  Json skills = Json::object();
  for (const Seller& seller : company.sellers) skills[seller.id] = seller.skill;
  const Json truth = {{"seed", model.seed},
                      {"scale", model.scale},
                      {"start", Date(model.start)},
                      {"end", Date(company.end)},
                      {"stages", std::move(stages)},
                      {"skipSecondStage", model.skip_second_stage},
                      {"lostDurationFactor", model.lost_duration_factor},
                      {"sources", std::move(sources)},
                      {"grades", std::move(grades)},
                      {"amountSigma", model.amount_sigma},
                      {"withoutAccount", model.without_account},
                      {"season", model.season},
                      {"monthlyGrowth", model.monthly_growth},
                      {"lossReasons", std::move(reasons)},
                      {"skillSigma", model.skill_sigma},
                      {"rampEffect", model.ramp_effect},
                      {"rampDays", model.ramp_days},
                      {"skills", std::move(skills)}};
  return truth.dump(1) + "\n";
}

}  // namespace

std::vector<File> Requests(const Company& company) {
  return {{"departments.jsonl", Departments(company)},
          {"teams.jsonl", Teams(company)},
          {"job_roles.jsonl", JobRoles()},
          {"sellers.jsonl", Sellers(company)},
          {"assignments.jsonl", Assignments(company)},
          {"access_roles.jsonl", AccessRoles()},
          {"grants.jsonl", Grants()},
          {"sales_processes.jsonl", SalesProcesses()},
          {"sales_process_versions.jsonl", SalesProcessVersions(company)},
          {"accounts.jsonl", Accounts(company)},
          {"products.jsonl", Products(company)},
          {"contacts.jsonl", Contacts(company)},
          {"opportunities.jsonl", Opportunities(company)},
          {"truth.json", Truth(company)}};
}

absl::Status WriteRequests(const Company& company, const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return absl::UnavailableError(absl::StrCat(folder, ": ", error.message()));
  for (const File& file : Requests(company)) {
    const std::string path = absl::StrCat(folder, "/", file.name);
    std::ofstream out(path, std::ios::binary);
    out << file.text;
    out.close();
    if (!out) return absl::UnavailableError(absl::StrCat(path, " could not be written"));
  }
  return absl::OkStatus();
}

}  // namespace salesops::company
