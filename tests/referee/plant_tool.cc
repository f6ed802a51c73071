// Lets a test in another language play and score on the simulated group:
//   plant_tool score TRACE DECISIONS BOOT START END       the score as JSON
//   plant_tool backtest TRACE BOOT START END OUT POLICY...   a sweep; summary.json and decisions/ in OUT
// BOOT in minutes, START and END are times.
#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "simulation/backtest.h"

namespace {

using namespace almanac;
using namespace almanac::simulation;

int complain(const std::string& message) {
  fmt::print(stderr, "plant_tool: {}\n", message);
  return 1;
}

struct Setting {
  Trace trace;
  Plant plant;
  TestWindow window;
};

Result<Setting> setting(const std::string& path, const std::string& boot, const std::string& start,
                        const std::string& end) {
  auto trace = load_trace(path);
  if (!trace) return tl::unexpected(trace.error());
  const auto plant = plant_for(*trace, kMinute * std::stoi(boot));
  if (!plant) return tl::unexpected(plant.error());
  const auto from = parse_timestamp(start);
  if (!from) return tl::unexpected(from.error());
  const auto to = parse_timestamp(end);
  if (!to) return tl::unexpected(to.error());
  const auto window = test_window(*trace, *from, *to);
  if (!window) return tl::unexpected(window.error());
  return Setting{std::move(*trace), *plant, *window};
}

int score_decisions(const Setting& given, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  const auto decisions = parse_decisions(text.str(), path, given.trace, given.plant);
  if (!decisions) return complain(decisions.error().message);
  const auto result = score(given.trace.demand.values, expand(*decisions, given.window.to), given.plant,
                            given.window.from, given.window.to);
  fmt::print(
      "{{\"cost\": {}, \"viol_share\": {}, \"viol_minutes\": {}, \"instance_hours\": {}, \"changes_per_day\": {}, "
      "\"saturated_share\": {}, \"clairvoyant_hours\": {}, \"minutes\": {}, \"c\": {}}}\n",
      result.cost, result.violating_share, result.violation_minutes, result.instance_hours, result.changes_per_day,
      result.saturated_share, result.clairvoyant_hours, result.minutes, given.plant.unit_capacity);
  return 0;
}

int sweep(const Setting& given, const std::string& directory, const std::vector<std::string>& names) {
  const auto policies = select_policies(peers(), names);
  if (!policies) return complain(policies.error().message);
  BacktestConfig config;
  config.trace = &given.trace;
  config.plant = given.plant;
  config.window = given.window;
  config.policies = *policies;
  const auto written = write_backtest(run_backtest(config), given.trace, directory);
  return written ? 0 : complain(written.error().message);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 6 && words[0] == "score") {
    const auto given = setting(words[1], words[3], words[4], words[5]);
    return given ? score_decisions(*given, words[2]) : complain(given.error().message);
  }
  if (words.size() >= 7 && words[0] == "backtest") {
    const auto given = setting(words[1], words[2], words[3], words[4]);
    return given ? sweep(*given, words[5], {words.begin() + 6, words.end()}) : complain(given.error().message);
  }
  return complain("expected score TRACE DECISIONS BOOT START END or backtest TRACE BOOT START END OUT POLICY...");
}
