#include "records/action_log.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace almanac::records {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kAttempts = 16;

Timestamp read_time(const Json& value) {
  const auto time = parse_timestamp(value.get_ref<const std::string&>());
  if (!time) throw std::runtime_error(time.error().message);
  return *time;
}

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

}  // namespace

std::string to_json(const Action& action) {
  const Json json{{"time", format_timestamp(action.time)},
                  {"action", action.action},
                  {"who", action.who},
                  {"why", action.why},
                  {"until", action.until ? Json(format_timestamp(*action.until)) : Json(nullptr)},
                  {"capacity", or_null(action.capacity)},
                  {"mode", or_null(action.mode)},
                  {"failed", action.failed.empty() ? Json(nullptr) : Json(action.failed)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Action> action_from_json(std::string_view line) {
  try {
    const Json json = Json::parse(line);
    Action action;
    action.time = read_time(json.at("time"));
    action.action = json.at("action").get<std::string>();
    action.who = json.at("who").get<std::string>();
    action.why = json.at("why").get<std::string>();
    if (!json.at("until").is_null()) action.until = read_time(json.at("until"));
    if (!json.at("capacity").is_null()) action.capacity = json.at("capacity").get<int>();
    if (!json.at("mode").is_null()) action.mode = json.at("mode").get<std::string>();
    if (!json.at("failed").is_null()) action.failed = json.at("failed").get<std::string>();
    return action;
  } catch (const std::exception& error) {
    return fail(ErrorCode::corrupt, fmt::format("is not an action: {}", error.what()));
  }
}

std::string ActionLog::key_of(Timestamp time) const {
  return fmt::format("{}/actions/{}.jsonl", group_, format_timestamp(time).substr(0, 10));
}

Result<void> ActionLog::add(const Action& action) {
  const std::string key = key_of(action.time);
  const std::string line = to_json(action) + "\n";
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto object = store_.get(key);
    if (!object && object.error().code != ErrorCode::not_found) {
      return tl::unexpected(with_context(object.error(), key));
    }
    std::string bytes = object ? object->bytes : std::string();
    if (!bytes.empty() && bytes.back() != '\n') bytes += '\n';
    bytes += line;
    const auto put =
        store_.put(key, bytes, object ? ports::PutCondition::if_match(object->etag) : ports::PutCondition::if_absent());
    if (put) return {};
    if (put.error().code != ErrorCode::conflict) return tl::unexpected(with_context(put.error(), key));
  }
  return fail(ErrorCode::conflict, fmt::format("{}: other writers were faster {} times", key, kAttempts));
}

Result<std::vector<Action>> ActionLog::between(TimeRange range) const {
  std::vector<Action> found;
  if (range.empty()) return found;
  const auto keys = store_.list(group_ + "/actions/");
  if (!keys) return tl::unexpected(keys.error());
  for (const std::string& key : *keys) {
    if (key < key_of(range.start) || key > key_of(range.end) || !key.ends_with(".jsonl")) continue;
    const auto object = store_.get(key);
    if (!object) return tl::unexpected(with_context(object.error(), key));
    std::string_view rest = object->bytes;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      if (auto action = action_from_json(rest.substr(0, end)); action && range.contains(action->time)) {
        found.push_back(std::move(*action));
      }
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return found;
}

}  // namespace almanac::records
