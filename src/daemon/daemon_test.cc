#include "daemon/daemon.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>

#include "ports/faulty_object_store.h"
#include "ports/memory_object_store.h"
#include "records/action_log.h"
#include "records/ledger.h"

namespace almanac::daemon {
namespace {

using std::chrono::seconds;
using testing::Contains;
using testing::HasSubstr;

constexpr Duration kInterval{300};
const Timestamp kNoon = parse_timestamp("2026-11-25T12:00:00Z").value();

// A store that makes whoever asks for keys of one group wait: a cloud that hangs.
class HangingStore final : public ports::ObjectStore {
 public:
  explicit HangingStore(ports::ObjectStore& inner) : inner_(inner) {}

  void hang(const std::string& prefix) { set(prefix); }
  void release() { set(""); }

  Result<ports::Object> get(std::string_view key) override { return wait(key), inner_.get(key); }
  Result<std::string> put(std::string_view key, std::string_view bytes, const ports::PutCondition& c) override {
    return wait(key), inner_.put(key, bytes, c);
  }
  Result<std::vector<std::string>> list(std::string_view prefix) override { return wait(prefix), inner_.list(prefix); }
  Result<void> remove(std::string_view key) override { return wait(key), inner_.remove(key); }

 private:
  void set(const std::string& prefix) {
    {
      const std::lock_guard lock(mutex_);
      hanging_ = prefix;
    }
    changed_.notify_all();
  }
  void wait(std::string_view key) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return hanging_.empty() || !key.starts_with(hanging_); });
  }

  ports::ObjectStore& inner_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string hanging_;
};

// A clock that the test sets while workers read it.
class TestClock final : public ports::Clock {
 public:
  Timestamp now() const override { return Timestamp{Duration{seconds_.load()}}; }
  void set(Timestamp t) { seconds_ = t.time_since_epoch().count(); }

 private:
  std::atomic<long long> seconds_{kNoon.time_since_epoch().count()};
};

class Recorder final : public Observer {
 public:
  void tick_done(const Ticked& tick) override {
    const std::lock_guard lock(mutex);
    ticks.push_back(tick.report.scaled);
  }
  void tick_failed(const std::string& group, const Error& error, double) override {
    const std::lock_guard lock(mutex);
    failures.push_back(group + ": " + error.message);
  }
  void training_done(const std::string& group, double, bool failed) override {
    const std::lock_guard lock(mutex);
    trainings.push_back(group + (failed ? " failed" : ""));
  }
  void round_done(const Round& round) override {
    const std::lock_guard lock(mutex);
    rounds.push_back(round);
  }
  void set_by_hand(const std::string& group, const ByHand& in_force, Timestamp) override {
    const std::lock_guard lock(mutex);
    by_hand.emplace_back(group, in_force);
  }
  std::mutex mutex;
  std::vector<control::ScaleReport> ticks;
  std::vector<std::pair<std::string, ByHand>> by_hand;
  std::vector<std::string> failures, trainings;
  std::vector<Round> rounds;
};

class DaemonTest : public testing::Test {
 protected:
  ports::MemoryObjectStore memory;
  ports::FaultyObjectStore faulty{memory};
  HangingStore store{faulty};
  TestClock clock;
  Recorder seen;
  std::mutex log_mutex;
  std::vector<std::string> log;

  static wiring::Config config(const std::vector<std::string>& names) {
    std::string text = "groups:\n";
    for (const auto& name : names) {
      text +=
          fmt::format("  - {{name: {}, source: {{simulated: {{history: 1w}}}}, scaling: {{min: 2, max: 60}}}}\n", name);
    }
    return wiring::parse_config(text, "almanac.yaml", ".").value();
  }
  std::unique_ptr<Daemon> start(const std::vector<std::string>& names, const std::string& holder = "one:1",
                                bool train = false) {
    DaemonOptions options;
    options.store = std::shared_ptr<ports::ObjectStore>(&store, [](auto*) {});
    options.holder = holder;
    options.train = train;
    options.workers = 4;
    auto daemon = Daemon::start(
        config(names), options, clock,
        [this](const LogLine& line) {
          const std::lock_guard lock(log_mutex);
          log.push_back(line.group + ": " + line.message);
        },
        seen);
    EXPECT_TRUE(daemon) << daemon.error().message;
    return std::move(*daemon);
  }
  // One look at the clock, and everything it began.
  Timestamp look(Daemon& daemon, Timestamp now) {
    clock.set(now);
    const Timestamp next = daemon.step();
    EXPECT_TRUE(daemon.wait_idle(seconds{300}));
    return next;
  }
  std::vector<records::Record> lines(const std::string& group) {
    records::Ledger ledger(memory, group);
    std::vector<records::Record> all;
    const auto read = ledger.between({kNoon - kDay, kNoon + 7 * kDay});
    for (const auto& record : read.value()) all.push_back(*record);
    return all;
  }
  // Whether rows are there for every interval before `until`, for two hours back.
  void expect_rows(const std::string& group, Timestamp until) {
    dataset::Dataset rows(memory, group, kInterval);
    const auto read = rows.read({until - 2 * kHour, until});
    ASSERT_TRUE(read);
    EXPECT_EQ(read->size(), 24U) << group;
  }
};

TEST_F(DaemonTest, EveryGroupTicksOnceAnIntervalOnTheGrid) {
  const auto daemon = start({"a", "b", "c"});
  EXPECT_EQ(look(*daemon, kNoon + Duration{17}), kNoon + kInterval);
  EXPECT_EQ(look(*daemon, kNoon + Duration{18}), kNoon + kInterval);
  look(*daemon, kNoon + kInterval);
  for (const char* group : {"a", "b", "c"}) {
    const auto all = lines(group);
    ASSERT_EQ(all.size(), 2U) << group;
    EXPECT_EQ(all[0].decision.now, kNoon);
    EXPECT_EQ(all[1].decision.now, kNoon + kInterval);
    expect_rows(group, kNoon + kInterval);
  }
  EXPECT_EQ(seen.ticks.size(), 6U);
  ASSERT_TRUE(seen.ticks.back().facts);
  EXPECT_TRUE(seen.ticks.back().facts->demand);
  ASSERT_EQ(seen.rounds.size(), 2U);
  EXPECT_EQ(seen.rounds[1].failed, 0U);
  EXPECT_TRUE(daemon->readiness());
  const Status status = daemon->status();
  EXPECT_TRUE(status.active);
  EXPECT_EQ(status.holder, "one:1");
  EXPECT_EQ(status.groups, 3U);
  ASSERT_TRUE(status.last_round);
  EXPECT_EQ(status.last_round->time, kNoon + kInterval);
  EXPECT_EQ(status.next_tick, kNoon + 2 * kInterval);
}

// A source that tells of an interval two minutes after its end: the tick waits, is decided once, and the round is over
// then. From then on nobody looks before it is worth it.
TEST_F(DaemonTest, ATickWaitsForItsMetricsAndIsDecidedOnce) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / fmt::format("almanac-daemon-{}.csv", ::getpid());
  const auto write_until = [&](Timestamp until) {
    std::ofstream out(file);
    out << "timestamp,cpu_utilization,in_service_instances\n";
    for (Timestamp t = kNoon - 3 * kDay; t < until; t += kInterval)
      out << format_timestamp(t) << "," << 40 + (t.time_since_epoch().count() / 300) % 7 << ",5\n";
  };
  write_until(kNoon - kInterval);
  DaemonOptions options;
  options.store = std::shared_ptr<ports::ObjectStore>(&store, [](auto*) {});
  options.holder = "one:1";
  options.train = false;
  const auto daemon = Daemon::start(
      wiring::parse_config(fmt::format("groups: [{{name: late, source: {{csv: {}}}}}]", file.string()), "x", ".")
          .value(),
      options, clock, [](const LogLine&) {}, seen);
  ASSERT_TRUE(daemon) << daemon.error().message;
  look(**daemon, kNoon + Duration{1});
  look(**daemon, kNoon + Duration{61});
  EXPECT_TRUE(lines("late").empty());
  EXPECT_TRUE(seen.rounds.empty());
  write_until(kNoon);
  look(**daemon, kNoon + Duration{90});
  EXPECT_TRUE(lines("late").empty()) << "one look a minute";
  look(**daemon, kNoon + Duration{120});
  look(**daemon, kNoon + Duration{180});
  ASSERT_EQ(lines("late").size(), 1U);
  EXPECT_EQ(lines("late")[0].decision.now, kNoon);
  EXPECT_EQ(lines("late")[0].decided_at, kNoon + Duration{120});
  EXPECT_EQ(lines("late")[0].metrics_until, kNoon);
  ASSERT_EQ(seen.rounds.size(), 1U);
  EXPECT_EQ(seen.rounds[0].groups, 1U);
  EXPECT_EQ(seen.rounds[0].waiting, 0U);
  // The next interval never comes: a minute before the tick after it, what is known decides.
  for (int minute = 5; minute < 9; ++minute) look(**daemon, kNoon + minute * kMinute);
  EXPECT_EQ(lines("late").size(), 1U);
  look(**daemon, kNoon + 9 * kMinute);
  ASSERT_EQ(lines("late").size(), 2U);
  EXPECT_EQ(lines("late")[1].metrics_until, kNoon);
  EXPECT_EQ(seen.rounds.size(), 2U);
  std::filesystem::remove(file);
}

TEST_F(DaemonTest, AGroupThatFailsKeepsNobodyAndComesBack) {
  ASSERT_TRUE(memory.put("b/simulated_group.csv", "rubbish", ports::PutCondition::always()));
  const auto daemon = start({"a", "b", "c"});
  look(*daemon, kNoon);
  EXPECT_EQ(lines("a").size(), 1U);
  EXPECT_EQ(lines("b").size(), 0U);
  EXPECT_EQ(lines("c").size(), 1U);
  EXPECT_THAT(seen.failures, Contains(HasSubstr("b: simulated group b")));
  EXPECT_EQ(seen.rounds.back().failed, 1U);
  EXPECT_TRUE(daemon->readiness()) << "two of three are being served";
  ASSERT_TRUE(memory.remove("b/simulated_group.csv"));
  look(*daemon, kNoon + kInterval);
  EXPECT_EQ(lines("b").size(), 1U);
}

TEST_F(DaemonTest, AGroupThatHangsKeepsNobodyIsSkippedAndCounted) {
  const auto daemon = start({"a", "hung", "c"});
  look(*daemon, kNoon);
  store.hang("hung/");
  for (int tick = 1; tick <= 3; ++tick) {
    clock.set(kNoon + tick * kInterval);
    daemon->step();
    for (int wait = 0; wait < 6000 && (lines("a").size() <= static_cast<std::size_t>(tick) ||
                                       lines("c").size() <= static_cast<std::size_t>(tick));
         ++wait) {
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    EXPECT_EQ(lines("a").size(), static_cast<std::size_t>(tick) + 1);
    EXPECT_EQ(lines("c").size(), static_cast<std::size_t>(tick) + 1);
  }
  EXPECT_TRUE(daemon->healthy());
  store.release();
  EXPECT_TRUE(daemon->wait_idle(seconds{300}));
  look(*daemon, kNoon + 4 * kInterval);
  EXPECT_THAT(log, Contains(HasSubstr("hung: still busy with an earlier tick: skipped (2 times so far)")));
  EXPECT_EQ(lines("hung").back().decision.now, kNoon + 4 * kInterval);
  expect_rows("hung", kNoon + 4 * kInterval);
}

TEST_F(DaemonTest, AGroupThatHangsFromTheFirstMomentKeepsNobodyEither) {
  const auto daemon = start({"a", "b", "hung"});
  store.hang("hung/");
  daemon->step();
  for (int wait = 0; wait < 6000 && (lines("a").empty() || lines("b").empty()); ++wait) {
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  EXPECT_EQ(lines("a").size(), 1U);
  EXPECT_EQ(lines("b").size(), 1U);
  store.release();
  EXPECT_TRUE(daemon->wait_idle(seconds{300}));
  EXPECT_EQ(lines("hung").size(), 1U);
}

TEST_F(DaemonTest, AnHourWithoutTheStoreLosesNothing) {
  const auto daemon = start({"a"});
  look(*daemon, kNoon);
  faulty.crash_at(faulty.operations());
  for (int tick = 1; tick <= 12; ++tick) look(*daemon, kNoon + tick * kInterval);
  EXPECT_EQ(seen.failures.size(), 12U);
  EXPECT_FALSE(daemon->readiness());
  faulty.clear();
  look(*daemon, kNoon + kHour + kInterval);
  look(*daemon, kNoon + kHour + 2 * kInterval);
  expect_rows("a", kNoon + kHour + 2 * kInterval);
  EXPECT_EQ(lines("a").size(), 3U) << "no decision is made up for the past";
  EXPECT_TRUE(daemon->readiness());
}

TEST_F(DaemonTest, AFullDiskSendsNothingAndIsOverWhenThereIsSpace) {
  const auto daemon = start({"a"});
  look(*daemon, kNoon);
  const auto asked = memory.get("a/simulated_group.csv")->bytes;
  faulty.fail_writes(ErrorCode::storage_full);
  for (int tick = 1; tick <= 3; ++tick) look(*daemon, kNoon + tick * kInterval);
  EXPECT_THAT(seen.failures, Contains(HasSubstr("so nothing was sent")));
  EXPECT_EQ(memory.get("a/simulated_group.csv")->bytes, asked);
  faulty.clear();
  look(*daemon, kNoon + 4 * kInterval);
  EXPECT_EQ(lines("a").back().decision.now, kNoon + 4 * kInterval);
  expect_rows("a", kNoon + 4 * kInterval);
}

TEST_F(DaemonTest, AClockThatLeapsAheadSkipsTicksNotRows) {
  const auto daemon = start({"a"});
  look(*daemon, kNoon);
  look(*daemon, kNoon + kHour);
  EXPECT_THAT(log, Contains(HasSubstr("11 ticks were missed")));
  EXPECT_EQ(lines("a").size(), 2U);
  expect_rows("a", kNoon + kHour);
}

TEST_F(DaemonTest, AClockThatGoesBackDecidesNothingTwice) {
  const auto daemon = start({"a"});
  look(*daemon, kNoon);
  look(*daemon, kNoon + kInterval);
  EXPECT_EQ(look(*daemon, kNoon + kInterval - Duration{2}), kNoon + 2 * kInterval) << "a small step is waited out";
  EXPECT_EQ(lines("a").size(), 2U);
  look(*daemon, kNoon - kHour);
  EXPECT_THAT(log, Contains(HasSubstr("the clock went back from")));
  EXPECT_THAT(seen.failures, Contains(HasSubstr("the clock went back")));
  EXPECT_EQ(lines("a").size(), 2U);
  look(*daemon, kNoon + 2 * kInterval);
  EXPECT_EQ(lines("a").size(), 3U);
}

TEST_F(DaemonTest, OneOfTwoIsActiveAndTheOtherTakesOverAfterACleanStop) {
  const auto first = start({"a"}, "one:1");
  look(*first, kNoon);
  DaemonOptions quick;
  quick.store = std::shared_ptr<ports::ObjectStore>(&store, [](auto*) {});
  quick.holder = "two:2";
  quick.train = false;
  quick.lease = std::chrono::milliseconds{300};
  Recorder by_second;
  auto second = Daemon::start(
      config({"a"}), quick, clock, [](const LogLine&) {}, by_second);
  ASSERT_TRUE(second);
  look(**second, kNoon + kInterval);
  EXPECT_TRUE(by_second.ticks.empty());
  EXPECT_FALSE((*second)->status().active);
  EXPECT_THAT((*second)->readiness().error().message, HasSubstr("held by one:1"));
  EXPECT_EQ((*second)->train("a", "anna", "").error().code, ErrorCode::conflict);
  first->stop(seconds{10});
  EXPECT_FALSE(first->active());
  for (int wait = 0; wait < 200 && !(*second)->active(); ++wait) {
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  look(**second, kNoon + kInterval);
  EXPECT_EQ(by_second.ticks.size(), 1U);
  look(*first, kNoon + 2 * kInterval);
  EXPECT_EQ(seen.ticks.size(), 1U) << "one that was stopped begins nothing";
}

TEST_F(DaemonTest, WhatPeopleAskForCountsAndIsInTheLedger) {
  const auto daemon = start({"a"});
  look(*daemon, kNoon);
  using Kind = records::Change::Kind;
  const auto set = daemon->change("a", {Kind::floor, "anna", "press day", kNoon + kHour, 33});
  ASSERT_TRUE(set) << set.error().message;
  ASSERT_TRUE(set->floor);
  EXPECT_EQ(set->floor->capacity, 33);
  ASSERT_EQ(seen.by_hand.size(), 1U) << "metrics hear of it before the next tick";
  EXPECT_EQ(seen.by_hand[0].first, "a");
  EXPECT_EQ(seen.by_hand[0].second.set, *set);
  EXPECT_EQ(seen.by_hand[0].second.mode, planning::Mode::own) << "as configured";
  look(*daemon, kNoon + kInterval);
  EXPECT_EQ(lines("a").back().decision.desired, 33);
  EXPECT_EQ(seen.ticks.back().record.overrides, *set);
  EXPECT_EQ(daemon->change("b", {Kind::pause, "anna", "", kNoon}).error().code, ErrorCode::not_found);
  EXPECT_EQ(daemon->change("a", {Kind::pause, "anna", ""}).error().code, ErrorCode::invalid_input);
  EXPECT_THAT(daemon->change("a", {Kind::floor, "anna", "", kNoon + kHour, 61}).error().message, HasSubstr("60"))
      << "more than the group may have";
  ASSERT_TRUE(daemon->change("a", {Kind::clear_floor, "bert", ""}));
  const auto actions = records::ActionLog(memory, "a").between({kNoon, kNoon + kHour}).value();
  ASSERT_EQ(actions.size(), 2U);
  EXPECT_EQ(actions[0].who, "anna");
  EXPECT_EQ(actions[1].who, "bert");
}

TEST_F(DaemonTest, AReloadAddsAndRemovesGroupsAndRefusesWhatTakesARestart) {
  const auto daemon = start({"a", "b"});
  look(*daemon, kNoon);
  ASSERT_TRUE(daemon->reload(config({"b", "c"})));
  look(*daemon, kNoon + kInterval);
  EXPECT_EQ(lines("a").size(), 1U);
  EXPECT_EQ(lines("b").size(), 2U);
  EXPECT_EQ(lines("c").size(), 1U);
  auto other = config({"b"});
  other.interval = Duration{600};
  EXPECT_THAT(daemon->reload(other).error().message, HasSubstr("`interval` takes a restart"));
  other = config({"b"});
  other.store = "elsewhere";
  EXPECT_THAT(daemon->reload(other).error().message, HasSubstr("`store` takes a restart"));
  look(*daemon, kNoon + 2 * kInterval);
  EXPECT_EQ(lines("c").size(), 2U) << "the settings before stay";
}

TEST_F(DaemonTest, AGroupWithoutAModelIsTrainedBesideItsTicks) {
  const auto daemon = start({"a"}, "one:1", true);
  look(*daemon, kNoon);
  look(*daemon, kNoon + Duration{1});  // the training was planned after the first tick
  EXPECT_THAT(seen.trainings, testing::ElementsAre("a"));
  EXPECT_TRUE(memory.get("a/lstm_model.h5"));
  look(*daemon, kNoon + kInterval);
  EXPECT_EQ(lines("a").back().decision.health, Health::full);
  EXPECT_EQ(seen.trainings.size(), 1U) << "once a day";
  ASSERT_TRUE(seen.ticks.back().facts);
  EXPECT_TRUE(seen.ticks.back().facts->pinball_ratio);
  // A day later its quiet hour has passed.
  look(*daemon, kNoon + kDay);
  look(*daemon, kNoon + kDay + Duration{1});
  EXPECT_EQ(seen.trainings.size(), 2U);
  // A stop ends a training under way rather than wait for it.
  ASSERT_TRUE(daemon->train("a", "anna", "new calendar"));
  daemon->step();
  daemon->stop(seconds{10});
  EXPECT_TRUE(daemon->wait_idle(seconds{10}));
}

}  // namespace
}  // namespace almanac::daemon
