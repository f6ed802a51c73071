#pragma once

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "core/time.h"

// How almanac.yaml is read: a thin layer over yaml-cpp that knows every key, collects all mistakes with their places,
// and never guesses. Only the sources of this folder include it.
namespace almanac::wiring::yaml {

// Every mapping of the file by its path ("" is the document) and the keys that may stand in it. The parser asks for
// nothing that is not here. A level without keys takes any.
const std::map<std::string, std::vector<std::string>>& levels();

// What stands at a node, for messages.
std::string describe(const YAML::Node& node);

// Collects mistakes instead of stopping at the first: a person mends a file in one go.
class Mistakes {
 public:
  explicit Mistakes(std::string origin) : origin_(std::move(origin)) {}
  void add(const YAML::Mark& mark, const std::string& where, const std::string& what);
  bool none() const { return lines_.empty(); }
  // One a line, in the order of the file.
  std::string text() const;

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
  Mapping(const YAML::Node& node, const std::string& path, std::string shown, Mistakes& mistakes);

  std::string shown(const std::string& key) const { return shown_.empty() ? key : shown_ + "." + key; }
  YAML::Mark mark() const { return node_.IsDefined() ? node_.Mark() : YAML::Mark::null_mark(); }
  // The value of a key; an undefined node where it is not given.
  YAML::Node get(const std::string& key) const;
  bool has(const std::string& key) const;
  // The mapping under a key, whose level is this one's path, a dot and the key.
  Mapping child(const std::string& key) const;
  // Every key with its scalar, for mappings with free keys.
  std::map<std::string, std::string> entries() const;

  // Puts a scalar that `read` understands into `target` (a T or an optional of it); says what was expected where it
  // returns nothing. A key that is not given leaves the target alone.
  template <typename T, typename Target>
  void scalar(const std::string& key, Target& target, const std::string& expected,
              const std::function<std::optional<T>(const std::string&)>& read) const {
    const YAML::Node value = get(key);
    if (!value.IsDefined()) return;
    std::optional<T> parsed;
    if (value.IsScalar()) parsed = read(value.Scalar());
    if (parsed) {
      target = *parsed;
    } else {
      mistakes_.add(value.Mark(), shown(key), "expected " + expected + ", found " + describe(value));
    }
  }

  Mistakes& mistakes() const { return mistakes_; }

 private:
  std::string listed() const;

  YAML::Node node_;
  std::string path_;
  const std::vector<std::string>& keys_;
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

std::optional<int> instances(const std::string& text);
// "0.1%": the sign is required, because "0.1" might mean 0.1 % or 10 %.
std::optional<double> percentage(const std::string& text);
std::optional<Duration> positive_duration(const std::string& text);
std::optional<Duration> any_duration(const std::string& text);
std::optional<std::string> text_value(const std::string& text);

}  // namespace almanac::wiring::yaml
