#include "control/scaler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "control/collector.h"
#include "control/test_scaler.h"
#include "control/tick.h"
#include "control/trainer.h"
#include "core/random.h"
#include "ports/fake_metric_source.h"

namespace almanac::control {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(ScalerTest, WithoutAModelTheSeasonalNaiveStandsIn) {
  observe(9 * kDay);
  const auto report = scaler.scale(kNoon + Duration{7}, none);
  ASSERT_TRUE(report) << report.error().message;
  const Decision& d = report->record.decision;
  EXPECT_EQ(d.now, kNoon);
  EXPECT_EQ(d.health, Health::fallback);
  EXPECT_EQ(d.forecaster, "seasonal_naive");
  EXPECT_EQ(d.rows_used, 9 * 288);
  EXPECT_THAT(report->record.notices, ElementsAre(HasSubstr("shop/lstm_model.h5 is not there yet")));
  // The wave stands at 4 busy instances at noon and falls: 80 % utilisation needs 5, never all 10.
  EXPECT_GE(d.desired, 5);
  EXPECT_LT(d.desired, 10);
  EXPECT_THAT(group.calls, ElementsAre(d.desired));
  EXPECT_EQ(report->record.outcome.kind, records::Outcome::Kind::accepted);
  EXPECT_EQ(ledger.find(kNoon, false)->value(), report->record);
  EXPECT_EQ(scaler.counts().at(Health::fallback), 1);
}

TEST_F(ScalerTest, AStatedEventCountsWithoutAModelToo) {
  calendar::Event event{.uid = "b", .name = "Black Friday", .kind = "black-friday", .span = {kNoon, kNoon + kHour}};
  event.expected_uplift = 4;
  records::LoadedCalendar announced;
  announced.calendar = calendar::Calendar::of({event});
  observe(4 * kDay);
  const auto fallback = scaler.scale(kNoon, announced, {.dry_run = true});
  ASSERT_TRUE(fallback);
  const Decision& decision = fallback->record.decision;
  EXPECT_EQ(decision.health, Health::fallback);
  // 4 busy instances at noon; x4 of them and the spread of a statement.
  EXPECT_NEAR(decision.demand_quantiles.at(0.5), 16, 1);
  EXPECT_GT(decision.desired, 20);
  EXPECT_THAT(decision.stages.front().reason,
              HasSubstr("\"Black Friday\" x4 as stated; no earlier event of this kind"));
}

TEST_F(ScalerTest, WithTooLittleHistoryItIsReactive) {
  observe(6 * kHour);
  const auto report = scaler.scale(kNoon, none);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->record.decision.health, Health::reactive);
}

TEST_F(ScalerTest, StaleMetricsHold) {
  observe(9 * kDay, kNoon - Duration{900});
  const auto report = scaler.scale(kNoon, none);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->record.decision.health, Health::hold);
  EXPECT_EQ(report->record.decision.desired, 10);
  EXPECT_THAT(report->record.notices, ElementsAre(HasSubstr("the last known demand is 15m old")));
  EXPECT_THAT(group.calls, IsEmpty());
  // One late row is no outage.
  observe(Duration{600}, kNoon - Duration{300} + Duration{300});
  EXPECT_EQ(scaler.scale(kNoon + kInterval, none)->record.decision.health, Health::fallback);
}

// The wave falls at noon. What stood 10 minutes ago decides, widened for its age: 4.0 busy instances can have grown by
// no more than one of twenty rises of the wave over so long, under 3 %, and never hold the ten.
TEST_F(ScalerTest, ByTheNewestKnownOfTheLastThreeIntervalsItScalesIn) {
  observe(9 * kDay, kNoon - 2 * kInterval);
  const auto report = scaler.scale(kNoon, none);
  ASSERT_TRUE(report);
  const Decision& d = report->record.decision;
  EXPECT_EQ(d.health, Health::fallback);
  EXPECT_EQ(d.cover_window, (TimeRange{kNoon - 2 * kInterval, kNoon + Duration{600}}));
  EXPECT_GE(d.desired, 5);
  EXPECT_LT(d.desired, 10);
  EXPECT_EQ(report->record.metrics_until, kNoon - 2 * kInterval);
  EXPECT_EQ(report->record.decided_at, kNoon);
  ASSERT_TRUE(report->facts);
  EXPECT_DOUBLE_EQ(*report->facts->demand, *wave(kNoon - 3 * kInterval).cpu_utilization / 10);
}

// Of a group that nobody steers the last decision stands for the capacity; that is no count, and the record says so.
TEST_F(ScalerTest, WhatNobodyCountedIsNotRecordedAsInService) {
  observe(9 * kDay);
  group.state.counted = false;
  EXPECT_TRUE(scaler.scale(kNoon, none)->record.group->counted) << "the newest row has a count";
  EXPECT_EQ(scaler.scale(kNoon + Duration{1}, none)->record.group->in_service, 10);
  Row uncounted = wave(kNoon);
  uncounted.in_service_instances.reset();
  uncounted.request_count = 1000;
  ASSERT_TRUE(rows.append({uncounted}));
  const auto report = scaler.scale(kNoon + kInterval, none);
  ASSERT_TRUE(report);
  EXPECT_FALSE(report->record.group->counted);
  EXPECT_FALSE(records::Ledger(memory, "shop").find(kNoon + kInterval, false).value()->group->counted);
}

// A source that fails says nothing: unlike one that is late, what it hides may be a load that rises.
TEST_F(ScalerTest, WhereTheMetricsFailedNothingIsScaledInUnlessTheNewestIntervalIsKnown) {
  observe(9 * kDay, kNoon - kInterval);
  ScaleOptions failed;
  failed.metrics_failed = true;
  failed.dry_run = true;
  EXPECT_EQ(scaler.scale(kNoon, none, failed)->record.decision.desired, 10);
  ASSERT_TRUE(rows.append({wave(kNoon - kInterval)}));
  EXPECT_LT(scaler.scale(kNoon + Duration{1}, none)->record.decision.desired, 10);
}

// One or two intervals that are not known yet are no reason to leave the model: it begins where the metrics end, holds
// for as long as ever, and is less sure. What lives on decides what a fresh process would, to the bit.
TEST_F(ScalerTest, TheModelForecastsFromWhereTheMetricsEndAndIsLessSure) {
  GroupSettings quick = settings();
  quick.use_lstm = false;
  const Timestamp known = kNoon - 2 * kInterval;
  Random random(7);
  const auto noisy = [&](Timestamp t) { return row(t, *wave(t).cpu_utilization * (1 + 0.1 * random.normal()), 10); };
  std::vector<Row> all;
  for (Timestamp t = kNoon - 9 * kDay; t < known; t += kInterval) all.push_back(noisy(t));
  ASSERT_TRUE(rows.append(all));
  ASSERT_TRUE(Trainer(store, rows, quick).train(known, none, Duration{300}));
  Scaler lasting(store, rows, group, quick);
  double known_to_the_end = 0;
  for (Timestamp tick = known; tick <= kNoon; tick += kInterval) {
    const auto report = lasting.scale(tick, none);
    ASSERT_TRUE(report);
    const Decision& d = report->record.decision;
    EXPECT_EQ(d.health, Health::full);
    EXPECT_EQ(d.cover_window, (TimeRange{tick, tick + Duration{600}}));
    const double wider = d.demand_quantiles.at(0.99) / d.demand_quantiles.at(0.5);
    if (tick == known) known_to_the_end = wider;
    if (tick != known) {
      EXPECT_GT(wider, known_to_the_end) << format_timestamp(tick);
    }
    EXPECT_LT(d.desired, 10);
    dataset::Dataset same(store, "shop", kInterval);
    const auto fresh = Scaler(store, same, group, quick).scale(tick, none, {.dry_run = true, .notices = {}});
    EXPECT_EQ(fresh->record.decision.demand_quantiles, d.demand_quantiles);
  }
  for (Timestamp t = known; t <= kNoon; t += kInterval) ASSERT_TRUE(rows.append(noisy(t)));
  const auto caught_up = lasting.scale(kNoon + kInterval, none);
  dataset::Dataset same(store, "shop", kInterval);
  const auto fresh = Scaler(store, same, group, quick).scale(kNoon + kInterval, none, {.dry_run = true, .notices = {}});
  EXPECT_EQ(caught_up->record.decision.demand_quantiles, fresh->record.decision.demand_quantiles);
}

// A model that was trained while metrics came six minutes late holds for as much longer by itself.
TEST_F(ScalerTest, TrainingKnowsHowLateMetricsAre) {
  GroupSettings quick = settings();
  quick.use_lstm = false;
  // At minute 1 of each tick the interval before is the newest that is known: six minutes.
  observe(9 * kDay, kNoon - kHour - 2 * kInterval);
  for (Timestamp tick = kNoon - kHour; tick < kNoon; tick += kInterval) {
    ASSERT_TRUE(rows.append(wave(tick - 2 * kInterval)));
    ASSERT_TRUE(Scaler(store, rows, group, quick).scale(tick + kMinute, none));
  }
  const auto trained = Trainer(store, rows, quick).train(kNoon, none, Duration{300});
  ASSERT_TRUE(trained) << trained.error().message;
  EXPECT_EQ(trained->cover_window, Duration{1200});  // 5 + 5 + 6 = 16 minutes, in whole intervals
  ASSERT_TRUE(rows.append(wave(kNoon - 2 * kInterval)));
  const auto report = Scaler(store, rows, group, quick).scale(kNoon + kMinute, none);
  const Decision& d = report->record.decision;
  EXPECT_EQ(d.health, Health::full);
  // From where the metrics end; a launch asked for at minute 1 serves at minute 6, that of the next tick at 11.
  EXPECT_EQ(d.cover_window, (TimeRange{kNoon - kInterval, kNoon + Duration{900}}));
}

// Requests may be there while CPU and instances are not, and the other way round: either is demand.
TEST_F(ScalerTest, EitherKindOfMetricIsEnough) {
  GroupSettings counted = settings();
  counted.capacity_per_instance = 10;
  const auto with_requests = [](Timestamp t) {
    Row r = wave(t);
    r.request_count = *r.cpu_utilization / 100 * *r.in_service_instances * 10 * 300;
    return r;
  };
  std::vector<Row> all;
  for (Timestamp t = kNoon - 9 * kDay; t < kNoon; t += kInterval) all.push_back(with_requests(t));
  for (std::size_t back = 1; back <= 3; ++back) all[all.size() - back].request_count.reset();
  ASSERT_TRUE(rows.append(all));
  const auto by_cpu = Scaler(store, rows, group, counted).scale(kNoon, none);
  EXPECT_EQ(by_cpu->record.decision.health, Health::fallback);
  EXPECT_LT(by_cpu->record.decision.desired, 10);
  EXPECT_EQ(by_cpu->record.metrics_until, kNoon - 3 * kInterval) << "the requests are awaited";
  all.clear();
  for (Timestamp t = kNoon; t < kNoon + 3 * kInterval; t += kInterval) {
    all.push_back(with_requests(t));
    all.back().cpu_utilization.reset();
    all.back().in_service_instances.reset();
  }
  ASSERT_TRUE(rows.append(all));
  const auto by_requests = Scaler(store, rows, group, counted).scale(kNoon + 3 * kInterval, none);
  EXPECT_EQ(by_requests->record.decision.health, Health::fallback);
  EXPECT_LT(by_requests->record.decision.desired, 10);
}

TEST_F(ScalerTest, NoMetricsAtAllHold) {
  const auto report = scaler.scale(kNoon, none);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->record.decision.health, Health::hold);
  EXPECT_EQ(report->record.decision.desired, 10);
}

// Ten instances at 55 % whose collector writes 0 requests: by the requests the minimum of 1 would be enough.
TEST_F(ScalerTest, AMetricThatContradictsAnotherIsNotBelievedAndTheRecordSaysSo) {
  GroupSettings stated = settings();
  stated.capacity_per_instance = 50;
  std::vector<Row> all;
  for (Timestamp t = kNoon - 2 * kDay; t < kNoon; t += kInterval) {
    all.push_back(row(t, 55, 10));
    all.back().request_count = 0;
  }
  ASSERT_TRUE(rows.append(all));
  const auto report = Scaler(store, rows, group, stated).scale(kNoon, none);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_GE(report->record.decision.desired, 7);  // 5.5 busy instances at 80 % utilisation
  EXPECT_THAT(report->record.notices, testing::Contains(testing::HasSubstr("request_count is 0 while the CPU")));
  EXPECT_DOUBLE_EQ(*report->facts->demand, 5.5);
}

TEST_F(ScalerTest, ACpuBetweenZeroAndOneHoldsAndSaysWhatIsExpected) {
  std::vector<Row> all;
  for (Timestamp t = kNoon - 2 * kDay; t < kNoon; t += kInterval) all.push_back(row(t, 0.55, 10));
  ASSERT_TRUE(rows.append(all));
  const auto report = scaler.scale(kNoon, none);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->record.decision.health, Health::hold);
  EXPECT_EQ(report->record.decision.desired, 10);
  EXPECT_THAT(report->record.notices, testing::Contains(testing::HasSubstr("percent are expected")));
}

// 80 % of however many there are: above the threshold of 70 %, one more.
TEST_F(ScalerTest, TheThresholdRuleDecidesByTheCpuAlone) {
  std::vector<Row> all;
  for (Timestamp t = kNoon - 3 * kDay; t < kNoon; t += kInterval) {
    all.push_back(row(t, 80, 0));
    all.back().in_service_instances.reset();
  }
  ASSERT_TRUE(rows.append(all));
  Scaler by_threshold(store, rows, group, settings(planning::PolicyKind::threshold));
  const auto report = by_threshold.scale(kNoon, none);
  ASSERT_TRUE(report);
  const Decision& d = report->record.decision;
  EXPECT_EQ(d.health, Health::fallback);
  EXPECT_EQ(d.desired, 11);
  EXPECT_THAT(d.stages.front().reason, testing::HasSubstr("predicted CPU 80.0 %"));
  EXPECT_TRUE(d.demand_quantiles.empty()) << "the group's demand is not known";
  EXPECT_FALSE(report->facts->demand);
}

// --- a group of which nobody knows how many instances it has

TEST_F(ScalerTest, AnUnknownCapacityBeginsWhereTheDemandWantsItNotAtTheMinimum) {
  group.state.capacity_known = false;
  group.state.desired = group.state.in_service = 0;
  observe(3 * kDay);
  const auto known = scaler.scale(kNoon, none);
  ASSERT_TRUE(known) << known.error().message;
  const Decision& d = known->record.decision;
  EXPECT_EQ(d.desired_before, d.desired);
  EXPECT_GE(d.desired, 5);  // 4 busy instances at 80 % utilisation
  EXPECT_THAT(known->record.notices, testing::Contains(testing::HasSubstr("is not known")));
}

TEST_F(ScalerTest, WithNeitherCapacityNorDemandNothingIsDecided) {
  group.state.capacity_known = false;
  group.state.desired = group.state.in_service = 0;
  const auto refused = scaler.scale(kNoon, none);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_THAT(refused.error().message, testing::AllOf(testing::HasSubstr("shop"), testing::HasSubstr("no demand")));
  EXPECT_TRUE(lines().empty());
}

TEST_F(ScalerTest, RowsThatCannotBeReadHold) {
  observe(9 * kDay);
  ASSERT_TRUE(memory.put("shop/multi_metric_data/2026-11.csv",
                         "\x7f"
                         "ELF\x01",
                         ports::PutCondition::always()));
  dataset::Dataset fresh(store, "shop", kInterval);
  Scaler other(store, fresh, group, settings());
  const auto report = other.scale(kNoon, none);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->record.decision.health, Health::hold);
  EXPECT_THAT(report->record.notices, testing::Contains(HasSubstr("rows cannot be read")));
  EXPECT_THAT(group.calls, IsEmpty());
}

TEST_F(ScalerTest, AModelThatCannotBeReadFallsBackAndSaysSo) {
  observe(9 * kDay);
  ASSERT_TRUE(memory.put("shop/lstm_model.h5", "not a model", ports::PutCondition::always()));
  const auto report = scaler.scale(kNoon, none);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->record.decision.health, Health::fallback);
  EXPECT_THAT(report->record.notices, ElementsAre(HasSubstr("shop/lstm_model.h5")));
}

TEST_F(ScalerTest, ARerunOfATickChangesNothing) {
  observe(9 * kDay);
  const auto first = scaler.scale(kNoon, none);
  ASSERT_TRUE(first);
  const std::string before = memory.get("shop/decisions/2026-11-27.jsonl")->bytes;
  group.state.desired = 33;  // whatever happened since
  const auto again = scaler.scale(kNoon + Duration{299}, none);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->repeated);
  EXPECT_EQ(again->record, first->record);
  EXPECT_THAT(group.calls, SizeIs(1));
  EXPECT_EQ(memory.get("shop/decisions/2026-11-27.jsonl")->bytes, before);
}

TEST_F(ScalerTest, ADryRunRecordsAndDoesNotAct) {
  observe(9 * kDay);
  const auto dry = scaler.scale(kNoon, none, {.dry_run = true, .notices = {}});
  ASSERT_TRUE(dry);
  EXPECT_THAT(group.calls, IsEmpty());
  EXPECT_EQ(dry->record.outcome, (records::Outcome{records::Outcome::Kind::not_sent, "dry run"}));
  // It does not stand in the way of the real decision of the same tick.
  const auto real = scaler.scale(kNoon, none);
  ASSERT_TRUE(real);
  EXPECT_FALSE(real->repeated);
  EXPECT_THAT(group.calls, SizeIs(1));
  EXPECT_THAT(lines(), SizeIs(2));
}

TEST_F(ScalerTest, AClockThatWentBackDecidesNothing) {
  observe(9 * kDay);
  ASSERT_TRUE(scaler.scale(kNoon, none));
  const auto report = scaler.scale(kNoon - kHour, none);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::unavailable);
  EXPECT_THAT(report.error().message, HasSubstr("the clock went back"));
  EXPECT_THAT(lines(), SizeIs(1));
}

TEST_F(ScalerTest, WhatCannotBeRecordedIsNotSent) {
  observe(9 * kDay);
  store.fail_writes(ErrorCode::storage_full);
  const auto report = scaler.scale(kNoon, none);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::storage_full);
  EXPECT_THAT(report.error().message, HasSubstr("so nothing was sent"));
  EXPECT_THAT(group.calls, IsEmpty());
}

TEST_F(ScalerTest, AGroupThatDoesNotAnswerIsAnError) {
  observe(9 * kDay);
  group.describe_failure = Error{ErrorCode::unavailable, "time-out"};
  const auto report = scaler.scale(kNoon, none);
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("group shop: time-out"));
}

TEST_F(ScalerTest, TheGroupsOwnLimitsHoldToo) {
  observe(9 * kDay);
  group.state.min = 9;
  const auto report = scaler.scale(kNoon, none);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->record.decision.desired, 9);
  EXPECT_THAT(group.calls, ElementsAre(9));
}

TEST_F(ScalerTest, TheErrorBudgetStartsAtTheTrainersAndIsCarriedInTheLedger) {
  observe(9 * kDay);
  planning::ErrorBudget warm;
  warm.position = 9.25;
  warm.hours = 300;
  warm.counted_until = kNoon;
  records::ModelStore models(memory, "shop");
  ASSERT_TRUE(models.save_budget(warm));
  EXPECT_EQ(models.load_budget(), warm);
  EXPECT_EQ(scaler.scale(kNoon, none)->record.state.budget.position, 9.25);
  // Two hours later, two hours without a violation: the knob went down, and the hours are counted once.
  std::vector<Row> more;
  for (Timestamp t = kNoon; t < kNoon + 2 * kHour + kInterval; t += kInterval) more.push_back(wave(t));
  ASSERT_TRUE(rows.append(more));
  const auto later = scaler.scale(kNoon + 2 * kHour + kInterval, none);
  ASSERT_TRUE(later);
  EXPECT_LT(later->record.state.budget.position, 9.25);
  EXPECT_EQ(later->record.state.budget.hours, 302);
  EXPECT_EQ(later->record.state.budget.counted_until, kNoon + 2 * kHour);
}

TEST_F(ScalerTest, ATickCollectsAndScalesAndSurvivesASourceThatFails) {
  observe(9 * kDay, kNoon);
  ports::FakeMetricSource source;
  for (Timestamp t = kNoon; t < kNoon + kHour; t += kInterval) source.put(wave(t));
  Collector collector(source, rows);
  records::CalendarStore calendars(store, "shop");
  const auto good = tick(collector, scaler, calendars, kNoon + kInterval, {});
  ASSERT_TRUE(good);
  EXPECT_EQ(good->collected->rows.added, 1U);
  source.failure = Error{ErrorCode::unavailable, "no route to host"};
  const auto blind = tick(collector, scaler, calendars, kNoon + 2 * kInterval, {});
  ASSERT_TRUE(blind);
  EXPECT_FALSE(blind->collected);
  EXPECT_EQ(blind->uncollected->code, ErrorCode::unavailable);
  EXPECT_THAT(blind->scaled.record.notices, testing::Contains(HasSubstr("no route to host")));
  const auto hold = tick(collector, scaler, calendars, kNoon + 4 * kInterval, {});
  EXPECT_EQ(hold->scaled.record.decision.health, Health::hold);
}

// Whatever is known, and whichever policy: with no demand in the last 15 minutes the capacity never goes down.
RC_GTEST_PROP(ScalerProperty, MissingDataNeverScalesIn, ()) {
  ports::MemoryObjectStore store;
  dataset::Dataset rows(store, "shop", kInterval);
  const int before = *rc::gen::inRange(1, 41);
  ports::FakeScalingGroup group({1, 40, before, before, 0});
  std::vector<Row> history;
  const Duration age = kInterval * *rc::gen::inRange(3, 50);
  for (Timestamp t = kNoon - 3 * kDay; t < kNoon; t += kInterval) {
    Row r = wave(t);
    if (t >= kNoon - age) {
      // Missing altogether, or all but the metrics that demand is made of.
      if (*rc::gen::arbitrary<bool>()) continue;
      r = Row{};
      r.start = t;
      r.network_in = 1e6;
    }
    history.push_back(r);
  }
  RC_ASSERT(rows.append(history).has_value());
  const auto kind = *rc::gen::element(planning::PolicyKind::almanac, planning::PolicyKind::threshold);
  const auto report = Scaler(store, rows, group, settings(kind)).scale(kNoon, records::LoadedCalendar{});
  RC_ASSERT(report.has_value());
  RC_ASSERT(report->record.decision.desired >= before);
  for (const int call : group.calls) RC_ASSERT(call >= before);
}

// Wherever the process dies, the second run of the tick leaves one line, settled, and the group at its capacity; policy
// threshold would go one further if it decided twice.
RC_GTEST_PROP(ScalerProperty, ACrashAnywhereTakesNoStepTwice, ()) {
  ports::MemoryObjectStore memory;
  {
    dataset::Dataset rows(memory, "shop", kInterval);
    std::vector<Row> history;
    for (Timestamp t = kNoon - 9 * kDay; t < kNoon; t += kInterval) history.push_back(row(t, 95, 10));
    RC_ASSERT(rows.append(history).has_value());
  }
  ports::FakeScalingGroup group({1, 40, 10, 10, 0});
  const auto run = [&](ports::ObjectStore& store) {
    dataset::Dataset rows(store, "shop", kInterval);
    return Scaler(store, rows, group, settings(planning::PolicyKind::threshold))
        .scale(kNoon, records::LoadedCalendar{});
  };
  {
    ports::FaultyObjectStore store(memory);
    store.crash_at(*rc::gen::inRange<std::uint64_t>(0, 20));
    (void)run(store);
  }
  RC_ASSERT(run(memory).has_value());
  RC_ASSERT(group.state.desired == 11);
  const auto lines = records::Ledger(memory, "shop").between({kNoon, kNoon + kInterval}).value();
  RC_ASSERT(lines.size() == 1U);
  RC_ASSERT(lines[0]->outcome.kind == records::Outcome::Kind::accepted);
}

}  // namespace
}  // namespace almanac::control
