#include "simulation/trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "core/check.h"
#include "dataset/csv.h"
#include "dataset/spacing.h"
#include "dataset/table.h"
#include "dataset/units.h"

namespace almanac::simulation {
namespace {

constexpr long long kMostMinutes = 20LL * 366 * 1440;  // a mistyped year must not ask for terabytes

struct Columns {
  std::vector<std::string> names;
  std::size_t demand = 0;
  std::size_t instances = 0;  // 0: no such column
  bool cpu = false;
};

struct Rows {
  std::vector<Timestamp> times;
  std::vector<std::size_t> lines;
  std::vector<std::vector<double>> values;  // [column][row]; column 0 unused
  std::vector<char> numeric;                // [column] every value so far was a number or empty
};

std::size_t index_of(const std::vector<std::string>& names, std::string_view name) {
  return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

// A column by the name that rows have for it, however the file spells it; any other one by its own.
std::string name_of(const dataset::Column& column) {
  if (column.role != dataset::Column::Role::field || column.name == "cpu") return column.name;
  return std::string(dataset::kFields[column.field].name);
}

Result<Columns> read_header(const dataset::Table& table, std::string_view name) {
  const auto refuse = [&](const std::string& what) {
    return fail(ErrorCode::invalid_input,
                fmt::format("{}: line {}: {}; expected timestamp,request_count or timestamp,cpu_utilization", name,
                            table.header_line(), what));
  };
  Columns columns;
  for (const dataset::Column& column : table.columns()) columns.names.push_back(name_of(column));
  if (table.columns()[0].role != dataset::Column::Role::time)
    return refuse(fmt::format("the first column is \"{}\"", dataset::shown(columns.names[0])));
  const std::size_t count = columns.names.size();
  columns.demand = index_of(columns.names, "request_count");
  if (columns.demand == count) {
    columns.cpu = true;
    columns.demand = std::min(index_of(columns.names, "cpu_utilization"), index_of(columns.names, "cpu"));
    const std::size_t instances = index_of(columns.names, "in_service_instances");
    if (instances != count) columns.instances = instances;
  }
  if (columns.demand == count) return refuse("neither request_count nor cpu_utilization among the columns");
  return columns;
}

Result<void> read_row(dataset::Table& table, const Columns& columns, Rows& rows) {
  const auto time = table.time();
  if (!time) return tl::unexpected(time.error());
  if (!rows.times.empty() && time->at <= rows.times.back())
    return table.error(fmt::format("{} {}; expected ascending times", format_timestamp(time->at),
                                   time->at == rows.times.back() ? "is there twice" : "comes after a later time"));
  rows.times.push_back(time->at);
  rows.lines.push_back(table.record().line);
  for (std::size_t j = 1; j < columns.names.size(); ++j) {
    const bool needed = j == columns.demand || j == columns.instances;
    double value = kMissing;
    if (const auto cell = table.cell(j); !cell.empty()) {
      const dataset::Column& column = table.columns()[j];
      const auto field = column.role == dataset::Column::Role::field ? std::optional(column.field) : std::nullopt;
      const auto read = table.number(j, field);
      const auto parsed = read ? *read : std::nullopt;
      if (needed && (!parsed || !std::isfinite(*parsed) || *parsed < 0))
        return table.error(fmt::format("{} is \"{}\"; expected a number >= 0 ({}), or nothing where it is missing",
                                       columns.names[j], dataset::shown(cell), dataset::expected_unit(column.field)));
      if (!parsed) rows.numeric[j] = false;
      if (parsed && std::isfinite(*parsed)) value = *parsed;
    }
    rows.values[j].push_back(value);
  }
  return {};
}

// Rows of another spacing would count for a part of their time only, or for times over.
Result<void> check_one_spacing(const Rows& rows, Duration step) {
  std::vector<Row> starts(rows.times.size());
  for (std::size_t i = 0; i < starts.size(); ++i) starts[i].start = rows.times[i];
  const dataset::Spacing spacing = dataset::infer_spacing(starts, step);
  const auto other = std::find_if(spacing.of_row.begin(), spacing.of_row.end(),
                                  [&](Duration d) { return std::chrono::abs(d - step) > step / 20; });
  if (other == spacing.of_row.end() || spacing.parts.size() == 1) return {};
  const auto at = static_cast<std::size_t>(other - spacing.of_row.begin());
  return fail(ErrorCode::invalid_input,
              fmt::format("line {}: rows are {} apart here, most are {}; expected one spacing: `almanac import` brings "
                          "them to one, and `almanac export` writes it",
                          rows.lines[at], format_duration(*other), format_duration(step)));
}

// A column of zeros is a placeholder, not a load that could be replayed.
Result<void> check_demand(const Rows& rows, const Columns& columns) {
  const auto& demand = rows.values[columns.demand];
  if (std::any_of(demand.begin(), demand.end(), [](double value) { return value > 0; })) return {};
  const bool other = !columns.cpu && (index_of(columns.names, "cpu_utilization") != columns.names.size() ||
                                      index_of(columns.names, "cpu") != columns.names.size());
  return fail(ErrorCode::invalid_input,
              fmt::format("{} is never above 0{}", columns.names[columns.demand],
                          other ? "; leave the column out to go by the CPU" : "; there is nothing to replay"));
}

// The distance of the rows: the median, so that gaps do not matter.
Result<Duration> native_step(const Rows& rows) {
  if (rows.times.size() < 2)
    return fail(ErrorCode::invalid_input, fmt::format("{} rows; expected at least 2", rows.times.size()));
  std::vector<Duration> steps(rows.times.size() - 1);
  for (std::size_t i = 0; i < steps.size(); ++i) steps[i] = rows.times[i + 1] - rows.times[i];
  const std::size_t middle = (steps.size() - 1) / 2;
  std::nth_element(steps.begin(), steps.begin() + static_cast<long>(middle), steps.end());
  const Duration step = steps[middle];
  if (step > kHour || (step > kMinute && step % kMinute != Duration{0}))
    return fail(ErrorCode::invalid_input,
                fmt::format("rows are {} apart; expected 1 second to 1 hour, and whole minutes above one minute",
                            format_duration(step)));
  if (auto one = check_one_spacing(rows, step); !one) return tl::unexpected(one.error());
  for (std::size_t i = 1; i < rows.times.size(); ++i)
    if ((rows.times[i] - rows.times[0]) % step != Duration{0})
      return fail(ErrorCode::invalid_input,
                  fmt::format("line {}: {} is off the grid of one row every {} that starts at {}", rows.lines[i],
                              format_timestamp(rows.times[i]), format_duration(step), format_timestamp(rows.times[0])));
  if ((rows.times.back() - rows.times.front()) / kMinute > kMostMinutes)
    return fail(ErrorCode::invalid_input, fmt::format("line {}: {} is more than 20 years after the first row",
                                                      rows.lines.back(), format_timestamp(rows.times.back())));
  return step;
}

// The demand of row i per minute; NaN when missing.
double demand_of(const Columns& columns, const Rows& rows, std::size_t i, Duration step) {
  const double value = rows.values[columns.demand][i];
  if (!columns.cpu) return value / static_cast<double>(step.count());
  return value / 100 * (columns.instances == 0 ? 1 : rows.values[columns.instances][i]);
}

Series minutes_of(const Columns& columns, const Rows& rows, Duration step) {
  const Timestamp start = step < kMinute ? floor_to(rows.times[0], kMinute) : rows.times[0];
  const std::size_t per_row = static_cast<std::size_t>(std::max<long long>(1, step / kMinute));
  const std::size_t count = static_cast<std::size_t>((rows.times.back() - start) / kMinute) + per_row;
  Series demand{start, kMinute, std::vector<double>(count, kMissing)};
  std::vector<int> seen(step < kMinute ? count : 0, 0);
  for (std::size_t i = 0; i < rows.times.size(); ++i) {
    const double value = demand_of(columns, rows, i, step);
    if (is_missing(value)) continue;
    const std::size_t at = static_cast<std::size_t>((rows.times[i] - start) / kMinute);
    if (step < kMinute) {
      demand.values[at] = seen[at]++ == 0 ? value : demand.values[at] + value;
    } else {
      for (std::size_t j = at; j < at + per_row; ++j) demand.values[j] = value;
    }
  }
  for (std::size_t i = 0; i < seen.size(); ++i)
    if (seen[i] > 1) demand.values[i] /= seen[i];
  return demand;
}

}  // namespace

std::size_t Trace::minute_at(Timestamp t) const {
  if (t <= demand.start) return 0;
  return std::min(demand.size(), static_cast<std::size_t>((t - demand.start) / kMinute));
}

Result<Trace> parse_trace(std::string_view text, std::string_view name) {
  const auto within = [&](const Error& error) { return tl::unexpected<Error>(with_context(error, name)); };
  auto table = dataset::Table::open(text, std::string(name));
  if (!table) return tl::unexpected(table.error());
  const auto columns = read_header(*table, name);
  if (!columns) return tl::unexpected(columns.error());

  Rows rows;
  rows.values.resize(columns->names.size());
  rows.numeric.assign(columns->names.size(), true);
  for (;;) {
    const auto more = table->next();
    if (!more) return tl::unexpected(more.error());
    if (!*more) break;
    if (auto read = read_row(*table, *columns, rows); !read) return tl::unexpected(read.error());
  }
  const auto step = native_step(rows);
  if (!step) return within(step.error());
  if (auto checked = check_demand(rows, *columns); !checked) return within(checked.error());

  Trace trace;
  trace.name = name;
  trace.unit = columns->cpu ? Trace::Unit::busy_instances : Trace::Unit::requests_per_second;
  trace.native_step = *step;
  trace.demand = minutes_of(*columns, rows, *step);
  const std::size_t native = static_cast<std::size_t>((rows.times.back() - rows.times.front()) / *step) + 1;
  for (std::size_t j = 1; j < columns->names.size(); ++j) {
    if (j == columns->demand && !columns->cpu) continue;
    if (!rows.numeric[j]) continue;
    Series series{rows.times[0], *step, std::vector<double>(native, kMissing)};
    for (std::size_t i = 0; i < rows.times.size(); ++i)
      series.values[static_cast<std::size_t>((rows.times[i] - rows.times[0]) / *step)] = rows.values[j][i];
    trace.metrics.emplace(columns->names[j], std::move(series));
  }
  return trace;
}

Result<Trace> load_trace(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  const int reason = errno;
  if (!file || std::filesystem::is_directory(path)) {
    const auto code = reason == EACCES ? ErrorCode::permission_denied : ErrorCode::not_found;
    return fail(code, fmt::format("{}: cannot be read: {}", path, reason != 0 ? std::strerror(reason) : "not a file"));
  }
  std::ostringstream text;
  text << file.rdbuf();
  return parse_trace(std::move(text).str(), std::filesystem::path(path).filename().string());
}

namespace {

// The amount of a per-interval metric in [from, from + interval), scaled up from the native rows that are known; rows
// longer than the interval are spread evenly. Missing when less than half is known.
double amount(const Series& series, Timestamp from, Duration interval) {
  const double step = static_cast<double>(series.step.count());
  double known = 0, sum = 0;
  for (Timestamp t = from; t < from + interval;) {
    const Timestamp row =
        series.start + (t < series.start ? Duration{0} : (t - series.start) / series.step * series.step);
    const Timestamp next = std::min(from + interval, t < series.start ? series.start : row + series.step);
    const std::size_t i = static_cast<std::size_t>((row - series.start) / series.step);
    if (t >= series.start && i < series.size() && !is_missing(series.values[i])) {
      const double overlap = static_cast<double>((next - t).count());
      known += overlap;
      sum += series.values[i] * overlap / step;
    }
    t = next;
  }
  const double whole = static_cast<double>(interval.count());
  return known * 2 < whole ? kMissing : sum * whole / known;
}

struct Window {
  double mean = kMissing;
  double peak = kMissing;
};

Window window_of(const Series& minutes, Timestamp from, Duration interval) {
  const long long first = (from - minutes.start) / kMinute;
  const long long count = interval / kMinute;
  double sum = 0, peak = 0;
  long long known = 0;
  for (long long i = std::max(0LL, first);
       i < std::min<long long>(first + count, static_cast<long long>(minutes.size())); ++i) {
    const double value = minutes.values[static_cast<std::size_t>(i)];
    if (is_missing(value)) continue;
    sum += value;
    peak = known++ == 0 ? value : std::max(peak, value);
  }
  if (known == 0 || known * 2 < count) return {};
  return {sum / static_cast<double>(known), peak};
}

std::optional<double> known(double value) {
  return is_missing(value) ? std::nullopt : std::optional<double>(value);
}

}  // namespace

std::vector<Row> collected_rows(const Trace& trace, TimeRange range, const CollectOptions& options) {
  ALMANAC_CHECK(options.interval >= kMinute && options.interval % kMinute == Duration{0},
                "intervals are whole minutes");
  const double seconds = static_cast<double>(options.interval.count());
  const auto network = trace.metrics.find(options.network_column);
  const auto instances = trace.metrics.find("in_service_instances");
  const auto cpu =
      trace.metrics.contains("cpu_utilization") ? trace.metrics.find("cpu_utilization") : trace.metrics.find("cpu");
  // An average over the interval, from what amount() gives for a sum over native rows.
  const auto average = [&](const Series& series, Timestamp t) {
    return amount(series, t, options.interval) * static_cast<double>(series.step.count()) / seconds;
  };
  std::vector<Row> rows;
  const Timestamp first =
      std::max(ceil_to(range.start, options.interval), floor_to(trace.range().start, options.interval));
  for (Timestamp t = first; t + options.interval <= std::min(range.end, ceil_to(trace.range().end, options.interval));
       t += options.interval) {
    Row row;
    row.start = t;
    const Row nothing = row;
    const Window demand = window_of(trace.demand, t, options.interval);
    if (trace.unit == Trace::Unit::requests_per_second) {
      row.request_count = known(demand.mean * seconds);
      if (trace.native_step < options.interval) row.request_peak = known(demand.peak * seconds);
      if (cpu != trace.metrics.end()) row.cpu_utilization = known(average(cpu->second, t));
      if (instances != trace.metrics.end()) row.in_service_instances = known(average(instances->second, t));
    } else if (cpu != trace.metrics.end()) {
      row.cpu_utilization = known(average(cpu->second, t));
      const double count = instances == trace.metrics.end() ? 1 : average(instances->second, t);
      if (row.cpu_utilization) row.in_service_instances = known(count / options.unit_capacity);
    }
    if (network != trace.metrics.end()) row.network_in = known(amount(network->second, t, options.interval));
    if (row != nothing) rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace almanac::simulation
