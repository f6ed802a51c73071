#pragma once

#include <utility>

#include "adapters/aws/client/credentials.h"
#include "adapters/aws/client/environment.h"

namespace almanac::adapters::aws {

// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN. permission_denied when only one of the first two is
// set.
class EnvironmentCredentials final : public CredentialProvider {
 public:
  explicit EnvironmentCredentials(Environment environment) : environment_(std::move(environment)) {}

  Result<std::optional<Credentials>> load() override;
  std::string place() const override;

 private:
  Environment environment_;
};

}  // namespace almanac::adapters::aws
