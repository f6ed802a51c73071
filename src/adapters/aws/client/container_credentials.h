#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include "adapters/aws/client/credentials.h"
#include "adapters/aws/client/environment.h"
#include "adapters/aws/client/uri.h"
#include "ports/http_transport.h"

namespace almanac::adapters::aws {

// What an ECS task, an EKS pod or Greengrass offers: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI (on 169.254.170.2) or
// AWS_CONTAINER_CREDENTIALS_FULL_URI, with AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE (read anew each time) or
// AWS_CONTAINER_AUTHORIZATION_TOKEN. permission_denied for a full URI that would send the token in clear text
// elsewhere.
class ContainerCredentials final : public CredentialProvider {
 public:
  ContainerCredentials(Environment environment, std::shared_ptr<ports::HttpTransport> transport,
                       std::function<void(std::chrono::milliseconds)> sleep)
      : environment_(std::move(environment)), transport_(std::move(transport)), sleep_(std::move(sleep)) {}

  Result<std::optional<Credentials>> load() override;
  std::string place() const override;

 private:
  Result<Credentials> fetch(const std::string& url);

  Environment environment_;
  std::shared_ptr<ports::HttpTransport> transport_;
  std::function<void(std::chrono::milliseconds)> sleep_;
};

// https anywhere; http on loopback and the link-local addresses of ECS and EKS.
bool may_hand_out_credentials(const Url& url);

}  // namespace almanac::adapters::aws
