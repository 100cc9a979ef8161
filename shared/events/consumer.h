#pragma once

// The consumer's side: follows another service's WatchEvents and applies its facts to read models
// of the own schema, each batch in one transaction with the position, moved by compare-and-set:
// exactly-once effect over at-least-once delivery, whatever dies and however many replicas follow.
//
//   Consumer::Options o{.name = "roster", .method =
//   "/salesops.organization.v1.EventService/WatchEvents"}; auto consumer = Consumer::Start(db,
//   channel, o, [&](Transaction& tx, const v1::Event& e) { … },
//                                   [&](Transaction& tx) { /* empty the read model */ });
//
// A log_id other than the remembered one calls `reset` and starts again from position 0; so does
// the first contact, and RequestRebuild. If the log no longer reaches back to the position (its
// oldest facts are purged), `snapshot` fills the read model instead.
//
// Thread-safety: safe from any thread.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "salesops/events/v1/event.pb.h"
#include "shared/mysql/database.h"
#include "shared/rpc/channel.h"

namespace salesops::events {

class Consumer {
 public:
  // The peer's state at a position, from its exports.
  struct Snapshot {
    int64_t position = 0;
    std::function<absl::Status(mysql::Transaction&)> fill;  // writes it to the emptied read model
  };
  struct Options {
    std::string name;                  // of the read model, key of its row in consumer_position
    std::string method;                // full name of the peer's WatchEvents
    std::vector<std::string> types;    // empty = all
    std::function<void()> on_applied;  // position (here or in another replica) or caught_up changed
    std::function<void(const absl::Status&)> on_error;  // it will be tried again
    // Fetches the peer's state when its log no longer reaches back far enough. Absent = that is an
    // error that lasts.
    std::function<absl::StatusOr<Snapshot>()> snapshot;
    absl::Duration retry_least = absl::Milliseconds(200);
    absl::Duration retry_most = absl::Seconds(5);
  };
  using Apply = std::function<absl::Status(mysql::Transaction&, const v1::Event&)>;
  using Reset = std::function<absl::Status(mysql::Transaction&)>;

  // `channel` is the consumer's own: stopping cancels every call on it.
  static std::unique_ptr<Consumer> Start(mysql::Database* db, std::shared_ptr<rpc::Channel> channel,
                                         const Options& options, Apply apply, Reset reset);
  virtual ~Consumer() = default;  // stops and joins
  // Seconds between a fact's sequence time and its application here, of the newest applied.
  virtual absl::Duration lag() const = 0;
  virtual int64_t position() const = 0;
  virtual bool connected() const = 0;
  // True if the last response was the end of the log: the read model is as new as it can be.
  virtual bool caught_up() const = 0;
};

// Makes every consumer of this name in the schema empty its read model and build it again: the one
// command of a rebuild.
absl::Status RequestRebuild(mysql::Database& db, const base::Context& ctx, const std::string& name);

}  // namespace salesops::events
