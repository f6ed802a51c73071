#include "adapters/aws/client/environment.h"

#include <cstdlib>
#include <utility>

#include "adapters/aws/client/text.h"

namespace almanac::adapters::aws {

Environment process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return value;
  };
}

Environment fixed_environment(std::map<std::string, std::string, std::less<>> variables) {
  return [variables = std::move(variables)](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end() || found->second.empty()) return std::nullopt;
    return found->second;
  };
}

std::optional<bool> switched_on(const Environment& environment, std::string_view name) {
  const auto value = environment(name);
  if (!value) return std::nullopt;
  return lower_case(*value) == "true";
}

}  // namespace almanac::adapters::aws
