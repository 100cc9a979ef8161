#include "gateway/event_loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <utility>

namespace salesops::gateway {
namespace {

using boost::system::error_code;

constexpr auto kSweepEvery = std::chrono::milliseconds(500);

}  // namespace

EventLoop::EventLoop()
    : read_buffer_(std::make_unique<std::array<char, kReadSize>>()),
      plain_buffer_(std::make_unique<std::array<char, kPlainSize>>()) {}

void EventLoop::Start() {
  SweepAll();
  thread_ = std::thread([this] { io_.run(); });
}

void EventLoop::Run(std::function<void()> work) {
  auto task = std::make_shared<std::packaged_task<void()>>(std::move(work));
  const std::future<void> done = task->get_future();
  boost::asio::post(io_, [task] { (*task)(); });
  done.wait();
}

void EventLoop::Stop() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
}

void EventLoop::FlushSoon(std::shared_ptr<Flushed> what) {
  to_flush_.push_back(std::move(what));
  if (to_flush_.size() == 1) boost::asio::post(io_, [this] { FlushAll(); });
}

void EventLoop::FlushAll() {
  std::swap(to_flush_, flushing_);
  for (const auto& what : flushing_) what->Flush();
  flushing_.clear();
}

// One timer for all: deadlines of connections move with every byte, and a timer each would cost
// more than looking at all of them.
void EventLoop::SweepAll() {
  sweep_timer_.expires_after(kSweepEvery);
  sweep_timer_.async_wait([this](error_code error) {
    if (error) return;
    const SteadyTime now = std::chrono::steady_clock::now();
    // Any of them may take itself or another one out while it is looked at.
    SweptList round;
    round.swap(swept_);
    while (!round.empty()) {
      Swept& next = round.front();
      round.pop_front();
      swept_.push_back(next);
      next.Sweep(now);
    }
    SweepAll();
  });
}

void EventLoop::SetDeadline(Deadline& what, SteadyTime at) {
  what.CancelDeadline();
  what.deadline_ = at;
  deadlines_.insert(what);
  if (at < armed_) ArmDeadlines();
}

// The timer may be early, because deadlines that were met are not taken out of it: then it is set
// anew.
void EventLoop::ArmDeadlines() {
  if (deadlines_.empty()) {
    armed_ = SteadyTime::max();
    return;
  }
  armed_ = deadlines_.begin()->deadline();
  deadline_timer_.expires_at(armed_);
  deadline_timer_.async_wait([this](error_code error) {
    if (error) return;
    const SteadyTime now = std::chrono::steady_clock::now();
    while (!deadlines_.empty() && deadlines_.begin()->deadline() <= now) {
      Deadline& due = *deadlines_.begin();
      due.CancelDeadline();
      due.OnDeadline();
    }
    ArmDeadlines();
  });
}

}  // namespace salesops::gateway
