#include "wiring/aws.h"

#include "adapters/aws/client/default_aws_client.h"
#include "adapters/aws/services/auto_scaling_group.h"
#include "adapters/aws/services/cloudwatch_metric_source.h"
#include "adapters/aws/services/s3_object_store.h"
#include "adapters/aws/services/sns_notifier.h"
#include "adapters/http/curl_transport.h"
#include "adapters/http/http_calendar_feed.h"
#include "adapters/http/webhook_notifier.h"
#include "wiring/session.h"

namespace almanac::wiring {

using adapters::aws::AwsClient;

namespace {

constexpr Duration kHistoryOfCloudWatch{63 * kDay};  // of 5-minute values

}  // namespace

bool is_web_address(const std::string& text) {
  return text.starts_with("https://") || text.starts_with("http://") || text.starts_with("webcal://");
}

std::shared_ptr<ports::HttpTransport> AwsConnections::transport() {
  const MutexLock lock(mutex_);
  return shared_transport();
}

std::shared_ptr<ports::HttpTransport> AwsConnections::shared_transport() {
  if (!transport_) transport_ = adapters::http::make_curl_transport();
  return transport_;
}

Result<std::shared_ptr<AwsClient>> AwsConnections::client(const std::optional<std::string>& region) {
  const std::string key = region.value_or(settings_.region.value_or(""));
  const MutexLock lock(mutex_);
  if (const auto known = clients_.find(key); known != clients_.end()) return known->second;
  adapters::aws::AwsClientOptions options;
  options.transport = shared_transport();
  options.clock = clock_;
  if (!key.empty()) options.region = key;
  options.profile = settings_.profile;
  options.endpoint_url = settings_.endpoint;
  if (!credentials_) {
    auto source = adapters::aws::make_credential_source(options);
    if (!source) return tl::unexpected(source.error());
    credentials_ = std::move(*source);
  }
  options.credentials = credentials_;
  auto made = adapters::aws::make_aws_client(std::move(options));
  if (!made) return tl::unexpected(made.error());
  return clients_[key] = std::move(*made);
}

Result<std::unique_ptr<ports::ObjectStore>> AwsConnections::object_store(const std::string& url) {
  auto location = adapters::aws::parse_s3_url(url);
  if (!location) return tl::unexpected(location.error());
  auto connected = client(std::nullopt);
  if (!connected) return tl::unexpected(connected.error());
  return std::make_unique<adapters::aws::S3ObjectStore>(std::move(*connected), std::move(*location));
}

Result<void> AwsConnections::wire(const AwsSource& source, control::GroupParts& parts,
                                  std::shared_ptr<const ports::Clock> clock) {
  auto connected = client(source.region);
  if (!connected) return tl::unexpected(connected.error());
  auto group = std::make_shared<adapters::aws::AutoScalingGroup>(*connected, source.auto_scaling_group);
  adapters::aws::CloudWatchOptions options{source.auto_scaling_group, std::nullopt, {}};
  options.weights = [group] { return group->weights(); };
  if (source.metric) {
    options.requests = adapters::aws::MetricName{source.metric->name_space, source.metric->name,
                                                 source.metric->dimensions, source.metric->statistic};
  } else if (source.load_balancer || source.target_group) {
    auto requests = adapters::aws::request_count_metric(source.load_balancer, source.target_group);
    if (!requests) return tl::unexpected(requests.error());
    options.requests = std::move(*requests);
  }
  parts.metrics =
      std::make_shared<adapters::aws::CloudWatchMetricSource>(*connected, std::move(clock), std::move(options));
  parts.target = std::move(group);
  parts.collect.history = kHistoryOfCloudWatch;
  return {};
}

Result<std::shared_ptr<ports::Notifier>> AwsConnections::notifier(const NotifyTarget& target) {
  if (target.kind == NotifyTarget::Kind::webhook) {
    return adapters::http::make_webhook_notifier(target.address, transport());
  }
  const auto region = adapters::aws::region_of_topic(target.address);
  if (!region) return tl::unexpected(region.error());
  auto connected = client(*region);
  if (!connected) return tl::unexpected(connected.error());
  return std::make_shared<adapters::aws::SnsNotifier>(std::move(*connected), target.address);
}

records::CalendarFeed AwsConnections::calendar_feed(const std::string& url) {
  auto feed = adapters::http::HttpCalendarFeed::make(url, transport());
  if (!feed) {
    return {"calendar URL", [error = feed.error()] { return Result<std::string>(tl::unexpected(error)); }};
  }
  return {(*feed)->name(), [feed = *feed] { return feed->read(); }, true, [feed = *feed] { feed->distrust(); }};
}

}  // namespace almanac::wiring
