#include "wiring/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include "core/nearest.h"
#include "wiring/aws.h"
#include "wiring/config_group.h"
#include "wiring/yaml.h"

namespace almanac::wiring {
namespace {

using yaml::describe;
using yaml::Mapping;
using yaml::Mistakes;

std::optional<std::string> web_address(const std::string& text) {
  return is_web_address(text) ? std::optional(text) : std::nullopt;
}

void read_store(const Mapping& document, Config& config, const std::filesystem::path& folder) {
  std::string store = "almanac-data";
  document.scalar<std::string>("store", store, "the path of a folder or s3://bucket/prefix", yaml::text_value);
  config.store = store.starts_with("s3://") ? store : (folder / store).string();
}

void read_aws(const Mapping& aws, AwsSettings& settings) {
  aws.scalar<std::string>("region", settings.region, "a region such as eu-west-1", yaml::text_value);
  aws.scalar<std::string>("profile", settings.profile, "a profile of ~/.aws/config", yaml::text_value);
  aws.scalar<std::string>("endpoint", settings.endpoint, "a URL such as https://gateway.example.com", web_address);
}

// One entry of `notify`: exactly one of its keys.
void read_notify_target(const Mapping& entry, const YAML::Mark& mark, Config& config) {
  std::optional<std::string> sns, webhook, variable;
  entry.scalar<std::string>("sns", sns, "the ARN of a topic, arn:aws:sns:...", [](const std::string& text) {
    return text.starts_with("arn:") ? std::optional(text) : std::nullopt;
  });
  // Not through scalar(), which repeats what it found: the address is a secret.
  if (const YAML::Node given = entry.get("webhook"); given.IsDefined()) {
    webhook = given.IsScalar() ? web_address(given.Scalar()) : std::nullopt;
    if (!webhook) return entry.mistakes().add(mark, entry.shown("webhook"), "expected a URL that begins with https://");
  }
  entry.scalar<std::string>("webhook_env", variable, "the name of an environment variable", yaml::text_value);
  if ((sns ? 1 : 0) + (webhook ? 1 : 0) + (variable ? 1 : 0) != 1) {
    entry.mistakes().add(mark, "notify", "expected one of {sns: ARN}, {webhook: URL} and {webhook_env: VARIABLE}");
    return;
  }
  if (variable) {
    const char* value = std::getenv(variable->c_str());
    webhook = value == nullptr ? std::nullopt : web_address(value);
    if (!webhook) {
      entry.mistakes().add(mark, entry.shown("webhook_env"),
                           fmt::format("expected a URL in the environment variable {}, found {}", *variable,
                                       value == nullptr || *value == '\0' ? "nothing" : "something else"));
      return;
    }
  }
  config.notify.push_back(sns ? NotifyTarget{NotifyTarget::Kind::sns, *sns}
                              : NotifyTarget{NotifyTarget::Kind::webhook, *webhook});
}

void read_notify(const Mapping& document, Config& config) {
  if (!document.has("notify")) return;
  const YAML::Node node = document.get("notify");
  if (!node.IsSequence()) {
    document.mistakes().add(node.Mark(), "notify",
                            fmt::format("expected a list such as [{{sns: ARN}}], found {}", describe(node)));
    return;
  }
  for (std::size_t i = 0; i < node.size(); ++i) {
    read_notify_target(Mapping(node[i], "notify[]", fmt::format("notify[{}]", i), document.mistakes()), node[i].Mark(),
                       config);
  }
}

std::optional<bool> read_switch(const std::string& text) {
  if (text == "true" || text == "on" || text == "yes") return true;
  if (text == "false" || text == "off" || text == "no") return false;
  return std::nullopt;
}

void read_run(const Mapping& run, RunSettings& settings) {
  run.scalar<int>("workers", settings.workers, "a whole number from 1 to 256", [](const std::string& text) {
    const auto value = yaml::number<int>(text);
    return value && *value >= 1 && *value <= 256 ? value : std::nullopt;
  });
  run.scalar<bool>("training", settings.training, "true or false", read_switch);
}

void read_serve(const Mapping& serve, ServeSettings& settings, const std::filesystem::path& folder) {
  serve.scalar<std::string>(
      "listen", settings.listen, "an address and a port such as 127.0.0.1:8080",
      [](const std::string& text) { return text.find(':') != std::string::npos ? std::optional(text) : std::nullopt; });
  std::optional<std::string> file;
  serve.scalar<std::string>("token_file", file, "the name of a file", yaml::text_value);
  if (file) settings.token_file = folder / *file;
  if (!serve.has("hosts")) return;
  const YAML::Node hosts = serve.get("hosts");
  for (const auto& host : hosts) {
    if (host.IsScalar()) settings.hosts.push_back(host.Scalar());
  }
  if (!hosts.IsSequence() || settings.hosts.size() != hosts.size()) {
    serve.mistakes().add(hosts.Mark(), serve.shown("hosts"),
                         fmt::format("expected a list such as [almanac.example.com], found {}", describe(hosts)));
  }
}

void read_groups(const Mapping& document, Config& config, const std::filesystem::path& folder) {
  const YAML::Node groups = document.get("groups");
  if (!groups.IsDefined() || !groups.IsSequence() || groups.size() == 0) {
    document.mistakes().add(groups.IsDefined() ? groups.Mark() : document.mark(), "groups",
                            fmt::format("expected a list with at least one group, found {}", describe(groups)));
    return;
  }
  std::set<std::string> names;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    config.groups.push_back(read_group(groups[i], i, folder, document.mistakes()));
    const std::string& name = config.groups.back().name;
    if (!name.empty() && !names.insert(name).second) {
      document.mistakes().add(groups[i].Mark(), fmt::format("groups[{}].name", i),
                              fmt::format("the name \"{}\" is already taken by an earlier group", name));
    }
  }
}

}  // namespace

std::vector<std::string> config_keys() {
  std::vector<std::string> keys;
  for (const auto& [path, names] : yaml::levels()) {
    for (const std::string& key : names) keys.push_back(path.empty() ? key : path + "." + key);
  }
  std::sort(keys.begin(), keys.end());
  return keys;
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

Result<void> check_mode(const GroupConfig& group, planning::Mode mode) {
  if (!group.csv || mode == planning::Mode::observe) return {};
  return fail(ErrorCode::invalid_input,
              fmt::format("group {}: expected mode observe: a CSV file cannot be scaled", group.name));
}

Result<void> check_floor(const GroupConfig& group, int capacity) {
  if (capacity <= group.policy.max) return {};
  return fail(
      ErrorCode::invalid_input,
      fmt::format("group {}: a floor of {} is above its maximum of {}; expected at most that, or raise scaling.max",
                  group.name, capacity, group.policy.max));
}

Config default_config() {
  Config config;
  config.origin = "the built-in simulated shop";
  config.store = "almanac-data";
  GroupConfig shop;
  shop.name = "shop";
  shop.simulated = SimulatedSource{};
  shop.policy.min = 2;
  shop.policy.max = 80;
  config.groups.push_back(shop);
  return config;
}

Result<Config> parse_config(std::string_view text, const std::string& origin, const std::filesystem::path& folder) {
  Mistakes mistakes(origin);
  Config config;
  config.origin = origin;
  config.store = (folder / "almanac-data").string();
  try {
    const YAML::Node root = YAML::Load(std::string(text));
    if (!root.IsMap()) {
      mistakes.add(root.Mark(), "", fmt::format("expected settings such as \"groups:\", found {}", describe(root)));
      return fail(ErrorCode::invalid_input, mistakes.text());
    }
    const Mapping document(root, "", "", mistakes);
    read_store(document, config, folder);
    read_aws(document.child("aws"), config.aws);
    read_notify(document, config);
    read_run(document.child("run"), config.run);
    read_serve(document.child("serve"), config.serve, folder);
    // The grid of every day must be the same, so intervals divide the hour.
    document.scalar<Duration>(
        "interval", config.interval, "whole minutes that divide an hour, such as 5m", [](const std::string& value) {
          const auto parsed = yaml::positive_duration(value);
          const bool fits = parsed && kHour % *parsed == Duration{0} && *parsed % kMinute == Duration{0};
          return fits ? parsed : std::nullopt;
        });
    read_groups(document, config, folder);
  } catch (const YAML::Exception& error) {
    mistakes.add(error.mark, "", fmt::format("is not valid YAML: {}", error.msg));
  }
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
