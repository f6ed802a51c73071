#include "serving/http/action_body.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "serving/http/target.h"
#include "serving/http/text.h"

namespace almanac::serving {
namespace {

using Json = nlohmann::json;

constexpr int kMostInstances = 1'000'000;
constexpr long long kLastSecond = 253402300799;  // 9999-12-31T23:59:59Z
constexpr int kDeepest = 4;                      // the bodies are flat; more is an attack on the parser's stack

Result<Json> parse_object(std::string_view body, const std::vector<std::string_view>& known) {
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) return Json::object();
  bool too_deep = false;
  const auto watch = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kDeepest;
    return depth <= kDeepest;
  };
  Json json = Json::parse(body, watch, /*allow_exceptions=*/false);
  if (json.is_discarded() || !json.is_object() || too_deep) {
    return fail(ErrorCode::invalid_input, "the body must be a JSON object");
  }
  for (const auto& [key, value] : json.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return fail(ErrorCode::invalid_input,
                  fmt::format("'{}' is not known here (expected: {})", shown(key), fmt::join(known, ", ")));
    }
  }
  return json;
}

bool has(const Json& json, const char* name) {
  return json.contains(name) && !json[name].is_null();
}

Result<std::string> read_text(const Json& json, const char* name, std::size_t longest) {
  if (!has(json, name)) return std::string();
  if (!json[name].is_string() || characters(json[name].get_ref<const std::string&>()) > longest) {
    return fail(ErrorCode::invalid_input, fmt::format("{}: expected a text of at most {} characters", name, longest));
  }
  return without_control_characters(json[name].get_ref<const std::string&>());
}

Result<long long> read_whole(const Json& json, const char* name, long long least, long long most) {
  // 20.0 is a whole number too, for JSON Schema and for those whose language has no others. All limits are far below
  // where doubles stop being exact.
  const double value = has(json, name) && json[name].is_number() ? json[name].get<double>() : std::nan("");
  if (value == std::floor(value) && value >= static_cast<double>(least) && value <= static_cast<double>(most)) {
    return static_cast<long long>(value);
  }
  return fail(ErrorCode::invalid_input, fmt::format("{}: expected a whole number from {} to {}", name, least, most));
}

// As in parameters of an address. Older clients send numbers.
Result<Timestamp> read_time(const Json& json, const char* name) {
  if (has(json, name) && json[name].is_string()) {
    return parse_time(name, without_control_characters(json[name].get_ref<const std::string&>()));
  }
  const auto seconds = read_whole(json, name, 0, kLastSecond);
  if (seconds) return Timestamp(Duration(*seconds));
  return fail(ErrorCode::invalid_input,
              fmt::format("{}: expected a time like 2026-11-27T08:00:00Z, or whole seconds since 1970", name));
}

std::vector<std::string_view> fields_of(ActionKind kind) {
  switch (kind) {
    case ActionKind::pause:
      return {"until", "why", "who"};
    case ActionKind::floor:
      return {"capacity", "until", "why", "who"};
    case ActionKind::mode:
      return {"mode", "until", "why", "who"};
    case ActionKind::resume:
    case ActionKind::clear_floor:
    case ActionKind::clear_mode:
    case ActionKind::train:
      break;
  }
  return {"why", "who"};
}

Result<void> read_fields(const Json& json, Action& action) {
  const bool must_end = action.kind == ActionKind::pause || action.kind == ActionKind::floor;
  if (must_end || (action.kind == ActionKind::mode && has(json, "until"))) {
    const auto until = read_time(json, "until");
    if (!until) return tl::unexpected(until.error());
    action.until = *until;
  }
  if (action.kind == ActionKind::floor) {
    const auto capacity = read_whole(json, "capacity", 0, kMostInstances);
    if (!capacity) return tl::unexpected(capacity.error());
    action.capacity = static_cast<int>(*capacity);
  }
  if (action.kind == ActionKind::mode) {
    const auto mode = read_text(json, "mode", 20);
    if (!mode || (*mode != "observe" && *mode != "floor" && *mode != "own")) {
      return fail(ErrorCode::invalid_input, "mode: expected observe, floor or own");
    }
    action.mode = *mode;
  }
  return {};
}

}  // namespace

Result<void> read_action_body(std::string_view body, Action& action) {
  const auto json = parse_object(body, fields_of(action.kind));
  if (!json) return tl::unexpected(json.error());
  const auto who = read_text(*json, "who", kLongestWho);
  if (!who) return tl::unexpected(who.error());
  const auto why = read_text(*json, "why", kLongestWhy);
  if (!why) return tl::unexpected(why.error());
  action.who = *who;
  action.why = *why;
  return read_fields(*json, action);
}

Result<int> read_backtest_body(std::string_view body) {
  const auto json = parse_object(body, {"days"});
  if (!json) return tl::unexpected(json.error());
  if (!has(*json, "days")) return 14;
  const auto days = read_whole(*json, "days", 1, kMostBacktestDays);
  if (!days) return tl::unexpected(days.error());
  return static_cast<int>(*days);
}

}  // namespace almanac::serving
