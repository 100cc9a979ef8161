#include "services/performance/store/fact_json.h"

#include "nlohmann/json.hpp"
#include "shared/base/civil.h"

namespace salesops::performance::domain {
namespace {

using base::Decimal;
using nlohmann::json;

Decimal DecimalOf(const json& item, const char* key) {
  return Decimal::Parse(item.value(key, "0")).value_or(Decimal());
}

template <class Item, class Read>
void ReadList(const std::string& text, std::vector<Item>* list, Read read) {
  list->clear();
  for (const json& item : json::parse(text, nullptr, /*allow_exceptions=*/false)) {
    if (item.is_object()) list->push_back(read(item));
  }
}

template <class Item, class Write>
std::string WriteList(const std::vector<Item>& list, Write write) {
  json items = json::array();
  for (const Item& item : list) items.push_back(write(item));
  return items.dump();
}

}  // namespace

std::string ToJson(const std::vector<DeclaredSplit>& splits) {
  return WriteList(splits, [](const DeclaredSplit& split) {
    json item = {{"s", split.seller}, {"v", split.share.ToCanonicalString()}};
    if (split.overlay) item["o"] = true;
    return item;
  });
}

void FromJson(const std::string& text, std::vector<DeclaredSplit>* splits) {
  ReadList(text, splits, [](const json& item) {
    return DeclaredSplit{item.value("s", ""), DecimalOf(item, "v"), item.value("o", false)};
  });
}

std::string ToJson(const std::vector<FactLine>& lines) {
  return WriteList(lines, [](const FactLine& line) {
    json item = {{"i", line.id},
                 {"p", line.product},
                 {"g", line.product_category},
                 {"q", line.quantity.ToCanonicalString()},
                 {"a", line.amount.ToCanonicalString()},
                 {"r", line.recurring.ToCanonicalString()}};
    if (line.cost) item["c"] = line.cost->ToCanonicalString();
    if (line.discount) item["d"] = line.discount->ToCanonicalString();
    return item;
  });
}

void FromJson(const std::string& text, std::vector<FactLine>* lines) {
  ReadList(text, lines, [](const json& item) {
    FactLine line;
    line.id = item.value("i", "");
    line.product = item.value("p", "");
    line.product_category = item.value("g", "");
    line.quantity = DecimalOf(item, "q");
    line.amount = DecimalOf(item, "a");
    line.recurring = DecimalOf(item, "r");
    if (item.contains("c")) line.cost = DecimalOf(item, "c");
    if (item.contains("d")) line.discount = DecimalOf(item, "d");
    return line;
  });
}

std::string ToJson(const std::vector<RampStep>& ramp) {
  return WriteList(ramp, [](const RampStep& step) {
    return json{{"d", base::FormatDay(step.start_date)}, {"v", step.share.ToCanonicalString()}};
  });
}

void FromJson(const std::string& text, std::vector<RampStep>* ramp) {
  ReadList(text, ramp, [](const json& item) {
    return RampStep{base::ParseDay(item.value("d", "")).value_or(base::CivilDay()),
                    DecimalOf(item, "v")};
  });
}

}  // namespace salesops::performance::domain
