#include "insight/fleet.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "calendar/floor.h"
#include "control/lead_time.h"
#include "core/series.h"
#include "dataset/csv.h"
#include "dataset/dataset.h"
#include "forecast/profile.h"
#include "insight/timeline.h"

namespace almanac::insight {
namespace {

constexpr Duration kKept{kObjectiveDays * kDay};
constexpr Duration kEstimateFrom{28 * kDay};
constexpr Duration kMostTail{6 * kHour};  // further behind, all is read again
constexpr Duration kReread{kHour};        // late values replace earlier ones
constexpr Duration kBooting{6 * kHour};   // decisions before an interval that may still have been booting in it
constexpr Duration kCalendarAhead{28 * kDay};
constexpr Duration kCalendarEvery{15 * 60};
constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

std::size_t kept_intervals(Duration interval) {
  return static_cast<std::size_t>(kKept / interval);
}

// Moves the values so that the last one belongs to the interval before `to`.
void shift(std::vector<float>& values, std::size_t size, long long steps) {
  if (values.size() != size || steps < 0 || steps >= static_cast<long long>(size)) {
    values.assign(size, kUnknown);
    return;
  }
  values.erase(values.begin(), values.begin() + steps);
  values.resize(size, kUnknown);
}

double mean_of(std::span<const float> values) {
  double sum = 0;
  int known = 0;
  for (const float value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++known;
  }
  return known == 0 ? kMissing : sum / known;
}

// The lines of a month file that start at or after `from`, behind its header. They are in the order of their times,
// which are written so that text sorts as they do.
std::string tail_of(std::string_view bytes, Timestamp from) {
  const std::size_t header_end = bytes.find('\n');
  if (header_end == std::string_view::npos) return std::string(bytes);
  const std::string first = format_timestamp(from);
  std::size_t begin = bytes.size();
  while (begin > header_end + 1) {
    const std::size_t feed = bytes.rfind('\n', begin - 2);
    const std::size_t line = feed == std::string_view::npos ? header_end + 1 : feed + 1;
    if (bytes.substr(line, first.size()) < first) break;
    begin = line;
  }
  return std::string(bytes.substr(0, header_end + 1)) + std::string(bytes.substr(begin));
}

bool near_hour(const calendar::Event& event, Timestamp tick) {
  return event.span.start < tick + kHour + kHour / 4 && event.span.end > tick;
}

std::optional<double> realised_of(const std::vector<float>& counted, const std::vector<float>& violating) {
  double sum = 0, spent = 0;
  for (std::size_t i = 0; i < counted.size(); ++i) {
    if (std::isnan(counted[i]) || std::isnan(violating[i])) continue;
    sum += counted[i];
    spent += violating[i];
  }
  return sum > 0 ? std::optional(spent / sum) : std::nullopt;
}

}  // namespace

std::optional<double> Summary::demand_now() const {
  constexpr std::size_t kRecent = 3;  // what counts as arriving now
  for (std::size_t i = demand.size(); i > demand.size() - std::min(kRecent, demand.size()); --i)
    if (!std::isnan(demand[i - 1])) return demand[i - 1];
  return std::nullopt;
}

Summary::Sparkline Summary::sparkline(Duration interval) const {
  Sparkline line;
  line.step = std::max(Duration{1800}, interval);
  const auto each = static_cast<std::size_t>(line.step / interval);
  const auto day = std::min(demand.size(), static_cast<std::size_t>(kDay / line.step) * each);
  line.start = tick - interval * static_cast<long long>(day);
  const std::span<const float> last = std::span(demand).last(day);
  for (std::size_t i = 0; i + each <= day; i += each) line.values.push_back(mean_of(last.subspan(i, each)));
  return line;
}

std::optional<int> Summary::in_an_hour(const control::GroupSettings& settings) const {
  if (!latest) return std::nullopt;
  const Duration interval = settings.interval;
  const auto hour = static_cast<std::size_t>(kHour / interval), per_day = static_cast<std::size_t>(kDay / interval);
  const std::size_t around = std::max<std::size_t>(1, hour / 4);
  std::vector<double> moves;
  for (std::size_t days = 1; days <= kObjectiveDays; ++days) {
    const std::size_t back = days * per_day;
    if (back > demand.size()) break;
    const std::size_t then = demand.size() - back;  // what `tick` is today
    if (then + hour + around > demand.size()) continue;
    const double now = mean_of(std::span(demand).subspan(then, around));
    const double ahead = mean_of(std::span(demand).subspan(then + hour, around));
    if (!(now > 0) || !(ahead > 0)) continue;
    moves.push_back(std::log(ahead / now));
    if (days == kObjectiveDays) moves.push_back(moves.back());  // the same day of the week counts twice
  }
  const double move = forecast::median(moves);
  if (is_missing(move)) return std::nullopt;
  double factor = std::exp(move);
  if (next_event && near_hour(*next_event, tick)) {
    const bool now = next_event->span.contains(tick), then = next_event->span.contains(tick + kHour);
    if (next_uplift && now != then) factor *= then ? *next_uplift : 1 / std::max(1e-3, *next_uplift);
  }
  int floor = floor_in_an_hour ? floor_in_an_hour->minimum : 0;
  if (overrides.floor && overrides.floor->until > tick + kHour) floor = std::max(floor, overrides.floor->capacity);
  const double wanted = std::max<double>(floor, std::ceil(latest->decision.desired * factor - 1e-9));
  const int min = std::max(settings.policy.min, latest->group ? latest->group->min : 0);
  int max = settings.policy.max;
  if (latest->group && latest->group->max > 0) max = std::min(max, latest->group->max);
  return static_cast<int>(std::clamp<double>(wanted, min, std::max(min, max)));
}

SummaryReader::SummaryReader(ports::ObjectStore& store, control::GroupSettings settings,
                             std::vector<records::CalendarFeed> feeds, Uplift uplift)
    : store_(store),
      settings_(std::move(settings)),
      uplift_(std::move(uplift)),
      calendars_(store, settings_.name, std::move(feeds), settings_.timezone) {}

std::shared_ptr<const Summary> SummaryReader::last() const {
  const MutexLock lock(mutex_);
  return last_;
}

std::shared_ptr<const Summary> SummaryReader::refresh(Timestamp now) {
  const MutexLock reading(reading_);
  const Timestamp tick = floor_to(now, settings_.interval);
  const auto before = last();
  auto made = before ? std::make_shared<Summary>(*before) : std::make_shared<Summary>();
  made->tick = tick;
  made->problem.reset();
  const auto size = kept_intervals(settings_.interval);
  const long long steps = before ? (tick - before->tick) / settings_.interval : -1;
  for (auto* values : {&made->demand, &made->counted, &made->violating}) shift(*values, size, steps);
  const bool behind = !before || before->problem || tick < before->tick || tick - before->tick > kMostTail ||
                      tick - before->estimated >= kDay;
  const auto read = behind ? read_all(*made) : read_tail(*made, before->tick - kReread);
  if (!read) made->problem = read.error();
  made->realised = realised_of(made->counted, made->violating);
  read_calendar(*made);
  const auto overrides = records::OverrideStore(store_, settings_.name).load();
  if (overrides) made->overrides = overrides->at(tick);
  const MutexLock lock(mutex_);
  last_ = std::move(made);
  return last_;
}

void SummaryReader::add(Summary& summary, const control::Knowledge& known,
                        const std::vector<records::DecisionPoint>& points, Timestamp from) {
  const Timestamp first = summary.tick - settings_.interval * static_cast<long long>(summary.demand.size());
  const Timeline timeline =
      make_timeline(known, points, {std::max(first, from), summary.tick}, settings_.policy.utilisation);
  for (std::size_t i = 0; i < timeline.size(); ++i) {
    const auto at = static_cast<std::size_t>((timeline.time_at(i) - first) / settings_.interval);
    if (at >= summary.demand.size()) continue;
    const bool counts = !is_missing(timeline.violating[i]);
    summary.demand[at] = static_cast<float>(timeline.demand[i]);
    summary.counted[at] = counts ? static_cast<float>(timeline.demand[i]) : kUnknown;
    summary.violating[at] = counts ? static_cast<float>(timeline.violating[i]) : kUnknown;
  }
}

Result<void> SummaryReader::read_all(Summary& summary) {
  const Timestamp tick = summary.tick;
  dataset::Dataset dataset(store_, settings_.name, settings_.interval);
  const auto rows = dataset.read({tick - kEstimateFrom, tick});
  if (!rows) return tl::unexpected(rows.error());
  records::DecisionLog log(store_, settings_.name);
  const auto points = log.between({tick - kKept - kBooting, tick + settings_.interval});
  if (!points) return tl::unexpected(points.error());
  auto latest = log.newest({Timestamp{}, tick + settings_.interval}, 1);
  if (!latest) return tl::unexpected(latest.error());
  summary.latest = latest->empty() ? std::nullopt : std::optional(std::move(latest->front()));
  const auto known = control::know(*rows, settings_, tick);
  summary.unit_capacity = known.unit_capacity;
  summary.estimated = tick;
  add(summary, known, *points, tick - kKept);
  return {};
}

Result<void> SummaryReader::read_tail(Summary& summary, Timestamp from) {
  const records::DecisionLog log(store_, settings_.name);
  auto tail = log.tail(from - kHour, summary.tick);
  if (!tail) return tl::unexpected(tail.error());
  if (tail->latest) summary.latest = std::move(tail->latest);
  const auto rows = tail_rows({from, summary.tick});
  if (!rows) return tl::unexpected(rows.error());
  control::GroupSettings settings = settings_;
  settings.capacity_per_instance = summary.unit_capacity;
  if (!rows->empty()) add(summary, control::know(*rows, settings, summary.tick), tail->points, from);
  return {};
}

Result<std::vector<Row>> SummaryReader::tail_rows(TimeRange range) const {
  std::vector<Row> rows;
  std::string before;
  for (Timestamp t = range.start;; t = std::min(range.end, t + kDay)) {
    const std::string month = format_timestamp(t).substr(0, 7);
    if (month != before) {
      before = month;
      const std::string key = settings_.name + "/multi_metric_data/" + month + ".csv";
      const auto object = store_.get(key);
      if (!object && object.error().code != ErrorCode::not_found)
        return tl::unexpected(with_context(object.error(), key));
      if (object) {
        auto parsed = dataset::parse_rows(tail_of(object->bytes, range.start), key);
        if (!parsed) return tl::unexpected(parsed.error());
        rows.insert(rows.end(), parsed->rows.begin(), parsed->rows.end());
      }
    }
    if (t >= range.end) break;
  }
  std::erase_if(rows, [&](const Row& row) { return !range.contains(row.start); });
  return rows;
}

void SummaryReader::read_calendar(Summary& summary) {
  const Timestamp tick = summary.tick;
  if (tick < calendar_read_ || tick - calendar_read_ >= kCalendarEvery || calendar_read_ == Timestamp{}) {
    if (const auto loaded = calendars_.recall(tick)) events_ = loaded->calendar.between({tick, tick + kCalendarAhead});
    calendar_read_ = tick;
  }
  const Duration lead_time =
      settings_.lead_time.value_or(summary.latest ? summary.latest->decision.lead_time : settings_.usual_lead_time);
  const Timestamp then = tick + kHour;
  summary.floor_in_an_hour =
      calendar::floor_over(events_, {then, then + control::cover_window(lead_time, settings_.interval)});
  const auto coming =
      std::find_if(events_.begin(), events_.end(), [&](const calendar::Event& event) { return event.span.end > tick; });
  const bool same = coming != events_.end() && summary.next_event && *summary.next_event == *coming;
  if (!same) summary.next_uplift.reset();
  summary.next_event = coming == events_.end() ? std::nullopt : std::optional(*coming);
  if (summary.next_event && !summary.next_uplift && uplift_ && near_hour(*summary.next_event, tick))
    summary.next_uplift = uplift_(*summary.next_event).value_or(1);
}

}  // namespace almanac::insight
