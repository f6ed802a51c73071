#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "planning/planner.h"

namespace almanac::app {

// The built-in group that needs no cloud: a shop whose load is a function of the seed and the time.
struct SimulatedSource {
  std::uint64_t seed = 1;
  Duration boot{480};           // launch to in service
  Duration history{56 * kDay};  // how far back the first `collect` finds rows
};

// Rows of a CSV file (any of the forms `almanac import` reads), as if they arrived with time.
struct CsvSource {
  std::filesystem::path path;
};

struct GroupConfig {
  std::string name;
  std::optional<SimulatedSource> simulated;  // exactly one of simulated and csv
  std::optional<CsvSource> csv;
  std::vector<std::filesystem::path> calendars;  // besides <store>/<group>/business_calendar.json and *.ics
  planning::Policy policy;                       // objective, min, max, mode, kind
  std::optional<double> capacity_per_instance;   // requests/s of one instance at 100 % CPU; empty: estimated
  std::optional<Duration> lead_time;             // empty: measured from the group's launches
};

struct Config {
  std::string origin;           // file the settings come from, or "built-in defaults"
  std::filesystem::path store;  // the folder that stands for the object store
  Duration interval{300};
  std::vector<GroupConfig> groups;

  // not_found lists the names there are.
  Result<const GroupConfig*> group(std::string_view name) const;
};

// What holds where there is no almanac.yaml: one simulated group `shop`, kept in ./almanac-data.
Config default_config();

// Settings of an almanac.yaml. `origin` names the file in messages; relative paths are relative to `folder`.
// invalid_input holds every mistake found, one a line: "almanac.yaml:7:12: groups[0].scaling.min: expected ...".
Result<Config> parse_config(std::string_view text, const std::string& origin, const std::filesystem::path& folder);

// parse_config of a file. not_found, permission_denied, invalid_input.
Result<Config> load_config(const std::filesystem::path& file);

// Every key the parser knows, "groups[].scaling.min": docs/almanac.schema.json lists the same (a test compares).
std::vector<std::string> config_keys();

// The known word nearest to `word` by edit distance, if near enough to be a slip of the finger.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace almanac::app
