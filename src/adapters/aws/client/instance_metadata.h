#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "adapters/aws/client/credentials.h"
#include "adapters/aws/client/environment.h"
#include "ports/http_transport.h"

namespace almanac::adapters::aws {

// The metadata service of an EC2 instance, version 2 only (with a session token). Each request has 1 s.
// AWS_EC2_METADATA_DISABLED=true switches it off; AWS_EC2_METADATA_SERVICE_ENDPOINT or _ENDPOINT_MODE=IPv6 move it.
class InstanceMetadata {
 public:
  InstanceMetadata(Environment environment, std::shared_ptr<ports::HttpTransport> transport)
      : environment_(std::move(environment)), transport_(std::move(transport)) {}

  // The text at a path below /latest/meta-data/; nothing when there is none, when this is no instance, or when it is
  // switched off. unavailable for faults of a service that is there.
  Result<std::optional<std::string>> get(const std::string& path);

 private:
  Result<std::optional<std::string>> token(const std::string& origin);

  Environment environment_;
  std::shared_ptr<ports::HttpTransport> transport_;
};

// Those of the instance's role. Nothing when there is no role.
class InstanceCredentials final : public CredentialProvider {
 public:
  explicit InstanceCredentials(InstanceMetadata metadata) : metadata_(std::move(metadata)) {}

  Result<std::optional<Credentials>> load() override;
  std::string place() const override;

 private:
  InstanceMetadata metadata_;
};

}  // namespace almanac::adapters::aws
