#include "simulation/workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "calendar/zone.h"
#include "core/random.h"

namespace almanac::simulation {
namespace {

using calendar::Event;
using calendar::LocalTime;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

// Share of the day's peak at the full hours, local time; between them a smooth curve.
constexpr std::array<double, 24> kWorkday = {.22, .14, .10, .08, .08, .10, .17, .30, .45, .56, .62, .66,
                                             .74, .72, .64, .61, .63, .69, .78, .89, .98, 1.0, .80, .48};
constexpr std::array<double, 24> kWeekend = {.30, .20, .14, .10, .08, .08, .11, .18, .33, .52, .70, .80,
                                             .82, .80, .79, .80, .82, .84, .88, .94, 1.0, .97, .76, .48};
constexpr std::array<double, 7> kWeekday = {1.0, .96, .97, 1.0, .93, .90, 1.06};  // from Monday

// Streams of random numbers that do not disturb each other: a change to the sales leaves the noise as it was.
enum class Stream : std::uint64_t { noise = 1, counts, events, crowds, network };

Random stream_of(std::uint64_t seed, Stream stream) {
  return Random(seed * 0x9E3779B97F4A7C15ULL + static_cast<std::uint64_t>(stream));
}

double interpolate(const std::array<double, 24>& hourly, double hour) {
  const auto from = static_cast<std::size_t>(hour);
  const double weight = (1 - std::cos(std::numbers::pi * (hour - static_cast<double>(from)))) / 2;
  return hourly[from % 24] * (1 - weight) + hourly[(from + 1) % 24] * weight;
}

// Daily and weekly season at a local time; 1 at the top of an ordinary evening.
double season(LocalTime local) {
  const auto day = std::chrono::floor<days>(local);
  const auto weekday = (std::chrono::weekday{day}.iso_encoding()) - 1;
  const double hour = static_cast<double>((local - day).count()) / 3600;
  // The shape changes over with the night, not at midnight with a jump.
  const auto shape = [&](unsigned which) {
    return interpolate(which >= 5 ? kWeekend : kWorkday, hour) * kWeekday[which];
  };
  const double into = std::min(1.0, hour / 4);
  return shape((weekday + 6) % 7) * (1 - into) + shape(weekday) * into;
}

// What one event does to demand: a factor >= 1 as a function of the time since its start.
struct Impulse {
  TimeRange span;
  std::string kind;
  double strength = 0;  // the plateau adds this share of the usual demand

  double factor(Timestamp t) const {
    const double since = static_cast<double>((t - span.start).count()) / 60;  // minutes
    const double left = static_cast<double>((span.end - t).count()) / 60;
    if (kind == "campaign" || kind == "flash crowd") {
      const double rise = kind == "campaign" ? 12 : 4;
      const double fall = kind == "campaign" ? 55 : 25;
      if (since < 0) return 1;
      return 1 + strength * (1 - std::exp(-since / rise * 2)) * std::exp(-since / fall);
    }
    // Sales: early visitors reload, the opening is a wall, the rush settles on a plateau, the last minutes hurry.
    const double rush = kind == "flash-sale" ? 12 : 45;
    if (since < 0) return since > -10 ? 1 + 0.25 * strength * (1 + since / 10) : 1;
    if (left <= 0) return left > -30 ? 1 + 0.2 * strength * std::exp(left / 8) : 1;
    const double opening = std::min(1.0, 0.6 + since / 3);
    const double hurry = left < 12 ? 0.2 * (1 - left / 12) : 0;
    return 1 + strength * opening * (0.8 + 0.5 * std::exp(-since / rush) + hurry);
  }
};

struct Schedule {
  std::vector<Impulse> impulses;
  std::string calendar;
};

// One entry of the calendar and what it does; local times, as people write them.
void add_sale(Schedule& schedule, const calendar::Zone& zone, const std::string& name, const std::string& kind,
              LocalTime start, LocalTime end, double strength, double expected_uplift) {
  schedule.impulses.push_back({{zone.to_utc(start), zone.to_utc(end)}, kind, strength});
  const auto text = [](LocalTime local) {
    const auto day = std::chrono::floor<days>(local);
    const std::chrono::year_month_day date{day};
    const auto minute = std::chrono::duration_cast<minutes>(local - day).count();
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), minute / 60,
                       minute % 60);
  };
  schedule.calendar += fmt::format(
      "{}\n    {{\"name\": \"{}\", \"kind\": \"{}\", \"start\": \"{}\", \"end\": \"{}\", \"expected_uplift\": {}}}",
      schedule.calendar.empty() ? "" : ",", name, kind, text(start), text(end), expected_uplift);
}

Schedule announced(const WorkloadOptions& options, const calendar::Zone& zone, LocalTime monday) {
  Random random = stream_of(options.seed, Stream::events);
  Schedule schedule;
  int flash = 0, weekend = 0, mail = 0;
  for (int week = 0; week < options.history_weeks + options.played_weeks; ++week) {
    const LocalTime start = monday + days{7 * week};
    const double luck[3] = {std::exp(0.12 * random.normal()), std::exp(0.1 * random.normal()),
                            std::exp(0.15 * random.normal())};
    if (week % 2 == 0)
      add_sale(schedule, zone, fmt::format("Newsletter {}", ++mail), "campaign", start + days{1} + hours{10},
               start + days{1} + hours{12}, 0.8 * luck[2], 1.5);
    if (week % 4 != 2) {
      const auto at = week % 2 == 0 ? hours{20} + minutes{0} : hours{12} + minutes{30};
      add_sale(schedule, zone, fmt::format("Flash sale {}", ++flash), "flash-sale", start + days{3} + at,
               start + days{3} + at + hours{2}, 1.2 * luck[0], 2.2);
    }
    if (week % 3 == 2)
      add_sale(schedule, zone, fmt::format("Weekend sale {}", ++weekend), "weekend-sale", start + days{5} + hours{9},
               start + days{6} + hours{23}, 0.5 * luck[1], 1.6);
  }
  schedule.calendar =
      fmt::format("{{\n  \"timezone\": \"{}\",\n  \"events\": [{}\n  ]\n}}\n", zone.name(), schedule.calendar);
  return schedule;
}

// A quiet place for something unannounced: on the given day of the week, in the afternoon.
Impulse flash_crowd(Random& random, const calendar::Zone& zone, LocalTime monday, int week, int weekday) {
  const auto at = monday + days{7 * week + weekday} + hours{14} + minutes{static_cast<int>(random.below(180))};
  const Timestamp start = zone.to_utc(at);
  return {{start, start + 90 * kMinute}, "flash crowd", random.uniform(1.5, 2.0)};
}

Series demand_of(const WorkloadOptions& options, const calendar::Zone& zone, const std::vector<Impulse>& impulses,
                 TimeRange span) {
  Random noise = stream_of(options.seed, Stream::noise);
  Random counts = stream_of(options.seed, Stream::counts);
  Series demand{span.start, kMinute, {}};
  double slow = 0;  // an hour's mood: autoregressive, standard deviation 4 %
  double day_mood = 0, mood = 0;
  constexpr double kPersistence = 0.98;
  for (Timestamp t = span.start; t < span.end; t += kMinute) {
    if ((t - span.start) % kDay == Duration{0}) day_mood = 0.04 * noise.normal();
    mood += (day_mood - mood) / 180;
    slow = kPersistence * slow + 0.04 * std::sqrt(1 - kPersistence * kPersistence) * noise.normal();
    const double weeks = static_cast<double>((t - span.start).count()) / static_cast<double>(kWeek.count());
    double rate = options.busy_day_peak * std::pow(1 + options.weekly_growth, weeks) * season(zone.to_local(t));
    for (const auto& impulse : impulses) rate *= impulse.factor(t);
    rate *= std::exp(mood + slow + 0.02 * noise.normal());
    demand.values.push_back(counts.poisson(rate * 60) / 60);
  }
  return demand;
}

// Bytes received: a little under 2 kB a request, plus health checks that nobody counts as requests.
Series network_of(const WorkloadOptions& options, const Series& demand) {
  Random random = stream_of(options.seed, Stream::network);
  Series network{demand.start, kMinute, {}};
  network.values.reserve(demand.size());
  for (double rate : demand.values)
    network.values.push_back(std::round(rate * 60 * 1850 * std::exp(0.05 * random.normal()) + 250000));
  return network;
}

Result<void> check(const WorkloadOptions& options) {
  const auto refuse = [](std::string message) { return fail(ErrorCode::invalid_input, "workload: " + message); };
  if (options.history_weeks < 1 || options.played_weeks < 0 || options.history_weeks + options.played_weeks > 520)
    return refuse(
        fmt::format("{} weeks of history and {} played; expected at least 1, at least 0, at most 520 together",
                    options.history_weeks, options.played_weeks));
  if (!(options.busy_day_peak > 0 && options.busy_day_peak <= 1e6))
    return refuse(fmt::format("busy_day_peak {}; expected requests/s above 0, up to a million", options.busy_day_peak));
  if (!(options.weekly_growth > -0.5 && options.weekly_growth < 0.5))
    return refuse(fmt::format("weekly_growth {}; expected -0.5 to 0.5", options.weekly_growth));
  return {};
}

}  // namespace

Result<Workload> make_workload(const WorkloadOptions& options) {
  if (auto checked = check(options); !checked) return tl::unexpected(checked.error());
  const auto zone = calendar::Zone::iana(options.timezone);
  if (!zone) return tl::unexpected(zone.error());
  const auto first_day = std::chrono::floor<days>((*zone)->to_local(options.start));
  const auto since_monday = std::chrono::weekday{first_day}.iso_encoding() - 1;
  const LocalTime monday = first_day + days{(7 - since_monday) % 7};
  const auto midnight = [&](int week) { return (*zone)->to_utc(monday + days{7 * week}); };
  const int weeks = options.history_weeks + options.played_weeks;

  Workload workload;
  workload.history = {midnight(0), midnight(options.history_weeks)};
  workload.played = {workload.history.end, midnight(weeks)};
  Schedule schedule = announced(options, **zone, monday);
  Random crowds = stream_of(options.seed, Stream::crowds);
  const auto surprise = [&](int week, int crowd_day, int outage_day, Duration outage) {
    schedule.impulses.push_back(flash_crowd(crowds, **zone, monday, week, crowd_day));
    workload.flash_crowds.push_back(schedule.impulses.back().span);
    const Timestamp from = (*zone)->to_utc(monday + days{7 * week + outage_day} + hours{15});
    workload.outages.push_back({from, from + outage});
  };
  surprise(options.history_weeks / 2, 2, 4, 3 * kHour);
  if (options.played_weeks > 0) surprise(weeks - 1, 2, 4, 40 * kMinute);

  workload.trace.name = "shop";
  workload.trace.native_step = kMinute;
  workload.trace.demand = demand_of(options, **zone, schedule.impulses, {workload.history.start, workload.played.end});
  workload.trace.metrics.emplace("network_in", network_of(options, workload.trace.demand));
  workload.plant = {.unit_capacity = options.busy_day_peak / 10, .boot = 8, .min = 2, .max = 80};
  workload.business_calendar = std::move(schedule.calendar);
  const auto calendar = calendar::Calendar::parse_json(workload.business_calendar, "the workload's calendar");
  if (!calendar) return tl::unexpected(calendar.error());
  workload.events = calendar->between(workload.trace.range());
  return workload;
}

}  // namespace almanac::simulation
