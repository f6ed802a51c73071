#include "serving/http/workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <set>

namespace almanac::serving {
namespace {

TEST(Workers, AsManyWorkAtOnceAsThereMayBe) {
  Workers workers(4);
  std::latch together(4);  // would never open with fewer threads
  for (int i = 0; i < 4; ++i) workers.run([&] { together.arrive_and_wait(); });
  together.wait();
}

TEST(Workers, WhatIsMoreWaitsItsTurnAndIsDone) {
  std::atomic<int> done = 0;
  Workers workers(2);
  for (int i = 0; i < 100; ++i) workers.run([&] { ++done; });
  workers.finish();
  EXPECT_EQ(done, 100);
}

TEST(Workers, AThreadThatIsIdleIsUsedAgain) {
  Workers workers(8);
  std::mutex mutex;
  std::set<std::thread::id> seen;
  for (int i = 0; i < 20; ++i) {
    std::latch done(1);
    workers.run([&] {
      {
        const std::lock_guard lock(mutex);
        seen.insert(std::this_thread::get_id());
      }
      done.count_down();
    });
    done.wait();
  }
  EXPECT_LE(seen.size(), 8U);
  EXPECT_GE(seen.size(), 1U);
}

}  // namespace
}  // namespace almanac::serving
