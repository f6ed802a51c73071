#include "dataset/credibility_evidence.h"

#include <algorithm>
#include <cmath>

namespace almanac::dataset {

bool is_all_zero(const Row& row) {
  return is_zero(row.cpu_utilization) && is_zero(row.network_in) && value_or_zero(row.request_count) == 0 &&
         value_or_zero(row.request_peak) == 0 && !is_zero(row.in_service_instances);
}

Evidence::Evidence(std::span<const Row> rows, const Judging& judging) : rows_(rows), judging_(judging) {
  cpu_.assign(rows_.size(), std::nullopt);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    Day& day = days_[floor_to(rows_[i].start, kDay)];
    if (day.end == 0) day.first = i;
    day.end = i + 1;
    count(day, rows_[i]);
  }
}

const Day* Evidence::neighbour(Timestamp time, int by) const {
  const auto found = days_.find(time + kDay * by);
  return found == days_.end() ? nullptr : &found->second;
}

bool Evidence::is_surely_busy(std::size_t i) const {
  return is_busy(i) && (rows_[i].cpu_utilization >= kBusyCpu ||
                        value_or_zero(rows_[i].network_in) >= kTinyNetwork * instance_seconds(rows_[i]));
}

std::optional<double> Evidence::needed_by_requests(const Row& row) const {
  if (!judging_.unit_capacity || !row.request_count) return std::nullopt;
  return *row.request_count / static_cast<double>(judging_.interval.count()) / *judging_.unit_capacity;
}

double Evidence::instance_seconds(const Row& row) const {
  return static_cast<double>(judging_.interval.count()) * std::max(1.0, row.in_service_instances.value_or(1.0));
}

void Evidence::count(Day& day, const Row& row) const {
  if (row.cpu_utilization) ++day.cpu_rows;
  if (row.cpu_utilization && value_or_zero(row.in_service_instances) > 0) ++day.rows_of_group;
  if (row.cpu_utilization && row.network_in) {
    day.work += *row.cpu_utilization / 100 * std::max(1.0, row.in_service_instances.value_or(1.0));
    day.work_network += *row.network_in;
    day.work_seconds += instance_seconds(row);
  }
  day.requests += value_or_zero(row.request_count);
  day.highest_cpu = std::max(day.highest_cpu, value_or_zero(row.cpu_utilization));
  day.highest_part = std::max(day.highest_part, std::fmod(value_or_zero(row.cpu_utilization), 1.0));
  day.highest_requests = std::max(day.highest_requests, value_or_zero(row.request_count));
  if (!row.network_in) return;
  day.least_network = day.network_rows++ == 0 ? *row.network_in : std::min(day.least_network, *row.network_in);
  day.most_network = std::max(day.most_network, *row.network_in);
}

void Verdicts::doubt(std::size_t i, std::optional<double> Row::*column, Doubt kind, double figure) {
  if (!(judged_.rows[i].*column)) return;
  judged_.rows[i].*column = std::nullopt;
  note(i, kind, figure);
}

void Verdicts::take_out_zeros(std::size_t i, double fell_from) {
  for (const auto column :
       {&Row::in_service_instances, &Row::cpu_utilization, &Row::request_count, &Row::request_peak, &Row::network_in})
    if (is_zero(judged_.rows[i].*column)) judged_.rows[i].*column = std::nullopt;
  note(i, Doubt::zero_filled, fell_from);
}

void Verdicts::note(std::size_t i, Doubt kind, double figure) {
  const Timestamp start = judged_.rows[i].start;
  const TimeRange span{start, start + interval_};
  const std::pair key(floor_to(start, kDay), kind);
  Doubted& found = found_.try_emplace(key, Doubted{kind, span, 0, figure}).first->second;
  found.span.end = span.end;
  found.figure = std::max(found.figure, figure);
  ++found.rows;
}

Judged Verdicts::done() && {
  for (auto& [key, doubted] : found_) judged_.doubts.push_back(doubted);
  return std::move(judged_);
}

}  // namespace almanac::dataset
