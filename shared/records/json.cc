#include "shared/records/json.h"

#include "nlohmann/json.hpp"

namespace salesops::records {
namespace {

using nlohmann::json;

// Most lists and maps are empty: their text is not parsed.
bool IsEmpty(const std::string& text) { return text == "[]" || text == "{}"; }

json Parse(const std::string& text) {
  return json::parse(text, nullptr, /*allow_exceptions=*/false);
}

json DayOrNull(const std::optional<base::CivilDay>& day) {
  return day ? json(base::FormatDay(*day)) : json(nullptr);
}

struct ToTyped {
  json operator()(const std::string& v) const { return {{"k", "s"}, {"v", v}}; }
  json operator()(const base::Decimal& v) const { return {{"k", "d"}, {"v", v.ToString()}}; }
  json operator()(const base::Money& v) const {
    return {{"k", "m"}, {"v", v.amount.ToString()}, {"c", v.currency}};
  }
  json operator()(base::CivilDay v) const { return {{"k", "t"}, {"v", base::FormatDay(v)}}; }
  json operator()(bool v) const { return {{"k", "b"}, {"v", v}}; }
};

base::AttributeValue FromTyped(const json& typed) {
  const std::string kind = typed.value("k", "");
  if (kind == "b") return typed.value("v", false);
  const std::string text = typed.value("v", "");
  if (kind == "d") return base::Decimal::Parse(text).value_or(base::Decimal());
  if (kind == "m") {
    return base::Money{typed.value("c", ""), base::Decimal::Parse(text).value_or(base::Decimal())};
  }
  if (kind == "t") return base::ParseDay(text).value_or(base::CivilDay());
  return text;
}

}  // namespace

std::string ToJson(const std::vector<base::ExternalKey>& keys) {
  json list = json::array();
  for (const base::ExternalKey& key : keys) list.push_back({{"s", key.source}, {"k", key.key}});
  return list.dump();
}

void FromJson(const std::string& text, std::vector<base::ExternalKey>* keys) {
  keys->clear();
  if (IsEmpty(text)) return;
  for (const json& item : Parse(text)) {
    if (item.is_object()) keys->push_back({item.value("s", ""), item.value("k", "")});
  }
}

std::string ToJson(const base::Attributes& attributes) {
  json map = json::object();
  for (const auto& [name, value] : attributes) map[name] = std::visit(ToTyped{}, value);
  return map.dump();
}

void FromJson(const std::string& text, base::Attributes* attributes) {
  attributes->clear();
  if (IsEmpty(text)) return;
  const json map = Parse(text);
  if (!map.is_object()) return;
  for (const auto& [name, typed] : map.items()) (*attributes)[name] = FromTyped(typed);
}

std::string ToJson(const std::vector<std::string>& list) { return json(list).dump(); }

void FromJson(const std::string& text, std::vector<std::string>* list) {
  list->clear();
  if (IsEmpty(text)) return;
  for (const json& item : Parse(text)) {
    if (item.is_string()) list->push_back(item.get<std::string>());
  }
}

std::string ToJson(const std::vector<base::DayRange>& ranges) {
  json list = json::array();
  for (const base::DayRange& range : ranges) {
    list.push_back({{"start", base::FormatDay(range.start)}, {"end", DayOrNull(range.end)}});
  }
  return list.dump();
}

void FromJson(const std::string& text, std::vector<base::DayRange>* ranges) {
  ranges->clear();
  for (const json& item : Parse(text)) {
    if (!item.is_object()) continue;
    base::DayRange range{base::ParseDay(item.value("start", "")).value_or(base::CivilDay()), {}};
    if (item.contains("end") && item["end"].is_string()) {
      if (auto end = base::ParseDay(item["end"].get<std::string>()); end.ok()) range.end = *end;
    }
    ranges->push_back(range);
  }
}

}  // namespace salesops::records
