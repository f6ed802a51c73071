#include "adapters/aws/client/profile_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "adapters/aws/client/text.h"

namespace almanac::adapters::aws {
namespace {

struct Line {
  std::string_view text;  // trimmed
  bool indented = false;
};

Line cut_line(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const auto raw = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return {trimmed(raw), !raw.empty() && (raw.front() == ' ' || raw.front() == '\t')};
}

bool is_comment(std::string_view line) {
  return line.empty() || line.front() == '#' || line.front() == ';';
}

// A comment at the end of a value begins with white space and '#' or ';'.
std::string_view without_comment(std::string_view value) {
  for (std::size_t at = 0; at < value.size(); ++at) {
    const bool mark = value[at] == '#' || value[at] == ';';
    if (mark && (at == 0 || value[at - 1] == ' ' || value[at - 1] == '\t')) return trimmed(value.substr(0, at));
  }
  return value;
}

// Where settings below a header "[...]" go; null for sections that mean nothing here ([sso-session x], [plugins]).
ProfileSettings* section(std::string_view header, bool config, ProfileFiles& into) {
  const std::size_t space = header.find_first_of(" \t");
  const auto kind = header.substr(0, space);
  auto name = space == std::string_view::npos ? std::string_view{} : trimmed(header.substr(space));
  if (name.size() >= 2 && (name.front() == '"' || name.front() == '\'') && name.back() == name.front())
    name = name.substr(1, name.size() - 2);
  if (!config) return &into.profiles[std::string(header)];
  if (kind == "profile" && !name.empty()) return &into.profiles[std::string(name)];
  if (kind == "services" && !name.empty()) return &into.services[std::string(name)];
  if (header == "default") return &into.profiles["default"];
  return nullptr;
}

Result<void> read_file_into(const std::filesystem::path& path, bool config, ProfileFiles& into) {
  auto text = read_small_file(path);
  if (!text && text.error().code == ErrorCode::not_found) return {};
  if (!text) return tl::unexpected(std::move(text.error()));
  return read_profiles(*text, path.string(), config, into);
}

std::filesystem::path path_of(const Environment& environment, std::string_view variable, std::string_view usual) {
  if (auto named = environment(variable)) {
    const auto home = environment("HOME");
    if (home && named->starts_with("~/")) return std::filesystem::path(*home) / named->substr(2);
    return *named;
  }
  if (const auto home = environment("HOME")) return std::filesystem::path(*home) / ".aws" / usual;
  return {};
}

}  // namespace

const ProfileSettings* ProfileFiles::profile(std::string_view name) const {
  const auto found = profiles.find(name);
  return found == profiles.end() ? nullptr : &found->second;
}

Result<void> read_profiles(std::string_view text, std::string_view file_name, bool config, ProfileFiles& into) {
  ProfileSettings* settings = nullptr;
  bool inside = false;
  std::string last_name;
  const auto refuse = [&](int number, std::string_view expected) {
    return fail(ErrorCode::invalid_input, fmt::format("{}:{}: expected {}", file_name, number, expected));
  };
  for (int number = 1; !text.empty(); ++number) {
    const auto line = cut_line(text);
    if (is_comment(line.text)) continue;
    if (line.text.front() == '[') {
      const std::size_t end = line.text.find(']');
      if (end == std::string_view::npos) return refuse(number, "a section [name] closed by ]");
      settings = section(trimmed(line.text.substr(1, end - 1)), config, into);
      inside = true;
      last_name.clear();
      continue;
    }
    const std::size_t equals = line.text.find('=');
    const bool nested = line.indented && !last_name.empty();
    if (nested && equals == std::string_view::npos) {
      // A value that goes on in the next line.
      if (settings != nullptr) (*settings)[last_name] += '\n' + std::string(line.text);
      continue;
    }
    if (equals == std::string_view::npos || equals == 0) return refuse(number, "name = value");
    if (!inside) return refuse(number, "a section such as [default] before the first setting");
    auto name = lower_case(trimmed(line.text.substr(0, equals)));
    if (nested) {
      name = last_name + '.' + name;
    } else {
      last_name = name;
    }
    if (settings != nullptr) (*settings)[name] = without_comment(trimmed(line.text.substr(equals + 1)));
  }
  return {};
}

Result<ProfileFiles> load_profiles(const Environment& environment) {
  ProfileFiles files;
  const auto config = path_of(environment, "AWS_CONFIG_FILE", "config");
  const auto credentials = path_of(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
  files.places = config.empty() && credentials.empty() ? "no file, for HOME is not set"
                                                       : config.string() + " and " + credentials.string();
  if (!config.empty()) {
    if (auto read = read_file_into(config, true, files); !read) return tl::unexpected(std::move(read.error()));
  }
  if (!credentials.empty()) {
    if (auto read = read_file_into(credentials, false, files); !read) return tl::unexpected(std::move(read.error()));
  }
  return files;
}

std::optional<std::string> AwsConfiguration::setting(std::string_view name) const {
  const auto* profile = files.profile(profile_name);
  if (profile == nullptr) return std::nullopt;
  const auto found = profile->find(name);
  if (found == profile->end() || found->second.empty()) return std::nullopt;
  return found->second;
}

Result<AwsConfiguration> load_configuration(const Environment& environment, const std::optional<std::string>& profile) {
  auto files = load_profiles(environment);
  if (!files) return tl::unexpected(std::move(files.error()));
  AwsConfiguration configuration{environment, std::move(*files)};
  const auto variable = environment("AWS_PROFILE");
  const auto asked = profile ? profile : variable;
  configuration.profile_by_option = profile.has_value();
  if (asked) configuration.profile_name = *asked;
  if (asked && *asked != "default" && configuration.files.profile(*asked) == nullptr)
    return fail(ErrorCode::not_found,
                fmt::format("AWS profile {} ({}) is in none of {}; write [profile {}] into the first or "
                            "name another profile",
                            for_message(*asked), profile ? "from the settings" : "from AWS_PROFILE",
                            configuration.files.places, for_message(*asked)));
  return configuration;
}

}  // namespace almanac::adapters::aws
