#pragma once

// The open streams: how many, which of them wait for something, and when they must end.
//
// A waiting stream belongs to this set; whoever takes it out (its time, a wake, its own cancel or
// next message, the drain) is the only one who may go on with it. That is what makes "finish
// exactly once" hold without a lock around gRPC.
//
// Thread-safety: every method is safe from any thread.

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

#include "absl/time/time.h"

namespace salesops::rpc {

class WaitingStream {
 public:
  virtual ~WaitingStream() = default;
  // Its time has come, it was woken, or the server drains. Must not block.
  virtual void Resume() = 0;
  // True if it waits for news, which a wake announces; false if it waits for its client.
  virtual bool waits_for_news() const = 0;
};

class OpenStreams {
 public:
  explicit OpenStreams(int limit);
  ~OpenStreams();

  // False if `limit` streams are open. Every successful Open is followed by one Close.
  bool Open();
  void Close();
  int count() const;

  // Puts the stream among the waiting ones. False, and it still belongs to the caller, if there is
  // nothing to wait for: `until` has passed, a wake came after `wakes()` said `seen`, or streams
  // end.
  bool Wait(std::shared_ptr<WaitingStream> stream, absl::Time until, uint64_t seen);
  // True if the stream was waiting; it belongs to the caller now.
  bool Take(WaitingStream* stream);

  uint64_t wakes() const;
  void WakeAll();

  // From now on streams end: those that wait for news now, the others at `cut` at the latest.
  void EndAll(absl::Time cut);
  bool ending() const;
  // When a stream that still has something to say is cut off; far away until EndAll.
  absl::Time cut() const;

 private:
  using Queue = std::multimap<absl::Time, std::shared_ptr<WaitingStream>>;
  using Streams = std::vector<std::shared_ptr<WaitingStream>>;

  void WatchTime();
  void Insert(std::shared_ptr<WaitingStream> stream, absl::Time until);
  Streams TakeWaitingForNews();

  const int limit_;
  mutable std::mutex mu_;
  std::condition_variable changed_;
  int open_ = 0;
  uint64_t wakes_ = 0;
  bool ending_ = false;
  bool stopping_ = false;
  absl::Time cut_ = absl::InfiniteFuture();
  Queue queue_;
  std::unordered_map<WaitingStream*, Queue::iterator> where_;
  std::thread timer_;
};

}  // namespace salesops::rpc
