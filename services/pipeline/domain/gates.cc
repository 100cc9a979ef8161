#include "services/pipeline/domain/gates.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/pipeline/domain/approval.h"
#include "services/pipeline/domain/checklist.h"
#include "services/pipeline/domain/deal_fields.h"
#include "shared/status/status.h"

namespace salesops::pipeline::domain {
namespace {

struct Answer {
  std::string reason;  // empty = met
  std::string message;
};

Answer AnswerStep(const SalesProcessVersion& process, const Opportunity& deal,
                  const std::string& step_id) {
  if (IsDone(deal, step_id)) return {};
  const Step* step = process.FindStep(step_id);
  const std::string name = step == nullptr ? step_id : step->display_name;
  return {"STEP_NOT_DONE",
          absl::StrCat("do \"", name, "\" and mark it with the verb completeStep (", step_id, ")")};
}

Answer AnswerApproval(const SalesProcessVersion& process, const DealFacts& facts,
                      const std::string& rule_id) {
  const ApprovalRule* rule = process.FindApprovalRule(rule_id);
  const std::string name =
      absl::StrCat("\"", rule == nullptr ? rule_id : rule->display_name, "\" (", rule_id, ")");
  const Approval* approval = FindApproval(*facts.deal, rule_id);
  if (approval == nullptr) {
    return {"APPROVAL_MISSING",
            absl::StrCat("request the approval ", name, " with the verb requestApproval")};
  }
  if (approval->state == ApprovalState::kRefused) {
    return {"APPROVAL_REFUSED",
            absl::StrCat("the approval ", name, " was refused by ", approval->decider,
                         "; mend what they named and request it again")};
  }
  const std::vector<std::string> changed = ChangedBasis(*approval, *facts.deal, facts.account);
  if (!changed.empty()) {
    return {"APPROVAL_STALE", absl::StrCat("the approval ", name, " is about other values: ",
                                           absl::StrJoin(changed, "; "), "; request it again")};
  }
  if (approval->state == ApprovalState::kGranted) return {};
  return {"APPROVAL_PENDING", absl::StrCat("the approval ", name, " waits for somebody else than ",
                                           approval->requester, " to decide")};
}

const char* Word(ActivityKind kind) {
  switch (kind) {
    case ActivityKind::kCall:
      return "call";
    case ActivityKind::kVisit:
      return "visit";
    case ActivityKind::kEmail:
      return "e-mail";
    case ActivityKind::kMeeting:
      return "meeting";
    case ActivityKind::kMessage:
      return "message";
    case ActivityKind::kSystem:
      return "system event";
    case ActivityKind::kDevice:
      return "device event";
    case ActivityKind::kUnspecified:
      break;
  }
  return "other";
}

Answer AnswerActivity(const Criterion& c, const DealFacts& facts) {
  int64_t done = 0;
  for (const auto& [kind, count] : c.in_stage ? facts.activities_in_stage : facts.activities) {
    const auto& kinds = c.activity_kinds;
    const bool counts = kinds.empty() || std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
    done += counts ? count : 0;
  }
  if (done >= c.min_count) return {};
  const std::string what =
      c.activity_kinds.empty()
          ? "activity"
          : absl::StrJoin(c.activity_kinds, " or ", [](std::string* out, ActivityKind kind) {
              absl::StrAppend(out, Word(kind));
            });
  return {"ACTIVITY_MISSING",
          absl::StrCat("record what was done (", what, "): ", done, " of ", c.min_count,
                       c.in_stage ? " since the deal entered its stage" : "")};
}

Answer AnswerTo(const Criterion& c, const SalesProcessVersion& process, const DealFacts& facts) {
  switch (c.requirement) {
    case Requirement::kField:
      if (!TextOf(*facts.deal, facts.account, c.subject).empty()) return {};
      return {"FIELD_MISSING", absl::StrCat("set ", c.subject)};
    case Requirement::kCondition:
      if (facts.holds(c.subject)) return {};
      return {"CONDITION_NOT_MET", absl::StrCat("this must hold: ", c.subject)};
    case Requirement::kStep:
      return AnswerStep(process, *facts.deal, c.subject);
    case Requirement::kActivity:
      return AnswerActivity(c, facts);
    case Requirement::kApproval:
      return AnswerApproval(process, facts, c.subject);
    case Requirement::kNone:
      break;
  }
  return {};
}

}  // namespace

Modules HeldModules(const SalesProcessVersion& process, const DealFacts& facts) {
  Modules held;
  for (const ProcessModule& module : process.rules.modules) {
    if (facts.holds(module.condition)) held.insert(module.id);
  }
  return held;
}

std::vector<std::string> StagesOnTheWay(const SalesProcessVersion& process, const Modules& held) {
  std::vector<std::string> stages;
  for (const Stage& stage : process.rules.stages) {
    if (stage.kind == StageKind::kOpen && Counts(stage.module, held)) stages.push_back(stage.id);
  }
  if (const Stage* won = process.First(StageKind::kWon)) stages.push_back(won->id);
  return stages;
}

std::string NextStage(const SalesProcessVersion& process, const Modules& held,
                      const std::string& stage) {
  // A deal may stand in a stage whose module held once, so places are those of the whole version.
  const int at = process.IndexOf(stage);
  for (const std::string& next : StagesOnTheWay(process, held)) {
    const Stage* found = process.Find(next);
    if (process.IndexOf(next) > at && found->kind == StageKind::kOpen) return next;
  }
  const Stage* won = process.First(StageKind::kWon);
  return won == nullptr || won->id == stage ? "" : won->id;
}

std::vector<CriterionResult> CheckGates(const SalesProcessVersion& process, const DealFacts& facts,
                                        const Modules& held, const std::string& from,
                                        const std::string& to) {
  std::vector<CriterionResult> results;
  auto ask = [&](const Stage& stage, const std::vector<Criterion>& criteria, const char* gate) {
    for (const Criterion& c : criteria) {
      if (!Counts(c.module, held)) continue;
      const Answer answer = AnswerTo(c, process, facts);
      CriterionResult& result = results.emplace_back();
      result.criterion = absl::StrCat(stage.id, "/", gate, "/", c.id);
      result.met = answer.reason.empty();
      result.reason = answer.reason;
      if (!result.met) result.message = c.message.empty() ? answer.message : c.message;
    }
  };
  const Stage* target = process.Find(to);
  if (target == nullptr) return results;
  if (target->kind == StageKind::kLost) {
    ask(*target, target->entry_criteria, "entry");
    return results;
  }
  const int begin = process.IndexOf(from);
  const int end = process.IndexOf(to);
  if (begin >= 0)
    ask(process.rules.stages[begin], process.rules.stages[begin].exit_criteria, "exit");
  for (int i = begin + 1; i < end; ++i) {
    const Stage& between = process.rules.stages[i];
    if (between.kind != StageKind::kOpen || !Counts(between.module, held)) continue;
    const bool begins_here = begin < 0 && &between == process.First(StageKind::kOpen);
    if (!begins_here) ask(between, between.entry_criteria, "entry");
    ask(between, between.exit_criteria, "exit");
  }
  const bool begins_here = begin < 0 && target == process.First(StageKind::kOpen);
  if (!begins_here) ask(*target, target->entry_criteria, "entry");
  return results;
}

std::vector<CriterionResult> Unmet(std::vector<CriterionResult> results) {
  results.erase(std::remove_if(results.begin(), results.end(), [](const auto& r) { return r.met; }),
                results.end());
  return results;
}

absl::Status CheckStageCounts(const SalesProcessVersion& process, const DealFacts& facts,
                              const Modules& held, const std::string& stage_id) {
  const Stage* stage = process.Find(stage_id);
  if (stage == nullptr || Counts(stage->module, held)) return absl::OkStatus();
  std::string condition;
  for (const ProcessModule& module : process.rules.modules) {
    if (module.id == stage->module) condition = module.condition;
  }
  return status::FailedPrecondition(
      "WRONG_STAGE", "opportunities/" + facts.deal->id,
      absl::StrCat("\"", stage_id, "\" is a stage of the module \"", stage->module,
                   "\", which this deal does not follow: ", condition));
}

absl::Status GateNotMet(const Opportunity& deal, const std::vector<CriterionResult>& unmet) {
  std::vector<status::Precondition> preconditions;
  std::vector<std::string> messages;
  for (const CriterionResult& result : unmet) {
    preconditions.push_back({result.reason, result.criterion, result.message});
    messages.push_back(absl::StrCat(result.criterion, ": ", result.message));
  }
  return status::FailedPrecondition(
      "GATE_NOT_MET", "opportunities/" + deal.id,
      absl::StrCat(unmet.size(), unmet.size() == 1 ? " criterion is" : " criteria are",
                   " not met: ", absl::StrJoin(messages, "; ")),
      preconditions);
}

}  // namespace salesops::pipeline::domain
