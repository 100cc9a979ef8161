#pragma once

// A fixed number of threads that run handlers, and a bound on how much may wait for them.
//
//   if (!pool.TryPushCall([live = std::move(live)]() mutable { … })) → RESOURCE_EXHAUSTED
//
// Calls: at most workers + queue are inside at a time, and the next one is refused at once. Steps
// of streams that were let in are never refused (their number is bounded by the open streams) but
// use at most half of the workers, so that a thousand watchers cannot keep a call waiting.
//
// Thread-safety: every method is safe from any thread.

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"

namespace salesops::rpc {

class WorkerPool {
 public:
  using Task = absl::AnyInvocable<void()>;

  // `thread_scope` may be empty; what it returns lives as long as its thread.
  WorkerPool(int workers, int queue, std::function<std::shared_ptr<void>()> thread_scope);
  ~WorkerPool();

  // False, with `task` untouched, if workers + queue calls are inside already.
  bool TryPushCall(Task&& task);
  void PushStep(Task&& task);

  // Calls that run or wait.
  int calls() const;
  // Calls and steps that wait.
  int waiting() const;

  // Runs what is queued and ends the threads; later pushes are dropped.
  void Stop();

 private:
  void Work();
  // Takes the next task that may run now; called with the lock held. Null if there is none.
  Task Next(bool* is_call);

  const int call_limit_;
  const int step_limit_;
  const std::function<std::shared_ptr<void>()> thread_scope_;
  mutable std::mutex mu_;
  std::condition_variable work_;
  std::deque<Task> calls_, steps_;
  int calls_inside_ = 0;
  int steps_running_ = 0;
  int idle_ = 0;
  bool step_turn_ = false;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace salesops::rpc
