#include "core/aside.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace almanac {
namespace {

TEST(Aside, TheWorkIsDoneOnceFinished) {
  int done = 0;
  Aside aside([&] { ++done; });
  aside.finish();
  EXPECT_EQ(done, 1);
}

TEST(Aside, WhatTheWorkThrowsIsThrownToWhoWaits) {
  Aside aside([] { throw std::runtime_error("no"); });
  EXPECT_THROW(aside.finish(), std::runtime_error);
}

TEST(Aside, ManyTakeNoMoreThreadsThanThereAreProcessorsToSpare) {
  const auto caller = std::this_thread::get_id();
  std::atomic<bool> go{false};
  std::atomic<unsigned> elsewhere{0}, here{0};
  std::vector<std::unique_ptr<Aside>> all;
  for (int i = 0; i < 64; ++i) {
    all.push_back(std::make_unique<Aside>([&] {
      if (std::this_thread::get_id() == caller) {
        ++here;
        return;
      }
      ++elsewhere;
      while (!go) std::this_thread::yield();
    }));
  }
  go = true;
  for (auto& aside : all) aside->finish();
  EXPECT_EQ(here + elsewhere, 64u);
  EXPECT_LT(elsewhere, std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace
}  // namespace almanac
