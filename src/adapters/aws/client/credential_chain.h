#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "adapters/aws/client/credentials.h"

namespace almanac::adapters::aws {

// Asks one place after another: the first that is configured decides, with credentials or with its error.
class CredentialChain final : public CredentialProvider {
 public:
  explicit CredentialChain(std::vector<std::unique_ptr<CredentialProvider>> providers)
      : providers_(std::move(providers)) {}

  // Never nothing: permission_denied with all the places when none has any.
  Result<std::optional<Credentials>> load() override;
  std::string place() const override;

 private:
  std::vector<std::unique_ptr<CredentialProvider>> providers_;
};

}  // namespace almanac::adapters::aws
