#include "adapters/aws/client/connections.h"

#include "adapters/aws/client/default_aws_client.h"

namespace almanac::adapters::aws {

Result<std::shared_ptr<AwsClient>> Connections::client(const std::optional<std::string>& region) {
  const std::string key = region.value_or(settings_.region.value_or(""));
  const MutexLock lock(mutex_);
  if (const auto known = clients_.find(key); known != clients_.end()) return known->second;
  AwsClientOptions options;
  options.transport = transport_();
  options.clock = clock_;
  if (!key.empty()) options.region = key;
  options.profile = settings_.profile;
  options.endpoint_url = settings_.endpoint;
  if (!credentials_) {
    auto source = make_credential_source(options);
    if (!source) return tl::unexpected(source.error());
    credentials_ = std::move(*source);
  }
  options.credentials = credentials_;
  auto made = make_aws_client(std::move(options));
  if (!made) return tl::unexpected(made.error());
  return clients_[key] = std::move(*made);
}

std::string Connections::identity() const {
  const MutexLock lock(mutex_);
  return identity_;
}

void Connections::set_identity(std::string identity) {
  const MutexLock lock(mutex_);
  identity_ = std::move(identity);
}

}  // namespace almanac::adapters::aws
