#include <fmt/format.h>

#include <algorithm>

#include "control/explain.h"
#include "core/series.h"
#include "forecast/group_model.h"
#include "insight/answers.h"
#include "insight/insight.h"
#include "insight/json.h"
#include "insight/planned.h"
#include "insight/quality.h"
#include "insight/timeline.h"

namespace almanac::insight {
namespace {

constexpr int kQualityDays = 14;
constexpr Duration kPlannedAhead{6 * kHour};
constexpr Duration kLongestRange{400 * kDay};
constexpr long long kMostSteps = 20000;
constexpr long long kUsualSteps = 9000;  // 30 days of five minutes

// Where a lead time comes from; a ledger that saw no launch in two weeks can only have assumed it.
std::string_view lead_time_source(const GroupView& view) {
  if (view.settings.lead_time) return "configured";
  const bool launched = std::any_of(view.points.begin(), view.points.end(), [](const records::DecisionPoint& point) {
    return point.outcome == records::Outcome::Kind::accepted && point.desired > point.before;
  });
  return launched || (view.latest && view.lead_time() != view.settings.usual_lead_time) ? "measured" : "assumed";
}

void put_seconds(JsonWriter& json, std::string_view name, const std::optional<Duration>& age) {
  json.key(name);
  age ? json.value(static_cast<long long>(std::max(Duration{0}, *age).count())) : json.null();
}

void put_ages(JsonWriter& json, const GroupView& view, Timestamp now, std::optional<Duration> calendar_age) {
  const auto& last = view.known.last_demand;
  const auto trained = view.model.model ? view.model.model->trained_until() : std::nullopt;
  json.key("ages");
  json.begin_object();
  put_seconds(json, "data_seconds", last ? std::optional(now - *last) : std::nullopt);
  put_seconds(json, "model_seconds", trained ? std::optional(now - *trained) : std::nullopt);
  put_seconds(json, "calendar_seconds", calendar_age);
  json.end_object();
}

void put_quality(JsonWriter& json, const GroupView& view) {
  const Timestamp from = view.tick - kQualityDays * kDay;
  const auto first = std::lower_bound(view.points.begin(), view.points.end(), from,
                                      [](const records::DecisionPoint& point, Timestamp t) { return point.now < t; });
  const auto events = view.calendar.calendar.between({from - kDay, view.tick + kDay});
  const auto quality = judge(view.known, std::span(first, view.points.end()), events);
  json.key("quality");
  json.begin_object();
  json.field("days", kQualityDays);
  json.field("windows", quality.windows);
  json.field("windows_near", quality.near);
  json.key("coverage");
  json.begin_array();
  for (const QuantileCoverage& one : quality.coverage) {
    json.begin_object();
    json.field("quantile", one.quantile);
    put_number(json, "near", one.near);
    put_number(json, "away", one.away);
    json.end_object();
  }
  json.end_array();
  const auto scores = view.model.model ? view.model.model->scores() : std::vector<forecast::ForecasterScore>();
  const auto score_of = [&](std::string_view name) -> double {
    const auto found = std::find_if(scores.begin(), scores.end(), [&](const auto& s) { return s.forecaster == name; });
    return found == scores.end() || found->windows == 0 ? kMissing : found->pinball;
  };
  const double winner = view.model.model ? score_of(view.model.model->winner()) : kMissing;
  const double naive = score_of("seasonal_naive");
  json.key("pinball");
  json.begin_object();
  put_number(json, "winner", winner);
  put_number(json, "seasonal_naive", naive);
  put_number(json, "ratio", naive > 0 ? winner / naive : kMissing);
  json.end_object();
  json.key("forecasters");
  json.begin_array();
  for (const auto& score : scores) {
    json.begin_object();
    json.field("name", score.forecaster);
    put_number(json, "pinball", score.windows > 0 ? score.pinball : kMissing);
    put_number(json, "coverage50", score.windows > 0 ? score.coverage50 : kMissing);
    put_number(json, "coverage90", score.windows > 0 ? score.coverage90 : kMissing);
    json.field("windows", score.windows);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void put_notices(JsonWriter& json, const GroupView& view) {
  std::vector<std::string> notices = view.problems;
  const auto add = [&](const std::string& notice) {
    if (std::find(notices.begin(), notices.end(), notice) == notices.end()) notices.push_back(notice);
  };
  if (view.latest) {
    for (const auto& notice : view.latest->notices) add(notice);
  }
  for (const auto& notice : view.calendar.notices) add(notice);
  if (!view.model.problem.empty()) add(view.model.problem);
  put_strings(json, "notices", notices);
}

// `calendar_age`: since when the oldest of its calendars was read.
Result<std::string> group_answer(const GroupView& view, const Summary* summary, Timestamp now,
                                 std::optional<Duration> calendar_age) {
  JsonWriter json;
  json.begin_object();
  put_summary(json, summary, view.settings, attention_of(summary, view.settings, now), now);
  json.field("interval_seconds", static_cast<long long>(view.settings.interval.count()));
  json.field("timezone", view.calendar.calendar.timezone());
  json.key("lead_time");
  json.begin_object();
  json.field("seconds", static_cast<long long>(view.lead_time().count()));
  json.field("source", lead_time_source(view));
  json.end_object();
  json.field("utilisation", view.settings.policy.utilisation);
  put_ages(json, view, now, calendar_age);
  put_quality(json, view);
  put_notices(json, view);
  put_maybe_time(json, "data_from", view.known.rows > 0 ? std::optional(view.known.history.start) : std::nullopt);
  json.key("price");
  json.begin_object();
  put_number(json, "position", view.price_position());
  put_number(json, "lambda", control::price_at(view.price_position()));
  json.end_object();
  json.end_object();
  return json.text();
}

struct SeriesRange {
  TimeRange range{};
  Duration step{300};
  bool to_the_present = true;  // then what is planned goes with it
};

// invalid_input for what is out of bounds.
Result<SeriesRange> series_range(const std::optional<Timestamp>& from, const std::optional<Timestamp>& to,
                                 const std::optional<Duration>& step, Duration interval, Timestamp tick) {
  const auto refuse = [](std::string message) { return fail(ErrorCode::invalid_input, std::move(message)); };
  SeriesRange asked;
  asked.to_the_present = !to || *to >= tick;
  asked.range.end = asked.to_the_present ? tick : ceil_to(*to, interval);
  asked.range.start = floor_to(from ? *from : asked.range.end - kDay, interval);
  if (to && from && *from >= *to) return refuse("from: expected a time before to");
  if (asked.range.duration() > kLongestRange)
    return refuse(
        fmt::format("the range is {} long; expected at most 400 days", format_duration(asked.range.duration())));
  if (asked.range.empty()) asked.range.end = asked.range.start;  // wholly in the future: nothing has come yet
  const long long intervals = asked.range.duration() / interval;
  asked.step = step.value_or(Duration{interval * std::max<long long>(1, (intervals + kUsualSteps - 1) / kUsualSteps)});
  if (asked.step < interval || asked.step % interval != Duration{0})
    return refuse(
        fmt::format("step: {} seconds; expected a multiple of the interval, {}", asked.step.count(), interval.count()));
  if (asked.range.duration() / asked.step > kMostSteps)
    return refuse(fmt::format("{} steps; expected at most {}: ask for a shorter range or a longer step",
                              asked.range.duration() / asked.step, kMostSteps));
  return asked;
}

// The object `planned`; arrays are empty where there is nothing to forecast from.
std::string planned_json(const GroupView& view, Duration ahead) {
  const auto planned = plan_hours(view, ahead);
  const Planned none;
  const Planned& shown = planned ? *planned : none;
  JsonWriter json;
  json.begin_object();
  put_times(json, "time", shown.time);
  put_column(json, "q50", shown.q50);
  put_column(json, "q90", shown.q90);
  put_column(json, "q99", shown.q99);
  json.key("capacity");
  json.begin_array();
  for (const int capacity : shown.capacity) json.value(capacity);
  json.end_array();
  if (!planned) json.field("problem", planned.error().message);
  json.end_object();
  return json.text();
}

std::string forecast_answer(const GroupView& view, Duration ahead) {
  const std::string planned = planned_json(view, ahead);
  return fmt::format("{{\"now\":\"{}\",{}", format_timestamp(view.tick), planned.substr(1));
}

std::string series_answer(const GroupView& view, std::span<const records::DecisionPoint> points,
                          const SeriesRange& asked, std::string_view planned) {
  const Timeline timeline =
      aggregate(make_timeline(view.known, points, asked.range, view.settings.policy.utilisation), asked.step);
  JsonWriter json;
  json.begin_object();
  put_time(json, "from", asked.range.start);
  put_time(json, "to", asked.range.end);
  json.field("step_seconds", static_cast<long long>(timeline.step.count()));
  std::vector<Timestamp> times;
  for (std::size_t i = 0; i < timeline.size(); ++i) times.push_back(timeline.time_at(i));
  put_times(json, "time", times);
  put_column(json, "demand", timeline.demand);
  put_column(json, "peak", timeline.peak);
  put_column(json, "q50", timeline.q50);
  put_column(json, "q90", timeline.q90);
  put_column(json, "q99", timeline.q99);
  put_column(json, "desired", timeline.desired);
  put_column(json, "in_service", timeline.in_service);
  put_column(json, "violating", timeline.violating);
  json.key("health");
  json.begin_array();
  for (const auto& health : timeline.health) health ? json.value(to_string(*health)) : json.null();
  json.end_array();
  const TimeRange shown{asked.range.start, asked.to_the_present ? asked.range.end + kDay : asked.range.end};
  put_events(json, "events", view.calendar.calendar.between(shown));
  json.key("changes");
  json.begin_array();
  for (const CapacityChange& change : changes(points, {asked.range.start, asked.range.end + view.settings.interval})) {
    json.begin_object();
    put_time(json, "time", change.time);
    json.field("before", change.before);
    json.field("after", change.after);
    json.end_object();
  }
  json.end_array();
  json.key("planned");
  json.raw(planned);
  put_time(json, "boundary", view.tick);
  json.end_object();
  return json.text();
}

}  // namespace

Result<std::string> Insight::group(const std::string& name) {
  const auto group = find(name);
  if (!group) return tl::unexpected(group.error());
  const auto summary = fresh_summary(**group);
  const auto from = reader(**group);
  const auto view = from->view(now_());
  if (!view) return tl::unexpected(view.error());
  std::optional<Duration> calendar_age;
  for (const FeedState& feed : feeds_of(**view, *from, now_()))
    if (feed.age) calendar_age = std::max(calendar_age.value_or(Duration{0}), *feed.age);
  return group_answer(**view, summary.get(), now_(), calendar_age);
}

Result<std::string> Insight::series(const std::string& name, RangeQuery range, std::optional<Duration> step) {
  const auto group = find(name);
  if (!group) return tl::unexpected(group.error());
  const auto from = reader(**group);
  const auto view = from->view(now_());
  if (!view) return tl::unexpected(view.error());
  const auto asked = series_range(range.from, range.to, step, interval_, (*view)->tick);
  if (!asked) return tl::unexpected(asked.error());
  constexpr Duration kBooting{6 * kHour};
  const auto points = from->points({asked->range.start - kBooting, asked->range.end + interval_});
  if (!points) return tl::unexpected(points.error());
  std::string planned = R"({"time":[],"q50":[],"q90":[],"q99":[],"capacity":[]})";
  if (asked->to_the_present) {
    auto made = from->answer(now_(), "planned",
                             [](const GroupView& v) -> Result<std::string> { return planned_json(v, kPlannedAhead); });
    if (made) planned = std::move(*made);
  }
  return series_answer(**view, *points, *asked, planned);
}

Result<std::string> Insight::forecast(const std::string& name, Duration ahead) {
  const auto group = find(name);
  if (!group) return tl::unexpected(group.error());
  if (ahead <= Duration{0} || ahead > kMostAhead)
    return fail(ErrorCode::invalid_input, "ahead: expected more than nothing and at most 7d");
  return reader(**group)->answer(
      now_(), fmt::format("forecast {}", ahead.count()),
      [ahead](const GroupView& view) -> Result<std::string> { return forecast_answer(view, ahead); });
}

}  // namespace almanac::insight
