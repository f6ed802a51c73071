#include "app/config.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <functional>
#include <iterator>
#include <numeric>
#include <set>
#include <system_error>

#include "core/check.h"

namespace almanac::app {
namespace {

// The one list of what may stand where; the parser asks for nothing that is not here.
struct Level {
  std::string path;  // "" is the document
  std::vector<std::string> keys;
};

const std::vector<Level>& levels() {
  static const std::vector<Level> kLevels{
      {"", {"store", "interval", "groups"}},
      {"groups[]",
       {"name", "source", "scaling", "calendar", "objective", "capacity_per_instance", "policy", "mode", "lead_time",
        "threshold"}},
      {"groups[].source", {"simulated", "csv"}},
      {"groups[].source.simulated", {"seed", "boot", "history"}},
      {"groups[].scaling", {"min", "max", "max_step_out", "max_step_in", "scale_in_stabilisation"}},
      {"groups[].objective", {"violating_requests", "utilisation"}},
      {"groups[].threshold", {"scale_out_above", "scale_in_below"}},
  };
  return kLevels;
}

const Level& level(const std::string& path) {
  for (const Level& candidate : levels()) {
    if (candidate.path == path) return candidate;
  }
  ALMANAC_CHECK(false, "the configuration has no level " + path);
}

std::string describe(const YAML::Node& node) {
  if (!node.IsDefined() || node.IsNull()) return "nothing";
  if (node.IsMap()) return "a mapping";
  if (node.IsSequence()) return "a list";
  std::string text = node.Scalar();
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return "\"" + text + "\"";
}

// Collects mistakes instead of stopping at the first: a person mends a file in one go.
class Mistakes {
 public:
  explicit Mistakes(std::string origin) : origin_(std::move(origin)) {}

  void add(const YAML::Mark& mark, const std::string& where, const std::string& what) {
    std::string place = origin_;
    if (!mark.is_null()) place += fmt::format(":{}:{}", mark.line + 1, mark.column + 1);
    lines_.push_back({mark.is_null() ? -1 : mark.line, where.empty() ? fmt::format("{}: {}", place, what)
                                                                     : fmt::format("{}: {}: {}", place, where, what)});
  }
  bool none() const { return lines_.empty(); }
  std::string text() const {
    auto sorted = lines_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.line < b.line; });
    std::string all;
    for (const auto& line : sorted) all += (all.empty() ? "" : "\n") + line.text;
    return all;
  }

 private:
  struct Line {
    int line;
    std::string text;
  };
  std::string origin_;
  std::vector<Line> lines_;
};

// One mapping of the file: hands out the values of known keys and complains about the others.
class Mapping {
 public:
  // `path` as in levels(), `shown` with indices as people read it: "groups[1].scaling".
  Mapping(const YAML::Node& node, const std::string& path, std::string shown, Mistakes& mistakes)
      : node_(node), level_(level(path)), shown_(std::move(shown)), mistakes_(mistakes) {
    if (!node.IsMap()) {
      if (node.IsDefined() && !node.IsNull()) {
        mistakes.add(node.Mark(), shown_,
                     fmt::format("expected a mapping with {}, found {}", listed(), describe(node)));
      }
      return;
    }
    std::set<std::string> seen;
    for (const auto& entry : node) {
      const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : describe(entry.first);
      if (!seen.insert(key).second) {
        mistakes.add(entry.first.Mark(), shown_, fmt::format("the key \"{}\" stands twice", key));
      }
      if (std::find(level_.keys.begin(), level_.keys.end(), key) != level_.keys.end()) continue;
      const auto near = nearest(key, level_.keys);
      mistakes.add(entry.first.Mark(), shown_,
                   near ? fmt::format("unknown key \"{}\"; did you mean \"{}\"?", key, *near)
                        : fmt::format("unknown key \"{}\"; expected one of {}", key, listed()));
    }
  }

  std::string shown(const std::string& key) const { return shown_.empty() ? key : shown_ + "." + key; }
  YAML::Mark mark() const { return node_.IsDefined() ? node_.Mark() : YAML::Mark::null_mark(); }

  // The value of a key; an undefined node where it is not given.
  YAML::Node get(const std::string& key) const {
    ALMANAC_CHECK(std::find(level_.keys.begin(), level_.keys.end(), key) != level_.keys.end(),
                  "configuration key " + key + " is not in the list of known keys");
    if (!node_.IsMap()) return YAML::Node(YAML::NodeType::Undefined);
    const YAML::Node value = node_[key];
    // yaml-cpp answers with an invalid node for a missing key, which throws at the first question.
    return value.IsDefined() ? value : YAML::Node(YAML::NodeType::Undefined);
  }
  bool has(const std::string& key) const {
    const YAML::Node value = get(key);
    return value.IsDefined() && !value.IsNull();
  }

  // Reads a scalar with `read`, which returns nothing where the text is not of its kind.
  template <typename T>
  void scalar(const std::string& key, T& target, const std::string& expected,
              const std::function<std::optional<T>(const std::string&)>& read) const {
    if (!has(key)) {
      if (get(key).IsDefined()) mistakes_.add(get(key).Mark(), shown(key), "expected " + expected + ", found nothing");
      return;
    }
    const YAML::Node value = get(key);
    std::optional<T> parsed;
    if (value.IsScalar()) parsed = read(value.Scalar());
    if (parsed) {
      target = *parsed;
    } else {
      mistakes_.add(value.Mark(), shown(key), fmt::format("expected {}, found {}", expected, describe(value)));
    }
  }

  Mistakes& mistakes() const { return mistakes_; }

 private:
  std::string listed() const { return fmt::format("{}", fmt::join(level_.keys, ", ")); }

  YAML::Node node_;
  const Level& level_;
  std::string shown_;
  Mistakes& mistakes_;
};

template <typename T>
std::optional<T> number(const std::string& text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
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

bool is_group_name(const std::string& name) {
  return !name.empty() && name.size() <= 128 && name.front() != '.' &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-'; });
}

void read_source(const Mapping& group, GroupConfig& result, const std::filesystem::path& folder) {
  const Mapping source(group.get("source"), "groups[].source", group.shown("source"), group.mistakes());
  const bool simulated = source.get("simulated").IsDefined();
  const bool csv = source.get("csv").IsDefined();
  if (simulated == csv) {
    const bool given = group.has("source");
    group.mistakes().add(given ? group.get("source").Mark() : group.mark(), group.shown("source"),
                         simulated ? "expected either simulated or csv, found both"
                                   : "expected where the metrics come from: {csv: FILE} or {simulated: {}}");
    return;
  }
  if (csv) {
    std::string path;
    source.scalar<std::string>("csv", path, "a file name", text_value);
    result.csv = CsvSource{folder / path};
    return;
  }
  const Mapping settings(source.get("simulated"), "groups[].source.simulated", source.shown("simulated"),
                         group.mistakes());
  SimulatedSource values;
  settings.scalar<std::uint64_t>("seed", values.seed, "a whole number", number<std::uint64_t>);
  settings.scalar<Duration>("boot", values.boot, "a duration such as 8m", any_duration);
  settings.scalar<Duration>("history", values.history, "a duration such as 8w", positive_duration);
  result.simulated = values;
}

void read_scaling(const Mapping& group, planning::Policy& policy) {
  const Mapping scaling(group.get("scaling"), "groups[].scaling", group.shown("scaling"), group.mistakes());
  scaling.scalar<int>("min", policy.min, "a whole number of instances", instances);
  scaling.scalar<int>("max", policy.max, "a whole number of instances", instances);
  const auto optional_instances = [](const std::string& text) {
    const auto value = instances(text);
    return value && *value > 0 ? std::optional<std::optional<int>>(value) : std::nullopt;
  };
  scaling.scalar<std::optional<int>>("max_step_out", policy.max_scale_out, "a whole number of instances, at least 1",
                                     optional_instances);
  scaling.scalar<std::optional<int>>("max_step_in", policy.max_scale_in, "a whole number of instances, at least 1",
                                     optional_instances);
  scaling.scalar<Duration>("scale_in_stabilisation", policy.scale_in_stabilisation, "a duration such as 15m",
                           any_duration);
  if (policy.min > policy.max) {
    const YAML::Node culprit = scaling.has("min") ? scaling.get("min") : scaling.get("max");
    group.mistakes().add(culprit.Mark(), scaling.shown("min"),
                         fmt::format("expected min <= max, found min {} and max {}", policy.min, policy.max));
  }
}

void read_objective(const Mapping& group, planning::Policy& policy) {
  const Mapping objective(group.get("objective"), "groups[].objective", group.shown("objective"), group.mistakes());
  objective.scalar<double>("violating_requests", policy.objective, "a percentage above 0% such as 0.1%", percentage);
  objective.scalar<double>("utilisation", policy.utilisation, "a percentage above 0% such as 80%", percentage);
}

void read_policy(const Mapping& group, planning::Policy& policy) {
  group.scalar<planning::PolicyKind>("policy", policy.kind, "almanac or threshold",
                                     [](const std::string& text) -> std::optional<planning::PolicyKind> {
                                       if (text == "almanac") return planning::PolicyKind::almanac;
                                       if (text == "threshold") return planning::PolicyKind::threshold;
                                       return std::nullopt;
                                     });
  group.scalar<planning::Mode>("mode", policy.mode, "observe, floor or own",
                               [](const std::string& text) -> std::optional<planning::Mode> {
                                 if (text == "observe") return planning::Mode::observe;
                                 if (text == "floor") return planning::Mode::floor;
                                 if (text == "own") return planning::Mode::own;
                                 return std::nullopt;
                               });
  const Mapping threshold(group.get("threshold"), "groups[].threshold", group.shown("threshold"), group.mistakes());
  threshold.scalar<double>("scale_out_above", policy.threshold_out, "a percentage such as 70%", percentage);
  threshold.scalar<double>("scale_in_below", policy.threshold_in, "a percentage such as 35%", percentage);
  if (policy.threshold_in >= policy.threshold_out) {
    group.mistakes().add(group.get("threshold").Mark(), group.shown("threshold"),
                         "expected scale_in_below to be lower than scale_out_above");
  }
}

void read_calendars(const Mapping& group, GroupConfig& result, const std::filesystem::path& folder) {
  if (!group.has("calendar")) return;
  const YAML::Node node = group.get("calendar");
  const auto add = [&](const YAML::Node& entry) {
    if (entry.IsScalar() && !entry.Scalar().empty()) {
      result.calendars.push_back(folder / entry.Scalar());
    } else {
      group.mistakes().add(entry.Mark(), group.shown("calendar"),
                           fmt::format("expected a file name or a list of file names, found {}", describe(entry)));
    }
  };
  if (!node.IsSequence()) return add(node);
  for (const auto& entry : node) add(entry);
}

GroupConfig read_group(const YAML::Node& node, std::size_t index, const std::filesystem::path& folder,
                       Mistakes& mistakes) {
  GroupConfig result;
  const Mapping group(node, "groups[]", fmt::format("groups[{}]", index), mistakes);
  if (!node.IsMap()) {
    if (!node.IsDefined() || node.IsNull()) mistakes.add(node.Mark(), fmt::format("groups[{}]", index), "is empty");
    return result;
  }
  if (!group.has("name")) mistakes.add(node.Mark(), group.shown("name"), "expected a name, found nothing");
  if (group.has("name")) {
    group.scalar<std::string>(
        "name", result.name, "a name of letters, digits, '.', '_' and '-'",
        [](const std::string& text) { return is_group_name(text) ? std::optional(text) : std::nullopt; });
  }
  read_source(group, result, folder);
  read_scaling(group, result.policy);
  read_calendars(group, result, folder);
  read_objective(group, result.policy);
  if (result.csv) result.policy.mode = planning::Mode::observe;
  read_policy(group, result.policy);
  if (result.csv && result.policy.mode != planning::Mode::observe) {
    mistakes.add(group.get("mode").Mark(), group.shown("mode"), "expected observe: a CSV file cannot be scaled");
  }
  group.scalar<std::optional<double>>(
      "capacity_per_instance", result.capacity_per_instance, "a number of requests per second above 0",
      [](const std::string& text) -> std::optional<std::optional<double>> {
        const auto value = number<double>(text);
        return value && *value > 0 && *value < 1e12 ? std::optional<std::optional<double>>(value) : std::nullopt;
      });
  group.scalar<std::optional<Duration>>("lead_time", result.lead_time, "a duration such as 5m",
                                        [](const std::string& text) {
                                          const auto value = any_duration(text);
                                          return value ? std::optional<std::optional<Duration>>(value) : std::nullopt;
                                        });
  return result;
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

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known) {
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const std::size_t distance = edit_distance(word, candidate);
    // Half of a short word changed is another word, not a slip.
    if (distance < best_distance && distance * 2 < std::max(word.size(), candidate.size())) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::vector<std::string> config_keys() {
  std::vector<std::string> keys;
  for (const Level& one : levels()) {
    for (const std::string& key : one.keys) keys.push_back(one.path.empty() ? key : one.path + "." + key);
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

Config default_config() {
  Config config;
  config.origin = "built-in defaults";
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
  config.store = folder / "almanac-data";
  try {
    const YAML::Node root = YAML::Load(std::string(text));
    if (!root.IsMap()) {
      mistakes.add(root.Mark(), "", fmt::format("expected settings such as \"groups:\", found {}", describe(root)));
      return fail(ErrorCode::invalid_input, mistakes.text());
    }
    const Mapping document(root, "", "", mistakes);
    std::string store = "almanac-data";
    document.scalar<std::string>("store", store, "the path of a folder", text_value);
    config.store = folder / store;
    // The grid of every day must be the same, so intervals divide the hour.
    document.scalar<Duration>(
        "interval", config.interval, "whole minutes that divide an hour, such as 5m", [](const std::string& value) {
          const auto parsed = positive_duration(value);
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

}  // namespace almanac::app
