#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <numbers>

#include "calendar_edits.h"
#include "core/random.h"
#include "forecast/prediction_tape.h"
#include "page.h"
#include "phases.h"
#include "results.h"
#include "simulation/almanac_replay.h"
#include "simulation/test_replay.h"
#include "statements.h"

namespace almanac::bench {
namespace {

using testing::HasSubstr;

const Timestamp kStart = parse_timestamp("2026-03-02T00:00:00Z").value();

calendar::Event event_at(Timestamp start, Duration length = 2 * kHour) {
  const auto name = format_timestamp(start);
  return {.uid = name, .name = name, .kind = "match", .span = {start, start + length}};
}

// A match at 18:00 on each of `days`.
std::vector<calendar::Event> matches(const std::vector<int>& days) {
  std::vector<calendar::Event> events;
  for (const int day : days) events.push_back(event_at(kStart + kDay * day + 18 * kHour));
  return events;
}

const TimeRange kAll{kStart, kStart + 20 * kDay};

TEST(CalendarEdits, AMistakenEventStandsAtTheSameHourOfTheNearestFreeDay) {
  // The third of five is copied; the days around it are taken as far as two days before and after.
  const auto claimed = with_mistaken(matches({3, 4, 5, 6, 9}), kAll);
  ASSERT_EQ(claimed.size(), 6u);
  const auto copy = claimed[4];
  EXPECT_EQ(copy.span.start, kStart + 7 * kDay + 18 * kHour);
  EXPECT_EQ(copy.span.duration(), 2 * kHour);
  EXPECT_EQ(copy.kind, "match");
  EXPECT_EQ(copy.uid, format_timestamp(kStart + 5 * kDay + 18 * kHour) + "-mistaken");
}

TEST(CalendarEdits, NothingIsAddedWhereNoDayIsFree) {
  std::vector<int> days(20);
  for (int day = 0; day < 20; ++day) days[static_cast<std::size_t>(day)] = day;
  EXPECT_EQ(with_mistaken(matches(days), kAll), matches(days));
}

TEST(CalendarEdits, EveryFifthMovesAnHourEarlyAndLateInTurns) {
  const auto events = matches({1, 2, 3, 4, 5, 6, 7, 8});
  const auto moved = with_moved(events, kAll);
  ASSERT_EQ(moved.size(), events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Duration by = moved[i].span.start - events[i].span.start;
    EXPECT_EQ(by, i == 2 ? -Duration{kHour} : i == 7 ? Duration{kHour} : Duration{0}) << i;
  }
}

TEST(CalendarEdits, AllMoveAnHourEarlyAndLateInTurnsAndKeepTheirLength) {
  const auto moved = with_all_moved(matches({1, 2, 3}), kAll);
  ASSERT_EQ(moved.size(), 3u);
  EXPECT_EQ(moved[0].span.start, kStart + kDay + 17 * kHour);
  EXPECT_EQ(moved[1].span.start, kStart + 2 * kDay + 19 * kHour);
  EXPECT_EQ(moved[2].span.start, kStart + 3 * kDay + 17 * kHour);
  for (const auto& event : moved) EXPECT_EQ(event.span.duration(), 2 * kHour);
}

TEST(CalendarEdits, WhatStartsTogetherIsMissingTogether) {
  auto events = matches({1, 2, 3, 3, 4});  // the third occasion has two matches
  const auto claimed = with_missing(events, kAll);
  ASSERT_EQ(claimed.size(), 3u);
  EXPECT_EQ(claimed[1], events[1]);
  EXPECT_EQ(claimed[2], events[4]);
}

TEST(CalendarEdits, WhatStartsOutsideOfTheRangeStaysAsItIs) {
  const auto events = matches({1, 2, 3, 4, 5});
  const TimeRange later{kStart + 10 * kDay, kStart + 20 * kDay};
  EXPECT_EQ(with_mistaken(events, later), events);
  EXPECT_EQ(with_moved(events, later), events);
  EXPECT_EQ(with_all_moved(events, later), events);
  EXPECT_EQ(with_missing(events, later), events);
}

TEST(Phases, AMinuteBelongsToTheFirstThatFits) {
  const auto opening = kStart + 18 * kHour;
  const std::vector events{event_at(opening)};
  const auto at = [&](int minutes) { return phase_of(opening + kMinute * minutes, events); };
  EXPECT_EQ(at(-61), Phase::away);
  EXPECT_EQ(at(-60), Phase::before);
  EXPECT_EQ(at(0), Phase::opening);
  EXPECT_EQ(at(29), Phase::opening);
  EXPECT_EQ(at(30), Phase::during);
  EXPECT_EQ(at(90), Phase::closing);
  EXPECT_EQ(at(119), Phase::closing);
  EXPECT_EQ(at(120), Phase::after);
  EXPECT_EQ(at(180), Phase::away);
}

// Eight days of requests with a daily season, noise and an event every day but the first, at other hours.
struct ReplayedTest : testing::Test {
  static constexpr std::size_t kDays = 8, kDayMinutes = 1440;

  ReplayedTest() {
    trace.name = "made";
    trace.demand.start = kStart;
    trace.demand.step = kMinute;
    for (int day = 1; day < static_cast<int>(kDays); ++day)
      events.push_back(event_at(kStart + kDay * day + (8 + day) * kHour));
    Random random(5);
    for (std::size_t minute = 0; minute < kDays * kDayMinutes; ++minute) {
      const double hour = static_cast<double>(minute % kDayMinutes) / 60.0;
      double demand = 200 + 120 * std::sin(2 * std::numbers::pi * (hour - 8) / 24);
      for (const auto& event : events)
        if (event.span.contains(trace.time_of(minute))) demand *= 2.5;
      trace.demand.values.push_back(demand * (1 + 0.05 * random.normal()));
    }
    calendar = calendar::Calendar::of(events);
  }

  simulation::Replay replay(simulation::ReplaySettings settings, std::shared_ptr<forecast::PredictionTape> tape) {
    settings.from = 6 * kDayMinutes;
    settings.to = kDays * kDayMinutes;
    settings.method.tape = std::move(tape);
    auto made = simulation::replay_almanac(trace, calendar, plant, settings);
    EXPECT_TRUE(made) << made.error().message;
    return std::move(*made);
  }

  void expect_same(const simulation::Replay& a, const simulation::Replay& b) {
    ASSERT_EQ(a.ticks.size(), b.ticks.size());
    ASSERT_GT(a.ticks.size(), 500u);
    for (std::size_t i = 0; i < a.ticks.size(); ++i) {
      ASSERT_EQ(a.ticks[i].minute, b.ticks[i].minute);
      ASSERT_EQ(simulation::capacities(a.ticks[i], plant), simulation::capacities(b.ticks[i], plant));
      ASSERT_EQ(a.ticks[i].median, b.ticks[i].median);
      ASSERT_EQ(a.ticks[i].q99, b.ticks[i].q99);
    }
    EXPECT_EQ(a.winner, b.winner);
  }

  simulation::Trace trace;
  std::vector<calendar::Event> events;
  calendar::Calendar calendar;
  simulation::Plant plant{.unit_capacity = 10, .boot = 5};
};

TEST_F(ReplayedTest, ATapeGivesTheDecisionsOfTheWalkThatItRecordedToTheBit) {
  const auto tape = std::make_shared<forecast::PredictionTape>();
  const auto walked = replay({}, nullptr), recorded = replay({}, tape);
  tape->seal();
  expect_same(walked, recorded);  // recording changes nothing
  expect_same(walked, replay({}, tape));

  // The same for a variant that the tape was not recorded with.
  simulation::ReplaySettings other;
  other.method.volatility = false;
  other.method.forecaster = "linear";
  other.experts = false;
  const auto taped = replay(other, tape);
  expect_same(replay(other, nullptr), taped);
  std::size_t differing = 0;
  for (std::size_t i = 0; i < taped.ticks.size(); ++i)
    differing += simulation::capacities(taped.ticks[i], plant) != simulation::capacities(walked.ticks[i], plant);
  EXPECT_GT(differing, 50u);  // the variant is one
}

TEST_F(ReplayedTest, ThePhasesOfARunAddUpToItsScore) {
  simulation::BacktestConfig config;
  config.trace = &trace;
  config.plant = plant;
  config.window = {6 * kDayMinutes, kDays * kDayMinutes};
  config.policies = {*simulation::find_peer("hpa")};
  const auto result = simulation::run_backtest(config);
  for (const auto& run : result.policies[0].runs) {
    double requests = 0, violating = 0;
    for (const auto& tally : tally_phases(trace, plant, config.window, run.decisions, events))
      requests += tally.requests, violating += tally.violating;
    EXPECT_NEAR(requests, 1, 1e-12);
    EXPECT_NEAR(violating, run.score.violating_share, 1e-12);
  }
}

constexpr std::size_t kMinutesADay = 24 * 60;

// Four weeks of ten requests/s, and one more hour of thirty that belongs to an event of its own kind.
Scene scene_with_a_new_kind() {
  Scene scene;
  scene.trace.demand = {kStart, kMinute, std::vector<double>(28 * kMinutesADay, 10.0)};
  scene.trace.native_step = kMinute;
  scene.plant = {.unit_capacity = 1, .boot = 5, .objective = 0.5};
  scene.window = {21 * kMinutesADay, 28 * kMinutesADay};
  calendar::Event fair = event_at(kStart + 24 * kDay + 12 * kHour, kHour);
  fair.kind = "fair";
  scene.calendar = calendar::Calendar::of({event_at(kStart + 23 * kDay), fair});
  scene.new_kinds = {fair};
  const std::size_t first = scene.trace.minute_at(fair.span.start);
  for (std::size_t i = first; i < first + 60; ++i) scene.trace.demand.values[i] *= 3;
  return scene;
}

TEST(Statements, AreMultiplesOfWhatCame) {
  const Scene scene = scene_with_a_new_kind();
  for (const Statement& statement : kStatements) {
    const auto events = stating(scene, statement).between(scene.trace.range());
    ASSERT_EQ(events.size(), 2u);
    EXPECT_FALSE(events[0].expected_uplift) << "only events of new kinds are told of";
    if (statement.times)
      EXPECT_NEAR(events[1].expected_uplift.value_or(0), *statement.times * 3, 1e-9) << statement.name;
    else
      EXPECT_FALSE(events[1].expected_uplift);
  }
}

TEST(Statements, WhatHappensAroundTheEventsIsScoredApart) {
  // Capacity for the usual 10 all along: 20 instances. From half an hour before to an hour after, 150 minutes need
  // 90 x 20 + 60 x 60 = 5400 instance-minutes where 3000 were there, and the hour violates: 1800 of 2700 requests.
  const Scene scene = scene_with_a_new_kind();
  const auto around = around_new_kinds(scene, {{scene.window.from, 20}});
  EXPECT_NEAR(around.cost, 3000.0 / 5400, 1e-9);
  EXPECT_NEAR(around.share, 1800.0 / 2700, 1e-9);
}

TEST(Results, GoOnWhereTheyWereStopped) {
  const std::string file = testing::TempDir() + "decisions_results.jsonl";
  std::remove(file.c_str());
  nlohmann::json record{{"part", "ablation"}, {"row", "no experts"}, {"trace", "t"}, {"boot", 5}, {"seed", 1}};
  Results::open(file)->add(record);
  const auto again = Results::open(file);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->has(record));
  record["seed"] = 2;
  EXPECT_FALSE(again->has(record));
  std::remove(file.c_str());
}

nlohmann::json ablation(const char* row, int seed, nlohmann::json cost) {
  return {{"part", "ablation"}, {"row", row},           {"trace", "t"},
          {"boot", 5},          {"seed", seed},         {"version", "v"},
          {"cost_01", cost},    {"cost_1", cost},       {"stated", nlohmann::json::array()},
          {"train_seconds", 1}, {"decide_seconds", 1},  {"cpu_seconds", 2},
          {"ticks", 10},        {"play_cpu_seconds", 1}};
}

TEST(Page, SaysTheSpreadOfTheSeedsAndTheChangeOfThoseThatBothRowsHave) {
  const auto page = page_of({ablation("the whole method", 1, 1.0), ablation("the whole method", 2, 2.0),
                             ablation("no experts", 1, 1.5), ablation("no volatility", 1, nullptr)});
  EXPECT_THAT(page, HasSubstr("| the whole method | 2 | 1.500 (1.000..2.000) |"));
  EXPECT_THAT(page, HasSubstr("| no experts | 1 | 1.500 | +50.0 % |"));
  EXPECT_THAT(page, HasSubstr("| no volatility | 1 | never | - |"));
  EXPECT_THAT(page, HasSubstr("Decisions every minute were not measured"));
}

}  // namespace
}  // namespace almanac::bench
