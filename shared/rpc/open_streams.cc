#include "shared/rpc/open_streams.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/time/clock.h"

namespace salesops::rpc {

OpenStreams::OpenStreams(int limit) : limit_(limit), timer_([this] { WatchTime(); }) {}

OpenStreams::~OpenStreams() {
  {
    std::lock_guard lock(mu_);
    stopping_ = true;
  }
  changed_.notify_all();
  timer_.join();
}

bool OpenStreams::Open() {
  std::lock_guard lock(mu_);
  if (open_ >= limit_) return false;
  ++open_;
  return true;
}

void OpenStreams::Close() {
  std::lock_guard lock(mu_);
  --open_;
}

int OpenStreams::count() const {
  std::lock_guard lock(mu_);
  return open_;
}

bool OpenStreams::Wait(std::shared_ptr<WaitingStream> stream, absl::Time until, uint64_t seen) {
  std::lock_guard lock(mu_);
  const bool for_news = stream->waits_for_news();
  if (for_news && (ending_ || wakes_ != seen)) return false;
  if (!for_news) until = std::min(until, cut_);
  if (until <= absl::Now()) return false;
  Insert(std::move(stream), until);
  return true;
}

void OpenStreams::Insert(std::shared_ptr<WaitingStream> stream, absl::Time until) {
  WaitingStream* key = stream.get();
  auto at = queue_.emplace(until, std::move(stream));
  where_[key] = at;
  if (at == queue_.begin()) changed_.notify_all();
}

bool OpenStreams::Take(WaitingStream* stream) {
  std::shared_ptr<WaitingStream> keep;  // released outside the lock
  std::lock_guard lock(mu_);
  auto it = where_.find(stream);
  if (it == where_.end()) return false;
  keep = std::move(it->second->second);
  queue_.erase(it->second);
  where_.erase(it);
  return true;
}

uint64_t OpenStreams::wakes() const {
  std::lock_guard lock(mu_);
  return wakes_;
}

bool OpenStreams::ending() const {
  std::lock_guard lock(mu_);
  return ending_;
}

absl::Time OpenStreams::cut() const {
  std::lock_guard lock(mu_);
  return cut_;
}

OpenStreams::Streams OpenStreams::TakeWaitingForNews() {
  Streams taken;
  for (auto it = queue_.begin(); it != queue_.end();) {
    if (!it->second->waits_for_news()) {
      ++it;
      continue;
    }
    where_.erase(it->second.get());
    taken.push_back(std::move(it->second));
    it = queue_.erase(it);
  }
  return taken;
}

void OpenStreams::WakeAll() {
  Streams woken;
  {
    std::lock_guard lock(mu_);
    ++wakes_;
    woken = TakeWaitingForNews();
  }
  for (const auto& stream : woken) stream->Resume();
}

void OpenStreams::EndAll(absl::Time cut) {
  Streams woken;
  {
    std::lock_guard lock(mu_);
    ending_ = true;
    cut_ = cut;
    woken = TakeWaitingForNews();
    Queue rest = std::move(queue_);
    queue_.clear();
    where_.clear();
    for (auto& [until, stream] : rest) Insert(std::move(stream), std::min(until, cut));
  }
  changed_.notify_all();
  for (const auto& stream : woken) stream->Resume();
}

void OpenStreams::WatchTime() {
  std::unique_lock lock(mu_);
  while (!stopping_) {
    if (queue_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const absl::Time next = queue_.begin()->first;
    if (next > absl::Now()) {
      changed_.wait_until(lock, absl::ToChronoTime(std::min(next, absl::Now() + absl::Hours(1))));
      continue;
    }
    std::shared_ptr<WaitingStream> due = std::move(queue_.begin()->second);
    where_.erase(due.get());
    queue_.erase(queue_.begin());
    lock.unlock();
    due->Resume();
    due.reset();
    lock.lock();
  }
}

}  // namespace salesops::rpc
