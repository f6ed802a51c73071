#include "statements.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "core/check.h"
#include "core/series.h"
#include "forecast/history.h"
#include "forecast/profile.h"
#include "forecast/uplift.h"

namespace almanac::bench {
namespace {

using nlohmann::json;

constexpr Duration kInterval{300};

forecast::History history_of(const Scene& scene) {
  simulation::CollectOptions options{.interval = kInterval, .unit_capacity = scene.plant.unit_capacity};
  return forecast::build_history(simulation::collected_rows(scene.trace, scene.trace.range(), options), kInterval,
                                 scene.plant.unit_capacity);
}

bool is_new(const Scene& scene, const calendar::Event& event) {
  return std::any_of(scene.new_kinds.begin(), scene.new_kinds.end(),
                     [&](const auto& one) { return one.kind == event.kind; });
}

struct Invented {
  const char* name;
  const char* kind;
  int day, hour, minute;  // local, of the test window
  Duration length;
  double uplift;
  Duration opening;
};

// What an event multiplies the load by: it opens evenly, holds, and is over within its last ten minutes.
double factor_of(const Invented& event, Duration since) {
  constexpr double kClosing = 600;
  const double opened = std::min(1.0, static_cast<double>(since.count()) / static_cast<double>(event.opening.count()));
  const double left = std::min(1.0, static_cast<double>((event.length - since).count()) / kClosing);
  return 1 + (event.uplift - 1) * opened * left;
}

std::string mean_of(const std::vector<const json*>& records, const std::function<double(const json&)>& number,
                    int digits) {
  double sum = 0, least = INFINITY, most = -INFINITY;
  for (const json* record : records) {
    const double value = number(*record);
    sum += value, least = std::min(least, value), most = std::max(most, value);
  }
  std::string text = fmt::format("{:.{}f}", sum / static_cast<double>(records.size()), digits);
  if (records.size() > 1) text += fmt::format(" ({:.{}f}..{:.{}f})", least, digits, most, digits);
  return text;
}

}  // namespace

void make_kinds_of_knock_out_matches(Scene& scene) {
  auto events = scene.events();
  for (calendar::Event& event : events) {
    if (event.kind == "match-group" || !scene.tested().contains(event.span.start)) continue;
    event.kind = fmt::format("match-knockout{}", scene.new_kinds.size() + 1);
    scene.new_kinds.push_back(event);
  }
  scene.calendar = calendar::Calendar::of(std::move(events), scene.calendar.timezone());
}

void add_invented_events(Scene& scene) {
  const Invented invented[] = {
      {"TV appearance", "tv", 2, 20, 15, Duration{75 * 60}, 3.0, Duration{3 * 60}},
      {"Black Friday", "blackfriday", 4, 9, 0, 12 * kHour, 4.0, kHour},
      {"Product launch", "launch", 7, 18, 0, 4 * kHour, 2.5, Duration{20 * 60}},
      {"Charity run", "charity", 13, 10, 0, 4 * kHour, 1.5, Duration{45 * 60}},
      {"Anniversary", "anniversary", 19, 0, 0, kDay, 2.0, 2 * kHour},
  };
  auto events = scene.events();
  const Timestamp midnight = scene.tested().start;  // the window begins at one, and clocks stay as they are in it
  for (const Invented& one : invented) {
    const Timestamp start = midnight + kDay * one.day + kHour * one.hour + kMinute * one.minute;
    const std::size_t first = scene.trace.minute_at(start);
    for (Duration since{0}; since < one.length; since += kMinute)
      scene.trace.demand.values[first + static_cast<std::size_t>(since / kMinute)] *= factor_of(one, since);
    events.push_back({.uid = one.name, .name = one.name, .kind = one.kind, .span = {start, start + one.length}});
    scene.new_kinds.push_back(events.back());
  }
  scene.calendar = calendar::Calendar::of(std::move(events), scene.calendar.timezone());
  scene.plant.max = 400;
}

calendar::Calendar stating(const Scene& scene, const Statement& statement) {
  auto events = scene.events();
  const auto history = history_of(scene);
  const forecast::EventIndex index(events);
  const forecast::Profile profile(history, index, scene.calendar, kInterval, Duration{0});
  for (calendar::Event& event : events) {
    if (!is_new(scene, event)) continue;
    event.expected_uplift.reset();
    if (!statement.times) continue;
    const auto effect = forecast::effect_of(profile, event, history.size());
    ALMANAC_CHECK(effect.has_value(), "what a test window's event did is known");
    event.expected_uplift = *statement.times * std::exp(effect->uplift);
  }
  return calendar::Calendar::of(std::move(events), scene.calendar.timezone());
}

AroundEvents around_new_kinds(const Scene& scene, const std::vector<simulation::CapacityChange>& decisions) {
  simulation::Trace around = scene.trace;
  for (std::size_t minute = 0; minute < around.minutes(); ++minute) {
    const Timestamp t = around.time_of(minute);
    const bool near = std::any_of(scene.new_kinds.begin(), scene.new_kinds.end(), [&](const calendar::Event& event) {
      return t >= event.span.start - kHour / 2 && t < event.span.end + kHour;
    });
    if (!near) around.demand.values[minute] = kMissing;  // is not scored
  }
  const auto desired = simulation::expand(decisions, scene.window.to);
  const auto score = simulation::score(around.demand.values, desired, scene.plant, scene.window.from, scene.window.to);
  return {score.cost, score.violating_share};
}

std::string statements_section(const std::vector<json>& results) {
  std::string text =
      "\n## What stating an uplift is worth\n\n"
      "Events of kinds that never were before, and what came of stating their `expected_uplift` rightly (which is "
      "known "
      "in\n"
      "hindsight alone), half and twice as high, or not at all. On the World Cup each of the 16 matches of the "
      "knock-out "
      "rounds\n"
      "is made the only one of its kind; to the demo's generator five events are added (x1.5 to x4, an hour and a "
      "quarter to a\n"
      "day long, opening within three minutes to two hours). Around the events means from half an hour before them "
      "until "
      "an\n"
      "hour after: billed over needed instance-hours, and the share of the requests there that violated. Made by "
      "`bench/decisions.sh\n"
      "BUILD_DIR TRACES_DIR --parts statements`.\n";
  std::map<std::pair<std::string, int>, std::map<std::string, std::vector<const json*>>> settings;
  for (const json& record : results)
    if (record.at("part") == "statements")
      settings[{record.at("trace"), record.at("boot")}][record.at("row")].push_back(&record);
  if (settings.empty()) return text + "\nNot measured yet.\n";
  for (const auto& [setting, rows] : settings) {
    text += fmt::format("\n### {}, launch delay {} minutes\n", setting.first, setting.second);
    for (const double objective : {0.001, 0.01}) {
      text += fmt::format(
          "\n| stated objective {:g} % | seeds | around the events: cost | violating % | whole test window: cost | "
          "violating % |\n|---|---|---|---|---|---|\n",
          100 * objective);
      const auto run = [objective](const char* list, const char* name, double scale) {
        return [=](const json& record) {
          for (const json& one : record.at(list))
            if (one.at("knob") == objective) return scale * one.at(name).get<double>();
          return kMissing;
        };
      };
      for (const Statement& statement : kStatements) {
        const auto found = rows.find(std::string(statement.name));
        if (found == rows.end()) continue;
        const auto& records = found->second;
        text += fmt::format(
            "| {} | {} | {} | {} | {} | {} |\n", statement.name, records.size(),
            mean_of(records, run("around", "cost", 1), 2), mean_of(records, run("around", "share", 100), 2),
            mean_of(records, run("stated", "cost", 1), 3), mean_of(records, run("stated", "share", 100), 3));
      }
    }
  }
  return text;
}

}  // namespace almanac::bench
