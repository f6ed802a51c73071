#include "serving/http/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "serving/http/target.h"
#include "serving/http/text.h"

namespace almanac::serving {
namespace {

using Json = nlohmann::json;

constexpr int kDeepest = 4;  // the bodies are flat; more is an attack on the parser's stack

}  // namespace

Result<Fields> Fields::read(std::string_view body, const std::vector<std::string_view>& known) {
  Fields fields;
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) return fields;
  bool too_deep = false;
  const auto watch = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kDeepest;
    return depth <= kDeepest;
  };
  const Json json = Json::parse(body, watch, /*allow_exceptions=*/false);
  if (json.is_discarded() || !json.is_object() || too_deep) {
    return fail(ErrorCode::invalid_input, "the body must be a JSON object");
  }
  for (const auto& [key, value] : json.items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      return fail(ErrorCode::invalid_input,
                  fmt::format("'{}' is not known here (expected: {})", shown(key), fmt::join(known, ", ")));
    }
    if (value.is_null()) continue;
    Value& field = fields.values_[key];
    if (value.is_string()) field = value.get<std::string>();
    if (value.is_number()) field = value.get<double>();
  }
  return fields;
}

bool Fields::has(std::string_view name) const {
  return values_.find(name) != values_.end();
}

Result<std::string> Fields::text(std::string_view name, std::size_t longest) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::string();
  const auto* text = std::get_if<std::string>(&found->second);
  if (text == nullptr || characters(*text) > longest) {
    return fail(ErrorCode::invalid_input, fmt::format("{}: expected a text of at most {} characters", name, longest));
  }
  return without_control_characters(*text);
}

Result<long long> Fields::whole(std::string_view name, long long least, long long most) const {
  // 20.0 is a whole number too, for JSON Schema and for those whose language has no others. All limits are far below
  // where doubles stop being exact.
  const auto found = values_.find(name);
  const auto* value = found == values_.end() ? nullptr : std::get_if<double>(&found->second);
  if (value != nullptr && *value == std::floor(*value) && *value >= static_cast<double>(least) &&
      *value <= static_cast<double>(most)) {
    return static_cast<long long>(*value);
  }
  return fail(ErrorCode::invalid_input, fmt::format("{}: expected a whole number from {} to {}", name, least, most));
}

Result<Timestamp> Fields::time(std::string_view name) const {
  const auto found = values_.find(name);
  if (found != values_.end()) {
    // As in parameters of an address.
    if (const auto* text = std::get_if<std::string>(&found->second)) {
      return parse_time(name, without_control_characters(*text));
    }
  }
  // Older clients send numbers.
  if (const auto seconds = whole(name, 0, kLastSecond)) return Timestamp(Duration(*seconds));
  return fail(ErrorCode::invalid_input,
              fmt::format("{}: expected a time like 2026-11-27T08:00:00Z, or whole seconds since 1970", name));
}

}  // namespace almanac::serving
