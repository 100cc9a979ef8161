#include "gateway/repeated.h"

#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace salesops::gateway {

struct Repeated::Rounds : std::enable_shared_from_this<Rounds> {
  Rounds(EventLoop& loop, absl::Duration pause, std::function<void()> what)
      : every(absl::ToChronoNanoseconds(pause)), work(std::move(what)), timer(loop.io()) {}

  void Await() {
    timer.expires_after(every);
    timer.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (error || self->over) return;
      self->work();
      self->Await();
    });
  }

  const std::chrono::nanoseconds every;
  const std::function<void()> work;
  boost::asio::steady_timer timer;
  bool over = false;
};

Repeated::Repeated(EventLoop& loop, absl::Duration every, std::function<void()> work)
    : loop_(loop), rounds_(std::make_shared<Rounds>(loop, every, std::move(work))) {
  loop_.Run([this] { rounds_->Await(); });
}

Repeated::~Repeated() {
  loop_.Run([this] {
    rounds_->over = true;
    rounds_->timer.cancel();
  });
}

}  // namespace salesops::gateway
