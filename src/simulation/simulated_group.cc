#include "simulation/simulated_group.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/check.h"

namespace almanac::simulation {
namespace {

Series hide(Series series, const std::vector<TimeRange>& outages) {
  for (std::size_t i = 0; i < series.size(); ++i)
    for (const auto& outage : outages)
      if (outage.contains(series.time_at(i))) series.values[i] = kMissing;
  return series;
}

}  // namespace

Trace observed_trace(const Trace& trace, const std::vector<TimeRange>& outages) {
  Trace seen = trace;
  seen.demand = hide(std::move(seen.demand), outages);
  for (auto& [name, series] : seen.metrics) series = hide(std::move(series), outages);
  return seen;
}

SimulatedCloud::SimulatedCloud(const Trace& trace, CloudOptions options)
    : trace_(trace),
      options_(std::move(options)),
      now_(options_.start),
      state_(options_.plant, options_.initial),
      in_force_(state_.desired()),
      seen_(options_.observed ? options_.observed
                              : std::make_shared<const Trace>(observed_trace(trace, options_.outages))),
      group_(*this),
      metrics_(*this) {
  ALMANAC_CHECK(trace.range().contains(options_.start) || options_.start == trace.range().end,
                "the simulated cloud starts outside of its trace");
  ALMANAC_CHECK((options_.start - trace.demand.start) % kMinute == Duration{0}, "time moves by whole minutes");
  desired_.assign(trace.minute_at(options_.start), state_.desired());
  ready_ = desired_;
}

void SimulatedCloud::advance_to(Timestamp until, Policy* operator_policy) {
  ALMANAC_CHECK(until >= now() && until <= trace_.range().end, "simulated time moves forward, within the trace");
  while (now() + kMinute <= until) {
    const std::size_t minute = desired_.size();
    if (operator_policy != nullptr) {
      const View view(seen_->demand, options_.plant, desired_, ready_, minute, state_.desired());
      state_.set(std::max<double>(operator_policy->decide(view), group_.minimum()));
    }
    note_launches(in_force_, state_.desired());
    in_force_ = state_.desired();
    desired_.push_back(state_.desired());
    ready_.push_back(state_.ready());
    state_.tick();
    now_.set(trace_.time_of(minute + 1));
  }
}

void SimulatedCloud::note_launches(int before, int after) {
  const Duration boot = kMinute * options_.plant.boot;
  for (int i = before; i < after; ++i) booting_.push_back(now());
  for (; !booting_.empty() && booting_.front() + boot <= now(); booting_.pop_front())
    launches_.push_back({booting_.front(), booting_.front() + boot});
  for (int i = after; i < before && !booting_.empty(); ++i) booting_.pop_back();  // the newest go first
}

Score SimulatedCloud::score(TimeRange range) const {
  const std::size_t to = std::min(desired_.size(), trace_.minute_at(range.end));
  const std::size_t from = std::min(to, std::max(trace_.minute_at(range.start), trace_.minute_at(options_.start)));
  return simulation::score(trace_.demand.values, desired_, options_.plant, from, to);
}

int SimulatedCloud::Group::minimum() const {
  const int own = cloud_.options_.plant.min;
  return cloud_.now() < raised_until_ ? std::max(own, raised_) : own;
}

Result<ports::GroupState> SimulatedCloud::Group::describe() {
  const PlantState& state = cloud_.state_;
  ports::GroupState described{state.plant().min, state.plant().max, state.desired(), state.ready(), state.booting()};
  if (minimum() > described.min) described.raised_minimum = minimum();
  return described;
}

Result<void> SimulatedCloud::Group::set_desired(int desired) {
  const Plant& plant = cloud_.options_.plant;
  if (desired < minimum() || desired > plant.max)
    return fail(ErrorCode::invalid_input,
                fmt::format("desired capacity {}; expected {} to {}", desired, minimum(), plant.max));
  cloud_.state_.set(desired);
  return {};
}

Result<void> SimulatedCloud::Group::raise_minimum(int minimum, Timestamp, Timestamp until) {
  const Plant& plant = cloud_.options_.plant;
  if (minimum > plant.max)
    return fail(ErrorCode::invalid_input,
                fmt::format("minimum {} is above the group's maximum {}", minimum, plant.max));
  raised_ = minimum;
  raised_until_ = minimum > plant.min ? until : Timestamp{};
  if (minimum > cloud_.state_.desired() && until > cloud_.now()) cloud_.state_.set(minimum);
  return {};
}

Result<std::vector<ports::Launch>> SimulatedCloud::Group::launches(Timestamp since) {
  std::vector<ports::Launch> found;
  for (const auto& launch : cloud_.launches_)
    if (launch.in_service >= since) found.push_back(launch);
  const Duration boot = kMinute * cloud_.options_.plant.boot;
  for (const Timestamp launched : cloud_.booting_)  // those that serve from this very moment on
    if (launched + boot <= cloud_.now() && launched + boot >= since) found.push_back({launched, launched + boot});
  return found;
}

void SimulatedCloud::Metrics::hide_unpublished(std::vector<Row>& rows, Duration interval) const {
  std::erase_if(rows, [&](Row& row) {
    const Duration age = cloud_.now() - (row.start + interval);
    const bool no_requests = age < cloud_.options_.requests_late, no_group = age < cloud_.options_.group_late;
    if (no_requests) row.request_count = row.request_peak = std::nullopt;
    if (no_group) row.cpu_utilization = row.in_service_instances = row.network_in = std::nullopt;
    return (no_requests || no_group) && !row.request_count && !row.cpu_utilization && !row.network_in;
  });
}

Result<std::vector<Row>> SimulatedCloud::Metrics::read(TimeRange range, Duration interval) {
  if (interval < kMinute || interval % kMinute != Duration{0})
    return fail(ErrorCode::invalid_input,
                fmt::format("an interval of {}; expected whole minutes", format_duration(interval)));
  range.start = std::max(range.start, ceil_to(cloud_.options_.start, interval));
  range.end = std::min(range.end, floor_to(cloud_.now(), interval));
  const CollectOptions collect{interval, cloud_.options_.plant.unit_capacity, cloud_.options_.network_column};
  std::vector<Row> rows = collected_rows(*cloud_.seen_, range, collect);
  const Series& observed = cloud_.seen_->demand;
  for (Row& row : rows) {
    double cpu = 0, in_service = 0;
    int known = 0;
    for (Timestamp t = row.start; t < row.start + interval; t += kMinute) {
      const std::size_t minute = cloud_.trace_.minute_at(t);
      if (t < observed.start || minute >= observed.size() || is_missing(observed.values[minute])) continue;
      cpu += cpu_of(observed.values[minute], cloud_.ready_[minute], cloud_.options_.plant);
      in_service += cloud_.ready_[minute];
      ++known;
    }
    row.cpu_utilization = row.in_service_instances = std::nullopt;
    if (2 * known < interval / kMinute) continue;
    row.cpu_utilization = cpu / known;
    row.in_service_instances = in_service / known;
  }
  hide_unpublished(rows, interval);
  return rows;
}

}  // namespace almanac::simulation
