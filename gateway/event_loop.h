#pragma once

// One thread that serves connections, with what they share: a moment at which written frames are
// sent together, a look at every connection twice a second, deadlines, and scratch memory.
//
//   EventLoop loop;
//   loop.Start();
//   asio::post(loop.io(), […] { … });
//   loop.Stop();
//
// Thread-safety: everything but io(), Start, Run and Stop belongs to the loop's own thread (or to
// the thread that prepares it before Start).

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive/set.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace salesops::gateway {

using SteadyTime = std::chrono::steady_clock::time_point;

// Something with a deadline. Destroying it, or Cancel, takes it out of the queue.
class Deadline : public boost::intrusive::set_base_hook<
                     boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  virtual ~Deadline() = default;
  void CancelDeadline() { unlink(); }
  SteadyTime deadline() const { return deadline_; }

 private:
  friend class EventLoop;
  friend bool operator<(const Deadline& a, const Deadline& b) { return a.deadline_ < b.deadline_; }
  virtual void OnDeadline() = 0;
  SteadyTime deadline_;
};

// Something that gathers what it has to send and is told when to send it.
class Flushed {
 public:
  virtual ~Flushed() = default;
  virtual void Flush() = 0;
};

// Something that is looked at twice a second.
class Swept : public boost::intrusive::list_base_hook<
                  boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  virtual ~Swept() = default;
  virtual void Sweep(SteadyTime now) = 0;
};

class EventLoop {
 public:
  EventLoop();

  boost::asio::io_context& io() { return io_; }
  void Start();
  // Runs `work` on the loop's thread, after all that was posted to it before, and waits for that.
  // Not from the loop's own thread.
  void Run(std::function<void()> work);
  // Ends the thread; what is still open is closed by its owners' destructors.
  void Stop();

  // Calls Flush once, after everything that is ready now has been handled.
  void FlushSoon(std::shared_ptr<Flushed> what);
  void AddSwept(Swept& what) { swept_.push_back(what); }
  void SetDeadline(Deadline& what, SteadyTime at);

  // For use within one handler.
  static constexpr size_t kReadSize = 64 << 10;
  static constexpr size_t kPlainSize = 16 << 10;
  std::array<char, kReadSize>& read_buffer() { return *read_buffer_; }
  std::array<char, kPlainSize>& plain_buffer() { return *plain_buffer_; }
  std::string& gathered() { return gathered_; }
  std::string& to_wire() { return to_wire_; }

 private:
  using SweptList = boost::intrusive::list<Swept, boost::intrusive::constant_time_size<false>>;

  void FlushAll();
  void SweepAll();
  void ArmDeadlines();

  // Declared before io_, whose handlers own what is in the lists.
  SweptList swept_;
  boost::intrusive::multiset<Deadline, boost::intrusive::constant_time_size<false>> deadlines_;
  std::unique_ptr<std::array<char, kReadSize>> read_buffer_;
  std::unique_ptr<std::array<char, kPlainSize>> plain_buffer_;
  std::string gathered_, to_wire_;
  boost::asio::io_context io_{1};
  std::vector<std::shared_ptr<Flushed>> to_flush_, flushing_;
  boost::asio::steady_timer sweep_timer_{io_};
  boost::asio::steady_timer deadline_timer_{io_};
  SteadyTime armed_ = SteadyTime::max();
  std::thread thread_;
};

}  // namespace salesops::gateway
