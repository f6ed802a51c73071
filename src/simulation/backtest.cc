#include "simulation/backtest.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>
#include <tuple>

#include "core/check.h"
#include "core/mutex.h"

namespace almanac::simulation {
namespace {

// What the group stands at when play begins: enough for the hour around and the day before, so that no policy pays for
// a cold start.
int initial_capacity(const BacktestConfig& config, std::size_t first) {
  constexpr std::size_t kDayMinutes = 1440;
  int most = config.plant.min;
  const auto& demand = config.trace->demand.values;
  for (std::size_t t = first - std::min(first, kDayMinutes); t < std::min(demand.size(), first + 60); ++t)
    if (!is_missing(demand[t])) most = std::max(most, need(demand[t], config.plant));
  return most;
}

std::vector<CapacityChange> changes_of(const std::vector<int>& desired, const TestWindow& window) {
  std::vector<CapacityChange> changes;
  for (std::size_t t = window.from; t < window.to; ++t)
    if (changes.empty() || changes.back().desired != desired[t]) changes.push_back({t, desired[t]});
  return changes;
}

std::size_t minutes_late(const BacktestConfig& config) {
  return static_cast<std::size_t>((config.metrics_delay + kMinute - Duration{1}) / kMinute);
}

BacktestRun run_one(const BacktestConfig& config, const PolicyFamily& family, double knob) {
  const std::size_t warm_up = static_cast<std::size_t>(config.warm_up / kMinute);
  const std::size_t first = config.window.from - std::min(config.window.from, warm_up);
  const Scene scene{&config.plant, &config.trace->demand, first};
  const auto policy = family.make(knob, scene);
  const Series& seen = config.observed != nullptr ? *config.observed : config.trace->demand;
  auto desired =
      play(seen, config.plant, *policy, first, config.window.to, initial_capacity(config, first), minutes_late(config));
  // Who reads the decisions without the warm-up sees a group that already stands at the first of them.
  std::fill(desired.begin(), desired.begin() + static_cast<long>(config.window.from), desired[config.window.from]);
  return {knob, score(config.trace->demand.values, desired, config.plant, config.window.from, config.window.to),
          changes_of(desired, config.window)};
}

std::vector<FrontPoint> points_of(const PolicyResult& policy) {
  std::vector<FrontPoint> points;
  for (const auto& run : policy.runs) points.push_back({run.score.violating_share, run.score.cost});
  return points;
}

void summarise(PolicyResult& policy) {
  const auto points = points_of(policy);
  policy.cost_at_01 = cost_at(points, 0.001);
  policy.cost_at_1 = cost_at(points, 0.01);
}

}  // namespace

Result<TestWindow> test_window(const Trace& trace, std::optional<Timestamp> start, std::optional<Timestamp> end,
                               double fraction) {
  const auto refuse = [&](std::string message) {
    return fail(ErrorCode::invalid_input, fmt::format("{}: {}", trace.name, message));
  };
  const auto span =
      fmt::format("the trace has {} to {}", format_timestamp(trace.range().start), format_timestamp(trace.range().end));
  if (!start && !(fraction > 0 && fraction < 1))
    return refuse(fmt::format("a test window of {} of the trace; expected a fraction between 0 and 1", fraction));
  if (start && (*start < trace.range().start || *start >= trace.range().end))
    return refuse(fmt::format("the test window starts at {}, outside; {}", format_timestamp(*start), span));
  if (end && (*end <= trace.range().start || *end > trace.range().end))
    return refuse(fmt::format("the test window ends at {}, outside; {}", format_timestamp(*end), span));
  TestWindow window;
  window.to = end ? trace.minute_at(*end) : trace.minutes();
  // A start within a minute begins with the next one.
  window.from = start ? trace.minute_at(*start + kMinute - Duration{1})
                      : static_cast<std::size_t>(static_cast<double>(trace.minutes()) * (1 - fraction));
  if (window.from >= window.to) return refuse("the test window is empty; expected its end after its start");
  const auto& values = trace.demand.values;
  if (!std::any_of(values.begin() + static_cast<long>(window.from), values.begin() + static_cast<long>(window.to),
                   [](double value) { return value > 0; }))
    return refuse("the test window has no demand");
  return window;
}

Result<Plant> plant_for(const Trace& trace, Duration boot) {
  Plant plant;
  plant.boot = static_cast<int>((boot + kMinute - Duration{1}) / kMinute);
  plant.unit_capacity = unit_capacity(trace.demand.values);
  if (plant.unit_capacity <= 0)
    return fail(ErrorCode::invalid_input, fmt::format("{}: no demand to scale instances by", trace.name));
  return plant;
}

Result<std::vector<PolicyFamily>> select_policies(const std::vector<PolicyFamily>& available,
                                                  const std::vector<std::string>& names) {
  std::vector<PolicyFamily> chosen;
  const auto add = [&](const PolicyFamily& family) {
    if (std::none_of(chosen.begin(), chosen.end(), [&](const auto& one) { return one.name == family.name; }))
      chosen.push_back(family);
  };
  for (const auto& name : names) {
    bool found = false;
    for (const auto& family : available) {
      if (name != "all" && name != family.name) continue;
      add(family);
      found = true;
    }
    if (found) continue;
    std::string known = "all";
    for (const auto& family : available) known += ", " + family.name;
    return fail(ErrorCode::invalid_input, fmt::format("no policy \"{}\"; expected {}", name, known));
  }
  return chosen;
}

const BacktestRun* PolicyResult::cheapest_within(double share) const {
  const BacktestRun* best = nullptr;
  for (const auto& run : runs)
    if (run.score.violating_share <= share && (best == nullptr || run.score.cost < best->score.cost)) best = &run;
  return best;
}

std::optional<double> PolicyResult::cost_within(double share) const {
  const BacktestRun* run = cheapest_within(share);
  return run != nullptr ? std::optional(run->score.cost) : std::nullopt;
}

const BacktestRun& PolicyResult::shown(double objective) const {
  if (runs.size() > 1) {
    if (const BacktestRun* within = cheapest_within(objective)) return *within;
    for (const BacktestRun& run : runs) {
      if (run.knob == usual) return run;
    }
  }
  return runs.front();
}

BacktestResult run_backtest(const BacktestConfig& config, const ProgressSink& progress) {
  ALMANAC_CHECK(config.trace != nullptr, "a backtest needs a trace");
  ALMANAC_CHECK(config.window.from < config.window.to && config.window.to <= config.trace->minutes(),
                "the test window lies outside the trace");
  ALMANAC_CHECK(config.observed == nullptr || config.observed->size() == config.trace->minutes(),
                "what policies see must cover the trace");
  BacktestResult result{config.trace->name,
                        config.plant,
                        {config.trace->time_of(config.window.from), config.trace->time_of(config.window.to)},
                        {},
                        config.metrics_delay};
  struct Job {
    std::size_t policy, run;
  };
  std::vector<Job> jobs;
  for (const auto& family : config.policies) {
    const auto knobs = config.sweep ? family.knobs : std::vector<double>{family.usual};
    for (std::size_t i = 0; i < knobs.size(); ++i) jobs.push_back({result.policies.size(), i});
    result.policies.push_back({family.name, family.knob, family.usual, {}, {}, {}});
    for (double knob : knobs) result.policies.back().runs.push_back({knob, {}, {}});
  }

  std::atomic<std::size_t> next{0};
  struct {
    Mutex mutex;
    std::size_t done ALMANAC_GUARDED_BY(mutex) = 0;
  } shared;
  const auto work = [&] {
    for (std::size_t i = next++; i < jobs.size(); i = next++) {
      if (config.cancelled != nullptr && *config.cancelled) return;
      const PolicyFamily& family = config.policies[jobs[i].policy];
      BacktestRun& run = result.policies[jobs[i].policy].runs[jobs[i].run];
      run = run_one(config, family, run.knob);
      const MutexLock lock(shared.mutex);
      report(progress, {"backtest", static_cast<double>(++shared.done), static_cast<double>(jobs.size()), family.name});
    }
  };
  std::vector<std::thread> helpers;
  for (unsigned i = 1; i < std::min<std::size_t>(config.threads, jobs.size()); ++i) helpers.emplace_back(work);
  work();
  for (auto& helper : helpers) helper.join();

  for (auto& policy : result.policies) summarise(policy);
  return result;
}

std::vector<StatedObjective> stated_objectives(const BacktestResult& result) {
  const auto named = [&](std::string_view name) -> const PolicyResult* {
    for (const auto& policy : result.policies)
      if (policy.policy == name) return &policy;
    return nullptr;
  };
  std::vector<StatedObjective> all;
  const PolicyResult* stated = named("almanac_objective");
  const PolicyResult* swept = named("almanac");
  if (stated == nullptr) return all;
  std::vector<FrontPoint> points;
  if (swept != nullptr && swept->runs.size() > 1) points = points_of(*swept);
  for (const auto& run : stated->runs) {
    StatedObjective one{run.knob, run.score, {}, {}};
    if (!points.empty()) {
      one.swept_cost = cost_at(points, run.score.violating_share);
      one.least_share = front(points).front().violating_share;
    }
    all.push_back(one);
  }
  return all;
}

std::vector<std::string> objective_lines(const BacktestResult& result) {
  std::vector<std::string> lines;
  for (const auto& one : stated_objectives(result)) {
    const double share = one.score.violating_share, cost = one.score.cost;
    std::string line =
        fmt::format("objective {:g} %: realised {:.3f} % at cost {:.3f}", 100 * one.objective, 100 * share, cost);
    if (one.least_share) {
      line += one.swept_cost ? fmt::format(" (the sweep at that share, read between two settings: {:.3f}, {:+.1f} %)",
                                           *one.swept_cost, 100 * (cost / *one.swept_cost - 1))
                             : std::string(" (no fixed price came to so little)");
      if (*one.least_share > 2 * one.objective)
        line += fmt::format("; impossible here: even the highest price leaves {:.3f} %", 100 * *one.least_share);
    }
    if (share > 2 * one.objective) line += "; MISSED: more than twice the objective";
    lines.push_back(std::move(line));
  }
  return lines;
}

bool is_reference(const PolicyResult& policy) {
  return policy.policy.starts_with("clairvoyant");
}

std::vector<const PolicyResult*> ranked(const BacktestResult& result, double objective) {
  std::vector<const PolicyResult*> policies;
  for (const auto& policy : result.policies) policies.push_back(&policy);
  const auto key = [&](const PolicyResult* policy) {
    const bool never = policy->runs.size() > 1 && policy->cheapest_within(objective) == nullptr;
    return std::tuple(is_reference(*policy), never, policy->shown(objective).score.cost);
  };
  std::stable_sort(policies.begin(), policies.end(), [&](const auto* a, const auto* b) { return key(a) < key(b); });
  return policies;
}

std::vector<int> expand(const std::vector<CapacityChange>& changes, std::size_t to) {
  ALMANAC_CHECK(!changes.empty(), "no decisions to expand");
  std::vector<int> desired(to, changes.front().desired);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const std::size_t end = i + 1 < changes.size() ? changes[i + 1].minute : to;
    for (std::size_t t = changes[i].minute; t < std::min(end, to); ++t) desired[t] = changes[i].desired;
  }
  return desired;
}

}  // namespace almanac::simulation
