#include <fmt/format.h>

#include <algorithm>

#include "core/series.h"
#include "insight/answers.h"
#include "insight/insight.h"
#include "insight/json.h"
#include "insight/load_trace.h"

namespace almanac::insight {
namespace {

using simulation::BacktestRun;
using simulation::PolicyResult;

// The stated objectives are told in words: their knob is no headroom. The clairvoyant without a launch delay is what
// costs are relative to; on a plant with one its violations mean nothing.
bool in_table(const PolicyResult& policy) {
  return policy.policy != "almanac_objective" && policy.policy != "clairvoyant";
}

void put_policy(JsonWriter& json, const PolicyResult& policy, double objective) {
  const BacktestRun& run = policy.shown(objective);
  json.begin_object();
  json.field("policy", policy.policy);
  put_number(json, "cost_at_0.1%", policy.cost_at_01);
  put_number(json, "cost_at_1%", policy.cost_at_1);
  put_number(json, "cost_within_0.1%", policy.cost_within(0.001));
  put_number(json, "cost_within_1%", policy.cost_within(0.01));
  json.field("knob_name", policy.knob);
  put_number(json, "knob", run.knob);
  put_number(json, "cost", run.score.cost);
  put_share(json, "violating_share", run.score.violating_share);
  json.field("violation_minutes", run.score.violation_minutes);
  put_number(json, "instance_hours", run.score.instance_hours);
  put_number(json, "changes_per_day", run.score.changes_per_day);
  json.end_object();
}

// The runs that no other run of the policy beats on both counts, from few violations to low cost.
std::vector<const BacktestRun*> front_of(const PolicyResult& policy) {
  std::vector<const BacktestRun*> runs;
  for (const BacktestRun& run : policy.runs) runs.push_back(&run);
  std::stable_sort(runs.begin(), runs.end(), [](const auto* a, const auto* b) {
    return std::pair(a->score.violating_share, a->score.cost) < std::pair(b->score.violating_share, b->score.cost);
  });
  std::vector<const BacktestRun*> front;
  for (const BacktestRun* run : runs)
    if (front.empty() || run->score.cost < front.back()->score.cost - 1e-12) front.push_back(run);
  return front;
}

void put_result(JsonWriter& json, const BacktestAnswer& answer) {
  const simulation::BacktestResult& result = answer.result;
  json.begin_object();
  put_time(json, "from", result.window.start);
  put_time(json, "to", result.window.end);
  json.field("boot_minutes", result.plant.boot);
  json.field("forecaster", answer.winner);
  json.key("policies");
  json.begin_array();
  for (const PolicyResult& policy : result.policies)
    if (in_table(policy)) put_policy(json, policy, answer.objective);
  json.end_array();
  json.key("fronts");
  json.begin_array();
  for (const PolicyResult& policy : result.policies) {
    if (policy.runs.size() < 2 || !in_table(policy)) continue;
    json.begin_object();
    json.field("policy", policy.policy);
    json.field("knob_name", policy.knob);
    json.key("points");
    json.begin_array();
    for (const BacktestRun* run : front_of(policy)) {
      json.begin_object();
      put_share(json, "violating_share", run->score.violating_share);
      put_number(json, "cost", run->score.cost);
      put_number(json, "knob", run->knob);
      json.end_object();
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
  put_strings(json, "objective", simulation::objective_lines(result));
  json.end_object();
}

std::string backtest_answer(const BacktestJobs::Status& status) {
  JsonWriter json;
  json.begin_object();
  json.field("id", status.id);
  json.field("group", status.group);
  json.field("state", to_string(status.state));
  json.key("progress");
  json.begin_object();
  put_number(json, "share", status.share);
  json.field("stage", status.stage);
  json.end_object();
  json.key("error");
  status.error.empty() ? json.null() : json.value(status.error);
  json.key("result");
  status.answer ? put_result(json, *status.answer) : json.null();
  json.end_object();
  return json.text();
}

}  // namespace

Result<std::string> Insight::start_backtest(const std::string& name, int days) {
  if (auto fits = check_days(days, kMostBacktestDays); !fits) return tl::unexpected(fits.error());
  const auto found = this->view(name);
  if (!found) return tl::unexpected(found.error());
  const GroupView& view = **found;
  // The controller is warmed up on two weeks before the window, and the first model learns from what lies before those.
  constexpr Duration kBehind{(14 + 42) * kDay}, kLeastBehind{kWeek};
  BacktestRequest request;
  request.group = name;
  request.window = {std::max(view.tick - kDay * days, view.known.history.start), view.tick};
  if (request.window.start - view.known.history.start < kLeastBehind) {
    return fail(ErrorCode::invalid_input,
                fmt::format("a backtest of {} days needs a week of history before them; there are {} in all", days,
                            format_duration(
                                floor_to(Timestamp{view.tick - view.known.history.start}, kHour).time_since_epoch())));
  }
  request.trace = load_trace(view.known, {request.window.start - kBehind, view.tick});
  request.trace.name = name;
  request.calendar = view.calendar.calendar;
  request.plant = {1, static_cast<int>((view.lead_time() + kMinute - Duration{1}) / kMinute),
                   view.settings.policy.utilisation, view.limits().min, view.limits().max};
  request.interval = interval_;
  request.seed = view.settings.seed;
  request.use_lstm = view.settings.use_lstm;
  request.objective = view.settings.policy.objective;
  const auto id = jobs_.start(std::move(request));
  if (!id) return tl::unexpected(id.error());
  JsonWriter json;
  json.begin_object();
  json.field("id", *id);
  json.end_object();
  return json.text();
}

Result<std::string> Insight::backtest(const std::string& id) {
  const auto status = jobs_.status(id);
  if (!status) return tl::unexpected(status.error());
  return backtest_answer(*status);
}

Result<void> Insight::cancel_backtest(const std::string& id) {
  return jobs_.cancel(id);
}

}  // namespace almanac::insight
