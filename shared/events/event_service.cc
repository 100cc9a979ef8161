#include "shared/events/event_service.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "salesops/events/v1/event.pb.h"
#include "shared/base/clock.h"
#include "shared/events/event_log.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::events {
namespace {

constexpr absl::Duration kHeartbeat = absl::Seconds(5);
constexpr absl::Duration kStreamLife = absl::Minutes(1);
constexpr absl::Duration kBeforeDeadline = absl::Seconds(1);
constexpr absl::Duration kReadLimit = absl::Seconds(10);

// The stream lives for a minute, a read of it must not.
class StepContext final : public base::Context {
 public:
  StepContext(const base::Context& stream, absl::Time now)
      : stream_(stream), deadline_(std::min(stream.deadline(), now + kReadLimit)) {}
  absl::Time deadline() const override { return deadline_; }
  bool cancelled() const override { return stream_.cancelled(); }

 private:
  const base::Context& stream_;
  const absl::Time deadline_;
};

class LogProducer final : public rpc::Producer<v1::WatchEventsResponse> {
 public:
  LogProducer(mysql::Database* db, const v1::WatchEventsRequest& request, absl::Time deadline)
      : db_(db),
        after_(request.after_position()),
        types_(request.types().begin(), request.types().end()),
        end_(std::min(base::SystemClock().Now() + kStreamLife, deadline - kBeforeDeadline)) {}

  absl::StatusOr<rpc::Step<v1::WatchEventsResponse>> Next(rpc::CallContext& ctx) override {
    const absl::Time now = base::SystemClock().Now();
    const StepContext step_context(ctx, now);
    ASSIGN_OR_RETURN(Slice slice, db_->Read(step_context, [&](mysql::Connection& c) {
      return ReadEvents(c, after_, types_);
    }));
    after_ = slice.seen;

    rpc::Step<v1::WatchEventsResponse> step;
    step.last = now >= end_;
    if (!slice.events.empty() || step.last || now >= heartbeat_due_) {
      heartbeat_due_ = now + kHeartbeat;
      step.message = ToResponse(std::move(slice));
    } else if (slice.seen >= slice.head_position) {
      step.wait = std::min(heartbeat_due_, end_) - now;
    }
    return step;
  }

 private:
  static v1::WatchEventsResponse ToResponse(Slice slice) {
    v1::WatchEventsResponse response;
    response.set_log_id(slice.log_id);
    // A reader that is ahead of this log must see that it is.
    response.set_position(std::min(slice.seen, slice.head_position));
    for (v1::Event& event : slice.events) *response.add_events() = std::move(event);
    return response;
  }

  mysql::Database* const db_;
  int64_t after_;
  const std::vector<std::string> types_;
  const absl::Time end_;
  absl::Time heartbeat_due_ = absl::InfinitePast();  // the first response comes at once
};

}  // namespace

rpc::Binding BindEventService(const char* service_full_name, mysql::Database* db) {
  rpc::Binding binding(service_full_name);
  binding.ServerStream<v1::WatchEventsRequest, v1::WatchEventsResponse>(
      "WatchEvents",
      [db](rpc::CallContext& ctx, const v1::WatchEventsRequest& request)
          -> absl::StatusOr<std::unique_ptr<rpc::Producer<v1::WatchEventsResponse>>> {
        if (request.partition() != kPartition) {
          return status::InvalidField("partition", "OUT_OF_RANGE", "must be 0, the only partition");
        }
        return std::make_unique<LogProducer>(db, request, ctx.deadline());
      });
  return binding;
}

}  // namespace salesops::events
