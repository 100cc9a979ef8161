#include "gateway/event_loops.h"

#include <algorithm>

namespace salesops::gateway {

EventLoops::EventLoops(int threads) {
  for (int i = 0; i < std::max(1, threads); ++i) {
    loops_.push_back(std::make_unique<EventLoop>());
    loops_.back()->Start();
  }
}

EventLoops::~EventLoops() {
  for (const auto& loop : loops_) loop->Stop();
}

void EventLoops::RunOnEach(const std::function<void(EventLoop&)>& work) {
  for (const auto& loop : loops_) {
    loop->Run([&] { work(*loop); });
  }
}

}  // namespace salesops::gateway
