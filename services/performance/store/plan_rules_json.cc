#include "services/performance/store/plan_rules_json.h"

#include <optional>
#include <utility>
#include <vector>

#include "nlohmann/json.hpp"

namespace salesops::performance::domain {
namespace {

using base::Decimal;
using nlohmann::json;

// --- Writing --------------------------------------------------------------------------------

std::string TextOf(const Decimal& value) { return value.ToCanonicalString(); }

void Put(json& object, const char* key, const std::optional<Decimal>& value) {
  if (value) object[key] = TextOf(*value);
}
void Put(json& object, const char* key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}
void Put(json& object, const char* key, const std::vector<std::string>& list) {
  if (!list.empty()) object[key] = list;
}
void Put(json& object, const char* key, json part) {
  if (!part.empty()) object[key] = std::move(part);
}
void PutFlag(json& object, const char* key, bool flag) {
  if (flag) object[key] = true;
}

template <class Item, class Write>
json Listed(const std::vector<Item>& items, Write write) {
  json list = json::array();
  for (const Item& item : items) list.push_back(write(item));
  return list;
}

json ToObject(const MeasureRef& ref) {
  json object = {{"of", static_cast<int>(ref.measure)}};
  Put(object, "imported", ref.imported);
  return object;
}

json ToObject(const LineMatch& match) {
  json object = json::object();
  Put(object, "products", match.products);
  Put(object, "categories", match.product_categories);
  Put(object, "accounts", match.accounts);
  Put(object, "attribute", match.attribute);
  Put(object, "values", match.attribute_values);
  Put(object, "discount_from", match.discount_from);
  Put(object, "discount_to", match.discount_to);
  return object;
}

json ToObject(const RateTable& table) {
  json object = {{"method", static_cast<int>(table.method)},
                 {"basis", static_cast<int>(table.basis)}};
  object["tiers"] = Listed(table.tiers, [](const Tier& tier) {
    return json{{"from", TextOf(tier.from)}, {"rate", TextOf(tier.rate)}};
  });
  return object;
}

json ToObject(const Commission& commission) {
  json object = {{"measure", ToObject(commission.measure)},
                 {"per", static_cast<int>(commission.per)}};
  object["rules"] = Listed(commission.rules, [](const RateRule& rule) {
    json item = {{"id", rule.id}, {"table", ToObject(rule.table)}};
    Put(item, "match", ToObject(rule.match));
    return item;
  });
  return object;
}

json ToObject(const QuotaBonus& bonus) {
  json object = {{"measure", ToObject(bonus.measure)},
                 {"target", TextOf(bonus.target_amount)},
                 {"shape", static_cast<int>(bonus.shape)}};
  object["points"] = Listed(bonus.points, [](const CurvePoint& point) {
    return json{{"at", TextOf(point.attainment)}, {"pays", TextOf(point.payout)}};
  });
  return object;
}

json ToObject(const Spiff& spiff) {
  json object = {{"measure", ToObject(spiff.measure)}, {"amount", TextOf(spiff.amount)}};
  Put(object, "match", ToObject(spiff.match));
  return object;
}

json ToObject(const Contest& contest) {
  json object = {{"measure", ToObject(contest.measure)}, {"ties", static_cast<int>(contest.ties)}};
  object["awards"] = Listed(contest.awards, [](const Decimal& award) { return TextOf(award); });
  Put(object, "minimum", contest.minimum);
  return object;
}

json ToObject(const Override& override) {
  json object = {{"measure", ToObject(override.measure)}, {"rate", TextOf(override.rate)}};
  if (override.levels != 0) object["levels"] = override.levels;
  PutFlag(object, "subtract", override.subtract_lower);
  return object;
}

json ToObject(const TeamPool& pool) {
  return {{"measure", ToObject(pool.measure)},
          {"rate", TextOf(pool.rate)},
          {"share", static_cast<int>(pool.share)}};
}

json ToObject(const Multiplier& multiplier) {
  json object = {{"id", multiplier.id}, {"measure", ToObject(multiplier.measure)}};
  PutFlag(object, "attainment", multiplier.by_attainment);
  object["steps"] = Listed(multiplier.steps, [](const FactorStep& step) {
    return json{{"from", TextOf(step.from)}, {"factor", TextOf(step.factor)}};
  });
  PutFlag(object, "neutral", multiplier.neutral_without);
  return object;
}

// The part of the component's kind.
json PartOf(const Component& component) {
  switch (component.kind) {
    case ComponentKind::kCommission:
      return ToObject(component.commission);
    case ComponentKind::kQuotaBonus:
      return ToObject(component.quota_bonus);
    case ComponentKind::kSpiff:
      return ToObject(component.spiff);
    case ComponentKind::kContest:
      return ToObject(component.contest);
    case ComponentKind::kOverride:
      return ToObject(component.override);
    case ComponentKind::kTeamPool:
      return ToObject(component.team_pool);
    case ComponentKind::kUnset:
      break;
  }
  return json::object();
}

json ToObject(const Component& component) {
  json object = {{"id", component.id},
                 {"name", component.display_name},
                 {"kind", static_cast<int>(component.kind)}};
  Put(object, "part", PartOf(component));
  Put(object, "multipliers",
      Listed(component.multipliers, [](const Multiplier& m) { return ToObject(m); }));
  Put(object, "cap", component.cap);
  Put(object, "floor", component.floor);
  return object;
}

// --- Reading --------------------------------------------------------------------------------

// The member of an object; an empty one if it is absent.
const json& At(const json& object, const char* key) {
  static const auto* none = new json(json::object());
  const auto found = object.find(key);
  return found == object.end() ? *none : *found;
}
// The objects of a list; none if it is absent.
const json& ListOf(const json& object, const char* key) {
  static const auto* none = new json(json::array());
  const auto found = object.find(key);
  return found == object.end() || !found->is_array() ? *none : *found;
}
std::string StringOf(const json& object, const char* key) {
  return object.value(key, std::string());
}
std::vector<std::string> StringsOf(const json& object, const char* key) {
  return object.value(key, std::vector<std::string>());
}
Decimal DecimalOf(const std::string& text) { return Decimal::Parse(text).value_or(Decimal()); }
Decimal DecimalOf(const json& object, const char* key) { return DecimalOf(StringOf(object, key)); }
std::optional<Decimal> OptionalOf(const json& object, const char* key) {
  if (!object.contains(key)) return std::nullopt;
  return DecimalOf(object, key);
}
template <class Enum>
Enum EnumOf(const json& object, const char* key) {
  return static_cast<Enum>(object.value(key, 0));
}

MeasureRef MeasureOf(const json& part) {
  const json& ref = At(part, "measure");
  return {EnumOf<Measure>(ref, "of"), StringOf(ref, "imported")};
}

LineMatch MatchOf(const json& object) {
  LineMatch match;
  match.products = StringsOf(object, "products");
  match.product_categories = StringsOf(object, "categories");
  match.accounts = StringsOf(object, "accounts");
  match.attribute = StringOf(object, "attribute");
  match.attribute_values = StringsOf(object, "values");
  match.discount_from = OptionalOf(object, "discount_from");
  match.discount_to = OptionalOf(object, "discount_to");
  return match;
}

RateTable TableOf(const json& object) {
  RateTable table;
  table.method = EnumOf<TierMethod>(object, "method");
  table.basis = EnumOf<TierBasis>(object, "basis");
  for (const json& tier : ListOf(object, "tiers")) {
    table.tiers.push_back({DecimalOf(tier, "from"), DecimalOf(tier, "rate")});
  }
  return table;
}

void Read(const json& part, Commission* commission) {
  commission->measure = MeasureOf(part);
  commission->per = EnumOf<Per>(part, "per");
  for (const json& item : ListOf(part, "rules")) {
    RateRule& rule = commission->rules.emplace_back();
    rule.id = StringOf(item, "id");
    rule.match = MatchOf(At(item, "match"));
    rule.table = TableOf(At(item, "table"));
  }
}

void Read(const json& part, QuotaBonus* bonus) {
  bonus->measure = MeasureOf(part);
  bonus->target_amount = DecimalOf(part, "target");
  bonus->shape = EnumOf<CurveShape>(part, "shape");
  for (const json& point : ListOf(part, "points")) {
    bonus->points.push_back({DecimalOf(point, "at"), DecimalOf(point, "pays")});
  }
}

void Read(const json& part, Spiff* spiff) {
  spiff->measure = MeasureOf(part);
  spiff->match = MatchOf(At(part, "match"));
  spiff->amount = DecimalOf(part, "amount");
}

void Read(const json& part, Contest* contest) {
  contest->measure = MeasureOf(part);
  for (const std::string& award : StringsOf(part, "awards")) {
    contest->awards.push_back(DecimalOf(award));
  }
  contest->minimum = OptionalOf(part, "minimum");
  contest->ties = EnumOf<TieRule>(part, "ties");
}

void Read(const json& part, Override* override) {
  override->measure = MeasureOf(part);
  override->rate = DecimalOf(part, "rate");
  override->levels = part.value("levels", 0);
  override->subtract_lower = part.value("subtract", false);
}

void Read(const json& part, TeamPool* pool) {
  pool->measure = MeasureOf(part);
  pool->rate = DecimalOf(part, "rate");
  pool->share = EnumOf<PoolShare>(part, "share");
}

void ReadPart(const json& part, Component* component) {
  switch (component->kind) {
    case ComponentKind::kCommission:
      return Read(part, &component->commission);
    case ComponentKind::kQuotaBonus:
      return Read(part, &component->quota_bonus);
    case ComponentKind::kSpiff:
      return Read(part, &component->spiff);
    case ComponentKind::kContest:
      return Read(part, &component->contest);
    case ComponentKind::kOverride:
      return Read(part, &component->override);
    case ComponentKind::kTeamPool:
      return Read(part, &component->team_pool);
    case ComponentKind::kUnset:
      return;
  }
}

Multiplier MultiplierOf(const json& item) {
  Multiplier multiplier;
  multiplier.id = StringOf(item, "id");
  multiplier.measure = MeasureOf(item);
  multiplier.by_attainment = item.value("attainment", false);
  for (const json& step : ListOf(item, "steps")) {
    multiplier.steps.push_back({DecimalOf(step, "from"), DecimalOf(step, "factor")});
  }
  multiplier.neutral_without = item.value("neutral", false);
  return multiplier;
}

Component ComponentOf(const json& item) {
  Component component;
  component.id = StringOf(item, "id");
  component.display_name = StringOf(item, "name");
  component.kind = EnumOf<ComponentKind>(item, "kind");
  ReadPart(At(item, "part"), &component);
  for (const json& multiplier : ListOf(item, "multipliers")) {
    component.multipliers.push_back(MultiplierOf(multiplier));
  }
  component.cap = OptionalOf(item, "cap");
  component.floor = OptionalOf(item, "floor");
  return component;
}

json Parse(const std::string& text) {
  json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  return object.is_object() ? object : json::object();
}

}  // namespace

std::string ToJson(const LineMatch& match) { return ToObject(match).dump(); }

void FromJson(const std::string& text, LineMatch* match) { *match = MatchOf(Parse(text)); }

std::string ToJson(const PlanRules& rules) {
  json object = {{"currency", rules.currency},
                 {"calendar", rules.fiscal_calendar},
                 {"level", static_cast<int>(rules.level)},
                 {"rate_date", static_cast<int>(rules.rate_date)}};
  object["components"] = Listed(rules.components, [](const Component& c) { return ToObject(c); });
  Put(object, "cap", rules.cap);
  Put(object, "floor", rules.floor);
  if (rules.draw) {
    json draw = {{"amount", TextOf(rules.draw->amount)},
                 {"limit", TextOf(rules.draw->recovery_limit)}};
    PutFlag(draw, "recoverable", rules.draw->recoverable);
    Put(object, "draw", std::move(draw));
  }
  object["clawback"] = json{{"note", rules.clawback.on_credit_note},
                            {"cancel", rules.clawback.on_cancellation},
                            {"unpaid", rules.clawback.unpaid_after_days},
                            {"leaver", rules.clawback.leaver_within_days}};
  object["prorate"] = rules.prorate;
  return object.dump();
}

void FromJson(const std::string& text, PlanRules* rules) {
  const json object = Parse(text);
  *rules = PlanRules();
  rules->currency = StringOf(object, "currency");
  rules->fiscal_calendar = StringOf(object, "calendar");
  rules->level = EnumOf<PeriodLevel>(object, "level");
  rules->rate_date = EnumOf<RateDate>(object, "rate_date");
  for (const json& item : ListOf(object, "components")) {
    rules->components.push_back(ComponentOf(item));
  }
  rules->cap = OptionalOf(object, "cap");
  rules->floor = OptionalOf(object, "floor");
  if (object.contains("draw")) {
    const json& draw = At(object, "draw");
    rules->draw =
        Draw{DecimalOf(draw, "amount"), draw.value("recoverable", false), DecimalOf(draw, "limit")};
  }
  const json& clawback = At(object, "clawback");
  rules->clawback.on_credit_note = clawback.value("note", true);
  rules->clawback.on_cancellation = clawback.value("cancel", true);
  rules->clawback.unpaid_after_days = clawback.value("unpaid", 0);
  rules->clawback.leaver_within_days = clawback.value("leaver", 0);
  rules->prorate = object.value("prorate", true);
}

}  // namespace salesops::performance::domain
