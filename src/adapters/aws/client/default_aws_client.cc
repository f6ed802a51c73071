#include "adapters/aws/client/default_aws_client.h"

#include <fmt/format.h>

#include <random>
#include <thread>
#include <vector>

#include "adapters/aws/client/container_credentials.h"
#include "adapters/aws/client/credential_cache.h"
#include "adapters/aws/client/credential_chain.h"
#include "adapters/aws/client/environment_credentials.h"
#include "adapters/aws/client/instance_metadata.h"
#include "adapters/aws/client/profile_credentials.h"
#include "adapters/aws/client/profile_file.h"
#include "adapters/aws/client/request_sender.h"
#include "adapters/aws/client/service_error.h"
#include "adapters/aws/client/web_identity_credentials.h"
#include "core/check.h"

namespace almanac::adapters::aws {
namespace {

class DefaultAwsClient final : public AwsClient {
 public:
  DefaultAwsClient(std::shared_ptr<RequestSender> sender, std::shared_ptr<CredentialSource> credentials)
      : sender_(std::move(sender)), credentials_(std::move(credentials)) {}

  Result<AwsAnswer> call(const AwsCall& call) override {
    const auto first = credentials_->current();
    if (!first) return tl::unexpected(named(call, first.error()));
    auto outcome = sender_->send(call, first->get());
    if (outcome.answer || !is_credentials_refusal(outcome.refused_code)) return std::move(outcome.answer);
    // They may have been renewed elsewhere, or revoked while they still lived: fresh ones get one chance.
    credentials_->refused(*first);
    const auto fresh = credentials_->current();
    if (!fresh || same(**first, **fresh)) return std::move(outcome.answer);
    return sender_->send(call, fresh->get()).answer;
  }

  const std::string& region() const override { return sender_->region(); }

 private:
  static Error named(const AwsCall& call, Error error) {
    return with_context(std::move(error),
                        fmt::format("{} {}, {}", service_title(call.service), call.operation, call.resource));
  }
  static bool same(const Credentials& one, const Credentials& other) {
    return one.access_key_id == other.access_key_id && one.secret_access_key == other.secret_access_key &&
           one.session_token == other.session_token;
  }

  std::shared_ptr<RequestSender> sender_;
  std::shared_ptr<CredentialSource> credentials_;
};

void complete(AwsClientOptions& options) {
  ALMANAC_CHECK(options.transport != nullptr && options.clock != nullptr,
                "an AWS client needs a transport and a clock");
  if (!options.sleep) options.sleep = [](std::chrono::milliseconds pause) { std::this_thread::sleep_for(pause); };
  if (!options.seed) options.seed = (std::uint64_t{std::random_device{}()} << 32U) | std::random_device{}();
}

// Where it is said; nothing when nowhere.
std::optional<std::string> stated_region(const AwsClientOptions& options, const AwsConfiguration& configuration) {
  if (options.region) return options.region;
  if (auto region = options.environment("AWS_REGION")) return region;
  if (auto region = options.environment("AWS_DEFAULT_REGION")) return region;
  return configuration.setting("region");
}

std::shared_ptr<RequestSender> make_sender(const AwsClientOptions& options,
                                           std::shared_ptr<const AwsConfiguration> configuration, std::string region) {
  return std::make_shared<RequestSender>(SenderOptions{.transport = options.transport,
                                                       .clock = options.clock,
                                                       .configuration = std::move(configuration),
                                                       .endpoint_url = options.endpoint_url,
                                                       .region = std::move(region),
                                                       .sleep = options.sleep,
                                                       .seed = *options.seed});
}

std::shared_ptr<CredentialSource> make_source(const AwsClientOptions& options,
                                              const std::shared_ptr<const AwsConfiguration>& configuration,
                                              const std::shared_ptr<RequestSender>& sender) {
  const auto instance = [=] {
    return std::make_unique<InstanceCredentials>(InstanceMetadata(options.environment, options.transport));
  };
  const auto container = [=] {
    return std::make_unique<ContainerCredentials>(options.environment, options.transport, options.sleep);
  };
  const ProfileCredentials::Sources sources = [=](std::string_view name) -> std::unique_ptr<CredentialProvider> {
    if (name == "Environment") return std::make_unique<EnvironmentCredentials>(options.environment);
    if (name == "EcsContainer") return container();
    if (name == "Ec2InstanceMetadata") return instance();
    return nullptr;
  };
  using What = ProfileCredentials::What;
  std::vector<std::unique_ptr<CredentialProvider>> chain;
  if (!configuration->profile_by_option) chain.push_back(std::make_unique<EnvironmentCredentials>(options.environment));
  chain.push_back(std::make_unique<ProfileCredentials>(configuration, sender, sources, What::roles));
  if (!configuration->profile_by_option)
    chain.push_back(std::make_unique<WebIdentityCredentials>(options.environment, sender));
  chain.push_back(std::make_unique<ProfileCredentials>(configuration, sender, sources, What::everything));
  chain.push_back(container());
  chain.push_back(instance());
  return std::make_shared<CredentialCache>(std::make_unique<CredentialChain>(std::move(chain)), options.clock);
}

Result<std::string> region_of(const AwsClientOptions& options, const AwsConfiguration& configuration) {
  if (auto stated = stated_region(options, configuration)) return std::move(*stated);
  const auto instance = InstanceMetadata(options.environment, options.transport).get("placement/region");
  if (instance && *instance && !(*instance)->empty()) return **instance;
  return fail(
      ErrorCode::invalid_input,
      fmt::format("AWS: no region is set; expected aws.region in the settings, AWS_REGION, or region in profile {} "
                  "of {}",
                  configuration.profile_name, configuration.files.places));
}

// A wrong region or endpoint shows when the client is made, not in the middle of the night.
Result<void> check_endpoints(const AwsClientOptions& options, const AwsConfiguration& configuration,
                             const std::string& region) {
  for (const std::string_view service : {"s3", "autoscaling", "monitoring", "sns", "sts"}) {
    const auto endpoint = resolve_endpoint(configuration, options.endpoint_url, service, region);
    if (!endpoint && endpoint.error().code == ErrorCode::invalid_input)
      return tl::unexpected(with_context(endpoint.error(), "AWS"));
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<CredentialSource>> make_credential_source(const AwsClientOptions& given) {
  auto options = given;
  complete(options);
  auto loaded = load_configuration(options.environment, options.profile);
  if (!loaded) return tl::unexpected(std::move(loaded.error()));
  const auto configuration = std::make_shared<const AwsConfiguration>(std::move(*loaded));
  // Only STS is asked here, and any of its regions hands out credentials that are good everywhere in the partition.
  const auto region = stated_region(options, *configuration).value_or("us-east-1");
  return make_source(options, configuration, make_sender(options, configuration, region));
}

Result<std::shared_ptr<AwsClient>> make_aws_client(AwsClientOptions options) {
  complete(options);
  auto loaded = load_configuration(options.environment, options.profile);
  if (!loaded) return tl::unexpected(std::move(loaded.error()));
  const auto configuration = std::make_shared<const AwsConfiguration>(std::move(*loaded));
  const auto region = region_of(options, *configuration);
  if (!region) return tl::unexpected(region.error());
  if (auto checked = check_endpoints(options, *configuration, *region); !checked)
    return tl::unexpected(std::move(checked.error()));
  const auto sender = make_sender(options, configuration, *region);
  auto credentials = options.credentials ? options.credentials : make_source(options, configuration, sender);
  return std::make_shared<DefaultAwsClient>(sender, std::move(credentials));
}

}  // namespace almanac::adapters::aws
