#include "records/lease.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <memory>

#include "ports/faulty_object_store.h"
#include "ports/memory_object_store.h"

namespace almanac::records {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class LeaseTest : public testing::Test {
 protected:
  ports::MemoryObjectStore memory;
  ports::FaultyObjectStore store{memory};
  Lease::Moment now = Lease::Moment{} + seconds{100000};
  Timestamp wall = parse_timestamp("2026-11-27T12:00:00Z").value();
  Lease first{store, "one:1", seconds{10}, 11};
  Lease second{store, "two:2", seconds{10}, 22};

  void pass(milliseconds time) {
    now += time;
    wall += std::chrono::floor<Duration>(time);
  }
  bool renew(Lease& lease) { return lease.renew(now, wall).value_or(false); }
};

TEST_F(LeaseTest, TheFirstHoldsItAndTheSecondWaits) {
  EXPECT_FALSE(first.held(now));
  EXPECT_TRUE(renew(first));
  EXPECT_FALSE(renew(second));
  EXPECT_TRUE(first.held(now));
  EXPECT_FALSE(second.held(now));
  EXPECT_EQ(second.last_holder(), "one:1");
  for (int i = 0; i < 20; ++i) {
    pass(seconds{3});
    EXPECT_TRUE(renew(first));
    EXPECT_FALSE(renew(second));
  }
}

TEST_F(LeaseTest, ADeadHoldersLeaseIsTakenOnceItsTimeIsUp) {
  ASSERT_TRUE(renew(first));
  ASSERT_FALSE(renew(second));
  pass(milliseconds{9999});
  EXPECT_TRUE(first.held(now));
  EXPECT_FALSE(renew(second));
  pass(milliseconds{1});
  EXPECT_FALSE(first.held(now)) << "a holder gives up by itself";
  EXPECT_TRUE(renew(second));
  EXPECT_FALSE(renew(first)) << "the dead one comes back and has to wait";
  EXPECT_EQ(first.last_holder(), "two:2");
}

TEST_F(LeaseTest, ReleasedItIsTakenAtOnce) {
  ASSERT_TRUE(renew(first));
  ASSERT_FALSE(renew(second));
  ASSERT_TRUE(first.release(now, wall));
  EXPECT_FALSE(first.held(now));
  EXPECT_TRUE(renew(second));
  // Whoever does not hold it releases nothing.
  ASSERT_TRUE(first.release(now, wall));
  EXPECT_TRUE(renew(second));
}

TEST_F(LeaseTest, ClocksThatDisagreeByMinutesMakeNoSecondHolder) {
  ASSERT_TRUE(renew(first));
  for (const int minutes : {-500, -9, 9}) {
    Lease other(store, "three:3", seconds{10}, 33);
    EXPECT_FALSE(other.renew(now, wall + minutes * kMinute).value()) << minutes;
  }
  // A lease of hours ago needs no waiting.
  Lease other(store, "three:3", seconds{10}, 33);
  EXPECT_TRUE(other.renew(now + std::chrono::hours{2}, wall + 2 * kHour).value());
}

TEST_F(LeaseTest, AStoreThatFailsCostsTheLeaseOnlyWhenItsTimeIsUp) {
  ASSERT_TRUE(renew(first));
  store.fail_writes(ErrorCode::storage_full);
  pass(seconds{6});
  EXPECT_EQ(first.renew(now, wall).error().code, ErrorCode::storage_full);
  EXPECT_TRUE(first.held(now));
  pass(seconds{4});
  EXPECT_FALSE(first.held(now));
  store.clear();
  EXPECT_TRUE(renew(first)) << "nobody else took it meanwhile";
}

TEST_F(LeaseTest, AnAnswerThatWasLostIsFoundOut) {
  store.fail_at(store.operations() + 1, {ErrorCode::unavailable, true});
  EXPECT_FALSE(first.renew(now, wall));
  EXPECT_FALSE(first.held(now));
  EXPECT_FALSE(renew(second));
  EXPECT_TRUE(renew(first));
}

TEST_F(LeaseTest, RubbishIsNobodysForLong) {
  ASSERT_TRUE(memory.put("almanac-lease.json", "rubbish", ports::PutCondition::always()));
  EXPECT_EQ(first.renew(now, wall).error().code, ErrorCode::corrupt);
  pass(seconds{10});
  EXPECT_TRUE(renew(first));
}

TEST_F(LeaseTest, ARemovedLeaseIsTakenByWhoComesFirst) {
  ASSERT_TRUE(renew(first));
  ASSERT_TRUE(memory.remove("almanac-lease.json"));
  EXPECT_TRUE(renew(second));
  EXPECT_FALSE(renew(first));
}

// Whatever fails and whoever sleeps: never two at once, except in the case of a lease that a person removed.
RC_GTEST_PROP(LeaseProperty, NeverTwoHolders, ()) {
  ports::MemoryObjectStore memory;
  ports::FaultyObjectStore store(memory);
  store.fail_randomly(*rc::gen::arbitrary<std::uint64_t>(), {.before = 0.1, .after = 0.1});
  std::vector<std::unique_ptr<Lease>> leases;
  for (std::uint64_t i = 0; i < 3; ++i) leases.push_back(std::make_unique<Lease>(store, "x", seconds{10}, i + 1));
  Lease::Moment now = Lease::Moment{} + seconds{1000};
  const Timestamp wall{Duration{1800000000}};
  const auto steps = *rc::gen::container<std::vector<std::pair<unsigned, unsigned>>>(
      rc::gen::pair(rc::gen::inRange(0U, 4U), rc::gen::inRange(0U, 8000U)));
  for (const auto& [who, wait] : steps) {
    now += milliseconds{wait};
    if (who < 3) {
      (void)leases[who]->renew(now, wall);
    } else {
      (void)leases[0]->release(now, wall);
    }
    int holders = 0;
    for (const auto& lease : leases) holders += lease->held(now) ? 1 : 0;
    RC_ASSERT(holders <= 1);
  }
}

}  // namespace
}  // namespace almanac::records
