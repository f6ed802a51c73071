#include "wiring/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include "core/check.h"
#include "core/nearest.h"
#include "settings/yaml.h"
#include "wiring/config_group.h"
#include "wiring/config_keys.h"

namespace almanac::wiring {

using settings::Mistakes;
using settings::Values;

namespace {

void read_aws(const Values& aws, adapters::aws::AwsSettings& settings) {
  settings.region = aws.find<std::string>("region");
  settings.profile = aws.find<std::string>("profile");
  settings.endpoint = aws.find<std::string>("endpoint");
}

// One entry of `notify`, which has one of its keys.
void read_notify_target(const Values& entry, Config& config, Mistakes& mistakes) {
  if (!entry.complete()) return;
  const auto sns = entry.find<std::string>("sns"), variable = entry.find<std::string>("webhook_env");
  auto webhook = entry.find<std::string>("webhook");
  if (variable) {
    const char* value = std::getenv(variable->c_str());
    webhook = value == nullptr ? "" : value;
    if (!is_web_address(*webhook)) {
      return mistakes.add(entry.place("webhook_env"),
                          fmt::format("expected a URL in the environment variable {}, found {}", *variable,
                                      webhook->empty() ? "nothing" : "something else"));
    }
  }
  config.notify.push_back(sns ? NotifyTarget{NotifyTarget::Kind::sns, *sns}
                              : NotifyTarget{NotifyTarget::Kind::webhook, *webhook});
}

void read_serve(const Values& serve, ServeSettings& settings) {
  settings.listen = serve.find<std::string>("listen");
  if (const auto file = serve.find<std::string>("token_file")) settings.token_file = *file;
  serve.into<std::vector<std::string>>("hosts", settings.hosts);
}

void read_groups(const Values& document, Config& config, const std::filesystem::path& folder, const kinds::Kinds& kinds,
                 Mistakes& mistakes) {
  std::set<std::string> names;
  const auto groups = document.find<std::vector<Values>>("groups");
  if (!groups) return;
  for (const Values& block : *groups) {
    config.groups.push_back(read_group(block, folder, kinds, mistakes));
    const std::string& name = config.groups.back().name;
    if (name.empty() || names.insert(name).second) continue;
    settings::Place place = block.place();
    place.path += ".name";
    mistakes.add(place, fmt::format("the name \"{}\" is already taken by an earlier group", name));
  }
}

}  // namespace

bool GroupConfig::simulated() const {
  return wired() && target->kind->simulated() &&
         std::all_of(metrics.begin(), metrics.end(), [](const MetricsConfig& m) { return m.kind->simulated(); });
}

Result<const GroupConfig*> Config::group(std::string_view name) const {
  std::vector<std::string> names;
  for (const GroupConfig& candidate : groups) {
    if (candidate.name == name) return &candidate;
    names.push_back(candidate.name);
  }
  const auto near = nearest(name, names);
  return fail(ErrorCode::not_found, fmt::format("there is no group \"{}\" in {}; {}", name, origin,
                                                near ? fmt::format("did you mean \"{}\"?", *near)
                                                     : fmt::format("expected one of {}", fmt::join(names, ", "))));
}

std::string why_not(const GroupConfig& group, planning::Mode mode) {
  if (!group.wired() || mode == planning::Mode::observe) return "";
  const ports::Capabilities can = group.target->kind->capabilities();
  if (mode == planning::Mode::own ? can.set_desired : can.raise_minimum) return "";
  if (!can.set_desired && !can.raise_minimum) {
    return fmt::format("observe: {} cannot be scaled", group.metrics.front().kind->thing());
  }
  const std::string kind = group.target->kind->name();
  return mode == planning::Mode::own
             ? fmt::format("observe or floor: the capacity of a target of kind {} cannot be set", kind)
             : fmt::format("observe or own: the minimum of a target of kind {} cannot be raised", kind);
}

Result<void> check_mode(const GroupConfig& group, planning::Mode mode) {
  const std::string why = why_not(group, mode);
  if (why.empty()) return {};
  return fail(ErrorCode::invalid_input, fmt::format("group {}: expected mode {}", group.name, why));
}

Result<void> check_floor(const GroupConfig& group, int capacity) {
  if (capacity <= group.policy.max) return {};
  return fail(
      ErrorCode::invalid_input,
      fmt::format("group {}: a floor of {} is above its maximum of {}; expected at most that, or raise scaling.max",
                  group.name, capacity, group.policy.max));
}

Config default_config() {
  auto config = parse_config("groups: [{name: shop, source: {simulated: {}}, scaling: {min: 2, max: 80}}]",
                             "the built-in simulated shop", "");
  ALMANAC_CHECK(config.has_value(), "the built-in settings cannot be read");
  return std::move(*config);
}

Result<Config> parse_config(std::string_view text, const std::string& origin, const std::filesystem::path& folder,
                            const kinds::Kinds& kinds) {
  Mistakes mistakes(origin);
  const Values document = settings::read_yaml(std::string(text), config_keys(kinds), folder, mistakes);
  // What is no mapping at all has no values.
  if (document.names().empty()) return fail(ErrorCode::invalid_input, mistakes.text());
  Config config;
  config.origin = origin;
  const std::string store = document.find<std::string>("store").value_or("");
  config.store = store.starts_with("s3://") ? store : (folder / store).string();
  document.into<Duration>("interval", config.interval);
  read_aws(document.get<Values>("aws"), config.aws);
  for (const Values& entry : document.find<std::vector<Values>>("notify").value_or(std::vector<Values>()))
    read_notify_target(entry, config, mistakes);
  const Values& run = document.get<Values>("run");
  run.into<std::int64_t>("workers", config.run.workers);
  run.into<bool>("training", config.run.training);
  read_serve(document.get<Values>("serve"), config.serve);
  read_groups(document, config, folder, kinds, mistakes);
  if (!mistakes.none()) return fail(ErrorCode::invalid_input, mistakes.text());
  return config;
}

Result<Config> load_config(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    return fail(ErrorCode::not_found, fmt::format("{}: there is no such file", file.string()));
  }
  std::ifstream in(file, std::ios::binary);
  if (!std::filesystem::is_regular_file(file, error) || !in) {
    return fail(ErrorCode::permission_denied, fmt::format("{}: cannot be read as a file", file.string()));
  }
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  return parse_config(text, file.string(), file.parent_path());
}

}  // namespace almanac::wiring
