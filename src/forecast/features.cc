#include "forecast/features.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numbers>

#include "core/check.h"
#include "forecast/missing_values.h"

namespace almanac::forecast {
namespace {

constexpr std::size_t kBaseSteps = 3;
constexpr std::size_t kOffsetSteps = 12;
const Duration kNearBefore = std::chrono::minutes(90);
const Duration kNearAfter = std::chrono::minutes(120);

double log_of(double value, double epsilon) {
  return is_missing(value) ? kMissing : std::log(std::max(value, 0.0) + epsilon);
}

// Mean of the known ones of values[from, to); kMissing when none is known. Summed in blocks that start at fixed times,
// so that it says the same whichever way it was reached.
class BlockMeans {
 public:
  // `phase`: how many steps of its block lie before values[0].
  BlockMeans(const std::vector<double>& values, std::size_t phase) : values_(values), phase_(phase) {}

  // Sums the whole blocks of [from, to) once for all.
  void prepare(std::size_t from, std::size_t to) {
    first_ = start_of(from + kBlock - 1);
    for (std::size_t i = first_; i + kBlock <= to; i += kBlock) blocks_.push_back(sum_of(i, i + kBlock));
  }

  double mean(std::size_t from, std::size_t to) const {
    Sum total;
    for (std::size_t i = from, end = std::min(to, from + kBlock - (from + phase_) % kBlock); i < to;
         i = end, end = std::min(to, end + kBlock)) {
      const bool prepared = end - i == kBlock && i >= first_ && (i - first_) / kBlock < blocks_.size();
      const Sum block = prepared ? blocks_[(i - first_) / kBlock] : sum_of(i, end);
      total.sum += block.sum;
      total.known += block.known;
    }
    return total.known > 0 ? total.sum / static_cast<double>(total.known) : kMissing;
  }

 private:
  static constexpr std::size_t kBlock = 12;
  struct Sum {
    double sum = 0;
    std::size_t known = 0;
  };
  // The start of the block that holds `i`; of the first one where that lies before the values.
  std::size_t start_of(std::size_t i) const {
    const std::size_t into = (i + phase_) % kBlock;
    return i >= into ? i - into : i + kBlock - into;
  }
  Sum sum_of(std::size_t from, std::size_t to) const {
    Sum result;
    for (std::size_t i = from; i < to; ++i)
      if (!is_missing(values_[i])) result.sum += values_[i], ++result.known;
    return result;
  }

  const std::vector<double>& values_;
  std::size_t phase_;
  std::size_t first_ = 0;
  std::vector<Sum> blocks_;
};

}  // namespace

TimeRange Features::events_range(const History& history) {
  return {history.start - kDay, ceil_to(history.end(), kDay) + 2 * kDay};
}

Features::Features(std::shared_ptr<const History> history, const calendar::Calendar& calendar,
                   std::shared_ptr<const EventIndex> events, int window, std::size_t first)
    : history_(std::move(history)),
      calendar_(calendar),
      events_(std::move(events)),
      start_(history_->start),
      interval_(history_->interval),
      window_(window),
      per_day_(static_cast<int>(kDay / history_->interval)) {
  tabulate(first);
}

Features::Features(const History& history, const calendar::Calendar& calendar, int window)
    : Features(std::make_shared<const History>(history), calendar,
               std::make_shared<const EventIndex>(calendar.between(events_range(history))), window, 0) {}

Features Features::of_tail(const History& history, const calendar::Calendar& calendar,
                           std::shared_ptr<const EventIndex> events, int window, std::size_t first) {
  return Features(std::shared_ptr<const History>(std::shared_ptr<void>(), &history), calendar, std::move(events),
                  window, first);
}

void Features::tabulate(std::size_t first) {
  const std::size_t n = size();
  if (first > n) return;
  log_mean_.fill(first, n, [&](std::size_t i) { return log_of(history_->mean[i], kEpsilon); });
  log_peak_.fill(first, n, [&](std::size_t i) { return log_of(history_->peak[i], kEpsilon); });
  log_network_.fill(first, n, [&](std::size_t i) { return log_of(history_->network[i], 1.0); });
  window_peak_.fill(first, n, [&](std::size_t i) { return std::log(compute_peak(i, window_) + kEpsilon); });
  level_.fill(first, n + 1, [&](std::size_t i) { return compute_level(i); });
  const auto day = static_cast<std::size_t>(per_day_);
  BlockMeans means(history_->mean, block_phase());
  means.prepare(first > day ? first - day : 0, n);
  day_mean_.fill(first, n + 1, [&](std::size_t i) { return means.mean(i > day ? i - day : 0, i); });
  active_.fill(first, n, [&](std::size_t i) { return compute_active(i); });
  Duration offset{0};
  local_time_.fill(first, n, [&](std::size_t i) {
    if (i == first || i % kOffsetSteps == 0) offset = offset_at(i);
    return local_time_with(offset, i);
  });
  waves_.fill(first, n, [&](std::size_t i) { return waves_of(local_time_[i]); });

  // The running maximum keeps what may still become the maximum, in descending order.
  const auto span = static_cast<std::size_t>(28 * per_day_);
  std::deque<std::size_t> candidates;
  const auto& peaks = history_->peak;
  for (std::size_t i = first > span ? first - span : 0; i <= n; ++i) {
    while (!candidates.empty() && candidates.front() + span < i) candidates.pop_front();
    if (i == first) log_maximum_28d_.first = first;
    if (i >= first)
      log_maximum_28d_.values.push_back(log_of(candidates.empty() ? 0.0 : peaks[candidates.front()], kEpsilon));
    if (i == n || is_missing(peaks[i])) continue;
    while (!candidates.empty() && peaks[candidates.back()] <= peaks[i]) candidates.pop_back();
    candidates.push_back(i);
  }
  if (!events_->empty()) analogue_.fill(first, n + 1, [&](std::size_t i) { return analogue({i, 0}); });
}

double Features::log_mean(std::size_t i) const {
  return log_mean_.has(i) ? log_mean_[i] : log_of(history_->mean[i], kEpsilon);
}
double Features::log_peak(std::size_t i) const {
  return log_peak_.has(i) ? log_peak_[i] : log_of(history_->peak[i], kEpsilon);
}
double Features::log_network(std::size_t i) const {
  return log_network_.has(i) ? log_network_[i] : log_of(history_->network[i], 1.0);
}
double Features::level(std::size_t anchor) const {
  return level_.has(anchor) ? level_[anchor] : compute_level(anchor);
}
double Features::window_peak(std::size_t i) const {
  return window_peak_.has(i) ? window_peak_[i] : std::log(compute_peak(i, window_) + kEpsilon);
}
double Features::log_maximum_28d(std::size_t anchor) const {
  return log_maximum_28d_.has(anchor) ? log_maximum_28d_[anchor] : compute_log_maximum_28d(anchor);
}
double Features::day_mean(std::size_t anchor) const {
  return day_mean_.has(anchor) ? day_mean_[anchor] : compute_day_mean(anchor);
}
Features::LocalTime Features::local_time(std::size_t i) const {
  return local_time_.has(i) ? local_time_[i] : local_time_with(offset_at(i), i);
}
float Features::active_at(std::size_t i) const {
  return active_.has(i) ? active_[i] : compute_active(i);
}
Analogue Features::analogue_now(std::size_t anchor) const {
  return analogue_.has(anchor) ? analogue_[anchor] : analogue({anchor, 0});
}

double Features::compute_level(std::size_t anchor) const {
  if (anchor > size()) return kMissing;
  double sum = 0, known = 0;
  for (std::size_t i = anchor > kBaseSteps ? anchor - kBaseSteps : 0; i < anchor; ++i)
    if (!is_missing(history_->mean[i])) sum += history_->mean[i], known += 1;
  return known > 0 ? log_of(sum / known, kEpsilon) : kMissing;
}

std::size_t Features::block_phase() const {
  return static_cast<std::size_t>(start_.time_since_epoch() / interval_ % 12);
}

double Features::compute_day_mean(std::size_t anchor) const {
  const auto day = static_cast<std::size_t>(per_day_);
  return BlockMeans(history_->mean, block_phase()).mean(anchor > day ? anchor - day : 0, anchor);
}

double Features::compute_log_maximum_28d(std::size_t anchor) const {
  const auto span = static_cast<std::size_t>(28 * per_day_);
  return log_of(recent_peak(anchor, span), kEpsilon);
}

Duration Features::offset_at(std::size_t i) const {
  return calendar_.utc_offset(time_at(i - i % kOffsetSteps));  // zones change on the hour
}

Features::LocalTime Features::local_time_with(Duration offset, std::size_t i) const {
  const auto local = (time_at(i) + offset).time_since_epoch();
  return {static_cast<float>(static_cast<double>((local % kDay).count()) / 86400.0),
          static_cast<float>(static_cast<double>((local % kWeek).count()) / 604800.0)};
}

Features::Waves Features::waves_of(LocalTime local) {
  const double hour = 2 * std::numbers::pi * local.hour, week = 2 * std::numbers::pi * local.weekday;
  const auto sine = [](double angle) { return static_cast<float>(std::sin(angle)); };
  const auto cosine = [](double angle) { return static_cast<float>(std::cos(angle)); };
  return {sine(hour), cosine(hour), sine(week), cosine(week), sine(24 * hour), cosine(24 * hour)};
}

float Features::compute_active(std::size_t i) const {
  if (!events_->empty()) return static_cast<float>(events_->near(time_at(i), Duration{0}, Duration{0}).size());
  // Older history knows only a flag; the last one is assumed to go on.
  const auto& flags = history_->active;
  return static_cast<float>(or_else(flags.empty() ? 0.0 : flags[std::min(i, size() - 1)], 0.0));
}

std::size_t Features::index_of(Timestamp t) const {
  ALMANAC_CHECK(t >= start_, "a time before the history has no index");
  return static_cast<std::size_t>((t - start_) / interval_);
}

double Features::compute_peak(std::size_t first, int count) const {
  double highest = 0;
  for (std::size_t j = first; j < first + static_cast<std::size_t>(count); ++j) {
    if (j >= size() || is_missing(history_->peak[j])) return kMissing;
    highest = std::max(highest, history_->peak[j]);
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
  if (first >= size()) return kMissing;
  return window_peak(first) - level(origin.anchor);
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

double Features::hourly_target(const Origin& origin, std::size_t back) const {
  if (origin.anchor < back || back < static_cast<std::size_t>(origin.lead + window_)) return kMissing;
  return target({origin.anchor - back, origin.lead});
}

// Intervals since the last one whose peak minute stood well above the present base; a day when there was none.
double Features::since_burst(std::size_t anchor) const {
  constexpr double kWellAbove = 0.6;  // in logs: 1.8 times
  const double base = level(anchor);
  const auto day = static_cast<std::size_t>(per_day_);
  for (std::size_t back = 1; back <= std::min(day, anchor); ++back)
    if (log_peak(anchor - back) - base > kWellAbove) return static_cast<double>(back);
  return static_cast<double>(day);
}

double Features::recent_peak(std::size_t anchor, std::size_t steps) const {
  double highest = 0;
  for (std::size_t j = anchor > steps ? anchor - steps : 0; j < anchor; ++j)
    if (!is_missing(history_->peak[j])) highest = std::max(highest, history_->peak[j]);
  return highest;
}

Analogue Features::analogue(const Origin& origin) const {
  Analogue result;
  const Timestamp target_time = time_at(origin.anchor + static_cast<std::size_t>(origin.lead));
  const auto current = events_->nearest(target_time, kNearBefore, kNearAfter);
  if (!current) return result;
  constexpr std::size_t kMost = 40;
  std::vector<std::pair<double, double>> found;  // weight, z
  for (std::size_t past = *current; past-- > 0 && found.size() < kMost;) {
    const Timestamp at = events_->same_phase(target_time, *current, past) - interval_ * origin.lead;
    if (at < start_ + kDay) break;
    const Origin then{index_of(at), origin.lead};
    if (then.anchor + static_cast<std::size_t>(then.lead + window_) > origin.anchor) continue;  // not finished yet
    const double z = target(then);
    if (!is_missing(z)) found.emplace_back(events_->similarity(past, *current), z);
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
    const Analogue a = analogue_now(then);
    if (a.weight <= 0) continue;
    const double z = target({then, 0});
    if (is_missing(z)) continue;
    sum += weight * (z - a.mean);
    weights += weight;
  }
  return weights > 0 ? sum / (weights + 1.0) : 0.0;  // shrunk towards none
}

Situation Features::situation(const Origin& origin) const {
  const Timestamp from = time_at(origin.anchor + static_cast<std::size_t>(origin.lead));
  const Timestamp to = from + interval_ * window_;
  const Duration margin = std::chrono::minutes(30), wake = std::chrono::minutes(60);
  const auto close = events_->near(from, kNearBefore, wake);
  const bool near = std::any_of(close.begin(), close.end(),
                                [&](std::size_t i) { return events_->events()[i].span.start - margin < to; });
  if (!near) return Situation::ordinary;
  int behind = 0;
  for (const calendar::Event& event : events_->events()) {
    if (event.span.start >= time_at(origin.anchor) || behind >= kKnownEvents) break;
    behind += event.span.start >= start_ && event.span.end + wake <= time_at(origin.anchor);
  }
  return behind >= kKnownEvents ? Situation::near_event : Situation::novel_event;
}

const std::vector<std::string>& Features::sequence_names() {
  static const std::vector<std::string> names = {"demand",  "demand_peak", "observed",  "yesterday",   "last_week",
                                                 "events",  "hour_sin",    "hour_cos",  "weekday_sin", "weekday_cos",
                                                 "network", "minute_sin",  "minute_cos"};
  return names;
}

void Features::sequence(const Origin& origin, std::span<float> out) const {
  const std::size_t width = sequence_names().size();
  ALMANAC_CHECK(out.size() == kSteps * width, "a sequence has kSteps x sequence_names().size() values");
  const auto i = static_cast<long long>(origin.anchor), n = static_cast<long long>(size());
  const long long day = per_day_, week = 7LL * per_day_;
  const auto at = [&](double (Features::*value)(std::size_t) const, long long j) {
    return j >= 0 && j < n ? (this->*value)(static_cast<std::size_t>(j)) : kMissing;
  };
  const auto level_at = [&](long long j) { return j >= 0 ? level(static_cast<std::size_t>(j)) : kMissing; };
  const double base = level_at(i), base_day = level_at(i - day), base_week = level_at(i - week);
  const double network_base = at(&Features::log_network, i - 1);
  float* step = out.data();
  for (long long j = i - kPastSteps; j < i + kFutureSteps; ++j, step += width) {
    const bool past = j < i;
    const double mean = past ? at(&Features::log_mean, j) : kMissing;
    const auto clock = static_cast<std::size_t>(std::max(0LL, j));
    const Waves waves = waves_.has(clock) ? waves_[clock] : waves_of(local_time(clock));
    step[0] = static_cast<float>(or_zero(mean - base));
    step[1] = static_cast<float>(or_zero((past ? at(&Features::log_peak, j) : kMissing) - base));
    step[2] = is_missing(mean) ? 0.0f : 1.0f;
    step[3] = static_cast<float>(or_zero(at(&Features::log_peak, j - day) - base_day));
    step[4] = static_cast<float>(or_zero(at(&Features::log_peak, j - week) - base_week));
    step[5] = std::min(active_at(clock), 3.0f);
    step[6] = waves.hour_sin;
    step[7] = waves.hour_cos;
    step[8] = waves.week_sin;
    step[9] = waves.week_cos;
    step[10] = static_cast<float>(or_zero(past ? at(&Features::log_network, j) - network_base : kMissing));
    step[11] = waves.minute_sin;
    step[12] = waves.minute_cos;
  }
}

}  // namespace almanac::forecast
