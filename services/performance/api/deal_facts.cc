#include "services/performance/api/deal_facts.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "salesops/performance/v1/events.pb.h"
#include "salesops/pipeline/v1/account.pb.h"
#include "salesops/pipeline/v1/events.pb.h"
#include "salesops/pipeline/v1/opportunity.pb.h"
#include "salesops/pipeline/v1/product.pb.h"
#include "services/performance/api/fact_parts.h"
#include "services/performance/domain/incentives/deal_facts.h"
#include "services/performance/store/deal_fact_store.h"
#include "shared/api/convert.h"
#include "shared/events/outbox.h"
#include "shared/resource/message_fields.h"
#include "shared/resource/shared_shapes.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::performance::api {
namespace {

namespace deals = salesops::pipeline::v1;
using domain::DealFact;
using domain::DealState;
using domain::FactLine;
using google::protobuf::Message;
using google::protobuf::RepeatedPtrField;
using resource::IdOf;
using salesops::api::FromDate;
using salesops::api::FromDecimal;
using salesops::api::FromMoney;
using salesops::api::FromTimestamp;

constexpr absl::Duration kExportLimit = absl::Minutes(10);

// True of a fact of pipeline that carries one of the three whole.
bool IsWanted(const google::protobuf::Descriptor* payload) {
  for (const char* field : {"opportunity", "account", "product"}) {
    const google::protobuf::FieldDescriptor* f = payload->FindFieldByName(field);
    if (f == nullptr || f->message_type() == nullptr) continue;
    const auto* type = f->message_type();
    if (type == deals::Opportunity::descriptor() || type == deals::Account::descriptor() ||
        type == deals::Product::descriptor()) {
      return true;
    }
  }
  return false;
}

// One for each verb that pipeline has, those that it will have included.
std::vector<std::string> WantedTypes() {
  std::vector<std::string> types;
  const auto* file = deals::OpportunityWon::descriptor()->file();
  for (int i = 0; i < file->message_type_count(); ++i) {
    if (IsWanted(file->message_type(i))) types.push_back(file->message_type(i)->full_name());
  }
  return types;
}

absl::Status Store(mysql::Transaction& tx, const deals::Account& account) {
  std::map<std::string, std::string> attributes = {{"industry", account.industry()},
                                                   {"region", account.region()},
                                                   {"country", account.country()},
                                                   {"grade", account.grade()}};
  std::erase_if(attributes, [](const auto& attribute) { return attribute.second.empty(); });
  return store::StoreAccount(tx, IdOf(account.name()), attributes);
}

absl::Status Store(mysql::Transaction& tx, const deals::Product& product) {
  return store::StoreProduct(tx, IdOf(product.name()), product.category());
}

// Nothing if the deal's worth is not known.
absl::StatusOr<std::vector<FactLine>> LinesOf(mysql::Connection& c,
                                              const deals::Opportunity& deal) {
  std::vector<FactLine> lines;
  for (const deals::LineItem& item : deal.line_items()) {
    FactLine& line = lines.emplace_back();
    line.id = item.id();
    line.product = item.product();
    ASSIGN_OR_RETURN(line.product_category, store::CategoryOfProduct(c, IdOf(item.product())));
    line.quantity = FromDecimal(item.quantity());
    line.amount = FromMoney(item.amount()).amount;
    if (item.has_discount()) line.discount = FromDecimal(item.discount());
  }
  if (lines.empty() && deal.has_amount()) {
    FactLine& line = lines.emplace_back();
    line.id = "deal";
    line.amount = FromMoney(deal.amount()).amount;
  }
  return lines;
}

std::vector<domain::DeclaredSplit> SplitsOf(const deals::Opportunity& deal) {
  std::vector<domain::DeclaredSplit> splits;
  for (const deals::OpportunitySplit& split : deal.splits()) {
    splits.push_back({split.seller(), FromDecimal(split.share()), /*overlay=*/false});
  }
  if (splits.empty()) splits.push_back({deal.owner(), base::Decimal::FromInt(1), false});
  return splits;
}

absl::StatusOr<DealState> StateOf(mysql::Connection& c, const deals::Opportunity& deal,
                                  absl::TimeZone zone) {
  DealState state;
  state.opportunity = deal.name();
  state.won = deal.state() == deals::Opportunity::STATE_WON;
  state.change_date = base::DayOf(FromTimestamp(deal.update_time()), zone);
  state.close_date = deal.has_close_date() ? FromDate(deal.close_date()) : state.change_date;
  state.currency = deal.amount().currency_code();
  state.account = deal.account();
  if (!deal.account().empty()) {
    ASSIGN_OR_RETURN(state.attributes, store::AttributesOfAccount(c, IdOf(deal.account())));
  }
  state.splits = SplitsOf(deal);
  ASSIGN_OR_RETURN(state.lines, LinesOf(c, deal));
  return state;
}

v1::DealFactAdded PayloadOf(const domain::Fact& fact) {
  v1::DealFactAdded payload;
  v1::DealFact* proto = payload.mutable_deal_fact();
  proto->set_name(fact.name);
  proto->set_corrects(fact.corrects);
  proto->set_kind(static_cast<v1::FactKind>(fact.kind));
  *proto->mutable_fact_date() = salesops::api::ToDate(fact.date);
  proto->set_order(fact.order);
  proto->set_currency_code(fact.currency);
  proto->set_account(fact.account);
  proto->mutable_customer_attributes()->insert(fact.attributes.begin(), fact.attributes.end());
  ToProto(fact.splits, proto->mutable_splits());
  ToProto(fact.lines, proto->mutable_lines());
  return payload;
}

absl::Status Store(mysql::Transaction& tx, const deals::Opportunity& deal, absl::TimeZone zone,
                   const std::string& traceparent) {
  const std::string id = IdOf(deal.name());
  const absl::Time update_time = FromTimestamp(deal.update_time());
  int64_t version = 0;
  if (!absl::SimpleAtoi(deal.etag(), &version)) {
    return status::Internal(absl::StrCat("an etag of pipeline is no version: ", deal.etag()));
  }
  ASSIGN_OR_RETURN(const bool moved, store::MoveDeal(tx, id, update_time, version));
  if (!moved) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<DealFact> told, store::FactsOfDeal(tx, id));
  ASSIGN_OR_RETURN(const DealState state, StateOf(tx, deal, zone));
  for (const DealFact& fact : domain::FactsToAdd(told, state)) {
    events::Fact event = events::MakeFact("dealFact", fact.fact.name, PayloadOf(fact.fact));
    event.actor = "service:pipeline";
    RETURN_IF_ERROR(events::Append(tx, update_time, traceparent, {event}));
    RETURN_IF_ERROR(store::AddDealFact(tx, id, fact));
  }
  return absl::OkStatus();
}

absl::Status Apply(const resource::Environment& environment, mysql::Transaction& tx,
                   const salesops::events::v1::Event& event) {
  const auto* type =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(event.type());
  if (type == nullptr || !IsWanted(type)) return absl::OkStatus();
  std::unique_ptr<Message> payload(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  if (!payload->ParseFromString(event.payload())) {
    return status::Internal(absl::StrCat("cannot parse a ", event.type()));
  }
  if (const Message* account = resource::GetMessage(*payload, "account")) {
    return Store(tx, static_cast<const deals::Account&>(*account));
  }
  if (const Message* product = resource::GetMessage(*payload, "product")) {
    return Store(tx, static_cast<const deals::Product&>(*product));
  }
  if (const Message* deal = resource::GetMessage(*payload, "opportunity")) {
    return Store(tx, static_cast<const deals::Opportunity&>(*deal), environment.zone,
                 event.traceparent());
  }
  return absl::OkStatus();
}

// What the first export fixes for all others.
struct Moment {
  google::protobuf::Timestamp time;
  int64_t position = 0;
};

template <class Request, class Response, class Resource>
absl::Status Export(rpc::Channel& channel, const std::string& method,
                    const RepeatedPtrField<Resource>& (Response::*list)() const,
                    std::optional<Moment>& moment, std::vector<Resource>& all) {
  Request request;
  request.set_show_archived(true);
  if (moment) *request.mutable_as_of_time() = moment->time;
  bool agrees = true;
  RETURN_IF_ERROR(channel.Stream(
      absl::StrCat("/salesops.pipeline.v1.", method), request, Response::default_instance(),
      rpc::CallOptions{.timeout = kExportLimit}, [&](const Message& message) {
        const auto& part = static_cast<const Response&>(message);
        if (!moment) moment = Moment{part.as_of_time(), part.position()};
        agrees &= part.position() == moment->position;
        all.insert(all.end(), (part.*list)().begin(), (part.*list)().end());
        return agrees;
      }));
  if (!agrees) return status::Internal("exports as of one moment state different positions");
  if (!moment) return status::Internal("an export ended without saying its position");
  return absl::OkStatus();
}

struct Deals {
  std::vector<deals::Account> accounts;
  std::vector<deals::Product> products;
  std::vector<deals::Opportunity> opportunities;
};

absl::StatusOr<events::Consumer::Snapshot> FetchDeals(const resource::Environment& environment,
                                                      rpc::Channel& pipeline) {
  auto all = std::make_shared<Deals>();
  std::optional<Moment> moment;
  RETURN_IF_ERROR((Export<deals::ExportProductsRequest, deals::ExportProductsResponse>(
      pipeline, "ProductService/ExportProducts", &deals::ExportProductsResponse::products, moment,
      all->products)));
  RETURN_IF_ERROR((Export<deals::ExportAccountsRequest, deals::ExportAccountsResponse>(
      pipeline, "AccountService/ExportAccounts", &deals::ExportAccountsResponse::accounts, moment,
      all->accounts)));
  RETURN_IF_ERROR((Export<deals::ExportOpportunitiesRequest, deals::ExportOpportunitiesResponse>(
      pipeline, "OpportunityService/ExportOpportunities",
      &deals::ExportOpportunitiesResponse::opportunities, moment, all->opportunities)));
  const absl::TimeZone zone = environment.zone;
  return events::Consumer::Snapshot{moment->position,
                                    [all, zone](mysql::Transaction& tx) -> absl::Status {
                                      for (const deals::Account& account : all->accounts)
                                        RETURN_IF_ERROR(Store(tx, account));
                                      for (const deals::Product& product : all->products)
                                        RETURN_IF_ERROR(Store(tx, product));
                                      for (const deals::Opportunity& deal : all->opportunities) {
                                        RETURN_IF_ERROR(Store(tx, deal, zone, /*traceparent=*/""));
                                      }
                                      return absl::OkStatus();
                                    }};
}

}  // namespace

service::ReadModel DealFacts() {
  service::ReadModel model;
  model.name = "deal_facts";
  model.peer = "pipeline";
  model.types = WantedTypes();
  model.apply = Apply;
  model.reset = [](mysql::Transaction&) { return absl::OkStatus(); };  // facts are only added
  model.snapshot = FetchDeals;
  return model;
}

}  // namespace salesops::performance::api
