// The context of an origin: what is known of its window as one row of numbers, for the networks and the trees.

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/check.h"
#include "forecast/features.h"
#include "forecast/missing_values.h"

namespace almanac::forecast {
namespace {

double decay(Duration since, double minutes) {
  return since < Duration{0} ? 0.0 : std::exp(-static_cast<double>(since.count()) / 60.0 / minutes);
}

}  // namespace

// Fills the context in the order of context_names(); the names are recorded by the same calls, so they cannot drift
// apart.
struct Features::ContextWriter {
  std::span<float> out;
  std::vector<std::string>* names = nullptr;
  std::size_t next = 0;

  void operator()(const char* name, double value) {
    if (names) names->emplace_back(name);
    if (next < out.size()) out[next] = static_cast<float>(value);
    ++next;
  }
};

void Features::write_seasonal(const Origin& origin, ContextWriter& out) const {
  const std::size_t i = origin.anchor;
  const auto day = static_cast<std::size_t>(per_day_);
  const double yesterday = earlier_target(origin, 1);
  const double last_week = earlier_target(origin, 7);
  double sum = 0, highest = -kClip, known = 0;
  for (int days = 1; days <= 7; ++days) {
    const double z = earlier_target(origin, days);
    if (is_missing(z)) continue;
    sum += z;
    highest = std::max(highest, z);
    known += 1;
  }
  const double week_mean = known > 0 ? sum / known : 0.0;
  out("yesterday", or_zero(or_else(yesterday, week_mean)));
  out("last_week", or_zero(or_else(last_week, or_else(yesterday, week_mean))));
  out("last_week_known", is_missing(last_week) ? 0.0 : 1.0);
  out("week_mean", or_zero(week_mean));
  out("week_high", known > 0 ? or_zero(highest) : 0.0);
  out("base_to_yesterday", or_zero(i >= day ? level(i) - level(i - day) : kMissing));
  out("base_to_last_week", or_zero(i >= 7 * day ? level(i) - level(i - 7 * day) : kMissing));
  out("base_to_28d_maximum", or_zero(level(i) - log_maximum_28d(i)));
  out("base_to_day_mean", or_zero(level(i) - std::log(or_else(day_mean(i), 0.0) + kEpsilon)));
}

// What the same minute of earlier hours brought: much load in production comes by schedule.
void Features::write_hourly(const Origin& origin, ContextWriter& out) const {
  const auto hour = static_cast<std::size_t>(std::max(1, per_day_ / 24));
  out("half_hour_ago", or_zero(per_day_ % 48 == 0 ? hourly_target(origin, hour / 2) : kMissing));
  static constexpr const char* kAgo[] = {"hour_ago", "two_hours_ago", "three_hours_ago"};
  for (std::size_t h = 1; h <= 3; ++h) out(kAgo[h - 1], or_zero(hourly_target(origin, h * hour)));
  double sum = 0, known = 0, highest = -kClip;
  for (std::size_t h = 1; h <= 24; ++h) {
    const double z = hourly_target(origin, h * hour);
    if (!is_missing(z)) sum += z, known += 1, highest = std::max(highest, z);
    if (h != 6 && h != 24) continue;
    out(h == 6 ? "hours_mean_6" : "hours_mean_24", or_zero(known > 0 ? sum / known : 0.0));
    out(h == 6 ? "hours_high_6" : "hours_high_24", known > 0 ? or_zero(highest) : 0.0);
  }
  out("since_burst", std::log1p(since_burst(origin.anchor)));
}

void Features::write_recent(const Origin& origin, ContextWriter& out) const {
  const std::size_t i = origin.anchor;
  const double base = level(i);
  static constexpr std::pair<const char*, std::size_t> kLags[] = {
      {"mean_1", 1}, {"mean_2", 2}, {"mean_3", 3}, {"mean_4", 4}, {"mean_6", 6}, {"mean_12", 12}, {"mean_24", 24}};
  for (const auto& [name, lag] : kLags) out(name, or_zero(i >= lag ? log_mean(i - lag) - base : kMissing));
  static constexpr std::pair<const char*, std::size_t> kMaxima[] = {
      {"peak_1", 1}, {"peak_3", 3}, {"peak_12", 12}, {"peak_36", 36}};
  for (const auto& [name, steps] : kMaxima) out(name, or_zero(std::log(recent_peak(i, steps) + kEpsilon) - base));
  double burst = 0, changes = 0, known = 0;
  for (std::size_t j = i >= 13 ? i - 12 : 1; j < i; ++j) {
    const double change = log_mean(j) - log_mean(j - 1);
    if (is_missing(change)) continue;
    burst += log_peak(j) - log_mean(j);
    changes += change * change;
    known += 1;
  }
  out("burstiness", or_zero(known > 0 ? burst / known : 0.0));
  out("noise", or_zero(known > 0 ? std::sqrt(changes / known) : 0.0));
  double network = 0;
  if (i >= 4) network = log_network(i - 1) - log_network(i - 4);
  out("network_change", or_zero(network));
  out("lead_hours", origin.lead * static_cast<double>(interval_.count()) / 3600.0);
  out("lead_log", std::log1p(origin.lead));
}

void Features::write_calendar(const Origin& origin, ContextWriter& out) const {
  const std::size_t first = origin.anchor + static_cast<std::size_t>(origin.lead);
  const Timestamp from = time_at(first), now = time_at(origin.anchor);
  const TimeRange window{from, from + interval_ * window_};
  double active = 0, starting = 0, ending = 0, opened = 0, opened_long = 0, closing = 0, before = 0, before_long = 0;
  double after = 0, after_long = 0, uplift = 0, today = 0;
  for (std::size_t e : events_->near(from, kDay, std::chrono::hours(8))) {
    const calendar::Event& event = events_->events()[e];
    const TimeRange& span = event.span;
    active += span.overlaps(window);
    starting += window.contains(span.start);
    ending += window.contains(span.end);
    before = std::max(before, decay(span.start - window.start, 30));
    before_long = std::max(before_long, decay(span.start - window.start, 150));
    if (span.contains(window.start)) {
      opened = std::max(opened, decay(window.start - span.start, 15));
      opened_long = std::max(opened_long, decay(window.start - span.start, 60));
      closing = std::max(closing, decay(span.end - window.start, 15));
    }
    after = std::max(after, decay(window.start - span.end, 20));
    after_long = std::max(after_long, decay(window.start - span.end, 120));
    today += span.start >= from ? 1 : 0;
    if (event.expected_uplift) {
      const int step = static_cast<int>(span.overlaps(window)) - static_cast<int>(span.contains(now - interval_));
      uplift += step * std::log(*event.expected_uplift);
    }
  }
  out("events_active", std::min(active, 3.0));
  out("events_starting", std::min(starting, 3.0));
  out("events_ending", std::min(ending, 3.0));
  out("event_opened", opened);
  out("event_opened_long", opened_long);
  out("event_closing", closing);
  out("event_before", before);
  out("event_before_long", before_long);
  out("event_after", after);
  out("event_after_long", after_long);
  out("events_next_day", std::min(today, 6.0) / 3.0);
  out("event_active_at_base", std::min(3.0f, origin.anchor > 0 ? active_at(origin.anchor - 1) : 0.0f));

  const Analogue a = origin.lead == 0 ? analogue_now(origin.anchor) : analogue(origin);
  const double known = a.weight / (a.weight + 4.0);
  out("analogue", or_zero(a.weight > 0 ? a.mean : uplift));
  out("analogue_high", or_zero(a.weight > 0 ? a.high : uplift));
  out("analogue_spread", a.spread);
  out("analogue_known", known);
  out("analogue_error", analogue_error(origin.anchor));
}

void Features::write_season_of(const Origin& origin, ContextWriter& out) const {
  const std::size_t first = std::min(origin.anchor + static_cast<std::size_t>(origin.lead), clock_end() - 1);
  const LocalTime local = local_time(first);
  const double hour = 2 * std::numbers::pi * local.hour;
  const double week = 2 * std::numbers::pi * local.weekday;
  out("hour_sin_1", std::sin(hour));
  out("hour_cos_1", std::cos(hour));
  out("hour_sin_2", std::sin(2 * hour));
  out("hour_cos_2", std::cos(2 * hour));
  out("hour_sin_3", std::sin(3 * hour));
  out("hour_cos_3", std::cos(3 * hour));
  out("week_sin_1", std::sin(week));
  out("week_cos_1", std::cos(week));
  out("week_sin_2", std::sin(2 * week));
  out("week_cos_2", std::cos(2 * week));
  const double minute = std::fmod(static_cast<double>(local.hour) * 24, 1.0);  // of the hour, 0..1
  out("minute", minute);
  static constexpr const char* kSin[] = {"minute_sin_1", "minute_sin_2", "minute_sin_3"};
  static constexpr const char* kCos[] = {"minute_cos_1", "minute_cos_2", "minute_cos_3"};
  for (int k = 1; k <= 3; ++k) {
    out(kSin[k - 1], std::sin(2 * std::numbers::pi * k * minute));
    out(kCos[k - 1], std::cos(2 * std::numbers::pi * k * minute));
  }
}

void Features::compute_context(const Origin& origin, std::span<float> out) const {
  ContextWriter writer{out};
  write_seasonal(origin, writer);
  write_hourly(origin, writer);
  write_recent(origin, writer);
  write_calendar(origin, writer);
  write_season_of(origin, writer);
  ALMANAC_CHECK(writer.next == out.size(), "the context has context_names().size() values");
}

void Features::keep_contexts() {
  contexts_ = std::make_shared<ContextTable>(size() + 1, static_cast<std::size_t>(per_day_), context_names().size());
}

void Features::context(const Origin& origin, std::span<float> out) const {
  if (contexts_ && origin.lead == 0 && usable(origin)) {
    const auto kept = contexts_->row(origin.anchor, [&](std::size_t anchor, std::span<float> row) {
      if (usable({anchor, 0})) compute_context({anchor, 0}, row);
    });
    ALMANAC_CHECK(kept.size() == out.size(), "the context has context_names().size() values");
    std::copy(kept.begin(), kept.end(), out.begin());
  } else {
    compute_context(origin, out);
  }
  for (const std::size_t place : blank_) out[place] = 0;
}

void Features::blank(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const auto found = std::find(context_names().begin(), context_names().end(), name);
    ALMANAC_CHECK(found != context_names().end(), "only context values can be blanked");
    blank_.push_back(static_cast<std::size_t>(found - context_names().begin()));
  }
}

const std::vector<std::string>& Features::context_names() {
  static const std::vector<std::string> names = [] {
    History history;
    history.mean = history.peak = history.network = history.active = std::vector<double>(8, 1.0);
    const Features features(history, calendar::Calendar{}, 2);
    std::vector<std::string> result;
    ContextWriter writer{{}, &result};
    features.write_seasonal({8, 0}, writer);
    features.write_hourly({8, 0}, writer);
    features.write_recent({8, 0}, writer);
    features.write_calendar({8, 0}, writer);
    features.write_season_of({8, 0}, writer);
    return result;
  }();
  return names;
}

}  // namespace almanac::forecast
