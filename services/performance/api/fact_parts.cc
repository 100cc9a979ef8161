#include "services/performance/api/fact_parts.h"

#include "shared/api/convert.h"

namespace salesops::performance::api {
namespace {

using google::protobuf::RepeatedPtrField;
using salesops::api::FromDecimal;
using salesops::api::ToDecimal;

void ToProto(const domain::FactLine& line, v1::TransactionLine* proto) {
  proto->set_id(line.id);
  proto->set_product(line.product);
  proto->set_product_category(line.product_category);
  *proto->mutable_quantity() = ToDecimal(line.quantity);
  *proto->mutable_amount() = ToDecimal(line.amount);
  if (line.cost) *proto->mutable_cost() = ToDecimal(*line.cost);
  if (line.discount) *proto->mutable_discount() = ToDecimal(*line.discount);
  *proto->mutable_recurring_amount() = ToDecimal(line.recurring);
}

domain::FactLine FromProto(const v1::TransactionLine& proto) {
  domain::FactLine line;
  line.id = proto.id();
  line.product = proto.product();
  line.product_category = proto.product_category();
  if (proto.has_quantity()) line.quantity = FromDecimal(proto.quantity());
  line.amount = FromDecimal(proto.amount());
  if (proto.has_cost()) line.cost = FromDecimal(proto.cost());
  if (proto.has_discount()) line.discount = FromDecimal(proto.discount());
  if (proto.has_recurring_amount()) line.recurring = FromDecimal(proto.recurring_amount());
  return line;
}

}  // namespace

void ToProto(const std::vector<domain::DeclaredSplit>& splits,
             RepeatedPtrField<v1::TransactionSplit>* list) {
  for (const domain::DeclaredSplit& split : splits) {
    v1::TransactionSplit* item = list->Add();
    item->set_seller(split.seller);
    *item->mutable_share() = ToDecimal(split.share);
    item->set_overlay(split.overlay);
  }
}

std::vector<domain::DeclaredSplit> FromProto(const RepeatedPtrField<v1::TransactionSplit>& list) {
  std::vector<domain::DeclaredSplit> splits;
  for (const v1::TransactionSplit& split : list) {
    splits.push_back({split.seller(), FromDecimal(split.share()), split.overlay()});
  }
  return splits;
}

void ToProto(const std::vector<domain::FactLine>& lines,
             RepeatedPtrField<v1::TransactionLine>* list) {
  for (const domain::FactLine& line : lines) ToProto(line, list->Add());
}

std::vector<domain::FactLine> FromProto(const RepeatedPtrField<v1::TransactionLine>& list) {
  std::vector<domain::FactLine> lines;
  for (const v1::TransactionLine& line : list) lines.push_back(FromProto(line));
  return lines;
}

}  // namespace salesops::performance::api
