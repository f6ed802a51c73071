#include "control/knowledge.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/series.h"

namespace almanac::control {
namespace {

std::span<const Row> rows_before(std::span<const Row> rows, Timestamp t) {
  return rows.first(static_cast<std::size_t>(
      std::lower_bound(rows.begin(), rows.end(), t, [](const Row& row, Timestamp at) { return row.start < at; }) -
      rows.begin()));
}

// Whether a history that starts then has a day before the present one to estimate a capacity from.
bool capacity_settled(Timestamp start, Timestamp until) {
  return start + kDay <= floor_to(until, kDay);
}

// What is believed of the rows before the present day settles the capacity; of all while there are none.
std::optional<double> capacity_of(std::span<const Row> rows, const GroupSettings& settings, Timestamp until) {
  if (settings.capacity_per_instance) return settings.capacity_per_instance;
  if (!rows.empty() && capacity_settled(rows.front().start, until)) rows = rows_before(rows, floor_to(until, kDay));
  return forecast::estimate_unit_capacity(dataset::judge(rows, {.interval = settings.interval}).rows,
                                          settings.interval);
}

void resize_to(Knowledge& known, std::size_t size) {
  forecast::History& history = known.history;
  for (auto* values : {&history.mean, &history.peak, &history.network, &history.active, &known.in_service})
    values->resize(size, kMissing);
}

std::vector<dataset::Doubted> since(std::vector<dataset::Doubted> doubts, Timestamp time) {
  std::erase_if(doubts, [&](const dataset::Doubted& each) { return each.span.end <= time; });
  return doubts;
}

void add_in_service(Knowledge& known, std::span<const Row> rows) {
  for (const Row& row : rows) {
    const auto index = static_cast<std::size_t>((row.start - known.history.start) / known.history.interval);
    if (index < known.in_service.size() && row.in_service_instances)
      known.in_service[index] = *row.in_service_instances;
  }
}

// The first index at which `whole` is not the same to the bit as `part`, whose [0] stands at `offset`; at the latest
// the end of either.
std::size_t first_difference_at(const forecast::History& whole, const forecast::History& part, std::size_t offset) {
  std::size_t end = offset + part.size();
  for (const auto values :
       {&forecast::History::mean, &forecast::History::peak, &forecast::History::network, &forecast::History::active}) {
    const auto& a = whole.*values;
    const auto& b = part.*values;
    std::size_t i = offset;
    while (i < std::min(end, a.size()) &&
           std::bit_cast<std::uint64_t>(a[i]) == std::bit_cast<std::uint64_t>(b[i - offset]))
      ++i;
    end = std::min(end, i);
  }
  return end;
}

void find_last_demand(Knowledge& known) {
  known.last_demand.reset();
  for (std::size_t i = known.history.size(); i > 0 && !known.last_demand; --i)
    if (!is_missing(known.history.mean[i - 1])) known.last_demand = known.history.time_at(i);
}

}  // namespace

std::vector<std::string> doubts_now(const Knowledge& known, Timestamp now) {
  std::vector<std::string> texts;
  for (const dataset::Doubted& each : dataset::summed_up(since(known.doubts, now - kHour)))
    texts.push_back(dataset::describe(each));
  return texts;
}

std::string why_no_demand(const Knowledge& known) {
  const std::span<const Row> rows = known.recent_rows;
  const auto latest =
      rows.last(std::min<std::size_t>(rows.size(), static_cast<std::size_t>(kDay / known.history.interval)));
  if (latest.empty()) return known.rows > 0 ? "there are no rows in the last 28 days" : "there are no rows";
  const auto has = [&](std::optional<double> Row::*column) {
    return std::any_of(latest.begin(), latest.end(), [&](const Row& row) { return (row.*column).has_value(); });
  };
  const bool cpu = has(&Row::cpu_utilization), instances = has(&Row::in_service_instances);
  const bool requests = has(&Row::request_count);
  if (!cpu && !requests) return "the rows have neither request_count nor cpu_utilization";
  if (requests && !known.unit_capacity && !instances)
    return fmt::format(
        "to make demand of request_count, capacity_per_instance (almanac.yaml) is needed, or in_service_instances{} in "
        "the rows to estimate it from",
        cpu ? "" : " and cpu_utilization");
  if (!requests && !instances)
    return "to make demand of cpu_utilization, in_service_instances is needed in the rows; the policy `threshold` goes "
           "by the CPU alone";
  if (!requests && !cpu)
    return "to make demand of in_service_instances, cpu_utilization is needed in the rows, or request_count";
  return "";
}

dataset::Judged judge(std::span<const Row> rows, const GroupSettings& settings, Timestamp until) {
  rows = rows_before(rows, until);
  return dataset::judge(rows, {settings.interval, capacity_of(rows, settings, until), true});
}

Knowledge know(std::span<const Row> rows, const GroupSettings& settings, Timestamp until) {
  rows = rows_before(rows, until);
  Knowledge known;
  known.rows = static_cast<int>(rows.size());
  known.unit_capacity = capacity_of(rows, settings, until);
  dataset::Judged judged = dataset::judge(rows, {settings.interval, known.unit_capacity, true});
  known.history = forecast::build_history(judged.rows, settings.interval, known.unit_capacity);
  forecast::History& history = known.history;
  if (rows.empty()) history.start = until;
  history.interval = settings.interval;
  const auto size = static_cast<std::size_t>(std::max<long long>(0, (until - history.start) / settings.interval));
  resize_to(known, size);
  add_in_service(known, judged.rows);
  const auto kept = std::lower_bound(rows.begin(), rows.end(), until - 28 * kDay,
                                     [](const Row& row, Timestamp t) { return row.start < t; });
  known.recent_rows.assign(kept, rows.end());
  find_last_demand(known);
  known.doubts = since(std::move(judged.doubts), until - kDay);
  return known;
}

std::optional<Timestamp> extend(Knowledge& known, std::span<const Row> rows, Timestamp from,
                                const GroupSettings& settings, Timestamp until) {
  forecast::History& history = known.history;
  const Timestamp today = floor_to(until, kDay);
  // New rows can change what is believed of those before them, which takes the rows before those to judge.
  const Timestamp judged_from = std::max(history.start, floor_to(from, kDay) - dataset::kFarthestWitness);
  const Timestamp witnesses_from = floor_to(judged_from, kDay) - dataset::kFarthestWitness;
  if (known.rows == 0 || from < history.start || from > history.end() || until < history.end() ||
      floor_to(history.end(), kDay) != today ||
      (witnesses_from > history.start && witnesses_from < history.end() - 28 * kDay))
    return std::nullopt;
  std::vector<Row>& recent = known.recent_rows;
  const auto old_first = static_cast<std::size_t>(rows_before(recent, from).size());
  const std::span<const Row> old_rows = std::span(recent).subspan(old_first);
  if (!settings.capacity_per_instance) {
    const auto before = rows_before(old_rows, today), now = rows_before(rows, today);
    if (!capacity_settled(history.start, until) || !std::equal(before.begin(), before.end(), now.begin(), now.end()))
      return std::nullopt;
  }
  const auto witnesses_first = static_cast<std::size_t>(rows_before(recent, witnesses_from).size());
  std::vector<Row> together(recent.begin() + static_cast<std::ptrdiff_t>(witnesses_first),
                            recent.begin() + static_cast<std::ptrdiff_t>(old_first));
  together.insert(together.end(), rows.begin(), rows.end());
  dataset::Judged judged =
      dataset::judge(together, {settings.interval, known.unit_capacity, witnesses_from <= history.start});
  const std::span<const Row> believed =
      std::span<const Row>(judged.rows).subspan(rows_before(judged.rows, judged_from).size());

  const auto first = static_cast<std::size_t>((judged_from - history.start) / history.interval);
  forecast::History was;
  for (const auto values :
       {&forecast::History::mean, &forecast::History::peak, &forecast::History::network, &forecast::History::active}) {
    const auto begin = (history.*values).begin() + static_cast<std::ptrdiff_t>(std::min(first, history.size()));
    (was.*values).assign(begin, (history.*values).end());
  }
  known.rows += static_cast<int>(rows.size()) - static_cast<int>(old_rows.size());
  resize_to(known, first);
  resize_to(known, static_cast<std::size_t>((until - history.start) / history.interval));
  forecast::add_rows(history, believed, known.unit_capacity);
  add_in_service(known, believed);
  recent.resize(old_first);
  recent.insert(recent.end(), rows.begin(), rows.end());
  recent.erase(recent.begin(),
               recent.begin() + static_cast<std::ptrdiff_t>(rows_before(recent, until - 28 * kDay).size()));
  find_last_demand(known);
  known.doubts = since(std::move(judged.doubts), until - kDay);
  return history.time_at(first_difference_at(history, was, first));
}

std::optional<Knowledge> know_cpu_alone(const Knowledge& known, std::span<const Row> rows,
                                        const GroupSettings& settings, Timestamp until) {
  if (settings.policy.kind != planning::PolicyKind::threshold || known.recent_rows.empty()) return std::nullopt;
  const Timestamp lately = known.recent_rows.back().start - kDay;
  if (known.last_demand && *known.last_demand > lately) return std::nullopt;
  std::vector<Row> single = judge(rows, settings, until).rows;
  if (std::none_of(single.begin(), single.end(),
                   [&](const Row& row) { return row.start >= lately && row.cpu_utilization; }))
    return std::nullopt;
  for (Row& row : single) {
    row.request_count.reset();
    row.in_service_instances = 1;
  }
  Knowledge alone = know(single, settings, until);
  alone.in_service.assign(alone.in_service.size(), kMissing);
  alone.rows = known.rows;
  alone.recent_rows = known.recent_rows;
  alone.doubts = known.doubts;
  alone.of_one_instance = true;
  return alone;
}

Timestamp first_difference(const Knowledge& a, const Knowledge& b) {
  if (a.history.start != b.history.start) return std::min(a.history.start, b.history.start);
  return a.history.time_at(first_difference_at(a.history, b.history, 0));
}

}  // namespace almanac::control
