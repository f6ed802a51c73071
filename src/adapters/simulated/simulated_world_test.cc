#include "adapters/simulated/simulated_world.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "adapters/local/system_clock.h"
#include "control/group.h"
#include "ports/memory_object_store.h"
#include "ports/metric_source_contract.h"
#include "ports/scaling_group_contract.h"
#include "records/lease.h"
#include "records/ledger.h"
#include "records/living_daemon.h"

namespace almanac::adapters::simulated {
namespace {

using testing::HasSubstr;

constexpr Duration kInterval{300};
const Timestamp kNoon = parse_timestamp("2026-11-24T12:00:00Z").value();

class SimulatedWorldTest : public testing::Test {
 protected:
  ports::MemoryObjectStore store;
  SimulatedSource source{.seed = 3, .boot = Duration{480}, .history = kWeek};
  Limits limits{2, 60};

  // Each opening stands for another process.
  std::shared_ptr<SimulatedWorld> open(Timestamp now) {
    auto world = SimulatedWorld::open(store, "shop", source, limits, now);
    EXPECT_TRUE(world) << world.error().message;
    return *world;
  }
};

TEST_F(SimulatedWorldTest, TheHistoryHoldsAtLeastTheWeeksAsked) {
  EXPECT_LE(open(kNoon)->history_start(), kNoon - kWeek);
  EXPECT_GT(open(kNoon)->history_start(), kNoon - 3 * kWeek);
  EXPECT_TRUE(store.get("shop/business_calendar.json"));
}

TEST_F(SimulatedWorldTest, ThePastIsTheSameForEveryProcessAndAtEveryTime) {
  const TimeRange morning{kNoon - 4 * kHour, kNoon};
  const auto first = open(kNoon)->metrics()->read(morning, kInterval);
  const auto later = open(kNoon + 3 * kHour)->metrics()->read(morning, kInterval);
  ASSERT_TRUE(first);
  ASSERT_EQ(first->size(), 48U);
  EXPECT_EQ(*first, *later);
}

TEST_F(SimulatedWorldTest, KeepsTheContractsOfItsPorts) {
  const auto world = open(kNoon);
  Timestamp now = kNoon;
  const auto settle = [&] { ASSERT_TRUE(world->advance(now += 2 * kInterval)); };
  const auto group = world->group();
  ports::expect_scaling_group_contract({*group, [&] { return now; }, settle});
  const auto metrics = world->metrics();
  ports::expect_metric_source_contract(*metrics, {now - kDay, now}, kInterval);
}

// A tick each five minutes from Tuesday noon to Wednesday noon, as the daemon calls it; its target tracking steers
// above the floor. At noon the shop needs many instances and by night few.
TEST_F(SimulatedWorldTest, InModeFloorTheGroupComesDownAgain) {
  const auto world = open(kNoon);
  control::GroupSettings settings;
  settings.name = "shop";
  settings.policy.min = limits.min;
  settings.policy.max = limits.max;
  settings.policy.mode = planning::Mode::floor;
  control::GroupParts parts{store, settings, records::CalendarStore(store, "shop")};
  parts.metrics = world->metrics();
  parts.target = world->group();
  parts.advance = [&](Timestamp to) { return world->advance(to); };
  control::Group group(std::move(parts));
  std::vector<int> floors, stood;
  for (Timestamp now = kNoon; now < kNoon + kDay; now += kInterval) {
    ASSERT_TRUE(group.advance_to(now));
    const auto report = group.tick(now);
    ASSERT_TRUE(report) << report.error().message;
    const auto state = *group.target().describe();
    EXPECT_EQ(state.min, 2) << "the owner's";
    EXPECT_GE(state.desired, state.raised_minimum.value_or(state.min));
    floors.push_back(state.raised_minimum.value_or(state.min));
    stood.push_back(state.desired);
    // What every new process sees.
    if (floors.size() % 100 == 0) {
      EXPECT_EQ(*open(now)->group()->describe(), state);
    }
  }
  const auto highest = std::max_element(floors.begin(), floors.end());
  const auto lowest = std::min_element(highest, floors.end());
  EXPECT_LT(*lowest, *highest / 2) << "a floor ends by itself";
  EXPECT_LT(*std::min_element(stood.begin() + (highest - floors.begin()), stood.end()), *highest / 2)
      << "and the group follows its own policy down";
}

TEST_F(SimulatedWorldTest, AFloorThatStandsIsNotWrittenAtEachTick) {
  const auto world = open(kNoon);
  const auto group = world->group();
  int writes = 0;
  std::string etag = store.get("shop/simulated_group.csv")->etag;
  for (Timestamp now = kNoon; now < kNoon + kHour; now += kInterval) {
    ASSERT_TRUE(world->advance(now));
    ASSERT_TRUE(group->raise_minimum(50, now, now + 2 * kInterval));
    EXPECT_EQ(group->describe()->raised_minimum, 50);
    const std::string before = std::exchange(etag, store.get("shop/simulated_group.csv")->etag);
    if (etag != before) ++writes;
  }
  // At 12:00 until 12:40, which is enough up to 12:30; at 12:35 until 13:15.
  EXPECT_EQ(writes, 2);
}

TEST_F(SimulatedWorldTest, WhoSetsACapacitySteersAloneUntilAMinimumIsRaised) {
  const auto desired_at = [&](Timestamp now) { return open(now)->group()->describe()->desired; };
  ASSERT_TRUE(open(kNoon)->group()->set_desired(60));
  EXPECT_EQ(desired_at(kNoon + 4 * kHour), 60);
  ASSERT_TRUE(open(kNoon + 4 * kHour)->group()->raise_minimum(3, kNoon + 4 * kHour, kNoon + 5 * kHour));
  EXPECT_LT(desired_at(kNoon + 6 * kHour), 60) << "its own policy steers above the floor, and after its end";
  ASSERT_TRUE(open(kNoon + 6 * kHour)->group()->set_desired(60));
  EXPECT_EQ(desired_at(kNoon + 8 * kHour), 60);
}

TEST_F(SimulatedWorldTest, AMemoryOfAnOlderVersionHasCapacitiesOnly) {
  open(kNoon);
  auto bytes = store.get("shop/simulated_group.csv")->bytes;
  const std::string header = "timestamp,desired_capacity,minimum,minimum_until\n";
  ASSERT_TRUE(bytes.ends_with(header));
  bytes.replace(bytes.size() - header.size(), header.size(), "timestamp,desired_capacity\n2026-11-24T12:00:00Z,20\n");
  ASSERT_TRUE(store.put("shop/simulated_group.csv", bytes, ports::PutCondition::always()));
  EXPECT_EQ(open(kNoon + kMinute)->group()->describe()->desired, 20);
}

TEST_F(SimulatedWorldTest, WhatWasAskedForIsThereAfterTheBootTime) {
  const int before = open(kNoon)->group()->describe()->desired;
  ASSERT_TRUE(open(kNoon)->group()->set_desired(before + 5));
  const auto at_once = open(kNoon + kMinute)->group()->describe();
  EXPECT_EQ(at_once->desired, before + 5);
  EXPECT_EQ(at_once->in_service, before);
  EXPECT_EQ(at_once->pending, 5);
  const auto later = open(kNoon + Duration{9 * 60})->group()->describe();
  EXPECT_EQ(later->in_service, before + 5);
  const auto launches = open(kNoon + Duration{9 * 60})->group()->launches(kNoon);
  ASSERT_GE(launches->size(), 5U);
  EXPECT_EQ(launches->back().in_service - launches->back().launched, Duration{480});
}

TEST_F(SimulatedWorldTest, OneThatLivesOnSeesWhatEveryNewProcessSees) {
  const auto living = open(kNoon);
  const auto metrics = living->metrics();
  const auto group = living->group();
  for (int tick = 0; tick < 6; ++tick) {
    const Timestamp now = kNoon + tick * kInterval;
    ASSERT_TRUE(living->advance(now));
    if (tick == 1) {
      ASSERT_TRUE(group->set_desired(21));
    }
    // Somebody else asks for something in between: another process, another object.
    if (tick == 3) {
      ASSERT_TRUE(open(now + kMinute)->group()->set_desired(17));
      continue;
    }
    const auto fresh = open(now);
    EXPECT_EQ(*group->describe(), *fresh->group()->describe()) << tick;
    const TimeRange hour{kNoon - kHour, now};
    EXPECT_EQ(*metrics->read(hour, kInterval), *fresh->metrics()->read(hour, kInterval)) << tick;
  }
  EXPECT_EQ(group->describe()->desired, 17);
}

TEST_F(SimulatedWorldTest, AShopThatWasPlayedElsewhereGoesOn) {
  const Timestamp start = parse_timestamp("2026-09-28").value();
  ASSERT_TRUE(SimulatedWorld::found(store, "shop", 5, start, 8, {{kNoon - kHour, 33}}));
  const auto world = open(kNoon);
  EXPECT_EQ(world->group()->describe()->desired, 33);
  EXPECT_EQ(floor_to(world->history_start() + kDay, kDay), start);
}

TEST_F(SimulatedWorldTest, AskingTwiceIsTheSameAsOnceAndLimitsHold) {
  ASSERT_TRUE(open(kNoon)->group()->set_desired(20));
  const auto etag = store.get("shop/simulated_group.csv")->etag;
  ASSERT_TRUE(open(kNoon + kMinute)->group()->set_desired(20));
  EXPECT_EQ(store.get("shop/simulated_group.csv")->etag, etag);
  EXPECT_EQ(open(kNoon)->group()->set_desired(61).error().code, ErrorCode::invalid_input);
  EXPECT_EQ(open(kNoon)->group()->set_desired(1).error().code, ErrorCode::invalid_input);
}

TEST_F(SimulatedWorldTest, TwoProcessesThatAskAtOnceAreBothRemembered) {
  const auto one = open(kNoon);
  const auto other = open(kNoon);
  ASSERT_TRUE(one->group()->set_desired(20));
  ASSERT_TRUE(other->group()->set_desired(25));
  EXPECT_EQ(open(kNoon + kMinute)->group()->describe()->desired, 25);
  EXPECT_THAT(store.get("shop/simulated_group.csv")->bytes, HasSubstr(",20,,\n"));
}

TEST_F(SimulatedWorldTest, AfterHalfAYearANewShopOpens) {
  ASSERT_TRUE(open(kNoon)->group()->set_desired(20));
  const auto world = open(kNoon + 300 * kDay);
  EXPECT_GT(world->history_start(), kNoon + 250 * kDay);
}

TEST_F(SimulatedWorldTest, WhoLooksWritesNothingWhateverTheShopIsLike) {
  const auto look = [&](Timestamp now) {
    return SimulatedWorld::open(store, "shop", source, limits, now, kinds::Visitor::looker);
  };
  // Not open yet: what would open now.
  ASSERT_TRUE(look(kNoon));
  EXPECT_THAT(*store.list(""), testing::IsEmpty());
  // Open: what every other process sees. Closed: what would open now.
  ASSERT_TRUE(open(kNoon)->group()->set_desired(20));
  const auto before = store.get("shop/simulated_group.csv")->bytes;
  EXPECT_EQ((*look(kNoon + kMinute))->group()->describe()->desired, 20);
  const auto later = look(kNoon + 300 * kDay);
  ASSERT_TRUE(later);
  EXPECT_GT((*later)->history_start(), kNoon + 250 * kDay);
  EXPECT_EQ(store.get("shop/simulated_group.csv")->bytes, before);
}

TEST_F(SimulatedWorldTest, ACommandReplacesNoShopThatADaemonWorksOn) {
  ASSERT_TRUE(open(kNoon)->group()->set_desired(20));
  const auto before = store.get("shop/simulated_group.csv")->bytes;
  const auto command = [&] {
    return SimulatedWorld::open(store, "shop", source, limits, kNoon + 300 * kDay, kinds::Visitor::command);
  };
  records::Lease lease(store, records::this_process(), std::chrono::seconds{60}, 1);
  ASSERT_TRUE(lease.renew({}, adapters::SystemClock().now()).value());
  const auto refused = command();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr(records::this_process() + " works on it"));
  EXPECT_EQ(store.get("shop/simulated_group.csv")->bytes, before);
  ASSERT_TRUE(lease.release({}, adapters::SystemClock().now()));
  EXPECT_TRUE(command());
  EXPECT_NE(store.get("shop/simulated_group.csv")->bytes, before);
}

TEST_F(SimulatedWorldTest, AShopThatWasPlayedElsewhereLivesInItsOwnTime) {
  EXPECT_EQ(SimulatedWorld::own_time(store, "shop").value(), std::nullopt);
  open(kNoon);
  EXPECT_EQ(SimulatedWorld::own_time(store, "shop").value(), std::nullopt);  // by the wall
  const Timestamp start = parse_timestamp("2026-02-02").value();
  const Timestamp asked = parse_timestamp("2026-04-12T21:55:00Z").value();
  ASSERT_TRUE(SimulatedWorld::found(store, "shop", 5, start, 8, {{asked, 33}}));
  EXPECT_EQ(SimulatedWorld::own_time(store, "shop").value(), asked);
  records::Record record;
  record.decision.group = "shop";
  record.decision.now = asked + kInterval;
  ASSERT_TRUE(records::Ledger(store, "shop").add(record));
  EXPECT_EQ(SimulatedWorld::own_time(store, "shop").value(), asked + kInterval);
  // What is asked for is remembered, and the shop's time stays its own.
  ASSERT_TRUE(open(asked + kInterval)->group()->set_desired(20));
  EXPECT_EQ(SimulatedWorld::own_time(store, "shop").value(), asked + kInterval);
  // A command that comes with the wall's time, long after it closed, opens no other one.
  const auto command = SimulatedWorld::open(store, "shop", source, limits, kNoon, kinds::Visitor::command);
  ASSERT_FALSE(command);
  EXPECT_THAT(command.error().message, HasSubstr("lives in its own time, which ends at 2026-09-28"));
  EXPECT_EQ(open(asked + kInterval)->group()->describe()->desired, 20);
}

TEST_F(SimulatedWorldTest, WhatWasAskedForLaterIsNotForgotten) {
  const auto behind = open(kNoon);
  ASSERT_TRUE(open(kNoon + kInterval)->group()->set_desired(20));
  const auto before = store.get("shop/simulated_group.csv")->bytes;
  const auto refused = behind->group()->set_desired(9);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("the clock went back"));
  EXPECT_EQ(store.get("shop/simulated_group.csv")->bytes, before);
}

TEST_F(SimulatedWorldTest, ADamagedMemoryIsNamedWithItsLine) {
  open(kNoon);
  auto bytes = store.get("shop/simulated_group.csv")->bytes;
  ASSERT_TRUE(
      store.put("shop/simulated_group.csv", bytes + "2026-11-24T12:00:00Z,many\n", ports::PutCondition::always()));
  const auto world = SimulatedWorld::open(store, "shop", source, limits, kNoon);
  ASSERT_FALSE(world);
  EXPECT_EQ(world.error().code, ErrorCode::corrupt);
  EXPECT_THAT(world.error().message, HasSubstr("shop/simulated_group.csv:4:"));
}

}  // namespace
}  // namespace almanac::adapters::simulated
