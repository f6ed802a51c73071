#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "app/commands.h"
#include "app/group_commands.h"
#include "control/horizon.h"

namespace almanac::app {
namespace {

double at(const control::WindowForecast& window, double p) {
  return window.quantiles.at(p);
}

void print_table(const control::Horizon& horizon, CapacityUnit unit, const std::string& group,
                 const calendar::Calendar& calendar, Console& console) {
  console.out << fmt::format("{}: peak demand ahead in busy {}, from {}{}\n", group, words(unit), horizon.forecaster,
                             horizon.reason.empty() ? "" : " (" + horizon.reason + ")");
  Table table({{"from (local)"},
               {"to (UTC)"},
               {"q10", Table::Align::right},
               {"median", Table::Align::right},
               {"q90", Table::Align::right},
               {"q99", Table::Align::right},
               {"events"}});
  for (const auto& window : horizon.windows) {
    table.add({calendar.local_time(window.window.start), format_timestamp(window.window.end),
               fmt::format("{:.1f}", at(window, .1)), fmt::format("{:.1f}", at(window, .5)),
               fmt::format("{:.1f}", at(window, .9)), fmt::format("{:.1f}", at(window, .99)),
               fmt::format("{}", fmt::join(window.events, ", "))});
  }
  console.out << table.text(console.style);
  if (horizon.next_interval_cpu) {
    console.out << fmt::format("predicted CPU of the next interval at the present capacity: {:.1f} %\n",
                               *horizon.next_interval_cpu);
  }
}

void print_csv(const control::Horizon& horizon, const std::string& group, Console& console) {
  for (const auto& window : horizon.windows) {
    console.out << fmt::format("{},{},{},{},{},{},{}\n", group, format_timestamp(window.window.start),
                               format_timestamp(window.window.end), at(window, .1), at(window, .5), at(window, .9),
                               at(window, .99));
  }
}

void write_json(const control::Horizon& horizon, CapacityUnit unit, JsonWriter& json) {
  json.field("health", to_string(horizon.health));
  json.field("forecaster", horizon.forecaster);
  json.field("unit", fmt::format("busy {}", words(unit)));
  json.field("next_interval_cpu", horizon.next_interval_cpu);
  json.key("windows");
  json.begin_array();
  for (const auto& window : horizon.windows) {
    json.begin_object();
    json.field("from", format_timestamp(window.window.start));
    json.field("to", format_timestamp(window.window.end));
    for (const auto& [p, value] : window.quantiles) json.field(fmt::format("q{:g}", 100 * p), value);
    json.key("events");
    json.begin_array();
    for (const auto& event : window.events) json.value(event);
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

}  // namespace

Result<ExitCode> run_forecast(const CommonOptions& common, const ForecastOptions& options, Console& console) {
  if (options.csv && !common.json) console.out << "group,from,to,q10,q50,q90,q99\n";
  if (options.ahead <= Duration{0} || options.ahead > 7 * kDay) {
    console.err << "error: --ahead: " << format_duration(options.ahead)
                << "; expected more than nothing and at most 7d\n";
    return kUsage;
  }
  const auto forecast = [&](Session& session, control::Group& group, JsonWriter& json) -> Result<void> {
    const auto made = group.forecast(session.now(), options.ahead);
    if (!made) return tl::unexpected(with_context(made.error(), "group " + group.name()));
    print_notices(group.name(), made->calendar.notices);
    write_json(made->horizon, made->unit, json);
    if (common.json) return {};
    if (options.csv) {
      print_csv(made->horizon, group.name(), console);
    } else {
      print_table(made->horizon, made->unit, group.name(), made->calendar.calendar, console);
    }
    return {};
  };
  return for_each_whole_group(common, Access::look, console, forecast);
}

}  // namespace almanac::app
