#include "services/performance/api/incentive_period_service.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "services/performance/domain/incentives/delta.h"
#include "services/performance/store/calculation_reader.h"
#include "services/performance/store/incentive_period_store.h"
#include "services/performance/store/incentive_plan_store.h"
#include "services/performance/store/incentive_run_store.h"
#include "services/performance/store/payout_statement_store.h"
#include "shared/api/convert.h"
#include "shared/api/digest.h"
#include "shared/base/id.h"
#include "shared/events/event_log.h"
#include "shared/resource/shared_shapes.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::performance::api {
namespace {

using domain::IncentivePeriod;
using domain::PayoutStatement;
using domain::PeriodState;
using resource::Changed;
using resource::IdOf;
using resource::NameOf;
using resource::Write;
using salesops::api::FromTimestamp;
using salesops::api::ToTimestamp;

// Longer than any step of a calculation takes.
constexpr absl::Duration kLease = absl::Minutes(2);
constexpr size_t kEntriesOfTransaction = 5000;

void SetSignature(const domain::PeriodSignature& signature, v1::PeriodSignature* proto) {
  proto->set_signer(signature.signer);
  *proto->mutable_sign_time() = ToTimestamp(signature.sign_time);
  proto->set_note(signature.note);
}

domain::PeriodSignature SignatureOf(const v1::PeriodSignature& proto) {
  return {proto.signer(), FromTimestamp(proto.sign_time()), proto.note()};
}

void ToProto(const IncentivePeriod& p, v1::IncentivePeriod* proto) {
  *proto->mutable_start_date() = salesops::api::ToDate(p.start_date);
  *proto->mutable_end_date() = salesops::api::ToDate(p.end_date);
  proto->set_description(p.description);
  proto->set_state(static_cast<v1::IncentivePeriod::State>(p.state));
  if (p.calculation) {
    const domain::PeriodCalculation& c = *p.calculation;
    v1::PeriodCalculation* out = proto->mutable_calculation();
    out->set_run(c.run);
    out->set_incentive_plan_version(
        absl::StrCat("incentivePlans/", p.plan_id, "/versions/", c.version_id));
    out->set_calculator(c.calculator);
    *out->mutable_as_of_time() = ToTimestamp(c.as_of_time);
    *out->mutable_end_time() = ToTimestamp(c.end_time);
    out->set_engine_version(c.engine_version);
    out->set_fact_count(c.fact_count);
    out->set_statement_count(c.statement_count);
    out->set_entry_count(c.entry_count);
    *out->mutable_total_amount() = salesops::api::ToDecimal(c.total_amount);
    out->set_currency_code(c.currency);
  }
  if (p.review) SetSignature(*p.review, proto->mutable_review());
  if (p.approval) SetSignature(*p.approval, proto->mutable_approval());
  if (p.reopening) SetSignature(*p.reopening, proto->mutable_reopening());
  if (p.close_time) *proto->mutable_close_time() = ToTimestamp(*p.close_time);
  if (p.pay_time) *proto->mutable_pay_time() = ToTimestamp(*p.pay_time);
  proto->set_payment_reference(p.payment_reference);
  resource::ToProto(p.external_keys, proto->mutable_external_keys());
}

void FromProto(const v1::IncentivePeriod& proto, IncentivePeriod* p) {
  p->start_date = salesops::api::FromDate(proto.start_date());
  p->end_date = salesops::api::FromDate(proto.end_date());
  p->description = proto.description();
  p->state = proto.state() == v1::IncentivePeriod::STATE_UNSPECIFIED
                 ? PeriodState::kOpen
                 : static_cast<PeriodState>(proto.state());
  if (proto.has_calculation()) {
    const v1::PeriodCalculation& in = proto.calculation();
    domain::PeriodCalculation& c = p->calculation.emplace();
    c.run = in.run();
    c.version_id = IdOf(in.incentive_plan_version());
    c.calculator = in.calculator();
    c.as_of_time = FromTimestamp(in.as_of_time());
    c.end_time = FromTimestamp(in.end_time());
    c.engine_version = in.engine_version();
    c.fact_count = in.fact_count();
    c.statement_count = in.statement_count();
    c.entry_count = in.entry_count();
    c.total_amount = salesops::api::FromDecimal(in.total_amount());
    c.currency = in.currency_code();
  }
  if (proto.has_review()) p->review = SignatureOf(proto.review());
  if (proto.has_approval()) p->approval = SignatureOf(proto.approval());
  if (proto.has_reopening()) p->reopening = SignatureOf(proto.reopening());
  if (proto.has_close_time()) p->close_time = FromTimestamp(proto.close_time());
  if (proto.has_pay_time()) p->pay_time = FromTimestamp(proto.pay_time());
  p->payment_reference = proto.payment_reference();
  p->external_keys = resource::FromProto(proto.external_keys());
}

// A new period needs a plan that exists and is not archived.
absl::Status CheckPlan(const std::map<std::string, bool>& plans, const std::string& plan_id) {
  const std::string name = NameOf("incentivePlans", plan_id);
  const auto plan = plans.find(plan_id);
  if (plan == plans.end()) return status::NotFound(name);
  if (!plan->second) return absl::OkStatus();
  return status::FailedPrecondition("ARCHIVED", name, "it is archived; unarchive it first");
}

// No day of a period is one of another period of its plan, stored or changed with it.
absl::Status CheckDays(mysql::Transaction& tx, const std::vector<Changed<IncentivePeriod>>& changes,
                       const Changed<IncentivePeriod>& change) {
  ASSIGN_OR_RETURN(std::vector<IncentivePeriod> others,
                   store::PeriodsOfPlan(tx, change.after->plan_id));
  for (const auto& with : changes) {
    if (with.before == nullptr) others.push_back(*with.after);
  }
  const IncentivePeriod* other = domain::FindOverlapping(*change.after, others);
  if (other == nullptr) return absl::OkStatus();
  change.violations->Add("start_date", "OVERLAPPING",
                         absl::StrCat("must have no day in common with ", domain::NameOf(*other),
                                      ", which is from ", base::FormatDay(other->start_date),
                                      " to before ", base::FormatDay(other->end_date)));
  return absl::OkStatus();
}

absl::Status CheckPeriods(rpc::CallContext&, mysql::Transaction& tx,
                          std::vector<Changed<IncentivePeriod>>& changes) {
  std::vector<std::string> plan_ids;
  for (const auto& change : changes) plan_ids.push_back(change.after->plan_id);
  ASSIGN_OR_RETURN(const auto plans, store::FindPlans(tx, plan_ids));
  for (auto& change : changes) {
    const bool archived = change.before != nullptr && change.before->meta.archive_time.has_value();
    if (change.before == nullptr) {
      change.write->refused = CheckPlan(plans, change.after->plan_id);
      domain::CheckPeriod(*change.after, change.violations);
    } else if (!archived && change.after->meta.archive_time &&
               change.before->state != PeriodState::kOpen) {
      change.write->refused =
          status::FailedPrecondition("PERIOD_CALCULATED", domain::NameOf(*change.after),
                                     "it was calculated; what was calculated stays");
    }
    if (change.before == nullptr || archived) RETURN_IF_ERROR(CheckDays(tx, changes, change));
  }
  return absl::OkStatus();
}

absl::Status LockPlansOf(rpc::CallContext&, mysql::Transaction& tx,
                         const std::vector<std::vector<std::string>>& keys) {
  std::vector<std::string> plans;
  for (const std::vector<std::string>& key : keys) plans.push_back(key[0]);
  return store::LockPlans(tx, plans);
}

resource::Kind<v1::IncentivePeriod, IncentivePeriod> PeriodKind() {
  resource::Kind<v1::IncentivePeriod, IncentivePeriod> kind;
  kind.table = &store::IncentivePeriods();
  kind.to_proto = ToProto;
  kind.from_proto = FromProto;
  kind.key = {&IncentivePeriod::plan_id, &IncentivePeriod::id};
  // The days of a plan's periods are apart, and one is calculated at a time.
  kind.lock_first = LockPlansOf;
  kind.check = CheckPeriods;
  return kind;
}

domain::PeriodSignature Signed(const rpc::CallContext& ctx, const std::string& note) {
  return {ctx.principal().ToString(), ctx.start_time(), note};
}

// What payees owe of draws when the period begins: what they owed after the one before, which must
// be closed.
absl::StatusOr<std::map<std::string, base::Decimal>> DrawBalances(mysql::Transaction& tx,
                                                                  const IncentivePeriod& period,
                                                                  const domain::PlanRules& rules) {
  std::map<std::string, base::Decimal> owed;
  if (!rules.draw || !rules.draw->recoverable) return owed;
  ASSIGN_OR_RETURN(const std::vector<IncentivePeriod> all,
                   store::PeriodsOfPlan(tx, period.plan_id));
  const IncentivePeriod* before = nullptr;
  for (const IncentivePeriod& other : all) {
    if (other.end_date <= period.start_date) before = &other;  // they are by their first day
  }
  if (before == nullptr) return owed;
  if (before->state < PeriodState::kClosed) {
    return status::FailedPrecondition(
        "EARLIER_PERIOD_OPEN", domain::NameOf(*before),
        "what is owed of draws after it is not final yet; close it first");
  }
  ASSIGN_OR_RETURN(const auto statements,
                   store::StatementsOfPeriod(tx, before->plan_id, before->id));
  for (const auto& [seller, statement] : statements) {
    if (statement.draw_balance > base::Decimal()) {
      owed[NameOf("sellers", seller)] = statement.draw_balance;
    }
  }
  return owed;
}

// The statement of each payee who is a member, has entries, or had a statement before.
std::map<std::string, PayoutStatement> StatementsOf(const domain::CalculationInput& input,
                                                    const domain::CalculationResult& result,
                                                    const store::IncentiveRun& run,
                                                    const std::set<std::string>& sellers_before) {
  std::map<std::string, PayoutStatement> statements;
  const auto of = [&](const std::string& payee) -> PayoutStatement& {
    return statements[IdOf(payee)];
  };
  for (const std::string& seller : sellers_before) statements[seller];
  for (const domain::PlanMember& member : input.members) of(member.payee);
  for (const domain::Entry& entry : result.entries) {
    if (entry.kind == domain::EntryKind::kPayout) of(entry.payee).amount += entry.amount;
  }
  for (const domain::Attainment& attainment : result.attainments) {
    if (attainment.payee.rfind("sellers/", 0) == 0) {
      of(attainment.payee).attainments.push_back(attainment);
    }
  }
  for (const auto& [payee, owed] : result.draw_balances) of(payee).draw_balance = owed;
  for (auto& [seller, statement] : statements) {
    statement.plan_id = run.key.plan_id;
    statement.period_id = run.key.period_id;
    statement.id = seller;
    statement.currency = input.plan.currency;
    statement.run = run.key.run;
    statement.input_time = run.as_of_time;
    statement.engine_version = run.engine_version;
    statement.hash = absl::BytesToHexString(salesops::api::Sha256(
        domain::CanonicalStatement(input, result, NameOf("sellers", seller))));
    std::sort(statement.attainments.begin(), statement.attainments.end(),
              [](const domain::Attainment& a, const domain::Attainment& b) {
                return a.measure < b.measure;
              });
  }
  return statements;
}

}  // namespace

// A calculation of a period: reads part by part, calculates, adds to the ledger part by part; the
// last transaction makes all of it count and writes the statements.
class IncentivePeriodService::Calculation : public IncentivePeriodService::CalculateStep {
 public:
  Calculation(IncentivePeriodService* service, v1::CalculateIncentivePeriodRequest request,
              store::IncentiveRun run, store::CalculationReader reader)
      : service_(service),
        environment_(service->environment_),
        request_(std::move(request)),
        run_(std::move(run)),
        reader_(std::move(reader)) {}

  absl::StatusOr<rpc::Step<v1::CalculateIncentivePeriodResponse>> Next(
      rpc::CallContext& ctx) override {
    absl::StatusOr<rpc::Step<v1::CalculateIncentivePeriodResponse>> step = NextStep(ctx);
    if (!step.ok()) {
      // Nobody has to wait for the end of the lease. If this fails too, they do.
      environment_.db
          ->RunInTransaction(ctx,
                             [&](mysql::Transaction& tx) { return store::AbandonRun(tx, run_); })
          .IgnoreError();
    }
    return step;
  }

 private:
  using Response = v1::CalculateIncentivePeriodResponse;
  enum class Stage { kReading, kCalculating, kWriting };

  absl::StatusOr<rpc::Step<Response>> NextStep(rpc::CallContext& ctx) {
    rpc::Step<Response> step;
    Response& message = step.message.emplace();
    switch (stage_) {
      case Stage::kReading:
        RETURN_IF_ERROR(
            environment_.db->Read(ctx, [&](mysql::Connection& c) { return reader_.ReadPart(c); }));
        RETURN_IF_ERROR(Renew(ctx));
        fact_count_ = reader_.fact_count();
        message.set_stage(Response::STAGE_READING);
        if (reader_.done()) stage_ = Stage::kCalculating;
        break;
      case Stage::kCalculating:
        RETURN_IF_ERROR(Calculate(ctx));
        message.set_stage(Response::STAGE_CALCULATING);
        stage_ = Stage::kWriting;
        break;
      case Stage::kWriting:
        if (written_ < delta_.size()) {
          RETURN_IF_ERROR(WritePart(ctx));
          message.set_stage(Response::STAGE_WRITING);
        } else {
          ASSIGN_OR_RETURN(*message.mutable_incentive_period(), Finish(ctx));
          message.set_stage(Response::STAGE_DONE);
          step.last = true;
        }
        break;
    }
    message.set_fact_count(fact_count_);
    message.set_entry_count(static_cast<int64_t>(written_));
    message.set_total_entry_count(static_cast<int64_t>(delta_.size()));
    return step;
  }

  absl::Status Renew(rpc::CallContext& ctx) {
    return environment_.db->RunInTransaction(ctx, [&](mysql::Transaction& tx) {
      return store::RenewRun(tx, run_, absl::Now() + kLease);
    });
  }

  absl::Status Calculate(rpc::CallContext& ctx) {
    ASSIGN_OR_RETURN(const domain::CalculationInput input, std::move(reader_).Take());
    ASSIGN_OR_RETURN(const domain::CalculationResult result, domain::Calculate(input));
    std::vector<domain::Entry> ledger;
    std::set<std::string> sellers_before;
    RETURN_IF_ERROR(environment_.db->ReadSnapshot(ctx, [&](mysql::Connection& c) -> absl::Status {
      ASSIGN_OR_RETURN(ledger, store::LedgerOf(c, run_.key, std::nullopt));
      ASSIGN_OR_RETURN(const auto before,
                       store::StatementsOfPeriod(c, run_.key.plan_id, run_.key.period_id));
      for (const auto& [seller, statement] : before) sellers_before.insert(seller);
      return absl::OkStatus();
    }));
    delta_ = domain::DeltaOf(ledger, result.entries);
    statements_ = StatementsOf(input, result, run_, sellers_before);
    for (const auto& [seller, statement] : statements_) total_ += statement.amount;
    currency_ = input.plan.currency;
    return Renew(ctx);
  }

  absl::Status WritePart(rpc::CallContext& ctx) {
    const size_t end = std::min(delta_.size(), written_ + kEntriesOfTransaction);
    RETURN_IF_ERROR(
        environment_.db->RunInTransaction(ctx, [&](mysql::Transaction& tx) -> absl::Status {
          RETURN_IF_ERROR(store::RenewRun(tx, run_, absl::Now() + kLease));
          return store::AddEntries(tx, run_.key, delta_, written_, end);
        }));
    written_ = end;
    return absl::OkStatus();
  }

  absl::StatusOr<v1::IncentivePeriod> Finish(rpc::CallContext& ctx) {
    ASSIGN_OR_RETURN(v1::IncentivePeriod period,
                     environment_.db->RunInTransaction(
                         ctx, [&](mysql::Transaction& tx) -> absl::StatusOr<v1::IncentivePeriod> {
                           RETURN_IF_ERROR(store::LockPlans(tx, {run_.key.plan_id}));
                           RETURN_IF_ERROR(store::RenewRun(tx, run_, absl::Now() + kLease));
                           RETURN_IF_ERROR(WriteStatements(ctx, tx));
                           RETURN_IF_ERROR(store::CompleteRun(tx, run_));
                           return WritePeriod(ctx, tx);
                         }));
    environment_.mutations->Committed();
    return period;
  }

  absl::Status WriteStatements(rpc::CallContext& ctx, mysql::Transaction& tx) {
    ASSIGN_OR_RETURN(const auto before,
                     store::StatementsOfPeriod(tx, run_.key.plan_id, run_.key.period_id));
    std::vector<Write> writes;
    for (const auto& [seller, statement] : statements_) {
      const auto old = before.find(seller);
      if (old == before.end()) {
        writes.push_back(service_->statements_->NewRecord(ctx, statement));
      } else if (old->second.hash != statement.hash) {
        writes.push_back(service_->statements_->ChangedRecord(ctx, old->second, statement));
      }
    }
    return service_->statements_->WriteEach(ctx, tx, std::move(writes));
  }

  absl::StatusOr<v1::IncentivePeriod> WritePeriod(rpc::CallContext& ctx, mysql::Transaction& tx) {
    return service_->periods_.ChangeInside(
        ctx, tx, request_.name(), request_.etag(), "Calculated",
        [&](mysql::Transaction&, IncentivePeriod& period, Write&) {
          domain::PeriodCalculation calculation;
          calculation.run = run_.key.run;
          calculation.version_id = run_.version_id;
          calculation.calculator = ctx.principal().ToString();
          calculation.as_of_time = run_.as_of_time;
          calculation.end_time = absl::FromUnixMicros(absl::ToUnixMicros(absl::Now()));
          calculation.engine_version = run_.engine_version;
          calculation.fact_count = fact_count_;
          calculation.statement_count = static_cast<int64_t>(statements_.size());
          calculation.entry_count = static_cast<int64_t>(delta_.size());
          calculation.total_amount = total_;
          calculation.currency = currency_;
          return domain::Calculated(period, calculation);
        });
  }

  IncentivePeriodService* const service_;
  const resource::Environment environment_;
  const v1::CalculateIncentivePeriodRequest request_;
  const store::IncentiveRun run_;
  store::CalculationReader reader_;
  Stage stage_ = Stage::kReading;
  int64_t fact_count_ = 0;
  std::vector<domain::Entry> delta_;
  size_t written_ = 0;
  std::map<std::string, PayoutStatement> statements_;  // by the payee's id
  base::Decimal total_;
  std::string currency_;
};

IncentivePeriodService::IncentivePeriodService(const resource::Environment& environment,
                                               PayoutStatementService::Statements* statements)
    : environment_(environment), statements_(statements), periods_(environment, PeriodKind()) {}

rpc::Binding IncentivePeriodService::Bind() {
  rpc::Binding binding("salesops.performance.v1.IncentivePeriodService");
  binding.ServerStream("CalculateIncentivePeriod", this, &IncentivePeriodService::Calculate);
  binding.Unary("ReviewIncentivePeriod", this, &IncentivePeriodService::Review);
  binding.Unary("ApproveIncentivePeriod", this, &IncentivePeriodService::Approve);
  binding.Unary("ReopenIncentivePeriod", this, &IncentivePeriodService::Reopen);
  binding.Unary("CloseIncentivePeriod", this, &IncentivePeriodService::Close);
  binding.Unary("PayIncentivePeriod", this, &IncentivePeriodService::Pay);
  periods_.BindTo(binding);
  return binding;
}

absl::StatusOr<std::unique_ptr<IncentivePeriodService::CalculateStep>>
IncentivePeriodService::Calculate(rpc::CallContext& ctx,
                                  const v1::CalculateIncentivePeriodRequest& request) {
  ASSIGN_OR_RETURN(const events::AsOf now, events::ResolveNow(*environment_.db, ctx));
  return environment_.db->RunInTransaction(
      ctx, [&](mysql::Transaction& tx) -> absl::StatusOr<std::unique_ptr<CalculateStep>> {
        ASSIGN_OR_RETURN(const resource::Item item, periods_.Find(ctx, tx, request.name()));
        const IncentivePeriod seen = periods_.FromItem(item);
        RETURN_IF_ERROR(store::LockPlans(tx, {seen.plan_id}));
        ASSIGN_OR_RETURN(const auto period,
                         store::IncentivePeriods().Find(tx, {seen.plan_id, seen.id}, true));
        if (!period) return status::NotFound(request.name());
        if (period->meta.archive_time) {
          return status::FailedPrecondition("ARCHIVED", request.name(),
                                            "it is archived; unarchive it first");
        }
        if (!request.etag().empty() && request.etag() != absl::StrCat(period->meta.version)) {
          return status::EtagMismatch(request.name());
        }
        RETURN_IF_ERROR(domain::MayCalculate(*period));
        ASSIGN_OR_RETURN(auto version, store::VersionInForce(tx, period->plan_id,
                                                             period->start_date, now.position));
        if (!version) {
          return status::FailedPrecondition(
              "NO_VERSION", request.name(),
              absl::StrCat("no active version of the plan is in force on ",
                           base::FormatDay(period->start_date), "; activate one first"));
        }
        store::IncentiveRun run;
        run.key = {period->plan_id, period->id, 0};
        run.holder = base::GenerateId();
        run.lease_until = absl::Now() + kLease;
        run.position = now.position;
        run.as_of_time = now.time;
        run.version_id = version->id;
        run.engine_version = domain::kEngineVersion;
        ASSIGN_OR_RETURN(run.inputs.roster, store::ReadRosterSpans(tx, period->days()));
        ASSIGN_OR_RETURN(run.inputs.draw_balances, DrawBalances(tx, *period, version->rules));
        RETURN_IF_ERROR(store::BeginRun(tx, absl::Now(), &run));
        store::CalculationReader reader(*std::move(version), period->days(), run.position,
                                        run.inputs);
        return std::make_unique<Calculation>(this, request, std::move(run), std::move(reader));
      });
}

absl::StatusOr<v1::IncentivePeriod> IncentivePeriodService::Review(
    rpc::CallContext& ctx, const v1::ReviewIncentivePeriodRequest& request) {
  return periods_.Change(ctx, request, request.name(), request.etag(), "Reviewed",
                         [&](mysql::Transaction&, IncentivePeriod& period, Write&) {
                           return domain::Review(period, Signed(ctx, request.note()));
                         });
}

absl::StatusOr<v1::IncentivePeriod> IncentivePeriodService::Approve(
    rpc::CallContext& ctx, const v1::ApproveIncentivePeriodRequest& request) {
  return periods_.Change(ctx, request, request.name(), request.etag(), "Approved",
                         [&](mysql::Transaction&, IncentivePeriod& period, Write&) {
                           return domain::Approve(period, Signed(ctx, request.note()));
                         });
}

absl::StatusOr<v1::IncentivePeriod> IncentivePeriodService::Reopen(
    rpc::CallContext& ctx, const v1::ReopenIncentivePeriodRequest& request) {
  return periods_.Change(ctx, request, request.name(), request.etag(), "Reopened",
                         [&](mysql::Transaction&, IncentivePeriod& period, Write&) {
                           return domain::Reopen(period, Signed(ctx, request.reason()));
                         });
}

absl::StatusOr<v1::IncentivePeriod> IncentivePeriodService::Close(
    rpc::CallContext& ctx, const v1::CloseIncentivePeriodRequest& request) {
  return periods_.Change(ctx, request, request.name(), request.etag(), "Closed",
                         [&](mysql::Transaction&, IncentivePeriod& period, Write&) {
                           return domain::Close(period, ctx.start_time());
                         });
}

absl::StatusOr<v1::IncentivePeriod> IncentivePeriodService::Pay(
    rpc::CallContext& ctx, const v1::PayIncentivePeriodRequest& request) {
  return periods_.Change(ctx, request, request.name(), request.etag(), "Paid",
                         [&](mysql::Transaction&, IncentivePeriod& period, Write&) {
                           return domain::Pay(period, request.payment_reference(),
                                              ctx.start_time());
                         });
}

}  // namespace salesops::performance::api
