#include "shared/rpc/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <set>

namespace salesops::rpc {
namespace {

TEST(WorkerPoolTest, TakesAsManyCallsAsItHasWorkersAndPlaces) {
  std::promise<void> open;
  std::shared_future<void> gate(open.get_future());
  WorkerPool pool(2, 3, nullptr);
  std::atomic<int> ran{0};
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(pool.TryPushCall([&, gate] {
      gate.wait();
      ++ran;
    })) << i;
  }
  bool kept = false;
  WorkerPool::Task sixth = [&] { kept = true; };
  EXPECT_FALSE(pool.TryPushCall(std::move(sixth)));
  sixth();  // NOLINT(bugprone-use-after-move): refused, so still the caller's
  EXPECT_TRUE(kept);
  EXPECT_EQ(pool.calls(), 5);
  open.set_value();
  pool.Stop();
  EXPECT_EQ(ran, 5);
  EXPECT_EQ(pool.calls(), 0);
}

TEST(WorkerPoolTest, LeavesHalfOfTheWorkersToCalls) {
  std::promise<void> open;
  std::shared_future<void> gate(open.get_future());
  WorkerPool pool(4, 0, nullptr);
  std::atomic<int> steps{0};
  for (int i = 0; i < 100; ++i) {
    pool.PushStep([&, gate] {
      gate.wait();
      ++steps;
    });
  }
  std::promise<void> served;
  EXPECT_TRUE(pool.TryPushCall([&] { served.set_value(); }));
  served.get_future().wait();
  EXPECT_EQ(steps, 0);
  open.set_value();
  pool.Stop();
  EXPECT_EQ(steps, 100);  // what is queued is run
}

TEST(WorkerPoolTest, OneWorkerServesBothInTurn) {
  WorkerPool pool(1, 100, nullptr);
  std::promise<void> open;
  std::shared_future<void> gate(open.get_future());
  std::vector<char> order;
  pool.TryPushCall([gate] { gate.wait(); });
  for (int i = 0; i < 3; ++i) {
    pool.PushStep([&] { order.push_back('s'); });
    EXPECT_TRUE(pool.TryPushCall([&] { order.push_back('c'); }));
  }
  open.set_value();
  pool.Stop();
  EXPECT_EQ(std::string(order.begin(), order.end()), "scscsc");
}

TEST(WorkerPoolTest, DropsWhatComesAfterStop) {
  WorkerPool pool(1, 1, nullptr);
  pool.Stop();
  EXPECT_FALSE(pool.TryPushCall([] {}));
  auto held = std::make_shared<int>(1);
  pool.PushStep([held] {});
  EXPECT_EQ(held.use_count(), 1);
}

TEST(WorkerPoolTest, OpensAndClosesAScopeInEachThread) {
  std::atomic<int> open{0}, opened{0};
  {
    WorkerPool pool(3, 1, [&] {
      ++open;
      ++opened;
      return std::shared_ptr<void>(nullptr, [&](void*) { --open; });
    });
    pool.Stop();
  }
  EXPECT_EQ(opened, 3);
  EXPECT_EQ(open, 0);
}

TEST(WorkerPoolTest, LosesNothingUnderLoad) {
  std::atomic<int> ran{0}, refused{0};
  {
    WorkerPool pool(4, 16, nullptr);
    std::vector<std::thread> pushers;
    for (int t = 0; t < 4; ++t) {
      pushers.emplace_back([&] {
        for (int i = 0; i < 5000; ++i) {
          if (!pool.TryPushCall([&] { ++ran; })) ++refused;
          pool.PushStep([&] { ++ran; });
        }
      });
    }
    for (std::thread& pusher : pushers) pusher.join();
    pool.Stop();
  }
  EXPECT_EQ(ran + refused, 40'000);
}

}  // namespace
}  // namespace salesops::rpc
