#include "app/lambda/function.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "app/decision_line.h"
#include "control/group.h"
#include "core/json_writer.h"
#include "wiring/session.h"

namespace almanac::app {
namespace {

// A first piece of work of the kind takes at least this long on the slowest function that is worth running.
Duration least_time(Work work) {
  switch (work) {
    case Work::train:
      return Duration{20};
    case Work::tick:
      return Duration{4};
    default:
      return Duration{3};
  }
}

Duration whole_seconds(std::chrono::steady_clock::duration elapsed) {
  return std::chrono::ceil<Duration>(elapsed);
}

}  // namespace

struct Function::Event {
  std::optional<Timestamp> now;
  std::vector<std::string> groups;
  bool dry_run = false;
  bool no_lstm = false;
  bool when_due = false;
};

// What is kept between invocations.
struct Function::Kept {
  std::optional<wiring::Session> session;
  std::map<std::string, std::unique_ptr<control::Group>> groups;
};

struct Function::Turn {
  control::Group& group;
  wiring::Session& session;
  const Event& event;
  JsonWriter& json;

  const std::string& name() const { return group.name(); }
};

Function::Function(wiring::Config config, Work work, std::shared_ptr<const ports::Clock> clock,
                   std::function<void(const LogLine&)> log)
    : config_(std::move(config)),
      work_(work),
      clock_(std::move(clock)),
      log_(std::move(log)),
      budget_(least_time(work)),
      kept_(std::make_unique<Kept>()) {}

Function::~Function() = default;

void Function::log(std::string_view level, std::string_view group, std::string_view message) const {
  log_({clock_->now(), level, to_string(work_), request_id_, group, message});
}

Result<Function::Event> Function::read_event(const std::string& payload) const {
  Event event;
  const auto json = nlohmann::json::parse(payload, nullptr, false);
  if (json.is_discarded()) return fail(ErrorCode::invalid_input, "the event is not JSON");
  if (!json.is_object()) return event;
  if (const auto now = json.find("now"); now != json.end()) {
    if (!now->is_string()) return fail(ErrorCode::invalid_input, "event: now: expected a time as text");
    const auto time = parse_timestamp(now->get_ref<const std::string&>());
    if (!time) return tl::unexpected(with_context(time.error(), "event: now"));
    event.now = *time;
  }
  if (const auto groups = json.find("groups"); groups != json.end()) {
    const bool names =
        groups->is_array() && std::all_of(groups->begin(), groups->end(), [](const auto& g) { return g.is_string(); });
    if (!names) return fail(ErrorCode::invalid_input, "event: groups: expected a list of names");
    event.groups = groups->get<std::vector<std::string>>();
  }
  for (const auto& [key, flag] : {std::pair{"dry_run", &event.dry_run}, std::pair{"no_lstm", &event.no_lstm},
                                  std::pair{"when_due", &event.when_due}}) {
    const auto value = json.find(key);
    if (value == json.end()) continue;
    if (!value->is_boolean())
      return fail(ErrorCode::invalid_input, fmt::format("event: {}: expected true or false", key));
    *flag = value->get<bool>();
  }
  return event;
}

Result<void> Function::open_session(Timestamp now) {
  if (!kept_->session) {
    wiring::SessionOptions options;
    options.now = now;
    auto session = wiring::Session::open(config_, options);
    if (!session) return tl::unexpected(session.error());
    kept_->session = std::move(*session);
  }
  kept_->session->set_now(now);
  return {};
}

Result<std::vector<const wiring::GroupConfig*>> Function::chosen(const Event& event) const {
  if (event.groups.empty()) return kept_->session->groups();
  std::vector<const wiring::GroupConfig*> groups;
  for (const std::string& name : event.groups) {
    const auto group = kept_->session->config().group(name);
    if (!group) return tl::unexpected(with_context(group.error(), "event: groups"));
    groups.push_back(*group);
  }
  return groups;
}

Result<std::string> Function::handle(const serving::lambda::Invocation& invocation) {
  request_id_ = invocation.request_id;
  const auto failed = [&](Error error) -> Result<std::string> {
    log("ERROR", "", error.message);
    return tl::unexpected(std::move(error));
  };
  const auto event = read_event(invocation.payload);
  if (!event) return failed(event.error());
  if (auto open = open_session(event->now.value_or(clock_->now())); !open) return failed(open.error());
  const auto groups = chosen(*event);
  if (!groups) return failed(groups.error());

  std::string results;
  std::vector<Error> errors;
  for (const wiring::GroupConfig* group : *groups) {
    Result<std::string> result;
    if (auto enough = budget_.check(clock_->now(), invocation.deadline); !enough) {
      result = tl::unexpected(enough.error());
    } else {
      const auto begun = std::chrono::steady_clock::now();
      result = run_group(*group, *event);
      budget_.took(whole_seconds(std::chrono::steady_clock::now() - begun));
    }
    if (result) {
      results += (results.empty() ? "" : ",") + *result;
    } else {
      kept_->groups.erase(group->name);
      log("ERROR", group->name, result.error().message);
      errors.push_back(with_context(result.error(), group->name));
    }
  }
  if (errors.empty()) return fmt::format("{{\"groups\":[{}]}}", results);
  Error all{errors.front().code, fmt::format("{} of {} groups failed: ", errors.size(), groups->size())};
  for (const Error& error : errors) all.message += (&error == &errors.front() ? "" : "; ") + error.message;
  return tl::unexpected(std::move(all));
}

Result<control::Group*> Function::warm(const wiring::GroupConfig& config) {
  auto& kept = kept_->groups[config.name];
  if (kept && kept->advance_to(kept_->session->now())) return kept.get();
  kept.reset();
  auto group = kept_->session->group(config);
  if (!group) return tl::unexpected(group.error());
  kept = std::move(*group);
  return kept.get();
}

Result<std::string> Function::run_group(const wiring::GroupConfig& group, const Event& event) {
  auto kept = warm(group);
  if (!kept) return tl::unexpected(kept.error());
  JsonWriter json;
  json.begin_object();
  json.field("group", group.name);
  Turn turn{**kept, *kept_->session, event, json};
  Result<void> done;
  switch (work_) {
    case Work::collect:
      done = collect(turn);
      break;
    case Work::train:
      done = train(turn);
      break;
    case Work::scale:
      done = scale(turn);
      break;
    case Work::tick:
      done = tick(turn);
      break;
  }
  if (!done) return tl::unexpected(done.error());
  json.end_object();
  return json.text();
}

Result<void> Function::collect(Turn& turn) {
  const auto report = turn.group.collect(turn.session.now());
  if (!report) return tl::unexpected(report.error());
  turn.json.field("added", report->rows.added);
  turn.json.field("changed", report->rows.changed);
  turn.json.field("last_row", report->last_row ? std::optional(format_timestamp(*report->last_row)) : std::nullopt);
  for (const std::string& notice : report->notices) log("WARN", turn.name(), notice);
  log("INFO", turn.name(), fmt::format("{} rows added, {} changed", report->rows.added, report->rows.changed));
  return {};
}

Result<void> Function::train(Turn& turn) {
  const auto report = turn.group.train(turn.session.now(), {.use_lstm = !turn.event.no_lstm});
  if (!report) return tl::unexpected(report.error());
  turn.json.field("winner", report->winner);
  turn.json.field("rows", report->rows);
  turn.json.field("model_bytes", report->model_bytes);
  for (const std::string& notice : report->notices) log("WARN", turn.name(), notice);
  log("INFO", turn.name(), fmt::format("trained on {} rows; {} in use", report->rows, report->winner));
  return {};
}

namespace {

void describe(const control::ScaleReport& report, JsonWriter& json) {
  json.field("decision", decision_line(report.record, report.repeated));
  json.field("desired", report.record.decision.desired);
  json.field("health", to_string(report.record.decision.health));
  json.field("outcome", records::to_string(report.record.outcome.kind));
  json.field("repeated", report.repeated);
}

}  // namespace

Result<void> Function::scale(Turn& turn) {
  auto notifiers = turn.session.notifiers();
  if (!notifiers) return tl::unexpected(notifiers.error());
  control::ScaleOptions options;
  options.dry_run = turn.event.dry_run;
  options.notifiers = std::move(*notifiers);
  const auto report = turn.group.scale(turn.session.now(), options);
  if (!report) return tl::unexpected(report.error());
  describe(*report, turn.json);
  for (const std::string& notice : report->record.notices) log("WARN", turn.name(), notice);
  log("INFO", turn.name(), decision_line(report->record, report->repeated));
  return {};
}

Result<void> Function::tick(Turn& turn) {
  const auto notifiers = turn.session.notifiers();
  if (!notifiers) return tl::unexpected(notifiers.error());
  const auto report = turn.group.tick(turn.session.now(),
                                      {.dry_run = turn.event.dry_run, .when_due = turn.event.when_due}, {}, *notifiers);
  if (!report) return tl::unexpected(report.error());
  if (report->waiting) {
    turn.json.field("waiting", *report->waiting);
    if (report->uncollected) log("WARN", turn.name(), report->uncollected->message);
    return {};
  }
  turn.json.field("added",
                  report->collected ? std::optional<std::size_t>(report->collected->rows.added) : std::nullopt);
  describe(report->scaled, turn.json);
  if (turn.event.when_due && report->scaled.repeated) return {};  // a call of the minutes after the decision
  for (const std::string& notice : report->scaled.record.notices) log("WARN", turn.name(), notice);
  log("INFO", turn.name(), decision_line(report->scaled.record, report->scaled.repeated));
  return {};
}

}  // namespace almanac::app
