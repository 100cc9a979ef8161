#pragma once

// The threads of the gateway, one EventLoop each. Both doors and the ways to the services share
// them, so that a call stays on the thread that its caller's connection was given to.
//
//   EventLoops loops(2);
//   loops[0].Run([&] { … });
//
// Everything that lives on the loops goes before them.
//
// Thread-safety: safe from any thread.

#include <functional>
#include <memory>
#include <vector>

#include "gateway/event_loop.h"

namespace salesops::gateway {

class EventLoops {
 public:
  // They run from now on. At least one.
  explicit EventLoops(int threads);
  ~EventLoops();
  EventLoops(const EventLoops&) = delete;
  EventLoops& operator=(const EventLoops&) = delete;

  size_t size() const { return loops_.size(); }
  EventLoop& operator[](size_t i) { return *loops_[i]; }

  // EventLoop::Run on one after the other; not from any of their threads.
  void RunOnEach(const std::function<void(EventLoop&)>& work);

 private:
  std::vector<std::unique_ptr<EventLoop>> loops_;
};

}  // namespace salesops::gateway
