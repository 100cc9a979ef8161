#include "shared/rpc/worker_pool.h"

#include <algorithm>
#include <utility>

namespace salesops::rpc {

WorkerPool::WorkerPool(int workers, int queue, std::function<std::shared_ptr<void>()> thread_scope)
    : call_limit_(workers + queue),
      step_limit_(std::max(1, workers / 2)),
      thread_scope_(std::move(thread_scope)) {
  threads_.reserve(workers);
  for (int i = 0; i < workers; ++i) threads_.emplace_back([this] { Work(); });
}

WorkerPool::~WorkerPool() { Stop(); }

bool WorkerPool::TryPushCall(Task&& task) {
  bool wake;
  {
    std::lock_guard lock(mu_);
    if (stopping_ || calls_inside_ >= call_limit_) return false;
    ++calls_inside_;
    calls_.push_back(std::move(task));
    wake = idle_ > 0;
  }
  if (wake) work_.notify_one();
  return true;
}

void WorkerPool::PushStep(Task&& task) {
  Task dropped;  // destroyed outside the lock: a dropped task finishes its call
  {
    std::lock_guard lock(mu_);
    if (stopping_) {
      dropped = std::move(task);
      return;
    }
    steps_.push_back(std::move(task));
  }
  work_.notify_one();
}

int WorkerPool::calls() const {
  std::lock_guard lock(mu_);
  return calls_inside_;
}

int WorkerPool::waiting() const {
  std::lock_guard lock(mu_);
  return static_cast<int>(calls_.size() + steps_.size());
}

void WorkerPool::Stop() {
  {
    std::lock_guard lock(mu_);
    stopping_ = true;
  }
  work_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

WorkerPool::Task WorkerPool::Next(bool* is_call) {
  const bool step_may_run = !steps_.empty() && steps_running_ < step_limit_;
  if (calls_.empty() && !step_may_run) return nullptr;
  // They take turns when both wait.
  *is_call = !calls_.empty() && !(step_may_run && step_turn_);
  step_turn_ = *is_call;
  std::deque<Task>& from = *is_call ? calls_ : steps_;
  Task task = std::move(from.front());
  from.pop_front();
  if (!*is_call) ++steps_running_;
  return task;
}

void WorkerPool::Work() {
  std::shared_ptr<void> scope = thread_scope_ ? thread_scope_() : nullptr;
  std::unique_lock lock(mu_);
  while (true) {
    bool is_call = false;
    Task task = Next(&is_call);
    if (!task) {
      if (stopping_ && steps_.empty()) {
        work_.notify_all();  // others may be waiting for the steps that this thread ran
        return;
      }
      ++idle_;
      work_.wait(lock);
      --idle_;
      continue;
    }
    lock.unlock();
    task();
    task = nullptr;  // what it holds is released before it counts as done
    lock.lock();
    // A step that the limit held back may have spent its notification on a thread that could not
    // take it; this thread looks again itself, so none is lost.
    --(is_call ? calls_inside_ : steps_running_);
  }
}

}  // namespace salesops::rpc
