#include "adapters/aws/client/profile_credentials.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "adapters/aws/client/sts.h"
#include "adapters/aws/client/text.h"

namespace almanac::adapters::aws {
namespace {

std::optional<std::string> setting(const ProfileSettings& profile, std::string_view name) {
  const auto found = profile.find(name);
  if (found == profile.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

std::string called(std::string_view name) {
  return "profile " + for_message(name, 80);
}

tl::unexpected<Error> refuse(ErrorCode code, std::string_view name, std::string_view why) {
  return fail(code, fmt::format("{}: {}", called(name), why));
}

bool is_role(const ProfileSettings& profile) {
  return setting(profile, "role_arn") && !setting(profile, "web_identity_token_file");
}

Result<RoleRequest> role_request(const std::string& name, const ProfileSettings& profile) {
  RoleRequest role{.role_arn = setting(profile, "role_arn").value_or(""),
                   .session_name = setting(profile, "role_session_name").value_or("almanac"),
                   .external_id = setting(profile, "external_id"),
                   .source = called(name)};
  if (const auto text = setting(profile, "duration_seconds")) {
    int seconds = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
    // STS allows 15 minutes to 12 hours.
    if (error != std::errc{} || end != text->data() + text->size() || seconds < 900 || seconds > 43'200)
      return refuse(ErrorCode::invalid_input, name, "expected a duration_seconds of 900 to 43200");
    role.duration_seconds = seconds;
  }
  return role;
}

bool has_keys(const ProfileSettings& profile) {
  return setting(profile, "aws_access_key_id") || setting(profile, "aws_secret_access_key");
}

}  // namespace

// Keys, a process, or nothing: what a profile has without asking another one.
Result<std::optional<Credentials>> ProfileCredentials::own_of(const std::string& name, const ProfileSettings& profile) {
  const auto sso = [](const auto& entry) { return entry.first.starts_with("sso_"); };
  if (has_keys(profile)) {
    const auto id = setting(profile, "aws_access_key_id");
    const auto secret = setting(profile, "aws_secret_access_key");
    if (!id || !secret)
      return refuse(ErrorCode::permission_denied, name,
                    id ? "it has aws_access_key_id but not aws_secret_access_key; set both"
                       : "it has aws_secret_access_key but not aws_access_key_id; set both");
    return Credentials{*id, *secret, setting(profile, "aws_session_token").value_or(""), {}, called(name)};
  }
  if (const auto command = setting(profile, "credential_process")) {
    auto credentials = process_credentials(*command, called(name) + ", credential_process", limits_);
    if (!credentials) return tl::unexpected(std::move(credentials.error()));
    return std::move(*credentials);
  }
  if (std::any_of(profile.begin(), profile.end(), sso))
    return refuse(ErrorCode::unsupported, name,
                  fmt::format("it signs in through IAM Identity Center (SSO), which needs a person; use a role, or a "
                              "profile with credential_process = aws configure export-credentials --profile {}",
                              for_message(name, 80)));
  return std::nullopt;
}

Result<Credentials> ProfileCredentials::behind_role(const std::string& name, const ProfileSettings& profile,
                                                    std::vector<std::string>& visited) {
  const auto source_profile = setting(profile, "source_profile");
  const auto credential_source = setting(profile, "credential_source");
  if (source_profile && credential_source)
    return refuse(ErrorCode::invalid_input, name, "it has both source_profile and credential_source; keep one");
  if (!source_profile && !credential_source)
    return refuse(ErrorCode::invalid_input, name,
                  "it has a role_arn but does not say who assumes it; add source_profile, credential_source or "
                  "web_identity_token_file");
  Result<std::optional<Credentials>> behind;
  std::string said;
  if (credential_source) {
    const auto provider = sources_(*credential_source);
    if (!provider)
      return refuse(ErrorCode::invalid_input, name,
                    fmt::format("found the credential_source \"{}\"; expected Environment, EcsContainer or "
                                "Ec2InstanceMetadata",
                                for_message(*credential_source, 80)));
    behind = provider->load();
    said = provider->place();
  } else {
    // A role may be assumed with the keys that stand in its own profile.
    behind =
        *source_profile == name && has_keys(profile) ? own_of(name, profile) : of_profile(*source_profile, visited);
    said = called(*source_profile);
  }
  if (!behind) return tl::unexpected(with_context(std::move(behind.error()), called(name)));
  if (!*behind)
    return refuse(ErrorCode::permission_denied, name,
                  fmt::format("its role is to be assumed with the credentials of {}, which has none", said));
  return std::move(**behind);
}

Result<Credentials> ProfileCredentials::of_role(const std::string& name, const ProfileSettings& profile,
                                                std::vector<std::string>& visited) {
  if (setting(profile, "mfa_serial"))
    return refuse(ErrorCode::unsupported, name,
                  "its role asks for an MFA code (mfa_serial), which needs a person; use a role without one");
  const auto role = role_request(name, profile);
  if (!role) return tl::unexpected(role.error());
  const auto by = behind_role(name, profile, visited);
  if (!by) return tl::unexpected(by.error());
  auto credentials = assume_role(*sender_, *role, *by);
  if (!credentials) return tl::unexpected(with_context(std::move(credentials.error()), called(name)));
  return credentials;
}

Result<std::optional<Credentials>> ProfileCredentials::of_profile(const std::string& name,
                                                                  std::vector<std::string>& visited) {
  if (std::find(visited.begin(), visited.end(), name) != visited.end()) {
    std::string circle;
    for (const auto& before : visited) circle += for_message(before, 80) + " -> ";
    return refuse(ErrorCode::invalid_input, name,
                  fmt::format("source_profile goes in a circle: {}{}", circle, for_message(name, 80)));
  }
  visited.push_back(name);
  const auto* profile = configuration_->files.profile(name);
  if (profile == nullptr) {
    if (visited.size() == 1) return std::nullopt;
    return refuse(ErrorCode::not_found, name, fmt::format("it is in none of {}", configuration_->files.places));
  }
  Result<Credentials> credentials;
  if (is_role(*profile)) {
    credentials = of_role(name, *profile, visited);
  } else if (const auto token_file = setting(*profile, "web_identity_token_file")) {
    const auto role = role_request(name, *profile);
    if (!role) return tl::unexpected(role.error());
    if (role->role_arn.empty())
      return refuse(ErrorCode::invalid_input, name, "it has web_identity_token_file but no role_arn; add it");
    credentials = assume_role_with_web_identity(*sender_, *role, *token_file);
    if (!credentials) return tl::unexpected(with_context(std::move(credentials.error()), called(name)));
  } else {
    return own_of(name, *profile);
  }
  if (!credentials) return tl::unexpected(std::move(credentials.error()));
  return std::move(*credentials);
}

Result<std::optional<Credentials>> ProfileCredentials::load() {
  const auto& name = configuration_->profile_name;
  const auto* profile = configuration_->files.profile(name);
  if (what_ == What::roles && (profile == nullptr || !is_role(*profile))) return std::nullopt;
  std::vector<std::string> visited;
  return of_profile(name, visited);
}

std::string ProfileCredentials::place() const {
  return fmt::format("{} of {}", called(configuration_->profile_name), configuration_->files.places);
}

}  // namespace almanac::adapters::aws
