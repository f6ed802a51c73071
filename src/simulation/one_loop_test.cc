// What production decides and what a backtest plays are the same: the collector, trainer and scaler of production on a
// simulated cloud, and the fast replay over the same trace, decision by decision and stage by stage.

#include <gtest/gtest.h>

#include <map>

#include "control/group.h"
#include "ports/memory_object_store.h"
#include "simulation/almanac_replay.h"
#include "simulation/simulated_group.h"
#include "simulation/workload.h"

namespace almanac::simulation {
namespace {

constexpr Duration kInterval{300};
constexpr double kObjective = 0.001;

// The demo's shop, three weeks and then a week that is decided: sales and a campaign, a crowd that nobody announced,
// metrics that are missing for a while, from the fifth day on a load of another level, and from the sixth on one that
// comes in bursts as no day before.
class OneLoop : public testing::Test {
 protected:
  OneLoop() {
    const auto made = make_workload({.history_weeks = 3, .played_weeks = 1});
    shop = *made;
    const std::size_t shifted = shop.trace.minute_at(shop.played.start + 4 * kDay + 9 * kHour);
    const std::size_t restless = shifted + 24 * 60;
    for (std::size_t minute = shifted; minute < shop.trace.minutes(); ++minute) {
      const bool burst = minute >= restless && minute / 15 % 2 == 1;
      shop.trace.demand.values[minute] *= burst ? 9 : 3;
    }
    shop.plant.max = 400;
    observed = observed_trace(shop.trace, shop.outages);
    settings.name = "shop";
    settings.interval = kInterval;
    settings.use_lstm = false;
    settings.lead_time = kMinute * shop.plant.boot;
    settings.capacity_per_instance = shop.plant.unit_capacity;
    settings.policy.objective = kObjective;
    settings.policy.utilisation = shop.plant.objective;
    settings.policy.min = shop.plant.min;
    settings.policy.max = shop.plant.max;
  }

  std::vector<Decision> production() {
    ports::MemoryObjectStore store;
    dataset::Dataset rows(store, settings.name, kInterval);
    EXPECT_TRUE(rows.append(collected_rows(observed, shop.history)));
    EXPECT_TRUE(store.put("shop/business_calendar.json", shop.business_calendar, ports::PutCondition::always()));
    SimulatedCloud cloud(
        shop.trace, {.plant = shop.plant, .start = shop.played.start, .initial = kInitial, .outages = shop.outages});
    const std::shared_ptr<void> not_owned;
    control::Group group({.store = store,
                          .settings = settings,
                          .calendars = records::CalendarStore(store, settings.name),
                          .metrics = {not_owned, &cloud.metrics()},
                          .target = {not_owned, &cloud.group()}});
    std::vector<Decision> decisions;
    for (Timestamp now = shop.played.start; now < shop.played.end; now += kInterval) {
      if (now > cloud.now()) cloud.advance_to(now);
      if ((now - shop.played.start) % kDay == Duration{0}) {
        EXPECT_TRUE(group.collect(now));
        const auto trained = group.train(now);
        EXPECT_TRUE(trained) << trained.error().message;
      }
      const auto report = group.tick(now);
      EXPECT_TRUE(report) << report.error().message;
      if (report) decisions.push_back(report->scaled.record.decision);
    }
    return decisions;
  }

  std::vector<Decision> replayed() {
    ReplaySettings replaying;
    replaying.from = shop.trace.minute_at(shop.played.start - 14 * kDay);
    replaying.to = shop.trace.minute_at(shop.played.end);
    replaying.use_lstm = settings.use_lstm;
    replaying.rows = std::make_shared<const std::vector<Row>>(collected_rows(observed, observed.range()));
    ports::MemoryObjectStore store;
    EXPECT_TRUE(store.put("shop/business_calendar.json", shop.business_calendar, ports::PutCondition::always()));
    const auto calendar = records::CalendarStore(store, settings.name).load(shop.played.start);
    const auto replay = replay_almanac(shop.trace, calendar->calendar, shop.plant, replaying);
    EXPECT_TRUE(replay) << replay.error().message;
    std::vector<Decision> decisions;
    const auto family = objective_family(*replay, [&](const Decision& decision) { decisions.push_back(decision); });
    const auto policy = family.make(kObjective, {&shop.plant, nullptr, 0});
    play(observed.demand, shop.plant, *policy, shop.trace.minute_at(shop.played.start), replaying.to, kInitial);
    return decisions;
  }

  static constexpr int kInitial = 12;
  Workload shop;
  Trace observed;
  control::GroupSettings settings;
};

TEST_F(OneLoop, ABacktestDecidesWhatProductionDecidesStageByStage) {
  const auto made = production(), played = replayed();
  ASSERT_EQ(made.size(), played.size());
  std::map<Health, int> rungs;
  for (std::size_t i = 0; i < made.size(); ++i) {
    Decision expected = made[i];
    // A replay has no name and does not ask what would have been decided without the calendar.
    expected.group.clear();
    expected.desired_without_calendar.reset();
    ASSERT_EQ(played[i].stages.size(), expected.stages.size()) << format_timestamp(expected.now);
    for (std::size_t k = 0; k < expected.stages.size(); ++k) {
      ASSERT_EQ(played[i].stages[k].name, expected.stages[k].name) << format_timestamp(expected.now);
      ASSERT_EQ(played[i].stages[k].capacity, expected.stages[k].capacity)
          << format_timestamp(expected.now) << ": " << expected.stages[k].name << ": " << played[i].stages[k].reason
          << " instead of " << expected.stages[k].reason;
      ASSERT_EQ(played[i].stages[k].reason, expected.stages[k].reason) << format_timestamp(expected.now);
    }
    ASSERT_EQ(played[i], expected) << format_timestamp(expected.now);
    ++rungs[expected.health];
  }
  // The week was one that could tell the two apart.
  EXPECT_GT(rungs[Health::full], 1000);
  EXPECT_GE(rungs[Health::hold], 3) << "an outage of metrics";
  EXPECT_GE(rungs[Health::reactive], 12) << "bursts that the model did not know";
}

}  // namespace
}  // namespace almanac::simulation
