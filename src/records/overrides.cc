#include "records/overrides.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "records/action_log.h"

namespace almanac::records {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kAttempts = 16;
constexpr Duration kLongest{366 * kDay};
constexpr std::size_t kLongestText = 500;
constexpr int kLargestCapacity = 1000000;

std::string by(const Origin& origin) {
  return fmt::format("by {}{}{}", origin.who, origin.why.empty() ? "" : ": ", origin.why);
}

Timestamp read_time(const Json& value) {
  if (value.is_number_integer()) return Timestamp{Duration{value.get<long long>()}};
  const auto time = parse_timestamp(value.get_ref<const std::string&>());
  if (!time) throw std::runtime_error(time.error().message);
  return *time;
}

Json with_origin(Json json, const Origin& origin) {
  json["why"] = origin.why;
  json["who"] = origin.who;
  json["since"] = format_timestamp(origin.since);
  return json;
}

Origin read_origin(const Json& json) {
  return {json.at("who").get<std::string>(), json.at("why").get<std::string>(), read_time(json.at("since"))};
}

const Json* part_of(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found == json.end() || found->is_null() ? nullptr : &*found;
}

Result<void> check(const Change& change, Timestamp now) {
  const bool needs_end = change.kind == Change::Kind::pause || change.kind == Change::Kind::floor;
  const bool has_end = needs_end || change.kind == Change::Kind::mode;
  if (change.who.empty()) return fail(ErrorCode::invalid_input, "expected who asks for it, found nothing");
  if (change.who.size() > kLongestText || change.why.size() > kLongestText) {
    return fail(ErrorCode::invalid_input, fmt::format("expected who and why of at most {} bytes each", kLongestText));
  }
  if (needs_end && !change.until) {
    return fail(ErrorCode::invalid_input, fmt::format("a {} needs an end: say until when, such as 2h or {}",
                                                      to_string(change.kind), format_timestamp(now + 2 * kHour)));
  }
  if (has_end && change.until && (*change.until <= now || *change.until > now + kLongest)) {
    return fail(ErrorCode::invalid_input, fmt::format("expected an end after {} and within a year, found {}",
                                                      format_timestamp(now), format_timestamp(*change.until)));
  }
  if (change.kind == Change::Kind::floor && (change.capacity < 0 || change.capacity > kLargestCapacity)) {
    return fail(ErrorCode::invalid_input,
                fmt::format("expected a floor of 0 to {} instances, found {}", kLargestCapacity, change.capacity));
  }
  return {};
}

Overrides changed(Overrides overrides, const Change& change, Timestamp now) {
  const Origin origin{change.who, change.why, now};
  switch (change.kind) {
    case Change::Kind::pause:
      overrides.pause = {*change.until, origin};
      break;
    case Change::Kind::resume:
      overrides.pause.reset();
      break;
    case Change::Kind::floor:
      overrides.floor = {change.capacity, *change.until, origin};
      break;
    case Change::Kind::clear_floor:
      overrides.floor.reset();
      break;
    case Change::Kind::mode:
      overrides.mode = {change.mode, change.until, origin};
      break;
    case Change::Kind::clear_mode:
      overrides.mode.reset();
      break;
  }
  return overrides;
}

Action action_of(const Change& change, Timestamp now) {
  Action action;
  action.time = now;
  action.action = to_string(change.kind);
  action.who = change.who;
  action.why = change.why;
  action.until = change.until;
  if (change.kind == Change::Kind::floor) action.capacity = change.capacity;
  if (change.kind == Change::Kind::mode) action.mode = to_string(change.mode);
  return action;
}

}  // namespace

std::string_view to_string(Change::Kind kind) {
  switch (kind) {
    case Change::Kind::pause:
      return "pause";
    case Change::Kind::resume:
      return "resume";
    case Change::Kind::floor:
      return "floor";
    case Change::Kind::clear_floor:
      return "clear_floor";
    case Change::Kind::mode:
      return "mode";
    case Change::Kind::clear_mode:
      return "clear_mode";
  }
  return "unknown";
}

Overrides Overrides::at(Timestamp now) const {
  Overrides left = *this;
  if (left.pause && left.pause->until <= now) left.pause.reset();
  if (left.floor && left.floor->until <= now) left.floor.reset();
  if (left.mode && left.mode->until && *left.mode->until <= now) left.mode.reset();
  return left;
}

std::string describe(const Overrides::Pause& pause) {
  return fmt::format("paused until {} {}", format_timestamp(pause.until), by(pause.origin));
}

std::string describe(const Overrides::Floor& floor) {
  return fmt::format("a floor of {} until {} {}", floor.capacity, format_timestamp(floor.until), by(floor.origin));
}

std::string describe(const Overrides::ModeChange& mode) {
  return fmt::format("mode {} {}{}", to_string(mode.mode),
                     mode.until ? fmt::format("until {} ", format_timestamp(*mode.until)) : "", by(mode.origin));
}

std::string to_json(const Overrides& overrides) {
  Json json{{"pause", nullptr}, {"floor", nullptr}, {"mode", nullptr}};
  if (const auto& pause = overrides.pause) {
    json["pause"] = with_origin({{"until", format_timestamp(pause->until)}}, pause->origin);
  }
  if (const auto& floor = overrides.floor) {
    json["floor"] =
        with_origin({{"capacity", floor->capacity}, {"until", format_timestamp(floor->until)}}, floor->origin);
  }
  if (const auto& mode = overrides.mode) {
    const Json until = mode->until ? Json(format_timestamp(*mode->until)) : Json(nullptr);
    json["mode"] = with_origin({{"mode", to_string(mode->mode)}, {"until", until}}, mode->origin);
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Overrides> overrides_from_json(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    if (!json.is_object()) throw std::runtime_error("it is no object");
    Overrides overrides;
    if (const Json* pause = part_of(json, "pause")) {
      overrides.pause = {read_time(pause->at("until")), read_origin(*pause)};
    }
    if (const Json* floor = part_of(json, "floor")) {
      overrides.floor = {floor->at("capacity").get<int>(), read_time(floor->at("until")), read_origin(*floor)};
    }
    if (const Json* mode = part_of(json, "mode")) {
      const auto named = planning::mode_of(mode->at("mode").get_ref<const std::string&>());
      if (!named) throw std::runtime_error("unknown mode " + mode->at("mode").dump());
      const Json* until = part_of(*mode, "until");
      overrides.mode = {*named, until ? std::optional(read_time(*until)) : std::nullopt, read_origin(*mode)};
    }
    return overrides;
  } catch (const std::exception& error) {
    return fail(ErrorCode::corrupt, fmt::format("these are no overrides: {}", error.what()));
  }
}

Result<Overrides> OverrideStore::load() const {
  const auto object = store_.get(key());
  if (!object && object.error().code == ErrorCode::not_found) return Overrides{};
  if (!object) return tl::unexpected(with_context(object.error(), key()));
  auto overrides = overrides_from_json(object->bytes);
  if (!overrides) return tl::unexpected(with_context(overrides.error(), key()));
  return overrides;
}

Result<Overrides> OverrideStore::apply(const Change& change, Timestamp now) {
  if (auto valid = check(change, now); !valid) return tl::unexpected(valid.error());
  ActionLog log(store_, group_);
  Action action = action_of(change, now);
  if (auto recorded = log.add(action); !recorded) {
    return tl::unexpected(with_context(recorded.error(), "the change could not be recorded, so it was not made"));
  }
  auto written = write(change, now);
  if (!written) {
    action.failed = written.error().message;
    (void)log.add(action);  // the store is in trouble; the caller hears of it either way
  }
  return written;
}

Result<Overrides> OverrideStore::write(const Change& change, Timestamp now) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto object = store_.get(key());
    if (!object && object.error().code != ErrorCode::not_found) {
      return tl::unexpected(with_context(object.error(), key()));
    }
    const Overrides before = object ? overrides_from_json(object->bytes).value_or(Overrides{}) : Overrides{};
    const Overrides after = changed(before.at(now), change, now);
    const auto put =
        store_.put(key(), to_json(after) + "\n",
                   object ? ports::PutCondition::if_match(object->etag) : ports::PutCondition::if_absent());
    if (put) return after;
    if (put.error().code != ErrorCode::conflict) return tl::unexpected(with_context(put.error(), key()));
  }
  return fail(ErrorCode::conflict, fmt::format("{}: other writers were faster {} times", key(), kAttempts));
}

}  // namespace almanac::records
