#include "shared/roster/roster.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "migrations/roster.h"
#include "shared/roster/roster_exports.h"
#include "shared/roster/roster_tables.h"
#include "shared/roster/roster_view.h"
#include "shared/status/macros.h"
#include "shared/status/status.h"

namespace salesops::roster {
namespace {

constexpr absl::Duration kReadLimit = absl::Seconds(10);
// Between two reads of the tables, so that a stream of facts is not a stream of reads; a large
// roster is read at most a quarter of the time.
constexpr absl::Duration kLeastPause = absl::Milliseconds(100);
constexpr absl::Duration kMostPause = absl::Seconds(2);
constexpr int kPausePerRead = 3;

class FollowingRoster final : public Roster {
 public:
  FollowingRoster(mysql::Database* db, std::shared_ptr<rpc::Channel> organization,
                  const base::Clock* clock, const Options& options)
      : db_(db), clock_(clock), options_(options) {
    if (organization != nullptr) Follow(std::move(organization));
    thread_ = std::thread([this] { Run(); });
  }

  ~FollowingRoster() override {
    {
      std::lock_guard<std::mutex> lock(wake_mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();     // it asks the consumer
    consumer_.reset();  // it calls Wake
  }

  absl::StatusOr<std::shared_ptr<const auth::Access>> Lookup(
      const auth::Principal& principal) override {
    const std::shared_ptr<const RosterView> view = View();
    if (view == nullptr) {
      return status::Unavailable("ACCESS_UNKNOWN",
                                 "who may do what is not known here yet; try again soon",
                                 options_.refresh);
    }
    return view->AccessOf(principal, base::DayOf(clock_->Now(), options_.zone));
  }

  absl::Status Refresh() override {
    const base::DeadlineContext ctx(base::SystemClock().Now() + kReadLimit);
    // One read at a time, so that an older one never replaces a newer one.
    std::lock_guard<std::mutex> reading(read_mutex_);
    Progress progress;
    ASSIGN_OR_RETURN(
        RosterRows rows,
        db_->ReadSnapshot(ctx, [&](mysql::Connection& c) -> absl::StatusOr<RosterRows> {
          ASSIGN_OR_RETURN(progress, ReadProgress(c));
          return ReadRows(c);
        }));
    loaded_ = true;
    const bool whole = IsWhole(progress);
    read_ = progress;
    if (!whole) return absl::OkStatus();
    auto view = std::make_shared<const RosterView>(std::move(rows));
    std::lock_guard<std::mutex> lock(view_mutex_);
    view_ = std::move(view);
    return absl::OkStatus();
  }

  bool loaded() const override { return loaded_; }

  bool HasSeller(const std::string& seller_id) const override {
    const std::shared_ptr<const RosterView> view = View();
    return view != nullptr && view->HasSeller(seller_id);
  }

  bool HasTeam(const std::string& team_id) const override {
    const std::shared_ptr<const RosterView> view = View();
    return view != nullptr && view->HasTeam(team_id);
  }

  std::vector<std::string> TeamAndBelow(const std::string& team_id,
                                        base::CivilDay day) const override {
    const std::shared_ptr<const RosterView> view = View();
    if (view == nullptr) return {team_id};
    return view->TeamAndBelow(team_id, day);
  }

  std::vector<std::string> SellersOf(const std::vector<std::string>& team_ids,
                                     base::CivilDay day) const override {
    const std::shared_ptr<const RosterView> view = View();
    if (view == nullptr) return {};
    return view->SellersOf(team_ids, day);
  }

  const events::Consumer* consumer() const override { return consumer_.get(); }

 private:
  void Follow(std::shared_ptr<rpc::Channel> organization) {
    events::Consumer::Options options;
    options.name = kReadModel;
    options.method = "/salesops.organization.v1.EventService/WatchEvents";
    options.on_applied = [this] { Wake(); };
    options.on_error = options_.on_error;
    options.snapshot = [organization] { return FetchRoster(*organization); };
    consumer_ = events::Consumer::Start(db_, organization, options, ApplyEvent, EmptyTables);
  }

  std::shared_ptr<const RosterView> View() const {
    std::lock_guard<std::mutex> lock(view_mutex_);
    return view_;
  }

  // False while the tables are being filled from nothing (first contact, rebuild): what was known
  // before answers until they are whole, since half a roster would refuse people their rights.
  bool IsWhole(const Progress& progress) {
    if (consumer_ == nullptr) return true;
    const bool from_nothing = progress.log_id.empty() || progress.position == 0;
    if (from_nothing || progress.position < read_.position) filling_ = true;
    if (filling_ && !progress.log_id.empty() && consumer_->caught_up() &&
        consumer_->position() <= progress.position) {
      filling_ = false;
    }
    return !filling_;
  }

  void Wake() {
    {
      std::lock_guard<std::mutex> lock(wake_mutex_);
      woken_ = true;
    }
    changed_.notify_all();
  }

  void Run() {
    mysql::ThreadRegistration registration;
    absl::Duration pause = absl::ZeroDuration();
    for (bool wanted = true;; wanted = WaitForChange(pause)) {
      if (Stopping()) return;
      const absl::Time began = base::SystemClock().Now();
      const absl::Status status = wanted ? Refresh() : RefreshIfMoved();
      if (!status.ok() && options_.on_error) options_.on_error(status);
      const absl::Duration took = base::SystemClock().Now() - began;
      pause = std::clamp(took * kPausePerRead, kLeastPause, kMostPause);
    }
  }

  // Another replica's consumer may have moved the tables; while they are being filled, ours may
  // have learnt that they are whole.
  absl::Status RefreshIfMoved() {
    const base::DeadlineContext ctx(base::SystemClock().Now() + kReadLimit);
    ASSIGN_OR_RETURN(const Progress progress, db_->Read(ctx, ReadProgress));
    {
      std::lock_guard<std::mutex> reading(read_mutex_);
      if (loaded_ && !filling_ && progress == read_) return absl::OkStatus();
    }
    return Refresh();
  }

  // Rests at least `pause`, then until woken (true) or the refresh interval is over (false).
  bool WaitForChange(absl::Duration pause) {
    std::unique_lock<std::mutex> lock(wake_mutex_);
    changed_.wait_for(lock, absl::ToChronoMicroseconds(pause), [&] { return stopping_; });
    changed_.wait_for(lock, absl::ToChronoMicroseconds(options_.refresh),
                      [&] { return stopping_ || woken_; });
    return std::exchange(woken_, false);
  }

  bool Stopping() {
    std::lock_guard<std::mutex> lock(wake_mutex_);
    return stopping_;
  }

  mysql::Database* const db_;
  const base::Clock* const clock_;
  const Options options_;
  std::unique_ptr<events::Consumer> consumer_;

  std::mutex read_mutex_;
  Progress read_;  // of the newest read
  bool filling_ = false;
  std::atomic<bool> loaded_{false};

  mutable std::mutex view_mutex_;
  std::shared_ptr<const RosterView> view_;

  std::mutex wake_mutex_;
  std::condition_variable changed_;
  bool woken_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Roster> Roster::Start(mysql::Database* db,
                                      std::shared_ptr<rpc::Channel> organization,
                                      const base::Clock* clock, const Options& options) {
  return std::make_unique<FollowingRoster>(db, std::move(organization), clock, options);
}

const mysql::MigrationSet& Migrations() { return RosterMigrations(); }

}  // namespace salesops::roster
