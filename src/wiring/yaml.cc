#include "wiring/yaml.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "core/check.h"
#include "core/nearest.h"

namespace almanac::wiring::yaml {

const std::map<std::string, std::vector<std::string>>& levels() {
  static const std::map<std::string, std::vector<std::string>> kLevels{
      {"", {"store", "interval", "aws", "notify", "run", "serve", "groups"}},
      {"aws", {"region", "profile", "endpoint"}},
      {"run", {"workers", "training"}},
      {"serve", {"listen", "token_file", "hosts"}},
      {"notify[]", {"sns", "webhook", "webhook_env"}},
      {"groups[]",
       {"name", "source", "scaling", "calendar", "objective", "capacity_per_instance", "policy", "mode", "lead_time",
        "timezone", "threshold"}},
      {"groups[].source", {"simulated", "csv", "aws"}},
      {"groups[].source.simulated", {"seed", "boot", "history"}},
      {"groups[].source.aws", {"auto_scaling_group", "region", "load_balancer", "target_group", "metric"}},
      {"groups[].source.aws.metric", {"namespace", "name", "statistic", "dimensions"}},
      {"groups[].source.aws.metric.dimensions", {}},
      {"groups[].scaling", {"min", "max", "max_step_out", "max_step_in", "scale_in_stabilisation"}},
      {"groups[].objective", {"violating_requests", "utilisation"}},
      {"groups[].threshold", {"scale_out_above", "scale_in_below"}},
  };
  return kLevels;
}

std::string describe(const YAML::Node& node) {
  if (!node.IsDefined() || node.IsNull()) return "nothing";
  if (node.IsMap()) return "a mapping";
  if (node.IsSequence()) return "a list";
  std::string text = node.Scalar();
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return "\"" + text + "\"";
}

void Mistakes::add(const YAML::Mark& mark, const std::string& where, const std::string& what) {
  std::string place = origin_;
  if (!mark.is_null()) place += fmt::format(":{}:{}", mark.line + 1, mark.column + 1);
  lines_.push_back({mark.is_null() ? -1 : mark.line, where.empty() ? fmt::format("{}: {}", place, what)
                                                                   : fmt::format("{}: {}: {}", place, where, what)});
}

std::string Mistakes::text() const {
  auto sorted = lines_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
  std::string all;
  for (const auto& line : sorted) all += (all.empty() ? "" : "\n") + line.text;
  return all;
}

namespace {

const std::vector<std::string>& keys_of(const std::string& path) {
  const auto found = levels().find(path);
  ALMANAC_CHECK(found != levels().end(), "the configuration has no level " + path);
  return found->second;
}

}  // namespace

Mapping::Mapping(const YAML::Node& node, const std::string& path, std::string shown, Mistakes& mistakes)
    : node_(node), path_(path), keys_(keys_of(path)), shown_(std::move(shown)), mistakes_(mistakes) {
  if (!node.IsMap()) {
    if (node.IsDefined() && !node.IsNull()) {
      mistakes.add(
          node.Mark(), shown_,
          fmt::format("expected a mapping{}, found {}", keys_.empty() ? "" : " with " + listed(), describe(node)));
    }
    return;
  }
  std::set<std::string> seen;
  for (const auto& entry : node) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : describe(entry.first);
    if (!seen.insert(key).second) {
      mistakes.add(entry.first.Mark(), shown_, fmt::format("the key \"{}\" stands twice", key));
    }
    if (keys_.empty() || std::find(keys_.begin(), keys_.end(), key) != keys_.end()) continue;
    const auto near = nearest(key, keys_);
    mistakes.add(entry.first.Mark(), shown_,
                 near ? fmt::format("unknown key \"{}\"; did you mean \"{}\"?", key, *near)
                      : fmt::format("unknown key \"{}\"; expected one of {}", key, listed()));
  }
}

YAML::Node Mapping::get(const std::string& key) const {
  ALMANAC_CHECK(std::find(keys_.begin(), keys_.end(), key) != keys_.end(),
                "configuration key " + key + " is not in the list of known keys");
  if (!node_.IsMap()) return YAML::Node(YAML::NodeType::Undefined);
  const YAML::Node value = node_[key];
  // yaml-cpp answers with an invalid node for a missing key, which throws at the first question.
  return value.IsDefined() ? value : YAML::Node(YAML::NodeType::Undefined);
}

bool Mapping::has(const std::string& key) const {
  const YAML::Node value = get(key);
  return value.IsDefined() && !value.IsNull();
}

Mapping Mapping::child(const std::string& key) const {
  return Mapping(get(key), path_.empty() ? key : path_ + "." + key, shown(key), mistakes_);
}

std::map<std::string, std::string> Mapping::entries() const {
  std::map<std::string, std::string> all;
  if (!node_.IsMap()) return all;
  for (const auto& entry : node_) {
    if (entry.first.IsScalar() && entry.second.IsScalar()) {
      all[entry.first.Scalar()] = entry.second.Scalar();
    } else {
      mistakes_.add(entry.first.Mark(), shown_,
                    fmt::format("expected a name and a text, found {}", describe(entry.second)));
    }
  }
  return all;
}

std::string Mapping::listed() const {
  return fmt::format("{}", fmt::join(keys_, ", "));
}

std::optional<int> instances(const std::string& text) {
  const auto value = number<int>(text);
  return value && *value >= 0 && *value <= 100000 ? value : std::nullopt;
}

// "0.1%": the sign is required, because "0.1" might mean 0.1 % or 10 %.
std::optional<double> percentage(const std::string& text) {
  if (text.empty() || text.back() != '%') return std::nullopt;
  std::string digits = text.substr(0, text.size() - 1);
  while (!digits.empty() && digits.back() == ' ') digits.pop_back();
  const auto value = number<double>(digits);
  if (!value || !(*value > 0) || !(*value <= 100)) return std::nullopt;
  return *value / 100;
}

std::optional<Duration> positive_duration(const std::string& text) {
  const auto value = parse_duration(text);
  return value && *value > Duration{0} ? std::optional(*value) : std::nullopt;
}

std::optional<Duration> any_duration(const std::string& text) {
  const auto value = parse_duration(text);
  return value ? std::optional(*value) : std::nullopt;
}

std::optional<std::string> text_value(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

}  // namespace almanac::wiring::yaml
