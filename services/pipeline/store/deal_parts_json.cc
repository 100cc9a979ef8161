#include "services/pipeline/store/deal_parts_json.h"

#include "nlohmann/json.hpp"

namespace salesops::pipeline::domain {
namespace {

using nlohmann::json;

constexpr char kNone[] = "[]";

base::Decimal DecimalOf(const json& item, const char* key) {
  return base::Decimal::Parse(item.value(key, "")).value_or(base::Decimal());
}

// Most deals have no part of a kind: their text is not parsed.
template <class Item, class Read>
void ReadList(const std::string& text, std::vector<Item>* list, Read read) {
  list->clear();
  if (text == kNone) return;
  for (const json& item : json::parse(text, nullptr, /*allow_exceptions=*/false)) {
    if (item.is_object()) list->push_back(read(item));
  }
}

template <class Item, class Write>
std::string WriteList(const std::vector<Item>& list, Write write) {
  if (list.empty()) return kNone;
  json items = json::array();
  for (const Item& item : list) items.push_back(write(item));
  return items.dump();
}

}  // namespace

std::string ToJson(const std::vector<LineItem>& lines) {
  return WriteList(lines, [](const LineItem& line) {
    json item = {{"i", line.id},
                 {"p", line.product_id},
                 {"q", line.quantity.ToCanonicalString()},
                 {"n", line.net_unit_price.amount.ToString()},
                 {"c", line.net_unit_price.currency},
                 {"t", line.description}};
    if (line.list_unit_price) {
      item["l"] = line.list_unit_price->amount.ToString();
      item["lc"] = line.list_unit_price->currency;
    }
    return item;
  });
}

void FromJson(const std::string& text, std::vector<LineItem>* lines) {
  ReadList(text, lines, [](const json& item) {
    LineItem line;
    line.id = item.value("i", "");
    line.product_id = item.value("p", "");
    line.quantity = DecimalOf(item, "q");
    line.net_unit_price = {item.value("c", ""), DecimalOf(item, "n")};
    line.description = item.value("t", "");
    if (item.contains("l")) line.list_unit_price = {item.value("lc", ""), DecimalOf(item, "l")};
    return line;
  });
}

std::string ToJson(const std::vector<ContactRole>& roles) {
  return WriteList(roles, [](const ContactRole& role) {
    json item = {{"c", role.contact_id}, {"r", static_cast<int>(role.role)}};
    if (role.primary) item["p"] = true;
    return item;
  });
}

void FromJson(const std::string& text, std::vector<ContactRole>* roles) {
  ReadList(text, roles, [](const json& item) {
    return ContactRole{item.value("c", ""), static_cast<ContactRoleKind>(item.value("r", 0)),
                       item.value("p", false)};
  });
}

std::string ToJson(const std::vector<OpportunitySplit>& splits) {
  return WriteList(splits, [](const OpportunitySplit& split) {
    return json{{"s", split.seller_id}, {"v", split.share.ToCanonicalString()}};
  });
}

void FromJson(const std::string& text, std::vector<OpportunitySplit>* splits) {
  ReadList(text, splits, [](const json& item) {
    return OpportunitySplit{item.value("s", ""), DecimalOf(item, "v")};
  });
}

}  // namespace salesops::pipeline::domain
