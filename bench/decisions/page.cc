#include "page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "phases.h"
#include "statements.h"

namespace almanac::bench {
namespace {

using nlohmann::json;
using Records = std::vector<const json*>;
using Number = std::function<std::optional<double>(const json&)>;

// A trace at a launch delay.
struct Setting {
  std::string trace;
  int boot = 0;
  auto operator<=>(const Setting&) const = default;
  std::string title() const { return fmt::format("{}, launch delay {} minutes", trace, boot); }
};

Setting setting_of(const json& record) {
  return {record.at("trace").get<std::string>(), record.at("boot").get<int>()};
}

Records part_of(const std::vector<json>& results, const std::string& part) {
  Records found;
  for (const json& record : results)
    if (record.at("part") == part) found.push_back(&record);
  return found;
}

std::vector<Setting> settings_of(const Records& records) {
  std::set<Setting> settings;
  for (const json* record : records) settings.insert(setting_of(*record));
  return {settings.begin(), settings.end()};
}

Records of_setting(const Records& records, const Setting& setting) {
  Records found;
  for (const json* record : records)
    if (setting_of(*record) == setting) found.push_back(record);
  return found;
}

Records of_row(const Records& records, const std::string& row) {
  Records found;
  for (const json* record : records)
    if (record->at("row") == row) found.push_back(record);
  return found;
}

// In a fixed order: threads finish as they like.
std::vector<std::string> rows_of(const Records& records) {
  static const std::vector<std::string> kOrder{"the whole method",
                                               "no calendar",
                                               "no analogues",
                                               "no calibration apart near events",
                                               "no volatility",
                                               "no additive errors in the mixture",
                                               "no experts",
                                               "no controller: the price stays where it starts",
                                               "no minute of the hour, no hourly references",
                                               "no 1-minute peaks",
                                               "no network_in",
                                               "with bytes_out as the network metric",
                                               "decisions every minute",
                                               "every metric",
                                               "without network_in",
                                               "without request_count",
                                               "without request_count and network_in",
                                               "always lstm+trees",
                                               "always lstm",
                                               "always trees",
                                               "always linear",
                                               "always seasonal_naive"};
  std::set<std::string> names;
  for (const json* record : records) names.insert(record->at("row").get<std::string>());
  std::vector<std::string> rows(names.begin(), names.end());
  const auto place = [](const std::string& name) { return std::find(kOrder.begin(), kOrder.end(), name); };
  std::stable_sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
  return rows;
}

std::optional<double> optional_number(const json& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<double>());
}

Number field(const char* name) {
  return [name](const json& record) { return optional_number(record.at(name)); };
}

// "share" or "cost" of the run at a stated objective.
Number stated(double objective, const char* name) {
  return [=](const json& record) -> std::optional<double> {
    for (const json& run : record.at("stated"))
      if (run.at("knob") == objective) return run.at(name).get<double>();
    return std::nullopt;
  };
}

// "1.310 (1.290..1.330)"; one seed has no spread; a seed that never gets there is counted, not averaged.
std::string mean_and_spread(const Records& records, const Number& number, double scale, int digits) {
  double sum = 0, least = INFINITY, most = -INFINITY;
  int known = 0;
  for (const json* record : records) {
    const auto value = number(*record);
    if (!value) continue;
    sum += *value * scale;
    least = std::min(least, *value * scale);
    most = std::max(most, *value * scale);
    ++known;
  }
  const int never = static_cast<int>(records.size()) - known;
  if (known == 0) return "never";
  std::string text = fmt::format("{:.{}f}", sum / known, digits);
  if (known > 1) text += fmt::format(" ({:.{}f}..{:.{}f})", least, digits, most, digits);
  return never > 0 ? text + fmt::format(", never in {}", never) : text;
}

double mean(const Records& records, const Number& number) {
  double sum = 0, known = 0;
  for (const json* record : records)
    if (const auto value = number(*record)) sum += *value, known += 1;
  return known > 0 ? sum / known : NAN;
}

// Mean of the seeds that both have, relative to `whole`: "+4.2 %".
std::string change(const Records& records, const Records& whole, const Number& number) {
  double sum = 0, known = 0;
  for (const json* record : records)
    for (const json* other : whole) {
      if (record->at("seed") != other->at("seed")) continue;
      const auto a = number(*record), b = number(*other);
      if (a && b) sum += *a / *b - 1, known += 1;
    }
  return known > 0 ? fmt::format("{:+.1f} %", 100 * sum / known) : "-";
}

std::string costs_table(const Records& records, const std::vector<std::string>& rows, const Records& whole) {
  std::string text =
      "| | seeds | cost at 0.1 % | | cost at 1 % | | stated 0.1 %: share %, cost | stated 1 %: share %, cost |\n"
      "|---|---|---|---|---|---|---|---|\n";
  for (const std::string& row : rows) {
    const Records of = of_row(records, row);
    if (of.empty()) continue;
    const auto both = [&](double objective) {
      return mean_and_spread(of, stated(objective, "share"), 100, 2) + ", " +
             mean_and_spread(of, stated(objective, "cost"), 1, 3);
    };
    const bool itself = !whole.empty() && whole.front()->at("row") == row;
    text += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} |\n", row, of.size(),
                        mean_and_spread(of, field("cost_01"), 1, 3), itself ? "" : change(of, whole, field("cost_01")),
                        mean_and_spread(of, field("cost_1"), 1, 3), itself ? "" : change(of, whole, field("cost_1")),
                        both(0.001), both(0.01));
  }
  return text;
}

bool is_bound(const std::string& policy) {
  return policy.starts_with("clairvoyant");
}

std::string peers_line(const Records& peers, const char* name, const char* share) {
  std::string best;
  double least = INFINITY;
  for (const json* record : peers)
    for (const json& peer : record->at("peers")) {
      const auto cost = optional_number(peer.at(name));
      const auto policy = peer.at("policy").get<std::string>();
      if (cost && !is_bound(policy) && *cost < least) least = *cost, best = policy;
    }
  return best.empty() ? fmt::format("no peer reaches {}", share) : fmt::format("{:.3f} ({}) at {}", least, best, share);
}

std::string ablations(const std::vector<json>& results) {
  const Records all = part_of(results, "ablation");
  std::string text =
      "## What each part is worth\n\n"
      "Each row takes one part away, or changes it, and leaves all else. The change is the mean over the seeds that "
      "both\n"
      "rows have, relative to the whole method: more is worse. `always X` uses one forecaster throughout, calibrated "
      "like\n"
      "every other.\n";
  for (const Setting& setting : settings_of(all)) {
    const Records records = of_setting(all, setting);
    text += fmt::format("\n### {}\n\n", setting.title());
    text += costs_table(records, rows_of(records), of_row(records, "the whole method"));
    const Records peers = of_setting(part_of(results, "peers"), setting);
    if (!peers.empty())
      text += fmt::format("\nBest peers: {}, {}.\n", peers_line(peers, "cost_01", "0.1 %"),
                          peers_line(peers, "cost_1", "1 %"));
    if (of_row(records, "decisions every minute").empty())
      text +=
          "\nDecisions every minute were not measured: rows, windows and references are then five times as many, and\n"
          "a walk takes many times as long (`--every-minute` adds the row).\n";
    if (of_row(records, "no network_in").empty())
      text += "\nWhether network_in helps is asked below, of traces that have it.\n";
  }
  return text;
}

std::string wrong_calendars(const std::vector<json>& results) {
  const Records all = part_of(results, "calendars");
  std::string text =
      "\n## Calendars that are wrong\n\n"
      "Before the test window the calendar is true; in it, it is wrong in one of these ways, which also spoils what "
      "is\n"
      "learned there. Matches that start together are one occasion: one in five of those is announced once more on a "
      "free\n"
      "day nearby (a cancelled event, or one entered by mistake), is missing, or is announced an hour early and an "
      "hour "
      "late\n"
      "in turns; last, all are. The change is against the true calendar.\n";
  if (all.empty()) text += "\nNot measured yet.\n";
  for (const Setting& setting : settings_of(all)) {
    Records records = of_setting(all, setting);
    const Records right = of_setting(part_of(results, "ablation"), setting);
    const Records whole = of_row(right, "the whole method"), none = of_row(right, "no calendar");
    std::vector<std::string> rows = rows_of(records);
    rows.insert(rows.begin(), "the whole method");
    rows.push_back("no calendar");
    records.insert(records.end(), whole.begin(), whole.end());
    records.insert(records.end(), none.begin(), none.end());
    text += fmt::format("\n### {}\n\n{}", setting.title(), costs_table(records, rows, whole));
  }
  return text;
}

std::optional<double> cost_at_share(const json& peer, double share) {
  std::vector<simulation::FrontPoint> points;
  for (const json& run : peer.at("runs")) points.push_back({run.at("share"), run.at("cost")});
  return simulation::cost_at(points, share);
}

struct PeerRun {
  std::string policy;
  const json* run = nullptr;
  double cost = 0;  // of its front at the share
};

// The peer that is cheapest at that share (on its sweep's front), by its cheapest setting that stays within it.
PeerRun best_peer(const json& peers, double share) {
  PeerRun best;
  double least = INFINITY;
  for (const json& peer : peers.at("peers")) {
    const auto policy = peer.at("policy").get<std::string>();
    const auto cost = cost_at_share(peer, share);
    if (is_bound(policy) || !cost || *cost >= least) continue;
    const json* chosen = nullptr;
    for (const json& run : peer.at("runs"))
      if (run.at("share") <= share && (!chosen || run.at("cost") < chosen->at("cost"))) chosen = &run;
    if (chosen) least = *cost, best = {policy, chosen, *cost};
  }
  return best;
}

std::string phase_row(const std::string& name, const json& run) {
  std::string text =
      fmt::format("| {} | {:.3f} | {:.3f} |", name, run.at("cost").get<double>(), 100 * run.at("share").get<double>());
  for (const json& phase : run.at("phases"))
    text += fmt::format(" {:.3f} |", 100 * phase.at("violating").get<double>());
  return text + "\n";
}

std::string phases(const std::vector<json>& results) {
  std::string text =
      "\n## When requests violate\n\n"
      "Violating requests by phase of announced events, in % of ALL requests of the test window, so that a row adds up "
      "to\n"
      "its share. Almanac was given the objective and nothing else (the lowest seed); the peer is the cheapest at the "
      "share\n"
      "that Almanac realised, by its cheapest setting within that share, chosen in hindsight (in brackets what its "
      "sweep\n"
      "costs at that very share).\n";
  const Records peers = part_of(results, "peers");
  bool any = false;
  for (const json* record : peers) {
    const Records whole = of_row(of_setting(part_of(results, "ablation"), setting_of(*record)), "the whole method");
    if (whole.empty()) continue;
    any = true;
    const json& one = **std::min_element(whole.begin(), whole.end(),
                                         [](const json* a, const json* b) { return a->at("seed") < b->at("seed"); });
    text += fmt::format("\n### {}\n\n| | cost | share % |", setting_of(*record).title());
    for (const auto name : kPhaseNames) text += fmt::format(" {} |", name);
    text += "\n|---|---|---|---|---|---|---|---|---|\n";
    text += "| requests there, % of all | | |";
    for (const json& phase : one.at("stated").front().at("phases"))
      text += fmt::format(" {:.1f} |", 100 * phase.at("requests").get<double>());
    text += "\n";
    for (const json& run : one.at("stated")) {
      const double objective = run.at("knob"), share = run.at("share");
      text += phase_row(fmt::format("Almanac, stated {:g} %", 100 * objective), run);
      const PeerRun peer = best_peer(*record, share);
      text += peer.run
                  ? phase_row(fmt::format("{} within {:.3f} % (sweep: {:.3f})", peer.policy, 100 * share, peer.cost),
                              *peer.run)
                  : fmt::format("| no peer reaches {:.3f} % | | | | | | | | |\n", 100 * share);
    }
  }
  return any ? text : text + "\nNot measured yet.\n";
}

std::string metrics(const std::vector<json>& results) {
  const Records all = part_of(results, "metrics");
  std::string text =
      "\n## What each metric adds\n\n"
      "First the costs, by the true demand; then the out-of-sample pinball loss (of the .5 and .9 quantiles of "
      "log(peak "
      "/\n"
      "base), mean of the last 28 days) of each forecaster with network_in and without. Where request_count is taken "
      "away,\n"
      "demand is told from CPU and the instances in service of a group that target tracking ran, full at times and "
      "without\n"
      "1-minute peaks: its losses are of another target and cannot be compared. bitbrains has no request_count.\n";
  if (all.empty()) return text + "\nNot measured yet.\n";
  for (const Setting& setting : settings_of(all)) {
    const Records records = of_setting(all, setting);
    const Records with = of_row(records, "every metric"), without = of_row(records, "without network_in");
    if (with.empty() || without.empty()) continue;
    text += fmt::format("\n### {}\n\n{}", setting.title(), costs_table(records, rows_of(records), with));
    text += fmt::format("\n| pinball loss ({} seeds) | with network_in | without | change |\n|---|---|---|---|\n",
                        std::min(with.size(), without.size()));
    for (const json& entry : with.front()->at("forecasters")) {
      const auto name = entry.at("forecaster").get<std::string>();
      const Number loss = [name](const json& record) -> std::optional<double> {
        for (const json& score : record.at("forecasters"))
          if (score.at("forecaster") == name) return score.at("pinball").get<double>();
        return std::nullopt;
      };
      text += fmt::format("| {} | {} | {} | {} |\n", name, mean_and_spread(with, loss, 1, 5),
                          mean_and_spread(without, loss, 1, 5), change(without, with, loss));
    }
  }
  return text;
}

std::string times(const std::vector<json>& results) {
  std::string text =
      "\n## Time of each part\n\n"
      "CPU time is the calling thread's: the trees may grow in another beside it. Wall clock depends on who else used "
      "the\n"
      "machine; CPU time less so.\n\n"
      "| | part | wall clock s | CPU s |\n|---|---|---|---|\n";
  for (const char* part : {"ablation", "metrics"}) {
    const Records all = part_of(results, part);
    for (const Setting& setting : settings_of(all)) {
      Records fitted;
      for (const json* record : of_setting(all, setting))
        if (record->at("row") == "the whole method" || record->at("row") == "every metric") fitted.push_back(record);
      if (fitted.empty()) continue;
      text += fmt::format("| {} | training, a refit every day | {:.0f} | |\n", setting.title(),
                          mean(fitted, field("train_seconds")));
      text += fmt::format("| | deciding, {:.0f} ticks | {:.1f} | |\n", mean(fitted, field("ticks")),
                          mean(fitted, field("decide_seconds")));
      text += fmt::format("| | both | {:.0f} | {:.0f} |\n",
                          mean(fitted, field("train_seconds")) + mean(fitted, field("decide_seconds")),
                          mean(fitted, field("cpu_seconds")));
      text += fmt::format("| | playing the sweep and the objectives | | {:.1f} |\n",
                          mean(fitted, field("play_cpu_seconds")));
      for (const json* peers : of_setting(part_of(results, "peers"), setting))
        text += fmt::format("| | every peer, swept | {:.0f} | {:.0f} |\n", peers->at("wall_seconds").get<double>(),
                            peers->at("cpu_seconds").get<double>());
    }
  }
  return text;
}

std::string versions(const std::vector<json>& results) {
  std::set<std::string> versions, seeds;
  for (const json& record : results) {
    versions.insert(record.at("version").get<std::string>());
    if (record.at("seed") != 0) seeds.insert(fmt::format("{}", record.at("seed").get<int>()));
  }
  return fmt::format("Measured with version {}; {} rows, seeds {} (not every row has every seed).",
                     fmt::join(versions, ", "), results.size(), fmt::join(seeds, ", "));
}

}  // namespace

std::string page_of(const std::vector<json>& results, const std::string& note) {
  std::string text =
      "# What each part of the decisions is worth\n\n"
      "Made by `make bench-decisions` (`bench/decisions.sh build TRACES_DIR`), which plays the production code with "
      "one\n"
      "part taken away at a time. `cost at 0.1 %` and `cost at 1 %` are read off the sweep of Almanac's price as on "
      "[the\n"
      "page of traces](traces.md); `stated` is what came of stating that objective: the share of requests that "
      "violated and\n"
      "the cost. Figures are means over seeds, with the least and the most in brackets. With one seed there is no "
      "spread,\n"
      "and differences of a few per cent at 0.1 % mean nothing.\n\n";
  return text + versions(results) + "\n\n" + (note.empty() ? "" : note + "\n\n") + ablations(results) +
         wrong_calendars(results) + statements_section(results) + phases(results) + metrics(results) + times(results);
}

}  // namespace almanac::bench
