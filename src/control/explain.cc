#include "control/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "planning/error_budget.h"

namespace almanac::control {
namespace {

std::string headline(const records::Record& record) {
  const Decision& d = record.decision;
  const std::string desired = counted(d.desired, record.unit());
  if (record.mode == planning::Mode::floor) {
    if (d.desired == d.desired_before) return fmt::format("keep a minimum of {}", desired);
    return fmt::format("{} the minimum from {} to {}", d.desired > d.desired_before ? "raise" : "lower",
                       d.desired_before, desired);
  }
  if (d.desired > d.desired_before) return fmt::format("scale out from {} to {}", d.desired_before, desired);
  if (d.desired < d.desired_before) return fmt::format("scale in from {} to {}", d.desired_before, desired);
  return fmt::format("keep {}", desired);
}

std::string health_words(const Decision& d) {
  switch (d.health) {
    case Health::full:
      return fmt::format("the calibrated forecast of the group's best forecaster ({})", d.forecaster);
    case Health::fallback:
      return "no model could be used; the seasonal naive forecast stood in";
    case Health::reactive:
      return "no forecast could be trusted; the decision followed the load that was arriving";
    case Health::hold:
      return "metrics were missing or stale; the capacity was held, which never scales in";
  }
  return "";
}

// "busy instances" (or units) is the unit of demand; the first use says what it is.
std::string demand_words(const records::Record& record) {
  const auto& q = record.decision.demand_quantiles;
  if (q.empty()) return "";
  std::string text =
      fmt::format("Peak demand expected in the window, in busy {0} ({0} at 100 % CPU):", words(record.unit()));
  const char* separator = " ";
  for (const auto& [probability, demand] : q) {
    if (std::abs(probability - 0.5) < 1e-9) {
      text += fmt::format("{}as likely above as below {:.1f}", separator, demand);
    } else {
      text += fmt::format("{}{:g} % sure below {:.1f}", separator, probability * 100, demand);
    }
    separator = "; ";
  }
  return text + ".\n";
}

std::string counterfactual_words(const records::Record& record) {
  const Decision& d = record.decision;
  if (!d.desired_without_calendar) {
    return d.events.empty() ? "Calendar: no event touches the window.\n" : "";
  }
  const int without = *d.desired_without_calendar;
  const int difference = d.desired - without;
  if (difference == 0) return fmt::format("Without the calendar: the same, {}.\n", counted(without, record.unit()));
  return fmt::format("Without the calendar: {}; the calendar {} {}.\n", counted(without, record.unit()),
                     difference > 0 ? "added" : "spared", counted(std::abs(difference), record.unit()));
}

std::string outcome_words(const records::Record& record) {
  const std::string& message = record.outcome.message;
  const std::string tail = message.empty() ? std::string(".") : fmt::format(": {}.", message);
  std::string asked = counted(record.decision.desired, record.unit());
  if (record.mode == planning::Mode::floor) asked = "a minimum of " + asked;
  if (record.mode == planning::Mode::floor && record.floor_until) {
    asked += " until " + format_timestamp(*record.floor_until);
  }
  switch (record.outcome.kind) {
    case records::Outcome::Kind::open:
      return "Sent: to be sent; no answer is recorded.\n";
    case records::Outcome::Kind::not_sent:
      return fmt::format("Sent: nothing{}\n", tail);
    case records::Outcome::Kind::accepted:
      return fmt::format("Sent: {}, accepted by the group{}\n", asked, tail);
    case records::Outcome::Kind::refused:
      return fmt::format("Sent: {}, NOT accepted{}\n", asked, tail);
  }
  return "";
}

std::string override_words(const records::Record& record) {
  const records::Overrides& set = record.overrides;
  std::string text;
  const auto line = [&](const std::string& words) { text += fmt::format("Override: {}.\n", words); };
  if (set.pause) line(describe(*set.pause));
  if (set.floor) line(describe(*set.floor));
  if (set.mode) line(describe(*set.mode));
  return text;
}

// Why demand is left above the objective's utilisation: the price of it, and what stood against paying that.
std::string price_words(const records::Record& record) {
  const std::vector<Stage>& stages = record.decision.stages;
  if (stages.empty() || stages.front().name != "newsvendor") return "";
  const auto grid = planning::lambda_grid();
  std::string text = fmt::format(
      "Price: the error budget pays {:.3g} {} to spare one busy {} of violating demand ({:g} to {:g}; more "
      "after hours that violated more than the objective allows, less after others). What is still expected above "
      "the objective's utilisation was cheaper to let through.\n",
      price_at(record.state.budget.position), words(record.unit()), word(record.unit()), grid.front(), grid.back());
  if (record.decision.desired >= stages.front().capacity) return text;
  std::size_t lowest = 1;  // the stage that took most away
  for (std::size_t i = 1; i < stages.size(); ++i) {
    if (stages[i].capacity - stages[i - 1].capacity < stages[lowest].capacity - stages[lowest - 1].capacity) lowest = i;
  }
  return text + fmt::format("Bound: {} left {} of the {} that the price asked for: {}.\n", stages[lowest].name,
                            stages[lowest].capacity, counted(stages.front().capacity, record.unit()),
                            stages[lowest].reason);
}

}  // namespace

double price_at(double position) {
  const auto grid = planning::lambda_grid();
  const double x = std::clamp(position, 0.0, static_cast<double>(grid.size() - 1));
  const auto low = static_cast<std::size_t>(x);
  const std::size_t high = std::min(low + 1, grid.size() - 1);
  return grid[low] * std::pow(grid[high] / grid[low], x - static_cast<double>(low));
}

std::string explain(const records::Record& record, const calendar::Calendar& calendar) {
  const Decision& d = record.decision;
  std::string text = fmt::format("{} at {} ({}): {}{}\n", d.group, format_timestamp(d.now), calendar.local_time(d.now),
                                 headline(record), d.dry_run ? " (dry run: recorded, not sent)" : "");
  text += fmt::format("\nBasis: {}; {} rows.\n", health_words(d), d.rows_used);
  if (!d.cover_window.empty()) {
    text += fmt::format("Window: an instance takes {} to serve, so the decision must hold until {} ({}).\n",
                        format_duration(d.lead_time), format_timestamp(d.cover_window.end),
                        calendar.local_time(d.cover_window.end));
  }
  text += demand_words(record);
  text += override_words(record);
  if (!d.events.empty()) text += fmt::format("Calendar: {}.\n", fmt::join(d.events, ", "));
  std::size_t width = 0;
  for (const Stage& stage : d.stages) width = std::max(width, stage.name.size());
  text += "\nStage by stage:\n";
  int number = 0;
  for (const Stage& stage : d.stages) {
    text += fmt::format("  {}. {:<{}}  {:>4}  {}\n", ++number, stage.name, width, stage.capacity, stage.reason);
  }
  text += fmt::format("\n{}{}{}", price_words(record), counterfactual_words(record), outcome_words(record));
  for (const std::string& notice : record.notices) text += fmt::format("Notice: {}\n", notice);
  return text;
}

}  // namespace almanac::control
