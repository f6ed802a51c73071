#include "settings/yaml.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <regex>
#include <set>
#include <system_error>

#include "core/nearest.h"
#include "core/time.h"

namespace almanac::settings {
namespace {

// A regular expression takes stack with the length of what it looks at.
constexpr std::size_t kLongestMatched = 1024;

// What stands at a node, for messages.
std::string describe(const YAML::Node& node) {
  if (!node.IsDefined() || node.IsNull()) return "nothing";
  if (node.IsMap()) return "a mapping";
  if (node.IsSequence()) return "a list";
  std::string text = node.Scalar();
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return "\"" + text + "\"";
}

Place place_of(const YAML::Mark& mark, std::string path) {
  return mark.is_null() ? Place{-1, 0, std::move(path)} : Place{mark.line, mark.column, std::move(path)};
}

Place place_of(const YAML::Node& node, std::string path) {
  return place_of(node.IsDefined() ? node.Mark() : YAML::Mark::null_mark(), std::move(path));
}

template <typename T>
std::optional<T> number_of(const std::string& text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> percentage_of(const std::string& text) {
  if (text.empty() || text.back() != '%') return std::nullopt;
  std::string digits = text.substr(0, text.size() - 1);
  while (!digits.empty() && digits.back() == ' ') digits.pop_back();
  const auto value = number_of<double>(digits);
  if (!value || !(*value > 0) || !(*value <= 100)) return std::nullopt;
  return *value / 100;
}

std::optional<bool> flag_of(const std::string& text) {
  if (text == "true" || text == "on" || text == "yes") return true;
  if (text == "false" || text == "off" || text == "no") return false;
  return std::nullopt;
}

bool matches(const std::string& text, const std::string& pattern) {
  if (pattern.empty()) return true;
  return text.size() <= kLongestMatched && std::regex_search(text, std::regex(pattern));
}

template <typename T>
std::any any_of(const std::optional<T>& value) {
  return value ? std::any(*value) : std::any();
}

// A scalar as its form; empty where it is something else.
std::any scalar_of(const Key& key, const std::string& text, const std::filesystem::path& folder) {
  switch (key.form) {
    case Form::text:
      return text.empty() || !matches(text, key.pattern) ? std::any() : std::any(text);
    case Form::file:
      return text.empty() ? std::any() : std::any((folder / text).string());
    case Form::choice:
      return std::find(key.choices.begin(), key.choices.end(), text) == key.choices.end() ? std::any() : std::any(text);
    case Form::count: {
      const auto value = number_of<std::int64_t>(text);
      return value && *value >= key.least && *value <= key.most ? std::any(*value) : std::any();
    }
    case Form::number: {
      const auto value = number_of<double>(text);
      return value && *value > 0 && *value < key.below ? std::any(*value) : std::any();
    }
    case Form::percentage:
      return any_of(percentage_of(text));
    case Form::duration: {
      const auto value = parse_duration(text);
      return value && (*value > Duration{0} || !key.above_zero) ? std::any(*value) : std::any();
    }
    case Form::flag:
      return any_of(flag_of(text));
    default:
      return {};
  }
}

std::string listed(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string unknown(const std::string& what, const std::string& word, const std::vector<std::string>& known) {
  const auto near = nearest(word, known);
  return near ? fmt::format("unknown {} \"{}\"; did you mean \"{}\"?", what, word, *near)
              : fmt::format("unknown {} \"{}\"; expected one of {}", what, word, listed(known));
}

// Walks the text beside the list of keys.
class Reader {
 public:
  Reader(const std::filesystem::path& folder, Mistakes& mistakes) : folder_(folder), mistakes_(mistakes) {}

  Values block(const YAML::Node& node, const Keys& keys, const std::string& path) {
    const std::size_t before = mistakes_.count();
    Values values(place_of(node, path), names_of(keys));
    if (node.IsMap()) {
      check_names(node, names_of(keys), path);
    } else if (node.IsDefined() && !node.IsNull()) {
      add(node, path, fmt::format("expected a mapping with {}, found {}", listed(names_of(keys)), describe(node)));
    }
    // What is no mapping misses nothing besides.
    const bool mapping = node.IsMap() || !node.IsDefined() || node.IsNull();
    for (const Key& key : keys) {
      const std::string full = path.empty() ? key.name : path + "." + key.name;
      const YAML::Node value = node.IsMap() ? node[key.name] : YAML::Node(YAML::NodeType::Undefined);
      if (value.IsDefined() && !is_absent(key, value)) {
        read(key, value, full, values);
      } else if (key.required && mapping) {
        mistakes_.add(place_of(value.IsDefined() ? value : node, full), "expected " + key.expected + ", found nothing");
      } else if (!key.otherwise.empty()) {
        values.set_default(key.name, default_of(key));
      } else if (key.form == Form::block && needs_nothing(key)) {
        values.set_default(key.name, block(YAML::Node(YAML::NodeType::Undefined), key.keys, full));
      }
    }
    if (mistakes_.count() > before) values.spoil();
    return values;
  }

 private:
  void add(const YAML::Node& node, const std::string& path, const std::string& what) {
    mistakes_.add(place_of(node, path), what);
  }

  static bool needs_nothing(const Key& key) {
    return std::none_of(key.keys.begin(), key.keys.end(), [](const Key& each) { return each.required; });
  }

  // A list or mapping with nothing in it says nothing; a block may be all defaults.
  static bool is_absent(const Key& key, const YAML::Node& value) {
    if (!value.IsNull()) return false;
    return key.form == Form::texts || key.form == Form::named_texts || key.form == Form::blocks || key.required;
  }

  void check_names(const YAML::Node& node, const std::vector<std::string>& names, const std::string& path) {
    std::set<std::string> seen;
    for (const auto& entry : node) {
      const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : describe(entry.first);
      if (!seen.insert(name).second) add(entry.first, path, fmt::format("the key \"{}\" stands twice", name));
      if (std::find(names.begin(), names.end(), name) == names.end())
        add(entry.first, path, unknown("key", name, names));
    }
  }

  std::any default_of(const Key& key) const {
    const std::any value = scalar_of(key, key.otherwise, folder_);
    ALMANAC_CHECK(value.has_value(), "the default of setting " + key.name + " is none");
    return value;
  }

  void read(const Key& key, const YAML::Node& node, const std::string& path, Values& values) {
    std::any value;
    switch (key.form) {
      case Form::block:
        value = block_of(key, node, path);
        break;
      case Form::blocks:
        value = list_of_blocks(key, node, path);
        break;
      case Form::variant:
        value = key.one_or_list ? std::any(variants(key, node, path)) : std::any(variant(key, node, path));
        break;
      case Form::texts:
        value = texts(key, node, path);
        break;
      case Form::named_texts:
        value = named_texts(key, node, path);
        break;
      default:
        value = scalar(key, node, path);
        if (!value.has_value()) return;
    }
    values.set(key.name, place_of(node, path), std::move(value));
  }

  Values block_of(const Key& key, const YAML::Node& node, const std::string& path) {
    Values values = block(node, key.keys, path);
    if (key.only_one.empty() || !values.complete()) return values;
    const auto given =
        std::count_if(key.keys.begin(), key.keys.end(), [&](const Key& each) { return values.has(each.name); });
    if (given == 1) return values;
    add(node, path, fmt::format("expected {}, found {}", key.only_one, given == 0 ? "none" : "more"));
    values.spoil();
    return values;
  }

  void refuse(const Key& key, const YAML::Node& node, const std::string& path) {
    add(node, path, "expected " + key.expected + (key.secret ? "" : ", found " + describe(node)));
  }

  std::any scalar(const Key& key, const YAML::Node& node, const std::string& path) {
    std::any value;
    if (node.IsScalar()) {
      std::string text = node.Scalar();
      if (key.accept) {
        auto accepted = key.accept(text);
        if (!accepted && !accepted.error().message.empty()) {
          add(node, path, accepted.error().message);
          return {};
        }
        text = accepted ? *accepted : "";
      }
      value = scalar_of(key, text, folder_);
    }
    if (!value.has_value()) refuse(key, node, path);
    return value;
  }

  std::vector<std::string> texts(const Key& key, const YAML::Node& node, const std::string& path) {
    std::vector<std::string> all;
    const auto one = [&](const YAML::Node& entry) {
      if (!entry.IsScalar() || entry.Scalar().empty()) return refuse(key, key.one_or_list ? entry : node, path);
      const std::string& word = entry.Scalar();
      if (!key.choices.empty() && std::find(key.choices.begin(), key.choices.end(), word) == key.choices.end())
        return add(entry, path, unknown("name", word, key.choices));
      all.push_back(word);
    };
    if (node.IsSequence()) {
      for (const auto& entry : node) one(entry);
    } else if (key.one_or_list) {
      one(node);
    } else {
      refuse(key, node, path);
    }
    return all;
  }

  std::map<std::string, std::string> named_texts(const Key& key, const YAML::Node& node, const std::string& path) {
    std::map<std::string, std::string> all;
    if (!node.IsMap()) {
      refuse(key, node, path);
      return all;
    }
    for (const auto& entry : node) {
      if (!entry.first.IsScalar() || !entry.second.IsScalar()) {
        add(entry.first, path, "expected a name and a text" + (key.secret ? "" : ", found " + describe(entry.second)));
      } else if (!all.emplace(entry.first.Scalar(), entry.second.Scalar()).second) {
        add(entry.first, path, fmt::format("the key \"{}\" stands twice", entry.first.Scalar()));
      }
    }
    return all;
  }

  std::vector<Values> list_of_blocks(const Key& key, const YAML::Node& node, const std::string& path) {
    std::vector<Values> all;
    if (!node.IsSequence() || node.size() < key.fewest) {
      refuse(key, node, path);
      return all;
    }
    for (std::size_t i = 0; i < node.size(); ++i) {
      const std::string full = fmt::format("{}[{}]", path, i);
      if (node[i].IsNull()) {
        add(node[i], full, "is empty");
      } else {
        all.push_back(block_of(key, node[i], full));
      }
    }
    return all;
  }

  std::vector<Values> variants(const Key& key, const YAML::Node& node, const std::string& path) {
    if (!node.IsSequence()) return {variant(key, node, path)};
    std::vector<Values> all;
    if (node.size() == 0) refuse(key, node, path);
    for (std::size_t i = 0; i < node.size(); ++i) all.push_back(variant(key, node[i], fmt::format("{}[{}]", path, i)));
    return all;
  }

  Values variant(const Key& key, const YAML::Node& node, const std::string& path) {
    Values nothing(place_of(node, path), {"kind"});
    nothing.spoil();
    const std::vector<std::string> kinds = names_of(key.keys);
    if (!node.IsMap()) {
      add(node, path, fmt::format("expected {}, found {}", key.expected, describe(node)));
      return nothing;
    }
    const YAML::Node kind = node["kind"];
    if (!kind.IsDefined() || !kind.IsScalar()) {
      add(kind.IsDefined() ? kind : node, path + ".kind",
          fmt::format("expected {}, found {}", one_of(kinds), kind.IsDefined() ? describe(kind) : "nothing"));
      return nothing;
    }
    const auto known = std::find(kinds.begin(), kinds.end(), kind.Scalar());
    if (known == kinds.end()) {
      add(kind, path + ".kind", unknown("kind", kind.Scalar(), kinds));
      return nothing;
    }
    return block(node, keys_of_variant(key, key_of(key.keys, *known)), path);
  }

  const std::filesystem::path& folder_;
  Mistakes& mistakes_;
};

}  // namespace

Values read_yaml(const std::string& text, const Keys& keys, const std::filesystem::path& folder, Mistakes& mistakes) {
  Values nothing;
  nothing.spoil();
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    const YAML::Node root = documents.empty() ? YAML::Node() : documents.front();
    // What stands behind a line of three dashes would be settings that nobody follows.
    if (documents.size() > 1) {
      mistakes.add(place_of(documents[1], ""), "expected one document, found another one behind a line of \"---\"");
      return nothing;
    }
    if (root.IsMap()) return Reader(folder, mistakes).block(root, keys, "");
    mistakes.add(place_of(root, ""), fmt::format("expected settings such as \"groups:\", found {}", describe(root)));
  } catch (const YAML::Exception& error) {
    mistakes.add(place_of(error.mark, ""), "is not valid YAML: " + error.msg);
  }
  return nothing;
}

}  // namespace almanac::settings
