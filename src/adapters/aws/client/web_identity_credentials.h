#pragma once

#include <memory>
#include <utility>

#include "adapters/aws/client/credentials.h"
#include "adapters/aws/client/environment.h"
#include "adapters/aws/client/request_sender.h"

namespace almanac::adapters::aws {

// AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN and AWS_ROLE_SESSION_NAME, as a Kubernetes pod has them.
// permission_denied when the file is named without the role.
class WebIdentityCredentials final : public CredentialProvider {
 public:
  WebIdentityCredentials(Environment environment, std::shared_ptr<RequestSender> sender)
      : environment_(std::move(environment)), sender_(std::move(sender)) {}

  Result<std::optional<Credentials>> load() override;
  std::string place() const override;

 private:
  Environment environment_;
  std::shared_ptr<RequestSender> sender_;
};

}  // namespace almanac::adapters::aws
