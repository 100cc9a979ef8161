#include "services/organization/api/exchange_rate_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/organization/api/request_time.h"
#include "services/organization/store/exchange_rate_store.h"
#include "shared/resource/shared_shapes.h"
#include "shared/status/status.h"

namespace salesops::organization::api {
namespace {

using domain::ExchangeRate;
using salesops::api::FromDate;
using salesops::api::ToDate;
using salesops::api::ToDecimal;

void ToProto(const ExchangeRate& rate, v1::ExchangeRate* proto) {
  proto->set_from_currency(rate.from_currency);
  proto->set_to_currency(rate.to_currency);
  proto->set_kind(static_cast<v1::ExchangeRate::Kind>(rate.kind));
  *proto->mutable_rate_date() = ToDate(rate.rate_date);
  *proto->mutable_rate() = ToDecimal(rate.rate);
  proto->set_source(rate.source);
  resource::ToProto(rate.external_keys, proto->mutable_external_keys());
}

void FromProto(const v1::ExchangeRate& proto, ExchangeRate* rate) {
  rate->from_currency = proto.from_currency();
  rate->to_currency = proto.to_currency();
  rate->kind = static_cast<domain::RateKind>(proto.kind());
  rate->rate_date = FromDate(proto.rate_date());
  rate->rate = salesops::api::FromDecimal(proto.rate());
  rate->source = proto.source();
  rate->external_keys = resource::FromProto(proto.external_keys());
}

resource::Kind<v1::ExchangeRate, ExchangeRate> ExchangeRateKind() {
  resource::Kind<v1::ExchangeRate, ExchangeRate> kind;
  kind.table = &store::ExchangeRates();
  kind.to_proto = ToProto;
  kind.from_proto = FromProto;
  kind.check = [](rpc::CallContext&, mysql::Transaction&,
                  std::vector<resource::Changed<ExchangeRate>>& changes) {
    for (const auto& change : changes) {
      domain::CheckExchangeRate(*change.after, change.violations);
    }
    return absl::OkStatus();
  };
  return kind;
}

domain::RateRule RuleOf(const v1::ConvertAmountRequest& request, base::CivilDay today) {
  domain::RateRule rule;
  rule.kind = static_cast<domain::RateKind>(request.kind());
  rule.date = request.has_rate_date() ? FromDate(request.rate_date()) : today;
  rule.max_age_days = request.max_age_days();
  rule.direct_only = request.direct_only();
  rule.cross_currency = request.cross_currency();
  return rule;
}

absl::Status CheckCurrencies(const v1::ConvertAmountRequest& request) {
  base::Violations violations;
  if (!base::MinorDigits(request.to_currency())) {
    violations.Add("to_currency", "BAD_CURRENCY", "must be a code of ISO 4217 such as CNY");
  }
  if (!request.cross_currency().empty() && !base::MinorDigits(request.cross_currency())) {
    violations.Add("cross_currency", "BAD_CURRENCY", "must be a code of ISO 4217 such as USD");
  }
  return violations.empty() ? absl::OkStatus() : status::InvalidArgument(violations);
}

v1::ConversionStep ToProto(const domain::ConversionStep& step) {
  v1::ConversionStep proto;
  const ExchangeRate& rate = step.rate;
  proto.set_exchange_rate(resource::NameOf("exchangeRates", rate.id));
  proto.set_from_currency(step.inverse ? rate.to_currency : rate.from_currency);
  proto.set_to_currency(step.inverse ? rate.from_currency : rate.to_currency);
  *proto.mutable_rate() = ToDecimal(rate.rate);
  *proto.mutable_rate_date() = ToDate(rate.rate_date);
  proto.set_inverse(step.inverse);
  proto.set_source(rate.source);
  return proto;
}

}  // namespace

ExchangeRateService::ExchangeRateService(const resource::Environment& environment)
    : environment_(environment), rates_(environment, ExchangeRateKind()) {}

rpc::Binding ExchangeRateService::Bind() {
  rpc::Binding binding("salesops.organization.v1.ExchangeRateService");
  rates_.BindTo(binding);
  binding.Unary("ConvertAmount", this, &ExchangeRateService::ConvertAmount);
  return binding;
}

absl::StatusOr<v1::ConvertAmountResponse> ExchangeRateService::ConvertAmount(
    rpc::CallContext& ctx, const v1::ConvertAmountRequest& request) {
  RETURN_IF_ERROR(CheckCurrencies(request));
  const domain::RateRule rule = RuleOf(request, environment_.Today(ctx));
  const domain::CurrencyPair wanted = {request.amount().currency_code(), request.to_currency()};
  v1::ConvertAmountResponse response;
  ASSIGN_OR_RETURN(const std::optional<int64_t> as_of,
                   ResolveAsOf(*environment_.db, ctx, request, &response));
  ASSIGN_OR_RETURN(const std::vector<ExchangeRate> rates,
                   environment_.db->ReadSnapshot(ctx, [&](mysql::Connection& c) {
                     return store::LatestRates(c, rule, domain::PairsToLookFor(rule, wanted),
                                               as_of);
                   }));
  const auto steps = domain::FindSteps(rule, wanted, rates);
  if (!steps) {
    return status::FailedPrecondition(
        "RATE_MISSING", absl::StrCat("exchangeRates/", wanted.from, "-", wanted.to),
        absl::StrCat("there is no rate of ", v1::ExchangeRate::Kind_Name(request.kind()),
                     " to take; looked for ", domain::DescribeSearch(rule, wanted)));
  }
  ASSIGN_OR_RETURN(const domain::Conversion conversion,
                   domain::Convert(salesops::api::FromMoney(request.amount()), wanted.to, *steps));
  *response.mutable_converted_amount() = salesops::api::ToMoney(conversion.converted);
  *response.mutable_rate_date() = ToDate(rule.date);
  for (const domain::ConversionStep& step : *steps) *response.add_steps() = ToProto(step);
  *response.mutable_rate() = ToDecimal(conversion.rate);
  *response.mutable_unrounded_amount() = ToDecimal(conversion.unrounded);
  response.set_rounding(v1::ConvertAmountResponse::ROUNDING_HALF_AWAY_FROM_ZERO);
  return response;
}

}  // namespace salesops::organization::api
