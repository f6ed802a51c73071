#include "app/report_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "calendar/phases.h"
#include "core/json_writer.h"
#include "core/series.h"
#include "core/version.h"
#include "insight/json.h"
#include "simulation/plant.h"
#include "web/report_page.h"

namespace almanac::app {
namespace {

using simulation::BacktestRun;
using simulation::PolicyResult;

constexpr std::size_t kMostSteps = 10000;

// Four significant digits: nobody can see the fifth, and the file halves.
void put_rounded(JsonWriter& json, double value) {
  if (!std::isfinite(value)) return json.null();
  json.raw(fmt::format("{:.4g}", value));
}

void put_column(JsonWriter& json, std::string_view name, const std::vector<double>& values) {
  json.key(name);
  json.begin_array();
  for (const double value : values) put_rounded(json, value);
  json.end_array();
}

std::string knob_text(const PolicyResult& policy, double knob) {
  return fmt::format("{} {:.4g}", policy.knob, knob);
}

struct Grid {
  Timestamp start;
  int minutes = 5;                  // of one step
  std::size_t first = 0, last = 0;  // minutes of the trace
  std::size_t steps() const {
    return (last - first + static_cast<std::size_t>(minutes) - 1) / static_cast<std::size_t>(minutes);
  }
};

Grid grid_of(const ReportInput& input) {
  Grid grid;
  grid.first = input.trace->minute_at(input.result->window.start);
  grid.last = input.trace->minute_at(input.result->window.end);
  grid.start = input.trace->time_of(grid.first);
  while (grid.steps() > kMostSteps) grid.minutes *= 2;
  return grid;
}

class Reporter {
 public:
  explicit Reporter(const ReportInput& input) : input_(input), grid_(grid_of(input)) {}

  std::string text() {
    json_.begin_object();
    json_.field("format", "almanac-report/1");
    json_.field("program", fmt::format("almanac {}", program_version()));
    run();
    policies();
    objectives();
    timeline();
    fronts();
    forecast();
    if (!input_.events.empty()) phases();
    if (!input_.decisions.empty()) decisions();
    json_.key("notes");
    json_.begin_array();
    for (const auto& note : input_.notes) json_.value(note);
    json_.end_array();
    json_.end_object();
    return json_.text();
  }

 private:
  double busy(std::size_t minute) const {
    return input_.trace->demand.values[minute] / input_.result->plant.unit_capacity;
  }

  void run() {
    json_.key("run");
    json_.begin_object();
    json_.field("kind", input_.kind);
    json_.field("name", input_.result->trace);
    insight::put_time(json_, "start", input_.result->window.start);
    insight::put_time(json_, "end", input_.result->window.end);
    json_.field("boot", input_.result->plant.boot * 60);
    json_.field("interval", static_cast<long long>(input_.interval.count()));
    json_.field("objective", input_.objective);
    json_.field("utilisation", input_.result->plant.objective);
    if (!input_.timezone.empty()) json_.field("timezone", input_.timezone);
    if (!input_.calendar.empty()) json_.field("calendar", input_.calendar);
    if (!input_.command.empty()) json_.field("command", input_.command);
    json_.end_object();
  }

  void policies() {
    json_.key("policies");
    json_.begin_array();
    for (const PolicyResult& policy : input_.result->policies) {
      const BacktestRun& shown = policy.shown(input_.objective);
      json_.begin_object();
      json_.field("id", policy.policy);
      json_.field("name", policy_title(policy.policy));
      json_.field("role", policy.policy == "almanac"         ? "almanac"
                          : simulation::is_reference(policy) ? "reference"
                                                             : "peer");
      if (!policy.knob.empty() && policy.knob != "none") json_.field("knob", knob_text(policy, shown.knob));
      json_.key("instance_hours");
      put_rounded(json_, shown.score.instance_hours);
      json_.key("violating_share");
      put_rounded(json_, shown.score.violating_share);
      json_.field("violation_minutes", shown.score.violation_minutes);
      json_.key("cost");
      put_rounded(json_, shown.score.cost);
      json_.key("changes_per_day");
      put_rounded(json_, shown.score.changes_per_day);
      if (policy.runs.size() > 1) {
        json_.key("cost_at_0.1%");
        put_rounded(json_, policy.cost_at_01.value_or(kMissing));
        json_.key("cost_at_1%");
        put_rounded(json_, policy.cost_at_1.value_or(kMissing));
        json_.key("cost_within_0.1%");
        put_rounded(json_, policy.cost_within(0.001).value_or(kMissing));
        json_.key("cost_within_1%");
        put_rounded(json_, policy.cost_within(0.01).value_or(kMissing));
      }
      json_.end_object();
    }
    json_.end_array();
  }

  // The runs that were given an objective instead of a knob.
  void objectives() {
    if (input_.objectives.empty()) return;
    json_.key("objectives");
    json_.begin_array();
    for (const auto& stated : input_.objectives) {
      json_.begin_object();
      json_.field("objective", stated.objective);
      json_.key("violating_share");
      put_rounded(json_, stated.score.violating_share);
      json_.field("violation_minutes", stated.score.violation_minutes);
      json_.key("instance_hours");
      put_rounded(json_, stated.score.instance_hours);
      json_.key("cost");
      put_rounded(json_, stated.score.cost);
      json_.end_object();
    }
    json_.end_array();
  }

  // `value(minute)` of the minutes of each step, folded; kMissing values are left out.
  template <typename Value, typename Fold>
  std::vector<double> fold(Value&& value, Fold&& combine) const {
    std::vector<double> column;
    for (std::size_t step = 0; step < grid_.steps(); ++step) {
      double folded = kMissing;
      const std::size_t from = grid_.first + step * static_cast<std::size_t>(grid_.minutes);
      for (std::size_t m = from; m < std::min(grid_.last, from + static_cast<std::size_t>(grid_.minutes)); ++m) {
        const double one = value(m);
        if (!is_missing(one)) folded = is_missing(folded) ? one : combine(folded, one);
      }
      column.push_back(folded);
    }
    return column;
  }

  void timeline() {
    const auto larger = [](double a, double b) { return std::max(a, b); };
    json_.key("timeline");
    json_.begin_object();
    insight::put_time(json_, "start", grid_.start);
    json_.field("step", grid_.minutes * 60);
    put_column(json_, "demand", fold([&](std::size_t m) { return busy(m); }, larger));
    bands();
    json_.key("capacity");
    json_.begin_array();
    for (const PolicyResult& policy : input_.result->policies) capacity(policy);
    json_.end_array();
    events();
    json_.end_object();
  }

  void bands() {
    std::vector<double> q50(grid_.steps(), kMissing), q90 = q50, q99 = q50;
    const auto put = [&](Timestamp window_end, double a, double b, double c) {
      const auto at = (window_end - Duration{1} - grid_.start) / (kMinute * grid_.minutes);
      if (window_end <= grid_.start || at >= static_cast<long long>(grid_.steps())) return;
      const auto i = static_cast<std::size_t>(at);
      q50[i] = a, q90[i] = b, q99[i] = c;
    };
    if (input_.replay != nullptr) {
      const Duration cover = kMinute * input_.result->plant.boot + input_.interval;
      for (const auto& tick : input_.replay->ticks) {
        put(input_.trace->time_of(tick.minute) + cover, tick.median, tick.q90, tick.q99);
      }
    }
    for (const auto& record : input_.records) {
      const Decision& d = record.decision;
      if (d.demand_quantiles.empty()) continue;
      put(d.cover_window.end, d.demand_quantiles.at(.5), d.demand_quantiles.at(.9), d.demand_quantiles.at(.99));
    }
    if (input_.replay == nullptr && input_.records.empty()) return;
    json_.key("bands");
    json_.begin_object();
    put_column(json_, "q50", q50);
    put_column(json_, "q90", q90);
    put_column(json_, "q99", q99);
    json_.end_object();
  }

  void capacity(const PolicyResult& policy) {
    const simulation::Plant& plant = input_.result->plant;
    const auto desired = simulation::expand(policy.shown(input_.objective).decisions, grid_.last);
    const auto ready = simulation::ready_from_desired(desired, policy.policy == "clairvoyant" ? 0 : plant.boot);
    json_.begin_object();
    json_.field("policy", policy.policy);
    put_column(json_, "in_service",
               fold([&](std::size_t m) { return static_cast<double>(ready[m]); },
                    [](double a, double b) { return std::min(a, b); }));
    std::vector<std::size_t> at;
    std::vector<double> share;
    for (std::size_t step = 0; step < grid_.steps(); ++step) {
      double all = 0, violating = 0;
      const std::size_t from = grid_.first + step * static_cast<std::size_t>(grid_.minutes);
      for (std::size_t m = from; m < std::min(grid_.last, from + static_cast<std::size_t>(grid_.minutes)); ++m) {
        if (is_missing(busy(m))) continue;
        all += busy(m);
        if (busy(m) > plant.objective * ready[m] + 1e-9) violating += busy(m);
      }
      if (violating > 0) at.push_back(step), share.push_back(violating / all);
    }
    json_.key("violations");
    json_.begin_object();
    json_.key("at");
    json_.begin_array();
    for (const std::size_t step : at) json_.value(step);
    json_.end_array();
    put_column(json_, "share", share);
    json_.end_object();
    json_.end_object();
  }

  void events() {
    const auto put = [&](const std::string& name, const std::string& kind, const TimeRange& span, bool announced) {
      if (!span.overlaps(input_.result->window)) return;
      json_.begin_object();
      json_.field("name", name);
      json_.field("kind", kind);
      insight::put_time(json_, "start", span.start);
      insight::put_time(json_, "end", span.end);
      if (!announced) json_.field("announced", false);
      json_.end_object();
    };
    json_.key("events");
    json_.begin_array();
    for (const auto& event : input_.events) put(event.name, event.kind, event.span, true);
    for (const auto& span : input_.unannounced) put("flash crowd", "unannounced", span, false);
    json_.end_array();
  }

  void fronts() {
    json_.key("fronts");
    json_.begin_array();
    for (const PolicyResult& policy : input_.result->policies) {
      // A run without a knob is a point of its own; only Almanac's is worth one beside the peers' sweeps.
      if (policy.runs.size() < 2 && policy.policy != "almanac") continue;
      json_.begin_object();
      json_.field("policy", policy.policy);
      json_.field("name", policy_title(policy.policy));
      json_.key("knobs");
      json_.begin_array();
      for (const auto& one : policy.runs) {
        json_.value(policy.knob.empty() ? fmt::format("asked for {:g} %", 100 * input_.objective)
                                        : knob_text(policy, one.knob));
      }
      json_.end_array();
      std::vector<double> shares, costs;
      for (const auto& one : policy.runs) {
        shares.push_back(one.score.violating_share);
        costs.push_back(one.score.cost);
      }
      put_column(json_, "violating_share", shares);
      put_column(json_, "cost", costs);
      json_.end_object();
    }
    json_.end_array();
  }

  void forecast() {
    const auto& scores = input_.replay != nullptr ? input_.replay->scores : input_.scores;
    if (scores.empty()) return;
    json_.key("forecast");
    json_.begin_object();
    json_.field("winner", input_.replay != nullptr ? input_.replay->winner : input_.winner);
    json_.key("scores");
    json_.begin_array();
    for (const auto& score : scores) {
      json_.begin_object();
      json_.field("forecaster", score.forecaster);
      json_.key("pinball");
      put_rounded(json_, score.pinball);
      json_.key("coverage50");
      put_rounded(json_, score.coverage50);
      json_.key("coverage90");
      put_rounded(json_, score.coverage90);
      json_.field("windows", score.windows);
      json_.end_object();
    }
    json_.end_array();
    if (input_.replay != nullptr) calibration();
    json_.end_object();
  }

  void calibration() {
    json_.key("calibration");
    json_.begin_array();
    for (const bool near : {true, false}) {
      int windows = 0, within50 = 0, within90 = 0, within99 = 0;
      for (const auto& tick : input_.replay->ticks) {
        if (tick.near_event != near || is_missing(tick.cdf_of_actual)) continue;
        ++windows;
        within50 += tick.cdf_of_actual <= .5 ? 1 : 0;
        within90 += tick.cdf_of_actual <= .9 ? 1 : 0;
        within99 += tick.cdf_of_actual <= .99 ? 1 : 0;
      }
      if (windows == 0) continue;
      json_.begin_object();
      json_.field("place", near ? "near events" : "away from events");
      const auto share = [&](const char* name, int count) {
        json_.key(name);
        put_rounded(json_, static_cast<double>(count) / windows);
      };
      share("coverage50", within50);
      share("coverage90", within90);
      share("coverage99", within99);
      json_.field("windows", windows);
      json_.end_object();
    }
    json_.end_array();
  }

  // Each minute belongs to the most telling phase of any event near it.
  void phases() {
    static const std::vector<std::string> kNames{"before", "opening", "during", "closing", "after", "away from events"};
    static const std::vector<int> kWeight{2, 5, 3, 4, 1, 0};  // by name
    std::vector<int> phase(grid_.last, 5);
    for (const auto& event : input_.events) {
      const auto windows = calendar::phase_windows(event.span);
      const std::size_t from = std::max(grid_.first, input_.trace->minute_at(windows.near_from));
      for (std::size_t m = from; m < std::min(grid_.last, input_.trace->minute_at(windows.near_until)); ++m) {
        const int here = static_cast<int>(calendar::phase_at(event.span, input_.trace->time_of(m)).phase);
        if (kWeight[static_cast<std::size_t>(here)] > kWeight[static_cast<std::size_t>(phase[m])]) phase[m] = here;
      }
    }
    std::vector<double> minutes(kNames.size(), 0);
    for (std::size_t m = grid_.first; m < grid_.last; ++m) minutes[static_cast<std::size_t>(phase[m])] += 1;
    json_.key("phases");
    json_.begin_object();
    json_.key("names");
    json_.begin_array();
    for (const auto& name : kNames) json_.value(name);
    json_.end_array();
    put_column(json_, "minutes", minutes);
    json_.key("policies");
    json_.begin_array();
    for (const PolicyResult& policy : input_.result->policies) {
      const simulation::Plant& plant = input_.result->plant;
      const auto desired = simulation::expand(policy.shown(input_.objective).decisions, grid_.last);
      const auto ready = simulation::ready_from_desired(desired, policy.policy == "clairvoyant" ? 0 : plant.boot);
      std::vector<double> violations(kNames.size(), 0);
      for (std::size_t m = grid_.first; m < grid_.last; ++m) {
        if (busy(m) > plant.objective * ready[m] + 1e-9) violations[static_cast<std::size_t>(phase[m])] += 1;
      }
      json_.begin_object();
      json_.field("policy", policy.policy);
      put_column(json_, "violation_minutes", violations);
      json_.end_object();
    }
    json_.end_array();
    json_.end_object();
  }

  void decisions() {
    json_.key("decisions");
    json_.begin_array();
    for (const auto& explained : input_.decisions) {
      const Decision& d = explained.record.decision;
      json_.begin_object();
      insight::put_time(json_, "time", d.now);
      json_.field("title", explained.title);
      if (!explained.words.empty()) json_.field("words", explained.words);
      json_.field("health", to_string(d.health));
      if (!d.forecaster.empty()) json_.field("forecaster", d.forecaster);
      json_.key("window");
      json_.begin_object();
      insight::put_time(json_, "start", d.cover_window.start);
      insight::put_time(json_, "end", d.cover_window.end);
      json_.end_object();
      json_.key("quantiles");
      json_.begin_array();
      for (const auto& [p, demand] : d.demand_quantiles) {
        json_.begin_object();
        json_.field("p", p);
        json_.key("demand");
        put_rounded(json_, demand);
        json_.end_object();
      }
      json_.end_array();
      json_.key("events");
      json_.begin_array();
      for (const auto& name : d.events) json_.value(name);
      json_.end_array();
      json_.field("desired_before", d.desired_before);
      json_.field("desired", d.desired);
      if (d.desired_without_calendar) json_.field("desired_without_calendar", *d.desired_without_calendar);
      json_.key("stages");
      json_.begin_array();
      for (const Stage& stage : d.stages) {
        json_.begin_object();
        json_.field("name", stage.name);
        json_.field("capacity", stage.capacity);
        json_.field("reason", stage.reason);
        json_.end_object();
      }
      json_.end_array();
      json_.end_object();
    }
    json_.end_array();
  }

  const ReportInput& input_;
  Grid grid_;
  JsonWriter json_;
};

}  // namespace

std::string policy_title(const std::string& id) {
  static const std::map<std::string, std::string> kTitles{
      {"almanac", "Almanac"},
      {"static", "static"},
      {"step", "step 70/35"},
      {"target_tracking", "AWS target tracking"},
      {"hpa", "Kubernetes HPA"},
      {"aws_predictive", "AWS predictive + target tracking"},
      {"holt_winters", "Holt-Winters + HPA"},
      {"fft", "FFT (Crane) + HPA"},
      {"seasonal_naive", "seasonal naive + reactive"},
      {"clairvoyant", "clairvoyant, no launch delay"},
      {"clairvoyant_boot", "clairvoyant, knows the launch delay"},
  };
  const auto found = kTitles.find(id);
  return found == kTitles.end() ? id : found->second;
}

std::string report_json(const ReportInput& input) {
  return Reporter(input).text();
}

Result<void> write_report(const ReportInput& input, const std::string& file) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << web::render_report(report_json(input));
  out.close();
  if (!out) return fail(ErrorCode::permission_denied, file + ": cannot be written");
  return {};
}

}  // namespace almanac::app
