#include "services/performance/api/payout_statement_service.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "services/performance/api/plan_convert.h"
#include "services/performance/domain/incentives/delta.h"
#include "services/performance/store/calculation_reader.h"
#include "services/performance/store/incentive_period_store.h"
#include "services/performance/store/incentive_plan_store.h"
#include "services/performance/store/incentive_run_store.h"
#include "services/performance/store/payout_statement_store.h"
#include "shared/api/convert.h"
#include "shared/api/digest.h"
#include "shared/events/event_log.h"
#include "shared/resource/shared_shapes.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::performance::api {
namespace {

using domain::Entry;
using domain::PayoutStatement;
using resource::NameOf;
using salesops::api::FromDecimal;
using salesops::api::ToDecimal;

constexpr int kEntriesOfPage = 1000;
constexpr int kMostEntriesOfPage = 5000;

void ToProto(const PayoutStatement& s, v1::PayoutStatement* proto) {
  proto->set_payee(NameOf("sellers", s.id));
  *proto->mutable_amount() = ToDecimal(s.amount);
  proto->set_currency_code(s.currency);
  *proto->mutable_draw_balance() = ToDecimal(s.draw_balance);
  for (const domain::Attainment& a : s.attainments) {
    v1::PayoutAttainment* out = proto->add_attainments();
    SetMeasure(a.measure, out->mutable_measure());
    *out->mutable_value() = ToDecimal(a.value);
    if (a.quota) *out->mutable_quota() = ToDecimal(*a.quota);
    if (a.attainment) *out->mutable_attainment() = ToDecimal(*a.attainment);
  }
  proto->set_run(s.run);
  *proto->mutable_input_time() = salesops::api::ToTimestamp(s.input_time);
  proto->set_hash(s.hash);
  proto->set_engine_version(s.engine_version);
}

void FromProto(const v1::PayoutStatement& proto, PayoutStatement* s) {
  s->amount = FromDecimal(proto.amount());
  s->currency = proto.currency_code();
  s->draw_balance = FromDecimal(proto.draw_balance());
  for (const v1::PayoutAttainment& in : proto.attainments()) {
    domain::Attainment& a = s->attainments.emplace_back();
    a.measure = PlanMeasureOf(in.measure());
    a.value = FromDecimal(in.value());
    if (in.has_quota()) a.quota = FromDecimal(in.quota());
    if (in.has_attainment()) a.attainment = FromDecimal(in.attainment());
  }
  s->run = proto.run();
  s->input_time = salesops::api::FromTimestamp(proto.input_time());
  s->hash = proto.hash();
  s->engine_version = proto.engine_version();
}

void SetEntry(const Entry& entry, int number, v1::PayoutEntry* proto) {
  proto->set_number(number);
  proto->set_parent(entry.parent + 1);
  proto->set_kind(static_cast<v1::PayoutEntry::Kind>(entry.kind));
  proto->set_component(entry.component);
  proto->set_rule(entry.rule);
  proto->set_fact(entry.fact);
  proto->set_line(entry.line);
  if (entry.base) *proto->mutable_base() = ToDecimal(*entry.base);
  if (entry.rate) *proto->mutable_rate() = ToDecimal(*entry.rate);
  if (entry.unrounded) *proto->mutable_unrounded_amount() = ToDecimal(*entry.unrounded);
  *proto->mutable_amount() = ToDecimal(entry.amount);
  proto->set_note(entry.note);
}

resource::Kind<v1::PayoutStatement, PayoutStatement> StatementKind() {
  resource::Kind<v1::PayoutStatement, PayoutStatement> kind;
  kind.table = &store::PayoutStatements();
  kind.to_proto = ToProto;
  kind.from_proto = FromProto;
  kind.key = {&PayoutStatement::plan_id, &PayoutStatement::period_id, &PayoutStatement::id};
  kind.owner = &PayoutStatement::id;
  kind.owner_column = "r.seller_id";
  return kind;
}

}  // namespace

// Calculates a statement again: reads part by part, then compares.
class PayoutStatementService::Replay : public PayoutStatementService::ReplayStep {
 public:
  Replay(const resource::Environment& environment, PayoutStatement statement,
         store::CalculationReader reader)
      : environment_(environment), statement_(std::move(statement)), reader_(std::move(reader)) {}

  absl::StatusOr<rpc::Step<v1::ReplayStatementResponse>> Next(rpc::CallContext& ctx) override {
    rpc::Step<v1::ReplayStatementResponse> step;
    v1::ReplayStatementResponse& message = step.message.emplace();
    if (!reader_.done()) {
      RETURN_IF_ERROR(
          environment_.db->Read(ctx, [&](mysql::Connection& c) { return reader_.ReadPart(c); }));
      message.set_fact_count(reader_.fact_count());
      return step;
    }
    message.set_fact_count(reader_.fact_count());
    ASSIGN_OR_RETURN(const domain::CalculationInput input, std::move(reader_).Take());
    ASSIGN_OR_RETURN(const domain::CalculationResult result, domain::Calculate(input));
    const std::string hash = absl::BytesToHexString(salesops::api::Sha256(
        domain::CanonicalStatement(input, result, NameOf("sellers", statement_.id))));
    v1::ReplayOutcome* outcome = message.mutable_outcome();
    outcome->set_recorded_hash(statement_.hash);
    outcome->set_replayed_hash(hash);
    outcome->set_matches(hash == statement_.hash);
    outcome->set_engine_version(domain::kEngineVersion);
    step.last = true;
    return step;
  }

 private:
  const resource::Environment environment_;
  const PayoutStatement statement_;
  store::CalculationReader reader_;
};

PayoutStatementService::PayoutStatementService(const resource::Environment& environment)
    : environment_(environment), statements_(environment, StatementKind()) {}

rpc::Binding PayoutStatementService::Bind() {
  rpc::Binding binding("salesops.performance.v1.PayoutStatementService");
  binding.Unary("ExplainPayout", this, &PayoutStatementService::Explain);
  binding.ServerStream("ReplayStatement", this, &PayoutStatementService::OpenReplay);
  statements_.BindTo(binding);
  return binding;
}

absl::StatusOr<v1::ExplainPayoutResponse> PayoutStatementService::Explain(
    rpc::CallContext& ctx, const v1::ExplainPayoutRequest& request) {
  v1::ExplainPayoutResponse response;
  ASSIGN_OR_RETURN(std::optional<int64_t> position, statements_.AsOf(ctx, request, &response));
  const std::string fingerprint =
      salesops::api::QueryFingerprint(request, ctx.principal().ToString());
  size_t begin = 0;
  if (!request.page_token().empty()) {
    ASSIGN_OR_RETURN(
        const salesops::api::PageCursor cursor,
        environment_.sealer->Open(request.page_token(), fingerprint, ctx.start_time()));
    position = cursor.position;
    begin = static_cast<size_t>(std::get<int64_t>(cursor.keys.at(0).variant()));
  } else if (!position) {
    ASSIGN_OR_RETURN(const events::AsOf now, events::ResolveNow(*environment_.db, ctx));
    position = now.position;
  }
  std::vector<Entry> ledger;
  RETURN_IF_ERROR(environment_.db->ReadSnapshot(ctx, [&](mysql::Connection& c) -> absl::Status {
    ASSIGN_OR_RETURN(const resource::Item item, statements_.Find(ctx, c, request.name(), position));
    const PayoutStatement statement = statements_.FromItem(item);
    response.mutable_payout_statement()->CopyFrom(*item.proto);
    ASSIGN_OR_RETURN(ledger,
                     store::LedgerOf(c, {statement.plan_id, statement.period_id, statement.run},
                                     NameOf("sellers", statement.id)));
    return absl::OkStatus();
  }));
  const std::vector<Entry> tree = domain::DeltaOf({}, domain::NetLeaves(ledger));
  const int size =
      request.page_size() == 0 ? kEntriesOfPage : std::min(request.page_size(), kMostEntriesOfPage);
  const size_t end = std::min(tree.size(), begin + static_cast<size_t>(size));
  for (size_t i = begin; i < end; ++i) {
    SetEntry(tree[i], static_cast<int>(i) + 1, response.mutable_payout_statement()->add_entries());
  }
  response.set_total_size(static_cast<int32_t>(tree.size()));
  if (end < tree.size()) {
    response.set_next_page_token(environment_.sealer->Seal(
        {{mysql::Value(static_cast<int64_t>(end))}, *position}, fingerprint, ctx.start_time()));
  }
  return response;
}

absl::StatusOr<std::unique_ptr<PayoutStatementService::ReplayStep>>
PayoutStatementService::OpenReplay(rpc::CallContext& ctx,
                                   const v1::ReplayStatementRequest& request) {
  v1::ListPayoutStatementsResponse ignored;  // where AsOf tells what it resolved to
  ASSIGN_OR_RETURN(const std::optional<int64_t> position, statements_.AsOf(ctx, request, &ignored));
  return environment_.db->ReadSnapshot(
      ctx, [&](mysql::Connection& c) -> absl::StatusOr<std::unique_ptr<ReplayStep>> {
        ASSIGN_OR_RETURN(const resource::Item item,
                         statements_.Find(ctx, c, request.name(), position));
        PayoutStatement statement = statements_.FromItem(item);
        if (statement.engine_version != domain::kEngineVersion) {
          return status::FailedPrecondition(
              "ENGINE_UNKNOWN", request.name(),
              absl::StrCat("it was calculated by engine version ", statement.engine_version,
                           ", which this release does not have; replay it with one that has"));
        }
        ASSIGN_OR_RETURN(store::IncentiveRun run,
                         store::GetRun(c, {statement.plan_id, statement.period_id, statement.run}));
        ASSIGN_OR_RETURN(const auto period, store::IncentivePeriods().Find(
                                                c, {statement.plan_id, statement.period_id}));
        ASSIGN_OR_RETURN(auto version,
                         store::IncentivePlanVersions().Find(c, {statement.plan_id, run.version_id},
                                                             false, run.position));
        if (!period || !version) {
          return status::Internal(absl::StrCat("no period or plan version of ", request.name()));
        }
        store::CalculationReader reader(*std::move(version), period->days(), run.position,
                                        std::move(run.inputs));
        return std::make_unique<Replay>(environment_, std::move(statement), std::move(reader));
      });
}

}  // namespace salesops::performance::api
