#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace almanac::adapters::aws {

// Looks an environment variable up; nothing when it is missing or empty.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;

// That of this process.
Environment process_environment();

// A fixed one, for tests.
Environment fixed_environment(std::map<std::string, std::string, std::less<>> variables);

// The switch of a variable: "true" in any case. Nothing when missing.
std::optional<bool> switched_on(const Environment& environment, std::string_view name);

}  // namespace almanac::adapters::aws
