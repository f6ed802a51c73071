#include "daemon/workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

namespace almanac::daemon {
namespace {

using std::chrono::milliseconds;

TEST(Workers, DoEveryJobAndTellWhenIdle) {
  Workers workers("test", 3, 5);
  std::atomic<int> done = 0;
  for (int i = 0; i < 100; ++i) workers.submit([&] { ++done; });
  EXPECT_TRUE(workers.wait_idle(milliseconds{5000}));
  EXPECT_EQ(done, 100);
  EXPECT_EQ(workers.load().running, 0U);
}

TEST(Workers, OneJobThatHangsKeepsNobodyElse) {
  Workers workers("test", 2);
  std::promise<void> release;
  workers.submit([gate = release.get_future().share()] { gate.wait(); });
  std::promise<void> other;
  workers.submit([&] { other.set_value(); });
  EXPECT_EQ(other.get_future().wait_for(milliseconds{5000}), std::future_status::ready);
  EXPECT_FALSE(workers.wait_idle(milliseconds{1}));
  EXPECT_EQ(workers.load().running, 1U);
  release.set_value();
  EXPECT_TRUE(workers.wait_idle(milliseconds{5000}));
}

TEST(Workers, QueuedJobsCanBeDropped) {
  Workers workers("test", 1);
  std::promise<void> release, begun;
  workers.submit([&begun, gate = release.get_future().share()] {
    begun.set_value();
    gate.wait();
  });
  begun.get_future().wait();
  std::atomic<int> done = 0;
  for (int i = 0; i < 5; ++i) workers.submit([&] { ++done; });
  EXPECT_EQ(workers.drop_queued(), 5U);
  release.set_value();
  EXPECT_TRUE(workers.wait_idle(milliseconds{5000}));
  EXPECT_EQ(done, 0);
}

}  // namespace
}  // namespace almanac::daemon
