#include "records/record.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace almanac::records {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kHealths{Health::full, Health::fallback, Health::reactive, Health::hold};
constexpr std::array kOutcomes{Outcome::Kind::open, Outcome::Kind::not_sent, Outcome::Kind::accepted,
                               Outcome::Kind::refused};
constexpr std::array kKinds{ports::NotificationKind::degraded,          ports::NotificationKind::recovered,
                            ports::NotificationKind::event_not_applied, ports::NotificationKind::calendar_stale,
                            ports::NotificationKind::at_maximum,        ports::NotificationKind::write_refused,
                            ports::NotificationKind::reverted};

template <typename Enum, std::size_t N>
Enum read_name(const Json& value, const std::array<Enum, N>& all) {
  for (const Enum candidate : all) {
    if (value.get_ref<const std::string&>() == to_string(candidate)) return candidate;
  }
  throw std::runtime_error("unknown word " + value.dump());
}

Timestamp read_time(const Json& value) {
  const auto time = parse_timestamp(value.get_ref<const std::string&>());
  if (!time) throw std::runtime_error(time.error().message);
  return *time;
}

Json optional_time(const std::optional<Timestamp>& time) {
  return time ? Json(format_timestamp(*time)) : Json(nullptr);
}

Json write_state(const planning::PlannerState& state) {
  Json recent = Json::array();
  for (const auto& [time, capacity] : state.recent) recent.push_back({format_timestamp(time), capacity});
  return {{"budget",
           {{"position", state.budget.position},
            {"hours", state.budget.hours},
            {"counted_until", optional_time(state.budget.counted_until)}}},
          {"recent", recent},
          {"last_tick", optional_time(state.last_tick)}};
}

planning::PlannerState read_state(const Json& json) {
  planning::PlannerState state;
  const Json& budget = json.at("budget");
  state.budget.position = budget.at("position").get<double>();
  state.budget.hours = budget.at("hours").get<double>();
  if (!budget.at("counted_until").is_null()) state.budget.counted_until = read_time(budget.at("counted_until"));
  for (const Json& entry : json.at("recent")) {
    state.recent.emplace_back(read_time(entry.at(0)), entry.at(1).get<int>());
  }
  if (!json.at("last_tick").is_null()) state.last_tick = read_time(json.at("last_tick"));
  return state;
}

Decision read_decision(const Json& json) {
  Decision d;
  d.now = read_time(json.at("now"));
  d.dry_run = json.at("dry_run").get<bool>();
  d.group = json.at("group").get<std::string>();
  d.health = read_name(json.at("health"), kHealths);
  d.forecaster = json.at("forecaster").get<std::string>();
  d.cover_window = {read_time(json.at("cover_window").at(0)), read_time(json.at("cover_window").at(1))};
  d.lead_time = Duration{json.at("lead_time_seconds").get<long long>()};
  d.rows_used = json.at("rows_used").get<int>();
  for (const Json& pair : json.at("demand_quantiles")) {
    d.demand_quantiles[pair.at(0).get<double>()] = pair.at(1).get<double>();
  }
  d.events = json.at("events").get<std::vector<std::string>>();
  for (const Json& stage : json.at("stages")) {
    d.stages.push_back(
        {stage.at("name").get<std::string>(), stage.at("capacity").get<int>(), stage.at("reason").get<std::string>()});
  }
  d.desired_before = json.at("desired_before").get<int>();
  d.desired = json.at("desired").get<int>();
  if (!json.at("desired_without_calendar").is_null()) {
    d.desired_without_calendar = json.at("desired_without_calendar").get<int>();
  }
  return d;
}

Json write_blockers(const std::vector<ports::Blocker>& blockers) {
  Json all = Json::array();
  for (const ports::Blocker& b : blockers) {
    all.push_back({{"kind", ports::to_string(b.kind)}, {"words", b.words}, {"advice", b.advice}});
  }
  return all;
}

std::vector<ports::Blocker> read_blockers(const Json& json) {
  std::vector<ports::Blocker> blockers;
  for (const Json& b : json) {
    blockers.push_back({read_name(b.at("kind"), ports::kBlockerKinds), b.at("words").get<std::string>(),
                        b.at("advice").get<std::string>()});
  }
  return blockers;
}

// Lines of older versions hold the names of the processes that the cloud had suspended, and whether it was replacing
// instances.
std::vector<ports::Blocker> read_older_blockers(const Json& group) {
  using Kind = ports::Blocker::Kind;
  static const std::map<std::string, Kind, std::less<>> kinds{{"Launch", Kind::cannot_launch},
                                                              {"Terminate", Kind::cannot_terminate},
                                                              {"ScheduledActions", Kind::floor_stands_still},
                                                              {"AlarmNotification", Kind::others_stand_still}};
  std::vector<ports::Blocker> blockers;
  for (const Json& process : group.at("suspended_processes")) {
    const auto& name = process.get_ref<const std::string&>();
    const auto known = kinds.find(name);
    blockers.push_back(
        {known == kinds.end() ? Kind::other : known->second, fmt::format("the process {} is suspended", name), ""});
  }
  if (group.at("refreshing").get<bool>())
    blockers.push_back({Kind::being_replaced, "instances are being replaced", ""});
  return blockers;
}

Json write_group(const std::optional<ports::GroupState>& group) {
  if (!group) return nullptr;
  Json json{{"min", group->min},
            {"max", group->max},
            {"desired", group->desired},
            {"in_service", group->counted ? Json(group->in_service) : Json(nullptr)},
            {"pending", group->pending},
            {"standby", group->standby},
            {"blockers", write_blockers(group->blockers)},
            {"raised_minimum", group->raised_minimum ? Json(*group->raised_minimum) : Json(nullptr)}};
  if (group->unit != CapacityUnit::instances) {
    json["unit"] = to_string(group->unit);
    json["largest_weight"] = group->largest_weight;
    json["instances"] = group->instances ? Json(*group->instances) : Json(nullptr);
  }
  if (!group->unit_problem.empty()) json["unit_problem"] = group->unit_problem;
  return json;
}

std::optional<ports::GroupState> read_group(const Json& json) {
  if (json.is_null()) return std::nullopt;
  ports::GroupState group;
  group.min = json.at("min").get<int>();
  group.max = json.at("max").get<int>();
  group.desired = json.at("desired").get<int>();
  group.counted = !json.at("in_service").is_null();
  group.in_service = group.counted ? json.at("in_service").get<int>() : group.desired;
  group.pending = json.at("pending").get<int>();
  group.standby = json.at("standby").get<int>();
  group.blockers = json.contains("blockers") ? read_blockers(json.at("blockers")) : read_older_blockers(json);
  if (!json.at("raised_minimum").is_null()) group.raised_minimum = json.at("raised_minimum").get<int>();
  if (json.contains("unit")) {
    const auto unit = capacity_unit_of(json.at("unit").get_ref<const std::string&>());
    if (!unit) throw std::runtime_error("unknown unit " + json.at("unit").dump());
    group.unit = *unit;
    group.largest_weight = json.at("largest_weight").get<int>();
    if (!json.at("instances").is_null()) group.instances = json.at("instances").get<int>();
  }
  if (json.contains("unit_problem")) group.unit_problem = json.at("unit_problem").get<std::string>();
  return group;
}

Json write_conditions(const std::vector<Condition>& conditions) {
  Json all = Json::array();
  for (const Condition& c : conditions) {
    all.push_back({{"kind", ports::to_string(c.kind)}, {"subject", c.subject}, {"text", c.text}, {"told", c.told}});
  }
  return all;
}

std::vector<Condition> read_conditions(const Json& json) {
  std::vector<Condition> conditions;
  for (const Json& c : json) {
    conditions.push_back({read_name(c.at("kind"), kKinds), c.at("subject").get<std::string>(),
                          c.at("text").get<std::string>(), c.at("told").get<bool>()});
  }
  return conditions;
}

// What lines of older versions do not have.
void read_newer(const Json& json, Record& record) {
  if (json.contains("mode")) {
    const auto mode = planning::mode_of(json.at("mode").get_ref<const std::string&>());
    if (!mode) throw std::runtime_error("unknown mode " + json.at("mode").dump());
    record.mode = *mode;
  }
  if (json.contains("overrides") && !json.at("overrides").is_null()) {
    auto overrides = overrides_from_json(json.at("overrides").dump());
    if (!overrides) throw std::runtime_error(overrides.error().message);
    record.overrides = std::move(*overrides);
  }
  if (json.contains("group_state")) record.group = read_group(json.at("group_state"));
  if (json.contains("floor_until") && !json.at("floor_until").is_null()) {
    record.floor_until = read_time(json.at("floor_until"));
  }
  for (const auto& [key, time] :
       {std::pair{"decided_at", &record.decided_at}, {"metrics_until", &record.metrics_until}})
    if (json.contains(key) && !json.at(key).is_null()) *time = read_time(json.at(key));
  if (json.contains("conditions")) record.conditions = read_conditions(json.at("conditions"));
}

}  // namespace

std::string_view to_string(Outcome::Kind kind) {
  switch (kind) {
    case Outcome::Kind::open:
      return "open";
    case Outcome::Kind::not_sent:
      return "not_sent";
    case Outcome::Kind::accepted:
      return "accepted";
    case Outcome::Kind::refused:
      return "refused";
  }
  return "unknown";
}

std::string to_json(const Record& record) {
  const Decision& d = record.decision;
  Json quantiles = Json::array();
  for (const auto& [probability, demand] : d.demand_quantiles) quantiles.push_back({probability, demand});
  Json stages = Json::array();
  for (const Stage& stage : d.stages) {
    stages.push_back({{"name", stage.name}, {"capacity", stage.capacity}, {"reason", stage.reason}});
  }
  // `now` and `dry_run` come first: the ledger finds a line by its beginning.
  const Json json{
      {"now", format_timestamp(d.now)},
      {"dry_run", d.dry_run},
      {"group", d.group},
      {"health", to_string(d.health)},
      {"forecaster", d.forecaster},
      {"cover_window", {format_timestamp(d.cover_window.start), format_timestamp(d.cover_window.end)}},
      {"lead_time_seconds", d.lead_time.count()},
      {"rows_used", d.rows_used},
      {"demand_quantiles", quantiles},
      {"events", d.events},
      {"stages", stages},
      {"desired_before", d.desired_before},
      {"desired", d.desired},
      {"desired_without_calendar", d.desired_without_calendar ? Json(*d.desired_without_calendar) : Json(nullptr)},
      {"mode", to_string(record.mode)},
      {"group_state", write_group(record.group)},
      {"floor_until", optional_time(record.floor_until)},
      {"decided_at", optional_time(record.decided_at)},
      {"metrics_until", optional_time(record.metrics_until)},
      {"overrides", record.overrides.none() ? Json(nullptr) : Json::parse(to_json(record.overrides))},
      {"outcome", {{"kind", to_string(record.outcome.kind)}, {"message", record.outcome.message}}},
      {"notices", record.notices},
      {"conditions", write_conditions(record.conditions)},
      {"state", write_state(record.state)},
  };
  // Names come from calendars and clouds: bytes that are not UTF-8 are replaced, never thrown at.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Record> from_json(std::string_view line) {
  try {
    const Json json = Json::parse(line);
    Record record;
    record.decision = read_decision(json);
    record.outcome = {read_name(json.at("outcome").at("kind"), kOutcomes),
                      json.at("outcome").at("message").get<std::string>()};
    record.notices = json.at("notices").get<std::vector<std::string>>();
    record.state = read_state(json.at("state"));
    read_newer(json, record);
    return record;
  } catch (const std::exception& error) {
    return fail(ErrorCode::corrupt, fmt::format("is not a decision record: {}", error.what()));
  }
}

}  // namespace almanac::records
