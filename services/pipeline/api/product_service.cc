#include "services/pipeline/api/product_service.h"

#include "services/pipeline/store/product_store.h"
#include "shared/resource/shared_shapes.h"

namespace salesops::pipeline::api {
namespace {

using domain::Product;
using resource::Changed;
using salesops::api::FromDate;
using salesops::api::FromMoney;
using salesops::api::ToDate;
using salesops::api::ToMoney;

void ToProto(const Product& product, v1::Product* proto) {
  proto->set_display_name(product.display_name);
  proto->set_code(product.code);
  proto->set_category(product.category);
  proto->set_unit(product.unit);
  if (product.list_price) *proto->mutable_list_price() = ToMoney(*product.list_price);
  if (product.start_date) *proto->mutable_start_date() = ToDate(*product.start_date);
  if (product.end_date) *proto->mutable_end_date() = ToDate(*product.end_date);
  proto->set_description(product.description);
  resource::ToProto(product.external_keys, proto->mutable_external_keys());
  resource::ToProto(product.attributes, proto->mutable_attributes());
}

void FromProto(const v1::Product& proto, Product* product) {
  product->display_name = proto.display_name();
  product->code = proto.code();
  product->category = proto.category();
  product->unit = proto.unit();
  if (proto.has_list_price()) product->list_price = FromMoney(proto.list_price());
  if (proto.has_start_date()) product->start_date = FromDate(proto.start_date());
  if (proto.has_end_date()) product->end_date = FromDate(proto.end_date());
  product->description = proto.description();
  product->external_keys = resource::FromProto(proto.external_keys());
  product->attributes = resource::FromProto(proto.attributes());
}

resource::Kind<v1::Product, Product> ProductKind() {
  resource::Kind<v1::Product, Product> kind;
  kind.table = &store::Products();
  kind.to_proto = ToProto;
  kind.from_proto = FromProto;
  kind.check = [](rpc::CallContext&, mysql::Transaction&,
                  std::vector<Changed<Product>>& changes) -> absl::Status {
    for (Changed<Product>& change : changes) {
      domain::CheckProduct(*change.after, change.violations);
    }
    return absl::OkStatus();
  };
  kind.list_predicates = [](rpc::CallContext&, const resource::Message& request)
      -> absl::StatusOr<std::vector<salesops::api::Predicate>> {
    std::vector<salesops::api::Predicate> predicates;
    if (const auto* asked = resource::GetMessage(request, "effective_date")) {
      predicates.push_back(store::SoldOn(FromDate(static_cast<const google::type::Date&>(*asked))));
    }
    return predicates;
  };
  return kind;
}

}  // namespace

ProductService::ProductService(const resource::Environment& environment)
    : products_(environment, ProductKind()) {}

rpc::Binding ProductService::Bind() {
  rpc::Binding binding("salesops.pipeline.v1.ProductService");
  products_.BindTo(binding);
  return binding;
}

}  // namespace salesops::pipeline::api
