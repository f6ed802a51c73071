#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/result.h"
#include "wiring/config.h"

namespace almanac::app {

using Environment = std::function<std::optional<std::string>(const std::string&)>;

// The configuration of a function: the YAML in $ALMANAC_CONFIG_YAML, else almanac.yaml in $LAMBDA_TASK_ROOT (beside the
// program in the zip), else the file named by $ALMANAC_CONFIG. There is no built-in default: a function that steers a
// simulated shop is a mistake. not_found, and the errors of load_config.
Result<wiring::Config> function_config(const Environment& environment);

// What an invocation does for every group.
enum class Work { collect, train, scale, tick };

// The function's handler ($_HANDLER, the property Handler): collect, train, scale or tick. invalid_input.
Result<Work> function_work(const Environment& environment);
std::string to_string(Work work);

}  // namespace almanac::app
