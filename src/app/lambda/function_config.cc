#include "app/lambda/function_config.h"

#include <fmt/format.h>

#include <filesystem>

namespace almanac::app {
namespace {

constexpr Work kAllWork[] = {Work::collect, Work::train, Work::scale, Work::tick};

std::optional<std::string> not_empty(std::optional<std::string> value) {
  return value && !value->empty() ? value : std::nullopt;
}

}  // namespace

Result<wiring::Config> function_config(const Environment& environment) {
  const auto root = not_empty(environment("LAMBDA_TASK_ROOT"));
  if (const auto yaml = not_empty(environment("ALMANAC_CONFIG_YAML"))) {
    return wiring::parse_config(*yaml, "ALMANAC_CONFIG_YAML", root.value_or("."));
  }
  if (root) {
    const auto file = std::filesystem::path(*root) / "almanac.yaml";
    std::error_code error;
    if (std::filesystem::exists(file, error)) return wiring::load_config(file);
  }
  if (const auto named = not_empty(environment("ALMANAC_CONFIG"))) return wiring::load_config(*named);
  return fail(ErrorCode::not_found,
              fmt::format("no configuration; expected YAML in the variable ALMANAC_CONFIG_YAML, or {}/almanac.yaml, or "
                          "a file's path in ALMANAC_CONFIG",
                          root.value_or("$LAMBDA_TASK_ROOT")));
}

Result<Work> function_work(const Environment& environment) {
  const std::string name = environment("_HANDLER").value_or("");
  for (const Work work : kAllWork) {
    if (name == to_string(work)) return work;
  }
  return fail(
      ErrorCode::invalid_input,
      fmt::format("handler \"{}\" is unknown; set the function's Handler to collect, train, scale or tick", name));
}

std::string to_string(Work work) {
  switch (work) {
    case Work::collect:
      return "collect";
    case Work::train:
      return "train";
    case Work::scale:
      return "scale";
    case Work::tick:
      return "tick";
  }
  return "unknown";
}

}  // namespace almanac::app
