#include "adapters/prometheus/prometheus_metric_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "adapters/prometheus/interval_value.h"

namespace almanac::adapters::prometheus {
namespace {

constexpr std::size_t kSeriesNamed = 3;
constexpr double kFull = 100;       // %
constexpr double kSlightlyOff = 5;  // of 100: rates are extrapolated

// What may stand in a row.
struct Bounds {
  double lowest;     // what is lower cannot be ...
  double highest;    // ... nor what is higher
  double full;       // what is between this and the highest is this
  const char* name;  // for messages
};

Bounds bounds_of(Measure measure) {
  constexpr double kAnything = std::numeric_limits<double>::max();
  switch (measure) {
    case Measure::demand:
      return {0, kAnything, kAnything, "demand"};
    case Measure::cpu:
      return {-kSlightlyOff, kFull + kSlightlyOff, kFull, "utilisation of 0 to 100 %"};
    case Measure::network:
      return {0, kAnything, kAnything, "rate of bytes"};
    case Measure::instances:
      return {0, kAnything, kAnything, "number of instances"};
  }
  return {0, 0, 0, ""};
}

// The port knows no time-out: asking again does no harm.
Error as_of_port(Error error) {
  if (error.code == ErrorCode::timed_out) error.code = ErrorCode::unavailable;
  return error;
}

const char* usual_aggregate(Measure measure) {
  return measure == Measure::cpu ? "avg" : "sum";
}

Error several(const Query& query, const std::vector<Series>& series) {
  std::string named;
  for (std::size_t i = 0; i < std::min(kSeriesNamed, series.size()); ++i) {
    named += (i == 0 ? "" : ", ") + series[i].labels;
  }
  if (series.size() > kSeriesNamed) named += ", ...";
  return {ErrorCode::invalid_input,
          fmt::format("{} series where one is expected: {}; make them one, such as by {}(...), or name the labels of "
                      "the one that is meant",
                      series.size(), named, usual_aggregate(query.measure))};
}

// Whether an answer is of one series of numbers, and of the one that the pages before had.
Result<void> check_series(const Query& query, const Answer& answer, const std::optional<std::string>& before,
                          Timestamp from) {
  if (answer.series.size() > 1) return tl::unexpected(several(query, answer.series));
  if (answer.series.empty()) return {};
  const Series& series = answer.series.front();
  if (series.histograms) {
    return fail(ErrorCode::invalid_input,
                "native histograms where numbers are expected; make one such as by histogram_count(...)");
  }
  if (before && *before != series.labels) {
    return fail(
        ErrorCode::invalid_input,
        fmt::format("one series is expected, found {} before {} and {} after; make them one, such as by {}(...)",
                    *before, format_timestamp(from), series.labels, usual_aggregate(query.measure)));
  }
  return {};
}

// Puts the finite values that can be into `reading`, in the unit of the measure, and says of others why they are left
// out.
void take(const Query& query, const Points& values, Reading& reading) {
  const Bounds bounds = bounds_of(query.measure);
  std::size_t refused = 0;
  std::string example;
  for (const auto& [time, raw] : values) {
    if (std::isnan(raw)) continue;
    const double value = raw * query.factor;
    if (std::isfinite(value) && value >= bounds.lowest && value <= bounds.highest) {
      reading.points[time] = std::clamp(value, 0.0, bounds.full);
    } else if (++refused == 1) {
      example = fmt::format("{} of {}", raw, format_timestamp(time));
    }
  }
  if (refused == 0) return;
  reading.left_out.push_back(fmt::format("{}: {} value{} left out: {} is no {}{}", query.key, refused,
                                         refused == 1 ? "" : "s", example, bounds.name,
                                         query.measure == Measure::cpu ? " (is cpu_unit right?)" : ""));
}

void add(Measure measure, const IntervalValue& value, Duration interval, Row& row) {
  const auto seconds = static_cast<double>(interval.count());
  switch (measure) {
    case Measure::demand:
      row.request_count = value.mean * seconds;
      if (value.highest_minute) row.request_peak = *value.highest_minute * seconds;
      break;
    case Measure::cpu:
      row.cpu_utilization = value.mean;
      break;
    case Measure::network:
      row.network_in = value.mean * seconds;
      break;
    case Measure::instances:
      row.in_service_instances = value.mean;
      break;
  }
}

}  // namespace

Result<void> check_resolution(Duration resolution, Duration interval) {
  if (interval % kMinute != Duration{0}) {
    return fail(ErrorCode::invalid_input,
                fmt::format("rows are made of minutes; an interval of {} cannot be read", format_duration(interval)));
  }
  if (resolution <= Duration{0} || interval % resolution != Duration{0} ||
      (resolution < kMinute ? kMinute % resolution : resolution % kMinute) != Duration{0}) {
    return fail(ErrorCode::invalid_input,
                fmt::format("a resolution of {} does not fit into the interval of {}; expected a part of a minute such "
                            "as 15s, or minutes that divide the interval",
                            format_duration(resolution), format_duration(interval)));
  }
  return {};
}

Result<Reading> PrometheusMetricSource::read_query(const Query& query, TimeRange range) const {
  const Duration step = options_.resolution;
  const Duration page = step * static_cast<std::int64_t>(std::max<std::size_t>(options_.max_samples, 1));
  Reading reading;
  Points values;
  std::optional<std::string> labels;
  for (Timestamp start = range.start; start < range.end; start += page) {
    const Timestamp first = start + step, last = std::min(start + page, range.end);
    const auto answer = server_.query_range(query.promql, first, last, step);
    if (!answer) return tl::unexpected(with_context(as_of_port(answer.error()), query.key));
    if (auto fits = check_series(query, *answer, labels, first); !fits)
      return tl::unexpected(with_context(fits.error(), query.key));
    for (const std::string& remark : answer->remarks) reading.left_out.push_back(query.key + ": " + remark);
    if (!answer->partial.empty()) {
      reading.left_out.push_back(fmt::format("{}: left out from {} to {}, because the server's answer is not whole: {}",
                                             query.key, format_timestamp(first), format_timestamp(last),
                                             answer->partial.front()));
      continue;
    }
    if (answer->series.empty()) continue;
    labels = answer->series.front().labels;
    for (const auto& [time, value] : answer->series.front().points) {
      const bool asked = time >= first && time <= last && (time - first) % step == Duration{0};
      if (!asked) {
        return fail(ErrorCode::corrupt, fmt::format("{}: {} has a value of {}, which was not asked for", query.key,
                                                    server_.url(), format_timestamp(time)));
      }
      values[time] = value;
    }
  }
  take(query, values, reading);
  return reading;
}

Result<std::vector<Row>> PrometheusMetricSource::read(TimeRange range, Duration interval) {
  if (auto fits = check_resolution(options_.resolution, interval); !fits) return tl::unexpected(fits.error());
  std::erase_if(left_out_, [&](const LeftOut& each) { return each.range.overlaps(range); });
  const Timestamp now = clock_->now();
  const TimeRange finished{range.start, std::min(range.end, floor_to(now, interval))};
  const TimeRange known{range.start, std::min(finished.end, floor_to(now - options_.delay, options_.resolution))};
  std::vector<Row> rows;
  for (Timestamp start = finished.start; start < finished.end; start += interval) {
    rows.push_back({});
    rows.back().start = start;
  }
  for (const Query& query : options_.queries) {
    const auto reading = read_query(query, known);
    if (!reading) return tl::unexpected(reading.error());
    for (const std::string& text : reading->left_out) left_out_.push_back({range, text});
    for (Row& row : rows) {
      const auto value = interval_value(reading->points, {row.start, row.start + interval}, options_.resolution);
      if (value) add(query.measure, *value, interval, row);
    }
  }
  std::erase_if(rows, [](const Row& row) {
    Row nothing{};
    nothing.start = row.start;
    return row == nothing;
  });
  return rows;
}

std::vector<std::string> PrometheusMetricSource::left_out(TimeRange range) const {
  std::vector<std::string> texts;
  for (const LeftOut& each : left_out_) {
    if (each.range.overlaps(range) && std::find(texts.begin(), texts.end(), each.text) == texts.end())
      texts.push_back(each.text);
  }
  return texts;
}

}  // namespace almanac::adapters::prometheus
