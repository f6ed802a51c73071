// Times one tick and its parts, in memory, on 60 and on 400 days of five-minute rows (the benchmarks' argument):
//   tick_bench [Google Benchmark's options]
// `warm` is a tick of a Scaler that lives on, as in a service; `cold` the first one of a process, as in a command run
// by cron. Rows carry requests, CPU and bytes, so that the capacity of an instance is estimated; an event lasts two
// hours every other day. The group's model is trained once, on the last 35 days, half a day before the tick.

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <numbers>

#include "../must.h"
#include "control/scaler.h"
#include "core/random.h"
#include "planning/planner.h"
#include "ports/fake_scaling_group.h"
#include "ports/memory_object_store.h"

using namespace almanac;
using bench::must;

namespace {

constexpr Duration kInterval{300};
const Timestamp kTick = parse_timestamp("2026-11-27T12:00:00Z").value();
const Timestamp kTrained = parse_timestamp("2026-11-27T00:00:00Z").value();

control::GroupSettings group_settings() {
  control::GroupSettings settings;
  settings.name = "shop";
  settings.interval = kInterval;
  settings.lead_time = Duration{300};
  settings.policy.max = 200;
  return settings;
}

std::vector<calendar::Event> all_events() {
  std::vector<calendar::Event> events;
  for (int day = -402; day <= 4; day += 2) {
    calendar::Event event;
    event.uid = event.name = "Sale " + std::to_string(day);
    event.kind = day % 6 == 0 ? "sale-flash" : "sale-week";
    event.span.start = kTick - Duration{12 * 3600} + day * kDay + Duration{19 * 3600};
    event.span.end = event.span.start + 2 * kHour;
    events.push_back(event);
  }
  return events;
}

// `days` of rows before the tick and two days after it.
const std::vector<Row>& rows_of(int days) {
  static std::map<int, std::vector<Row>> made;
  std::vector<Row>& rows = made[days];
  if (!rows.empty()) return rows;
  Random random(7);
  const auto events = all_events();
  for (Timestamp t = kTick - days * kDay; t < kTick + 2 * kDay; t += kInterval) {
    const double day = static_cast<double>(t.time_since_epoch().count() % 86400) / 86400.0;
    double busy = (10 - 6 * std::cos(2 * std::numbers::pi * day)) * std::exp(0.03 * random.normal());
    for (const calendar::Event& event : events)
      if (event.span.contains(t)) busy *= 2.5;
    Row row;
    row.start = t;
    row.in_service_instances = std::ceil(busy / 0.6);
    row.cpu_utilization = 100 * busy / *row.in_service_instances * std::exp(0.02 * random.normal());
    row.request_count = std::round(busy * 100 * 300);
    row.request_peak = std::round(*row.request_count * (1.05 + 0.1 * random.uniform()));
    row.network_in = *row.request_count * 2000;
    row.is_sale_active = 0;
    rows.push_back(row);
  }
  return rows;
}

std::span<const Row> rows_until(int days, Timestamp until) {
  const std::vector<Row>& rows = rows_of(days);
  return std::span(rows).first(static_cast<std::size_t>((until - rows.front().start) / kInterval));
}

const calendar::Calendar& the_calendar() {
  static const auto calendar = calendar::Calendar::of(all_events(), "Europe/Berlin");
  return calendar;
}

const forecast::GroupModel& the_model() {
  static const forecast::GroupModel model = [] {
    forecast::GroupModel trained({.interval = kInterval, .cover_window = Duration{600}});
    const auto known = control::know(rows_until(35, kTrained), group_settings(), kTrained);
    if (auto done = trained.advance(known.history, the_calendar(), kTrained); !done) std::abort();
    return must(forecast::GroupModel::from_bytes(must(trained.to_bytes())));
  }();
  return model;
}

// A group as it stands at the tick: model and rows in its store.
struct World {
  explicit World(int days) {
    must(records::ModelStore(store, "shop").save(the_model(), ""));
    must(dataset::Dataset(store, "shop", kInterval).append(rows_until(days, kTick)));
    calendar.calendar = the_calendar();
  }
  ports::MemoryObjectStore store;
  ports::FakeScalingGroup group{{.min = 1, .max = 200, .desired = 30, .in_service = 30, .pending = 0}};
  records::LoadedCalendar calendar;
};

void scale(control::Scaler& scaler, const World& world, Timestamp now) {
  const auto report = must(scaler.scale(now, world.calendar));
  if (report.repeated || report.record.decision.health != Health::full) {
    std::fprintf(stderr, "tick_bench: no full decision\n");
    std::exit(1);
  }
}

void warm(benchmark::State& state) {
  const int days = static_cast<int>(state.range(0));
  World world(days);
  dataset::Dataset dataset(world.store, "shop", kInterval);
  control::Scaler scaler(world.store, dataset, world.group, group_settings());
  Timestamp now = kTick;
  scale(scaler, world, now);
  for (auto _ : state) {
    state.PauseTiming();
    now += kInterval;
    must(dataset.append(rows_until(days, now).last(1)));
    state.ResumeTiming();
    scale(scaler, world, now);
  }
}
BENCHMARK(warm)->Arg(60)->Arg(400)->Iterations(40)->Unit(benchmark::kMillisecond);

void cold(benchmark::State& state) {
  World world(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    state.PauseTiming();
    must(world.store.remove("shop/decisions/2026-11-27.jsonl").map([] { return 0; }));
    state.ResumeTiming();
    dataset::Dataset dataset(world.store, "shop", kInterval);
    control::Scaler scaler(world.store, dataset, world.group, group_settings());
    scale(scaler, world, kTick);
  }
}
BENCHMARK(cold)->Arg(60)->Arg(400)->Iterations(10)->Unit(benchmark::kMillisecond);

void read_rows(benchmark::State& state) {
  World world(static_cast<int>(state.range(0)));
  dataset::Dataset dataset(world.store, "shop", kInterval);
  for (auto _ : state) benchmark::DoNotOptimize(must(dataset.read({kTick - control::kHistoryKept, kTick})));
}
BENCHMARK(read_rows)->Arg(60)->Arg(400)->Unit(benchmark::kMillisecond);

void know(benchmark::State& state) {
  const auto rows = rows_until(static_cast<int>(state.range(0)), kTick);
  for (auto _ : state) benchmark::DoNotOptimize(control::know(rows, group_settings(), kTick));
}
BENCHMARK(know)->Arg(60)->Arg(400)->Unit(benchmark::kMillisecond);

void features(benchmark::State& state) {
  const auto known = control::know(rows_until(static_cast<int>(state.range(0)), kTick), group_settings(), kTick);
  for (auto _ : state) benchmark::DoNotOptimize(forecast::Features(known.history, the_calendar(), 2));
}
BENCHMARK(features)->Arg(60)->Arg(400)->Unit(benchmark::kMillisecond);

// One forecast over features made before: forward passes since the training (they tell the volatility), calibration.
void forward_and_calibrate(benchmark::State& state) {
  const auto known = control::know(rows_until(60, kTick), group_settings(), kTick);
  const auto made = the_model().features(known.history, the_calendar());
  for (auto _ : state) benchmark::DoNotOptimize(the_model().forecast_range(made, made.size(), made.size()));
}
BENCHMARK(forward_and_calibrate)->Unit(benchmark::kMillisecond);

// 12:00 lies away from events, 20:00 in one.
void forecast_at(benchmark::State& state, Timestamp now) {
  const auto known = control::know(rows_until(static_cast<int>(state.range(0)), now), group_settings(), now);
  for (auto _ : state) benchmark::DoNotOptimize(must(the_model().forecast(known.history, the_calendar(), now)));
}
BENCHMARK_CAPTURE(forecast_at, noon, kTick)->Arg(60)->Arg(400)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(forecast_at, event, kTick + 8 * kHour)->Arg(60)->Arg(400)->Unit(benchmark::kMillisecond);

// The same as the next tick of a service does it.
void forecast_on(benchmark::State& state, Timestamp now) {
  const int days = static_cast<int>(state.range(0));
  forecast::RecentPredictions recent;
  const auto known = control::know(rows_until(days, now), group_settings(), now);
  must(the_model().forecast(known.history, the_calendar(), now, &recent));
  for (auto _ : state) {
    recent.forget_after(now - kInterval);
    benchmark::DoNotOptimize(must(the_model().forecast(known.history, the_calendar(), now, &recent)));
  }
}
BENCHMARK_CAPTURE(forecast_on, noon, kTick)->Arg(60)->Arg(400)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(forecast_on, event, kTick + 8 * kHour)->Arg(60)->Arg(400)->Unit(benchmark::kMillisecond);

// What is known at the next tick: Memory in place of read_rows and know.
void recall(benchmark::State& state) {
  World world(static_cast<int>(state.range(0)));
  dataset::Dataset dataset(world.store, "shop", kInterval);
  control::Memory memory(group_settings());
  memory.recall(dataset, kTick);
  for (auto _ : state) benchmark::DoNotOptimize(memory.recall(dataset, kTick).changed);
}
BENCHMARK(recall)->Arg(60)->Arg(400)->Unit(benchmark::kMillisecond);

void newsvendor(benchmark::State& state) {
  const auto known = control::know(rows_until(60, kTick), group_settings(), kTick);
  planning::Forecasts forecasts;
  forecasts.peak = must(the_model().forecast(known.history, the_calendar(), kTick));
  planning::Observation seen;
  seen.desired = seen.in_service = 30;
  planning::PlannerState before;
  for (auto _ : state)
    benchmark::DoNotOptimize(planning::decide(seen, forecasts, group_settings().policy, before, kTick));
}
BENCHMARK(newsvendor)->Unit(benchmark::kMillisecond);

// What a tick asks of a ledger that holds three days of decisions.
void ledger(benchmark::State& state) {
  World world(60);
  dataset::Dataset dataset(world.store, "shop", kInterval);
  control::Scaler scaler(world.store, dataset, world.group, group_settings());
  records::Record record = must(scaler.scale(kTick, world.calendar)).record;
  must(world.store.remove("shop/decisions/2026-11-27.jsonl").map([] { return 0; }));
  records::Ledger ledger(world.store, "shop");
  Timestamp now = kTick - 3 * kDay;
  const auto add = [&] {
    record.decision.now = now;
    record.outcome = {records::Outcome::Kind::open, {}};
    must(ledger.add(record));
  };
  for (; now < kTick; now += kInterval) add();
  for (auto _ : state) {
    benchmark::DoNotOptimize(must(ledger.find(now, false)));
    benchmark::DoNotOptimize(must(ledger.latest(now, [](const auto&) { return true; })));
    benchmark::DoNotOptimize(must(ledger.between({now - 3 * kDay, now})));
    add();
    must(ledger.complete(now, false, {records::Outcome::Kind::accepted, {}}).map([] { return 0; }));
    now += kInterval;
  }
}
BENCHMARK(ledger)->Iterations(100)->Unit(benchmark::kMillisecond);

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::AddCustomContext("forecaster", the_model().winner());
  benchmark::RunSpecifiedBenchmarks();
}
