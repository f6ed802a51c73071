#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/result.h"

namespace almanac::calendar {

// The text as JSON. `report_twice` is told each key that stands twice in one object (the last one counts).
// invalid_input says line and column and what is wrong there, in words for the person who wrote the file: a comma
// before a closing bracket, a text that ends too early.
Result<nlohmann::json> parse_document(std::string_view text, const std::function<void(std::string key)>& report_twice);

// A value inside a message: "an object", "a list", "null", a text in quotes, a number as it is written.
std::string describe(const nlohmann::json& value);

}  // namespace almanac::calendar
