#pragma once

// Something that is done again and again on the thread of a loop, such as looking for new
// certificates.
//
//   Repeated refresh(loop, absl::Seconds(5), [&] { tls.Refresh(); });
//
// Thread-safety: made and destroyed on any thread but the loop's, which runs.

#include <functional>
#include <memory>

#include "absl/time/time.h"
#include "gateway/event_loop.h"

namespace salesops::gateway {

class Repeated {
 public:
  // For the first time after `every`.
  Repeated(EventLoop& loop, absl::Duration every, std::function<void()> work);
  // It is not under way afterwards.
  ~Repeated();
  Repeated(const Repeated&) = delete;
  Repeated& operator=(const Repeated&) = delete;

 private:
  struct Rounds;
  EventLoop& loop_;
  std::shared_ptr<Rounds> rounds_;
};

}  // namespace salesops::gateway
