#include "services/pipeline/api/deal_parts.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/pipeline/api/references.h"
#include "services/pipeline/store/competitor_store.h"
#include "services/pipeline/store/contact_store.h"
#include "services/pipeline/store/product_store.h"
#include "shared/base/id.h"
#include "shared/resource/shared_shapes.h"

namespace salesops::pipeline::api {
namespace {

using domain::ContactRole;
using domain::LineItem;
using domain::Opportunity;
using domain::OpportunitySplit;
using resource::Changed;
using resource::IdOf;
using resource::NameOf;
using salesops::api::FromDecimal;
using salesops::api::FromMoney;
using salesops::api::ToDecimal;
using salesops::api::ToMoney;

// Digits after the point that quantities and shares have by contract; what is written with more
// zeros is the same number.
constexpr int kScale = 6;

void ToProto(const LineItem& line, v1::LineItem* proto) {
  proto->set_id(line.id);
  proto->set_product(NameOf("products", line.product_id));
  *proto->mutable_quantity() = ToDecimal(line.quantity);
  *proto->mutable_net_unit_price() = ToMoney(line.net_unit_price);
  proto->set_description(line.description);
  if (line.list_unit_price) *proto->mutable_list_unit_price() = ToMoney(*line.list_unit_price);
  if (const auto amount = domain::AmountOf(line)) *proto->mutable_amount() = ToMoney(*amount);
  if (const auto discount = domain::DiscountOf(line)) {
    *proto->mutable_discount() = ToDecimal(*discount);
  }
}

LineItem FromProto(const v1::LineItem& proto) {
  LineItem line;
  line.id = proto.id();
  line.product_id = IdOf(proto.product());
  line.quantity = FromDecimal(proto.quantity()).Round(kScale, base::Rounding::kDown);
  line.net_unit_price = FromMoney(proto.net_unit_price());
  line.description = proto.description();
  if (proto.has_list_unit_price()) line.list_unit_price = FromMoney(proto.list_unit_price());
  return line;
}

// Whether the deal had a part with this value before.
template <class Part>
bool Had(const Opportunity* before, std::vector<Part> Opportunity::*parts, std::string Part::*id,
         const std::string& value) {
  if (before == nullptr) return false;
  const std::vector<Part>& had = before->*parts;
  return std::any_of(had.begin(), had.end(), [&](const Part& part) { return part.*id == value; });
}

absl::Status CheckProducts(mysql::Transaction& tx, std::vector<Changed<Opportunity>>& changes) {
  static const auto* nothing = new std::vector<LineItem>;
  std::vector<NewReference> references;
  std::vector<LineItem*> new_lines;
  for (Changed<Opportunity>& change : changes) {
    std::vector<LineItem>& lines = change.after->line_items;
    const auto& before = change.before == nullptr ? *nothing : change.before->line_items;
    domain::KeepLines(before, &lines);
    for (size_t i = 0; i < lines.size(); ++i) {
      if (domain::NamesNewly(before, lines[i])) {
        references.push_back(
            {lines[i].product_id, absl::StrCat("line_items[", i, "].product"), change.violations});
        new_lines.push_back(&lines[i]);
      }
      if (lines[i].id.empty()) lines[i].id = base::GenerateId();
    }
  }
  ASSIGN_OR_RETURN(const auto products, store::FindProducts(tx, IdsOf(references)));
  CheckFound(references, products, "product");
  for (LineItem* line : new_lines) {
    const auto product = products.find(line->product_id);
    if (product != products.end()) line->list_unit_price = product->second.list_price;
  }
  return absl::OkStatus();
}

// A role whose contact, or whose deal's account, is newly named.
struct PlacedRole {
  NewReference contact;
  const std::string* account_id;
};

absl::Status CheckContacts(mysql::Transaction& tx, std::vector<Changed<Opportunity>>& changes) {
  std::vector<NewReference> named, all;
  std::vector<PlacedRole> placed;
  for (Changed<Opportunity>& change : changes) {
    const bool same_account =
        change.before != nullptr && change.before->account_id == change.after->account_id;
    for (size_t i = 0; i < change.after->contact_roles.size(); ++i) {
      const std::string& id = change.after->contact_roles[i].contact_id;
      const bool had =
          Had(change.before, &Opportunity::contact_roles, &ContactRole::contact_id, id);
      if (had && same_account) continue;
      const NewReference reference = {id, absl::StrCat("contact_roles[", i, "].contact"),
                                      change.violations};
      all.push_back(reference);
      placed.push_back({reference, &change.after->account_id});
      if (!had) named.push_back(reference);
    }
  }
  ASSIGN_OR_RETURN(const auto contacts, store::FindContacts(tx, IdsOf(all)));
  CheckFound(named, contacts, "contact");
  for (const PlacedRole& role : placed) {
    const auto contact = contacts.find(role.contact.id);
    if (contact == contacts.end() || contact->second.account_id.empty()) continue;
    if (role.account_id->empty() || contact->second.account_id == *role.account_id) continue;
    // Which one is not told: the caller may not see the contact.
    role.contact.violations->Add(role.contact.field, "OTHER_ACCOUNT",
                                 "belongs to another account than the opportunity");
  }
  return absl::OkStatus();
}

absl::Status CheckCompetitors(mysql::Transaction& tx, std::vector<Changed<Opportunity>>& changes) {
  std::vector<NewReference> references;
  for (Changed<Opportunity>& change : changes) {
    std::set<std::string> had;
    if (change.before != nullptr) {
      had.insert(change.before->competitor_ids.begin(), change.before->competitor_ids.end());
    }
    const std::vector<std::string>& ids = change.after->competitor_ids;
    for (size_t i = 0; i < ids.size(); ++i) {
      if (had.count(ids[i]) > 0) continue;
      references.push_back({ids[i], absl::StrCat("competitors[", i, "]"), change.violations});
    }
  }
  ASSIGN_OR_RETURN(const auto competitors, store::FindCompetitors(tx, IdsOf(references)));
  CheckFound(references, competitors, "competitor");
  return absl::OkStatus();
}

void CheckSellers(const roster::Roster& roster, const Changed<Opportunity>& change) {
  for (size_t i = 0; i < change.after->splits.size(); ++i) {
    const std::string& id = change.after->splits[i].seller_id;
    if (Had(change.before, &Opportunity::splits, &OpportunitySplit::seller_id, id)) continue;
    CheckSeller(roster, id, absl::StrCat("splits[", i, "].seller"), change.violations);
  }
}

}  // namespace

void PartsToProto(const Opportunity& o, v1::Opportunity* proto) {
  for (const LineItem& line : o.line_items) ToProto(line, proto->add_line_items());
  for (const ContactRole& role : o.contact_roles) {
    v1::ContactRole* out = proto->add_contact_roles();
    out->set_contact(NameOf("contacts", role.contact_id));
    out->set_role(static_cast<v1::ContactRole::Role>(role.role));
    out->set_primary(role.primary);
  }
  for (const OpportunitySplit& split : o.splits) {
    v1::OpportunitySplit* out = proto->add_splits();
    out->set_seller(NameOf("sellers", split.seller_id));
    *out->mutable_share() = ToDecimal(split.share);
  }
  for (const std::string& id : o.competitor_ids) {
    proto->add_competitors(NameOf("competitors", id));
  }
  proto->set_forecast_category(static_cast<v1::Opportunity::ForecastCategory>(o.forecast_category));
}

void PartsFromProto(const v1::Opportunity& proto, Opportunity* o) {
  o->line_items.clear();
  for (const v1::LineItem& line : proto.line_items()) o->line_items.push_back(FromProto(line));
  o->contact_roles.clear();
  for (const v1::ContactRole& role : proto.contact_roles()) {
    o->contact_roles.push_back(
        {IdOf(role.contact()), static_cast<domain::ContactRoleKind>(role.role()), role.primary()});
  }
  o->splits.clear();
  for (const v1::OpportunitySplit& split : proto.splits()) {
    o->splits.push_back(
        {IdOf(split.seller()), FromDecimal(split.share()).Round(kScale, base::Rounding::kDown)});
  }
  o->competitor_ids.clear();
  for (const std::string& name : proto.competitors()) o->competitor_ids.push_back(IdOf(name));
  o->forecast_category = static_cast<domain::ForecastCategory>(proto.forecast_category());
}

std::string ForecastName(const std::string& number) {
  constexpr absl::string_view kPrefix = "FORECAST_CATEGORY_";
  const auto category =
      static_cast<v1::Opportunity::ForecastCategory>(std::strtol(number.c_str(), nullptr, 10));
  const std::string& name = v1::Opportunity::ForecastCategory_Name(category);
  return name.size() > kPrefix.size() ? name.substr(kPrefix.size()) : name;
}

absl::Status CheckParts(mysql::Transaction& tx, const roster::Roster& roster,
                        std::vector<Changed<Opportunity>>& changes) {
  RETURN_IF_ERROR(CheckProducts(tx, changes));
  RETURN_IF_ERROR(CheckContacts(tx, changes));
  RETURN_IF_ERROR(CheckCompetitors(tx, changes));
  for (Changed<Opportunity>& change : changes) {
    CheckSellers(roster, change);
    domain::CheckParts(change.before, *change.after, change.violations);
  }
  return absl::OkStatus();
}

}  // namespace salesops::pipeline::api
