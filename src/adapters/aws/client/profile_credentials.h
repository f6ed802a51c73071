#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapters/aws/client/credentials.h"
#include "adapters/aws/client/process_credentials.h"
#include "adapters/aws/client/profile_file.h"
#include "adapters/aws/client/request_sender.h"

namespace almanac::adapters::aws {

// Those of a profile: a role (of source_profile, itself one if need be, or of credential_source), a web identity, keys,
// or a credential_process. Nothing when the profile has none of these. invalid_input for contradictions and circles,
// unsupported for SSO and MFA, which need a person.
class ProfileCredentials final : public CredentialProvider {
 public:
  // What `credential_source` names: "Environment", "EcsContainer", "Ec2InstanceMetadata". Null for an unknown name.
  using Sources = std::function<std::unique_ptr<CredentialProvider>(std::string_view name)>;

  // roles: only a role, which goes before a web identity of the environment; everything after it.
  enum class What { roles, everything };

  ProfileCredentials(std::shared_ptr<const AwsConfiguration> configuration, std::shared_ptr<RequestSender> sender,
                     Sources sources, What what, ProcessLimits limits = {})
      : configuration_(std::move(configuration)),
        sender_(std::move(sender)),
        sources_(std::move(sources)),
        what_(what),
        limits_(limits) {}

  Result<std::optional<Credentials>> load() override;
  std::string place() const override;

 private:
  // `visited`: the profiles that led here, the first one first.
  Result<std::optional<Credentials>> of_profile(const std::string& name, std::vector<std::string>& visited);
  Result<Credentials> of_role(const std::string& name, const ProfileSettings& profile,
                              std::vector<std::string>& visited);
  Result<Credentials> behind_role(const std::string& name, const ProfileSettings& profile,
                                  std::vector<std::string>& visited);
  Result<std::optional<Credentials>> own_of(const std::string& name, const ProfileSettings& profile);

  std::shared_ptr<const AwsConfiguration> configuration_;
  std::shared_ptr<RequestSender> sender_;
  Sources sources_;
  What what_;
  ProcessLimits limits_;
};

}  // namespace almanac::adapters::aws
