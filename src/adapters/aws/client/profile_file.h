#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/aws/client/environment.h"
#include "core/result.h"

namespace almanac::adapters::aws {

// Settings of one section by name in lower case; nested ones ("s3 =" with an indented "endpoint_url = ...") as
// "s3.endpoint_url". May hold keys: no formatter.
using ProfileSettings = std::map<std::string, std::string, std::less<>>;

// What the files of the AWS command line say ("Shared config and credentials files").
struct ProfileFiles {
  std::map<std::string, ProfileSettings, std::less<>> profiles;  // credentials file over config file
  std::map<std::string, ProfileSettings, std::less<>> services;  // sections [services NAME]
  std::string places;                                            // the files' paths, for messages

  const ProfileSettings* profile(std::string_view name) const;
};

// Adds the sections of one file's text. `config`: names are written [profile NAME] there, as in ~/.aws/config;
// otherwise [NAME]. invalid_input names file and line, never the content.
Result<void> read_profiles(std::string_view text, std::string_view file_name, bool config, ProfileFiles& into);

// AWS_CONFIG_FILE or ~/.aws/config, then AWS_SHARED_CREDENTIALS_FILE or ~/.aws/credentials. A file that is not there is
// empty. Errors as of read_small_file and read_profiles.
Result<ProfileFiles> load_profiles(const Environment& environment);

// Everything that is said outside of a program about its use of AWS.
struct AwsConfiguration {
  Environment environment;
  ProfileFiles files;
  std::string profile_name = "default";  // the option, AWS_PROFILE, "default"
  bool profile_by_option = false;        // then keys in the environment do not count: the option was meant

  // A setting of the profile; nothing when missing or empty.
  std::optional<std::string> setting(std::string_view name) const;
};

// not_found when a profile is asked for (by `profile` or AWS_PROFILE) that no file has.
Result<AwsConfiguration> load_configuration(const Environment& environment, const std::optional<std::string>& profile);

}  // namespace almanac::adapters::aws
