#include "services/pipeline/api/deal_conditions.h"

#include <algorithm>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "re2/re2.h"
#include "services/pipeline/domain/deal_fields.h"
#include "services/pipeline/domain/name_search.h"
#include "services/pipeline/store/account_store.h"
#include "services/pipeline/store/activity_store.h"
#include "services/pipeline/store/attribute_definition_store.h"
#include "shared/status/macros.h"

namespace salesops::pipeline::api {
namespace {

using domain::FieldType;
using salesops::api::Columns;
using salesops::api::ColumnType;
using salesops::api::Condition;

ColumnType TypeOf(FieldType type) {
  switch (type) {
    case FieldType::kText:
      return ColumnType::kText;
    case FieldType::kId:
      return ColumnType::kId;
    case FieldType::kDecimal:
      return ColumnType::kDecimal;
    case FieldType::kInt:
      return ColumnType::kInt;
    case FieldType::kDay:
      break;
  }
  return ColumnType::kDay;
}

// The fixed fields, and the attributes that the text names.
Columns FieldsOf(const std::string& text) {
  static const auto* fixed = [] {
    auto* columns = new Columns;
    for (const domain::DealField& field : domain::DealFields()) {
      (*columns)[field.name] = {.type = TypeOf(field.type), .name_prefix = field.name_prefix};
    }
    return columns;
  }();
  static const auto* attribute = new RE2("((?:account\\.)?attributes\\.[a-z][a-z0-9_]*)");
  Columns columns = *fixed;
  re2::StringPiece rest(text);
  std::string name;
  while (RE2::FindAndConsume(&rest, *attribute, &name)) {
    if (domain::IsDealField(name)) columns[name] = {.type = ColumnType::kAny};
  }
  return columns;
}

Condition::Value ToValue(domain::FieldValue value) {
  return std::visit([](auto& v) { return Condition::Value(std::move(v)); }, value);
}

const std::vector<domain::ActivityKind>& EveryKind() {
  using domain::ActivityKind;
  static const auto* kinds = new std::vector<ActivityKind>{
      ActivityKind::kUnspecified, ActivityKind::kCall,    ActivityKind::kVisit,
      ActivityKind::kEmail,       ActivityKind::kMeeting, ActivityKind::kMessage,
      ActivityKind::kSystem,      ActivityKind::kDevice};
  return *kinds;
}

template <class Holds>
bool AnyCriterion(const domain::ProcessRules& rules, Holds holds) {
  return std::any_of(rules.stages.begin(), rules.stages.end(), [&](const domain::Stage& stage) {
    return std::any_of(stage.entry_criteria.begin(), stage.entry_criteria.end(), holds) ||
           std::any_of(stage.exit_criteria.begin(), stage.exit_criteria.end(), holds);
  });
}

// Whether the version says anything about the account.
bool AsksAccount(const domain::ProcessRules& rules) {
  const auto speaks = [](const std::string& text) { return absl::StrContains(text, "account."); };
  return std::any_of(rules.modules.begin(), rules.modules.end(),
                     [&](const auto& module) { return speaks(module.condition); }) ||
         std::any_of(rules.approval_rules.begin(), rules.approval_rules.end(),
                     [&](const auto& rule) {
                       return std::any_of(rule.fields.begin(), rule.fields.end(), speaks);
                     }) ||
         AnyCriterion(rules, [&](const domain::Criterion& c) { return speaks(c.subject); });
}

}  // namespace

absl::StatusOr<Condition> ParseDealCondition(const std::string& text) {
  return Condition::Parse(text, FieldsOf(text),
                          [](absl::string_view t) { return domain::FoldText(t); });
}

absl::StatusOr<DealUnderGates> DealUnderGates::Load(mysql::Connection& c,
                                                    const domain::SalesProcessVersion& process,
                                                    const domain::Opportunity& deal,
                                                    absl::Time entered) {
  DealUnderGates loaded(deal);
  ASSIGN_OR_RETURN(loaded.definitions_,
                   store::DefinitionsOf(c, domain::AttributeCollection::kOpportunity));
  if (!deal.account_id.empty() && AsksAccount(process.rules)) {
    ASSIGN_OR_RETURN(loaded.account_, store::Accounts().Find(c, {deal.account_id}));
  }
  const auto counts = [](const domain::Criterion& criterion) {
    return criterion.requirement == domain::Requirement::kActivity && !criterion.in_stage;
  };
  const auto counts_in_stage = [](const domain::Criterion& criterion) {
    return criterion.requirement == domain::Requirement::kActivity && criterion.in_stage;
  };
  if (AnyCriterion(process.rules, counts)) {
    ASSIGN_OR_RETURN(loaded.activities_,
                     store::CountActivities(c, deal.id, EveryKind(), absl::UnixEpoch()));
  }
  if (AnyCriterion(process.rules, counts_in_stage)) {
    ASSIGN_OR_RETURN(loaded.activities_in_stage_,
                     store::CountActivities(c, deal.id, EveryKind(), entered));
  }
  return loaded;
}

domain::DealFacts DealUnderGates::facts() const {
  domain::DealFacts facts;
  facts.deal = deal_;
  facts.account = account();
  facts.activities = activities_;
  facts.activities_in_stage = activities_in_stage_;
  facts.holds = [this](const std::string& text) {
    // What is published was parsed then; a condition that cannot be read holds for nobody.
    const absl::StatusOr<Condition> condition = ParseDealCondition(text);
    return condition.ok() && condition->Holds([this](const std::string& field) {
      return ToValue(domain::ValueOf(*deal_, account(), field));
    });
  };
  return facts;
}

std::vector<domain::CriterionResult> DealUnderGates::Check(
    const domain::SalesProcessVersion& process, const domain::Modules& held,
    const std::string& from, const std::string& to) const {
  std::vector<domain::CriterionResult> results =
      domain::CheckGates(process, facts(), held, from, to);
  for (const std::string& key : domain::MissingAttributes(definitions_, deal_->attributes,
                                                          domain::ReachedStages(process, to))) {
    results.push_back({.criterion = absl::StrCat(to, "/entry/attributes.", key),
                       .met = false,
                       .reason = "FIELD_MISSING",
                       .message = absl::StrCat("set attributes.", key)});
  }
  return results;
}

}  // namespace salesops::pipeline::api
