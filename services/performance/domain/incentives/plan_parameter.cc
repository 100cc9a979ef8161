#include "services/performance/domain/incentives/plan_parameter.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "shared/status/status.h"

namespace salesops::performance::domain {
namespace {

using base::Decimal;

// "components[2].cap" as its shape, "components[].cap", and its places, {2}.
struct Path {
  std::string shape;
  std::vector<size_t> places;
};

std::optional<Path> ReadPath(absl::string_view text) {
  Path path;
  while (!text.empty()) {
    const size_t open = text.find('[');
    path.shape.append(text.data(), open == text.npos ? text.size() : open);
    if (open == text.npos) break;
    const size_t close = text.find(']', open);
    uint32_t place = 0;
    if (close == text.npos || !absl::SimpleAtoi(text.substr(open + 1, close - open - 1), &place)) {
      return std::nullopt;
    }
    path.places.push_back(place);
    path.shape += "[]";
    text.remove_prefix(close + 1);
  }
  return path;
}

template <class List>
auto* At(List& list, size_t place) {
  return place < list.size() ? &list[place] : nullptr;
}

Decimal* Present(std::optional<Decimal>* value) {
  if (!*value) value->emplace();
  return &**value;
}

Decimal* OfStep(Component& component, const Path& path) {
  Multiplier* const multiplier = At(component.multipliers, path.places[1]);
  FactorStep* const step = multiplier == nullptr ? nullptr : At(multiplier->steps, path.places[2]);
  if (step == nullptr) return nullptr;
  if (path.shape == "rules.components[].multipliers[].steps[].from") return &step->from;
  if (path.shape == "rules.components[].multipliers[].steps[].factor") return &step->factor;
  return nullptr;
}

Decimal* OfCommission(Commission& commission, const Path& path) {
  if (path.places.size() != 3) return nullptr;
  RateRule* const rule = At(commission.rules, path.places[1]);
  Tier* const tier = rule == nullptr ? nullptr : At(rule->table.tiers, path.places[2]);
  if (tier == nullptr) return nullptr;
  if (path.shape == "rules.components[].commission.rules[].table.tiers[].from") return &tier->from;
  if (path.shape == "rules.components[].commission.rules[].table.tiers[].rate") return &tier->rate;
  return nullptr;
}

Decimal* OfQuotaBonus(QuotaBonus& bonus, const Path& path) {
  if (path.shape == "rules.components[].quota_bonus.target_amount") return &bonus.target_amount;
  CurvePoint* const point = path.places.size() == 2 ? At(bonus.points, path.places[1]) : nullptr;
  if (point == nullptr) return nullptr;
  if (path.shape == "rules.components[].quota_bonus.points[].attainment") return &point->attainment;
  if (path.shape == "rules.components[].quota_bonus.points[].payout") return &point->payout;
  return nullptr;
}

Decimal* OfContest(Contest& contest, const Path& path) {
  if (path.shape == "rules.components[].contest.minimum") return Present(&contest.minimum);
  if (path.shape != "rules.components[].contest.awards[]") return nullptr;
  return At(contest.awards, path.places[1]);
}

Decimal* OfComponent(Component& component, const Path& path) {
  if (path.shape == "rules.components[].cap") return Present(&component.cap);
  if (path.shape == "rules.components[].floor") return Present(&component.floor);
  if (path.shape.find("multipliers[].steps[]") != std::string::npos && path.places.size() == 3) {
    return OfStep(component, path);
  }
  switch (component.kind) {
    case ComponentKind::kCommission:
      return OfCommission(component.commission, path);
    case ComponentKind::kQuotaBonus:
      return OfQuotaBonus(component.quota_bonus, path);
    case ComponentKind::kSpiff:
      return path.shape == "rules.components[].spiff.amount" ? &component.spiff.amount : nullptr;
    case ComponentKind::kContest:
      return OfContest(component.contest, path);
    case ComponentKind::kOverride:
      return path.shape == "rules.components[].override.rate" ? &component.override.rate : nullptr;
    case ComponentKind::kTeamPool:
      return path.shape == "rules.components[].team_pool.rate" ? &component.team_pool.rate
                                                               : nullptr;
    case ComponentKind::kUnset:
      break;
  }
  return nullptr;
}

Decimal* Find(PlanRules& plan, const Path& path) {
  if (path.shape == "rules.cap") return Present(&plan.cap);
  if (path.shape == "rules.floor") return Present(&plan.floor);
  if (plan.draw && path.shape == "rules.draw.amount") return &plan.draw->amount;
  if (plan.draw && path.shape == "rules.draw.recovery_limit") return &plan.draw->recovery_limit;
  Component* const component = path.places.empty() ? nullptr : At(plan.components, path.places[0]);
  return component == nullptr ? nullptr : OfComponent(*component, path);
}

}  // namespace

absl::StatusOr<Decimal*> FindParameter(PlanRules& plan, absl::string_view path,
                                       absl::string_view field) {
  const std::optional<Path> read = ReadPath(path);
  Decimal* const parameter = read ? Find(plan, *read) : nullptr;
  if (parameter != nullptr) return parameter;
  return status::InvalidField(field, "UNKNOWN_PARAMETER",
                              absl::StrCat("must be the path of a number of the plan, such as "
                                           "rules.components[0].cap; \"",
                                           path, "\" is none of this plan's"));
}

}  // namespace salesops::performance::domain
