#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "dataset/csv_reader.h"
#include "simulation/backtest.h"

namespace almanac::simulation {
namespace {

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<int>(c));
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string number_or_null(std::optional<double> value) {
  return value && std::isfinite(*value) ? fmt::format("{}", *value) : "null";
}

Result<void> write_file(const std::filesystem::path& path, std::string_view bytes) {
  errno = 0;
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (file) return {};
  const int reason = errno;
  const auto code = reason == ENOSPC || reason == EDQUOT                     ? ErrorCode::storage_full
                    : reason == EACCES || reason == EPERM || reason == EROFS ? ErrorCode::permission_denied
                                                                             : ErrorCode::unavailable;
  return fail(code, fmt::format("{}: cannot be written: {}", path.string(),
                                reason != 0 ? std::strerror(reason) : "unknown reason"));
}

}  // namespace

std::string format_decisions(const Trace& trace, const std::vector<CapacityChange>& changes) {
  std::string out = "timestamp,desired_capacity\n";
  for (const auto& change : changes)
    fmt::format_to(std::back_inserter(out), "{},{}\n", format_timestamp(trace.time_of(change.minute)), change.desired);
  return out;
}

Result<std::vector<CapacityChange>> parse_decisions(std::string_view text, std::string_view name, const Trace& trace,
                                                    const Plant& plant) {
  dataset::CsvReader reader(text, std::string(name));
  dataset::CsvRecord record;
  const auto refuse = [&](std::string message) {
    return fail(ErrorCode::invalid_input, fmt::format("{}: line {}: {}", name, record.line, message));
  };
  std::vector<CapacityChange> changes;
  std::optional<Timestamp> previous;
  for (bool header = true;; header = false) {
    const auto more = reader.next(record);
    if (!more) return tl::unexpected(more.error());
    if (!*more) break;
    if (header) {
      if (record.fields.size() != 2 || record.fields[0] != "timestamp" || record.fields[1] != "desired_capacity")
        return refuse("expected the header timestamp,desired_capacity");
      continue;
    }
    if (record.fields.size() != 2) return refuse(fmt::format("{} fields; expected 2", record.fields.size()));
    const auto time = parse_timestamp(dataset::trim(record.fields[0]));
    if (!time) return refuse(time.error().message);
    if (previous && *time <= *previous) return refuse("expected ascending times");
    previous = *time;
    const auto capacity = dataset::parse_number(dataset::trim(record.fields[1]));
    if (!capacity || !std::isfinite(*capacity)) return refuse("desired_capacity: expected a number");
    if (*time >= trace.range().end) continue;
    // In force from the first minute that does not start before the decision.
    const CapacityChange change{trace.minute_at(*time + kMinute - Duration{1}), clip_capacity(*capacity, plant)};
    if (!changes.empty() && changes.back().minute == change.minute) changes.pop_back();
    changes.push_back(change);
  }
  if (changes.empty()) return fail(ErrorCode::invalid_input, fmt::format("{}: no decision within the trace", name));
  return changes;
}

std::string summary_json(const BacktestResult& result) {
  std::string out =
      fmt::format("{{\"trace\": {}, \"boot_minutes\": {}, \"unit_capacity\": {}, \"objective\": {},\n",
                  json_string(result.trace), result.plant.boot, result.plant.unit_capacity, result.plant.objective);
  fmt::format_to(std::back_inserter(out),
                 " \"test_start\": \"{}\", \"test_end\": \"{}\", \"metrics_delay_seconds\": {},\n \"results\": [",
                 format_timestamp(result.window.start), format_timestamp(result.window.end),
                 result.metrics_delay.count());
  const char* separator = "\n  ";
  for (const auto& policy : result.policies) {
    for (const auto& run : policy.runs) {
      fmt::format_to(std::back_inserter(out),
                     "{}{{\"policy\": {}, \"knob\": {}, \"cost\": {}, \"violating_share\": {}, "
                     "\"violation_minutes\": {}, \"instance_hours\": {}, \"changes_per_day\": {}, "
                     "\"saturated_share\": {}, \"cost_at_0.1%\": {}, \"cost_at_1%\": {}, "
                     "\"cost_within_0.1%\": {}, \"cost_within_1%\": {}}}",
                     separator, json_string(policy.policy), number_or_null(run.knob), number_or_null(run.score.cost),
                     number_or_null(run.score.violating_share), run.score.violation_minutes,
                     number_or_null(run.score.instance_hours), number_or_null(run.score.changes_per_day),
                     number_or_null(run.score.saturated_share), number_or_null(policy.cost_at_01),
                     number_or_null(policy.cost_at_1), number_or_null(policy.cost_within(0.001)),
                     number_or_null(policy.cost_within(0.01)));
      separator = ",\n  ";
    }
  }
  return out + "\n ]}\n";
}

Result<void> prepare_folder(const std::string& directory) {
  const std::filesystem::path folder(directory), decisions = folder / "decisions";
  std::error_code error;
  std::filesystem::create_directories(decisions, error);
  if (error)
    return fail(error == std::errc::no_space_on_device ? ErrorCode::storage_full : ErrorCode::permission_denied,
                fmt::format("{}: cannot be made: {}", decisions.string(), error.message()));
  for (const auto& each : {folder, decisions}) {
    if (::access(each.c_str(), W_OK | X_OK) != 0)
      return fail(ErrorCode::permission_denied, fmt::format("{}: cannot be written", each.string()));
  }
  return {};
}

Result<void> write_backtest(const BacktestResult& result, const Trace& trace, const std::string& directory) {
  const std::filesystem::path folder(directory);
  if (auto prepared = prepare_folder(directory); !prepared) return prepared;
  for (const auto& policy : result.policies) {
    for (const auto& run : policy.runs) {
      const auto path = folder / "decisions" / fmt::format("{}@{}.csv", policy.policy, run.knob);
      if (auto written = write_file(path, format_decisions(trace, run.decisions)); !written) return written;
    }
  }
  return write_file(folder / "summary.json", summary_json(result));
}

}  // namespace almanac::simulation
