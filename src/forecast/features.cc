#include "forecast/features.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numbers>

#include "core/check.h"

namespace almanac::forecast {
namespace {

constexpr std::size_t kBaseSteps = 3;
constexpr double kClip = 4.0;  // log ratios beyond e^4 say no more than "very much"
const Duration kNearBefore = std::chrono::minutes(90);
const Duration kNearAfter = std::chrono::minutes(120);

double or_zero(double value) {
  return is_missing(value) ? 0.0 : std::clamp(value, -kClip, kClip);
}
double or_else(double value, double other) {
  return is_missing(value) ? other : value;
}

std::vector<double> log_of(const std::vector<double>& values, double epsilon) {
  std::vector<double> logs(values.size());
  std::transform(values.begin(), values.end(), logs.begin(),
                 [&](double v) { return std::log(std::max(v, 0.0) + epsilon); });
  for (std::size_t i = 0; i < values.size(); ++i)
    if (is_missing(values[i])) logs[i] = kMissing;
  return logs;
}

// out[i] = maximum of the `span` values before i (missing ones skipped; `floor` when none is known).
std::vector<double> running_maximum(const std::vector<double>& values, std::size_t span, double floor) {
  std::vector<double> out(values.size() + 1, floor);
  std::deque<std::size_t> candidates;  // descending values
  for (std::size_t i = 0; i <= values.size(); ++i) {
    while (!candidates.empty() && candidates.front() + span < i) candidates.pop_front();
    if (!candidates.empty()) out[i] = values[candidates.front()];
    if (i == values.size() || is_missing(values[i])) continue;
    while (!candidates.empty() && values[candidates.back()] <= values[i]) candidates.pop_back();
    candidates.push_back(i);
  }
  return out;
}

// out[i] = mean of the known ones of the `span` values before i; kMissing when none is known.
std::vector<double> running_mean(const std::vector<double>& values, std::size_t span) {
  std::vector<double> out(values.size() + 1, kMissing);
  double sum = 0;
  std::size_t known = 0;
  for (std::size_t i = 0; i <= values.size(); ++i) {
    if (known > 0) out[i] = sum / static_cast<double>(known);
    if (i == values.size()) break;
    if (!is_missing(values[i])) sum += values[i], ++known;
    if (i + 1 > span && !is_missing(values[i - span])) sum -= values[i - span], --known;
  }
  return out;
}

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

Features::Features(const History& history, const calendar::Calendar& calendar, int window)
    : start_(history.start),
      interval_(history.interval),
      window_(window),
      per_day_(static_cast<int>(kDay / history.interval)),
      mean_(history.mean),
      peak_(history.peak),
      log_mean_(log_of(history.mean, kEpsilon)),
      log_peak_(log_of(history.peak, kEpsilon)),
      log_network_(log_of(history.network, 1.0)),
      events_(calendar.between({history.start - kDay, history.end() + 2 * kDay})) {
  const std::size_t n = size();
  const std::size_t ahead = static_cast<std::size_t>(per_day_) + kFutureSteps + static_cast<std::size_t>(window);
  const auto base = running_mean(mean_, kBaseSteps);
  log_base_ = log_of(base, kEpsilon);
  day_mean_ = running_mean(mean_, static_cast<std::size_t>(per_day_));
  log_maximum_28d_ = log_of(running_maximum(peak_, static_cast<std::size_t>(28 * per_day_), 0.0), kEpsilon);
  has_network_ = std::any_of(log_network_.begin(), log_network_.end(), [](double v) { return !is_missing(v); });
  window_peak_.assign(n, kMissing);
  for (std::size_t i = 0; i < n; ++i) window_peak_[i] = std::log(compute_peak(i, window_) + kEpsilon);

  local_hour_.resize(n + ahead);
  local_weekday_.resize(n + ahead);
  active_.assign(n + ahead, 0.0f);
  Duration offset = calendar.utc_offset(start_);
  for (std::size_t i = 0; i < n + ahead; ++i) {
    const Timestamp t = time_at(i);
    if (i % 12 == 0) offset = calendar.utc_offset(t);  // zones change on the hour
    const auto local = (t + offset).time_since_epoch();
    local_hour_[i] = static_cast<float>(static_cast<double>((local % kDay).count()) / 86400.0);
    local_weekday_[i] = static_cast<float>(static_cast<double>((local % kWeek).count()) / 604800.0);
  }
  for (const calendar::Event& event : events_.events()) {
    const auto first = std::max<long long>(0, (event.span.start - start_) / interval_);
    for (long long i = first;
         i < static_cast<long long>(n + ahead) && time_at(static_cast<std::size_t>(i)) < event.span.end; ++i)
      if (event.span.overlaps({time_at(static_cast<std::size_t>(i)), time_at(static_cast<std::size_t>(i) + 1)}))
        active_[static_cast<std::size_t>(i)] += 1.0f;
  }
  if (events_.empty())  // older history knows only a flag; the last one is assumed to go on
    for (std::size_t i = 0; i < n + ahead; ++i)
      active_[i] = static_cast<float>(or_else(history.active.empty() ? 0.0 : history.active[std::min(i, n - 1)], 0.0));

  analogue_mean_.assign(n + 1, 0.0);
  analogue_weight_.assign(n + 1, 0.0);
  if (events_.empty()) return;
  for (std::size_t i = 0; i <= n; ++i) {
    const Analogue a = analogue({i, 0});
    analogue_mean_[i] = a.mean;
    analogue_weight_[i] = a.weight;
  }
}

std::size_t Features::index_of(Timestamp t) const {
  ALMANAC_CHECK(t >= start_, "a time before the history has no index");
  return static_cast<std::size_t>((t - start_) / interval_);
}

double Features::compute_peak(std::size_t first, int count) const {
  double highest = 0;
  for (std::size_t j = first; j < first + static_cast<std::size_t>(count); ++j) {
    if (j >= size() || is_missing(peak_[j])) return kMissing;
    highest = std::max(highest, peak_[j]);
  }
  return highest;
}

double Features::base(std::size_t anchor) const {
  const double log_base = level(anchor);
  return is_missing(log_base) ? kMissing : std::exp(log_base) - kEpsilon;
}

bool Features::usable(const Origin& origin) const {
  return origin.anchor >= static_cast<std::size_t>(per_day_) + kBaseSteps && origin.anchor <= size() &&
         !is_missing(level(origin.anchor));
}

double Features::target(const Origin& origin) const {
  const std::size_t first = origin.anchor + static_cast<std::size_t>(origin.lead);
  if (first >= window_peak_.size()) return kMissing;
  return window_peak_[first] - level(origin.anchor);
}

double Features::target_peak(const Origin& origin) const {
  return compute_peak(origin.anchor + static_cast<std::size_t>(origin.lead), window_);
}

double Features::earlier_target(const Origin& origin, int days) const {
  const auto back = static_cast<std::size_t>(days * per_day_);
  if (origin.anchor < back) return kMissing;
  const std::size_t last = origin.anchor - back + static_cast<std::size_t>(origin.lead + window_);
  if (last > origin.anchor) return kMissing;  // that window is not finished yet
  return target({origin.anchor - back, origin.lead});
}

double Features::recent_peak(std::size_t anchor, std::size_t steps) const {
  double highest = 0;
  for (std::size_t j = anchor > steps ? anchor - steps : 0; j < anchor; ++j)
    if (!is_missing(peak_[j])) highest = std::max(highest, peak_[j]);
  return highest;
}

Analogue Features::analogue(const Origin& origin) const {
  Analogue result;
  const Timestamp target_time = time_at(origin.anchor + static_cast<std::size_t>(origin.lead));
  const auto current = events_.nearest(target_time, kNearBefore, kNearAfter);
  if (!current) return result;
  constexpr std::size_t kMost = 40;
  std::vector<std::pair<double, double>> found;  // weight, z
  for (std::size_t past = *current; past-- > 0 && found.size() < kMost;) {
    const Timestamp at = events_.same_phase(target_time, *current, past) - interval_ * origin.lead;
    if (at < start_ + kDay) break;
    const Origin then{index_of(at), origin.lead};
    if (then.anchor + static_cast<std::size_t>(then.lead + window_) > origin.anchor) continue;  // not finished yet
    const double z = target(then);
    if (!is_missing(z)) found.emplace_back(events_.similarity(past, *current), z);
  }
  double sum = 0, squares = 0;
  for (const auto& [weight, z] : found) {
    result.weight += weight;
    sum += weight * z;
    squares += weight * z * z;
  }
  if (found.empty()) return result;
  result.mean = sum / result.weight;
  result.spread = std::sqrt(std::max(0.0, squares / result.weight - result.mean * result.mean));
  const auto telling = std::min<std::size_t>(10, found.size());
  std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(telling), found.end(), std::greater<>());
  result.high = found.front().second;
  for (std::size_t i = 1; i < telling; ++i) result.high = std::max(result.high, found[i].second);
  return result;
}

double Features::analogue_error(std::size_t anchor) const {
  double sum = 0, weights = 0, weight = 1.0;
  for (std::size_t back = static_cast<std::size_t>(window_); back < 24 && back <= anchor; ++back, weight *= 0.84) {
    const std::size_t then = anchor - back;  // half-life 4 steps = 20 minutes
    if (analogue_weight_[then] <= 0) continue;
    const double z = target({then, 0});
    if (is_missing(z)) continue;
    sum += weight * (z - analogue_mean_[then]);
    weights += weight;
  }
  return weights > 0 ? sum / (weights + 1.0) : 0.0;  // shrunk towards none
}

Situation Features::situation(const Origin& origin) const {
  const Timestamp from = time_at(origin.anchor + static_cast<std::size_t>(origin.lead));
  const Timestamp to = from + interval_ * window_;
  const Duration margin = std::chrono::minutes(30), wake = std::chrono::minutes(60);
  const auto close = events_.near(from, kNearBefore, wake);
  const bool near = std::any_of(close.begin(), close.end(),
                                [&](std::size_t i) { return events_.events()[i].span.start - margin < to; });
  if (!near) return Situation::ordinary;
  int behind = 0;
  for (const calendar::Event& event : events_.events()) {
    if (event.span.start >= time_at(origin.anchor) || behind >= kKnownEvents) break;
    behind += event.span.start >= start_ && event.span.end + wake <= time_at(origin.anchor);
  }
  return behind >= kKnownEvents ? Situation::near_event : Situation::novel_event;
}

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
  out("base_to_28d_maximum", or_zero(level(i) - log_maximum_28d_[i]));
  out("base_to_day_mean", or_zero(level(i) - std::log(or_else(day_mean_[i], 0.0) + kEpsilon)));
}

void Features::write_recent(const Origin& origin, ContextWriter& out) const {
  const std::size_t i = origin.anchor;
  const double base = level(i);
  static constexpr std::pair<const char*, std::size_t> kLags[] = {
      {"mean_1", 1}, {"mean_2", 2}, {"mean_3", 3}, {"mean_4", 4}, {"mean_6", 6}, {"mean_12", 12}, {"mean_24", 24}};
  for (const auto& [name, lag] : kLags) out(name, or_zero(i >= lag ? log_mean_[i - lag] - base : kMissing));
  static constexpr std::pair<const char*, std::size_t> kMaxima[] = {
      {"peak_1", 1}, {"peak_3", 3}, {"peak_12", 12}, {"peak_36", 36}};
  for (const auto& [name, steps] : kMaxima) out(name, or_zero(std::log(recent_peak(i, steps) + kEpsilon) - base));
  double burst = 0, changes = 0, known = 0;
  for (std::size_t j = i >= 13 ? i - 12 : 1; j < i; ++j) {
    const double change = log_mean_[j] - log_mean_[j - 1];
    if (is_missing(change)) continue;
    burst += log_peak_[j] - log_mean_[j];
    changes += change * change;
    known += 1;
  }
  out("burstiness", or_zero(known > 0 ? burst / known : 0.0));
  out("noise", or_zero(known > 0 ? std::sqrt(changes / known) : 0.0));
  double network = 0;
  if (has_network_ && i >= 4) network = log_network_[i - 1] - log_network_[i - 4];
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
  for (std::size_t e : events_.near(from, kDay, std::chrono::hours(8))) {
    const calendar::Event& event = events_.events()[e];
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
  out("event_active_at_base", std::min(3.0f, origin.anchor > 0 ? active_[origin.anchor - 1] : 0.0f));

  const Analogue a = analogue(origin);
  const double known = a.weight / (a.weight + 4.0);
  out("analogue", or_zero(a.weight > 0 ? a.mean : uplift));
  out("analogue_high", or_zero(a.weight > 0 ? a.high : uplift));
  out("analogue_spread", a.spread);
  out("analogue_known", known);
  out("analogue_error", analogue_error(origin.anchor));
}

void Features::write_season_of(const Origin& origin, ContextWriter& out) const {
  const std::size_t first = std::min(origin.anchor + static_cast<std::size_t>(origin.lead), local_hour_.size() - 1);
  const double hour = 2 * std::numbers::pi * local_hour_[first];
  const double week = 2 * std::numbers::pi * local_weekday_[first];
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
}

void Features::context(const Origin& origin, std::span<float> out) const {
  ContextWriter writer{out};
  write_seasonal(origin, writer);
  write_recent(origin, writer);
  write_calendar(origin, writer);
  write_season_of(origin, writer);
  ALMANAC_CHECK(writer.next == out.size(), "the context has context_names().size() values");
}

const std::vector<std::string>& Features::context_names() {
  static const std::vector<std::string> names = [] {
    History history;
    history.mean = history.peak = history.network = history.active = std::vector<double>(8, 1.0);
    const Features features(history, calendar::Calendar{}, 2);
    std::vector<std::string> result;
    ContextWriter writer{{}, &result};
    features.write_seasonal({8, 0}, writer);
    features.write_recent({8, 0}, writer);
    features.write_calendar({8, 0}, writer);
    features.write_season_of({8, 0}, writer);
    return result;
  }();
  return names;
}

const std::vector<std::string>& Features::sequence_names() {
  static const std::vector<std::string> names = {"demand",      "demand_peak", "observed", "yesterday",
                                                 "last_week",   "events",      "hour_sin", "hour_cos",
                                                 "weekday_sin", "weekday_cos", "network"};
  return names;
}

void Features::sequence(const Origin& origin, std::span<float> out) const {
  const std::size_t width = sequence_names().size();
  ALMANAC_CHECK(out.size() == kSteps * width, "a sequence has kSteps x sequence_names().size() values");
  const auto i = static_cast<long long>(origin.anchor), n = static_cast<long long>(size());
  const long long day = per_day_, week = 7LL * per_day_;
  const auto at = [n](const std::vector<double>& v, long long j) {
    return j >= 0 && j < n ? v[static_cast<std::size_t>(j)] : kMissing;
  };
  const auto level_at = [&](long long j) { return j >= 0 ? level(static_cast<std::size_t>(j)) : kMissing; };
  const double base = level_at(i), base_day = level_at(i - day), base_week = level_at(i - week);
  double network_base = 0;
  if (has_network_) network_base = at(log_network_, i - 1);
  float* step = out.data();
  for (long long j = i - kPastSteps; j < i + kFutureSteps; ++j, step += width) {
    const bool past = j < i;
    const double mean = past ? at(log_mean_, j) : kMissing;
    const auto clock = static_cast<std::size_t>(std::max(0LL, j));
    const double hour = 2 * std::numbers::pi * local_hour_[clock],
                 weekday = 2 * std::numbers::pi * local_weekday_[clock];
    step[0] = static_cast<float>(or_zero(mean - base));
    step[1] = static_cast<float>(or_zero((past ? at(log_peak_, j) : kMissing) - base));
    step[2] = is_missing(mean) ? 0.0f : 1.0f;
    step[3] = static_cast<float>(or_zero(at(log_peak_, j - day) - base_day));
    step[4] = static_cast<float>(or_zero(at(log_peak_, j - week) - base_week));
    step[5] = std::min(active_[clock], 3.0f);
    step[6] = static_cast<float>(std::sin(hour));
    step[7] = static_cast<float>(std::cos(hour));
    step[8] = static_cast<float>(std::sin(weekday));
    step[9] = static_cast<float>(std::cos(weekday));
    step[10] = static_cast<float>(or_zero(past && has_network_ ? at(log_network_, j) - network_base : kMissing));
  }
}

}  // namespace almanac::forecast
