#pragma once

#include <cstddef>
#include <string_view>

#include "core/result.h"
#include "serving/http/service.h"

namespace almanac::serving {

// Reads the JSON body of a write into `action`, whose kind says which fields there may be and must be: pause needs
// "until", floor "until" and "capacity", mode "mode"; "who" and "why" are welcome everywhere. An empty body is {}.
// "until" is ISO 8601 or seconds since the epoch. invalid_input names the field, unknown ones too.
Result<void> read_action_body(std::string_view body, Action& action);

// {"days": 14}; 14 where it is missing.
Result<int> read_backtest_body(std::string_view body);

inline constexpr int kMostBacktestDays = 366;
inline constexpr std::size_t kLongestWho = 200;   // characters
inline constexpr std::size_t kLongestWhy = 1000;  // characters

}  // namespace almanac::serving
