#include "wiring/aws.h"

#include "adapters/aws/services/s3_object_store.h"
#include "adapters/aws/services/sns_notifier.h"
#include "adapters/http/curl_transport.h"
#include "adapters/http/http_calendar_feed.h"
#include "adapters/http/webhook_notifier.h"

namespace almanac::wiring {

AwsConnections::AwsConnections(adapters::aws::AwsSettings settings, std::shared_ptr<const ports::Clock> clock)
    : aws_(std::make_shared<adapters::aws::Connections>(std::move(settings), std::move(clock),
                                                        [this] { return transport(); })) {
  shelf_.put(aws_);
}

std::shared_ptr<ports::HttpTransport> AwsConnections::transport() {
  const MutexLock lock(mutex_);
  if (!transport_) transport_ = adapters::http::make_curl_transport();
  return transport_;
}

Result<std::unique_ptr<ports::ObjectStore>> AwsConnections::object_store(const std::string& url) {
  auto location = adapters::aws::parse_s3_url(url);
  if (!location) return tl::unexpected(location.error());
  auto connected = aws_->client();
  if (!connected) return tl::unexpected(connected.error());
  return std::make_unique<adapters::aws::S3ObjectStore>(std::move(*connected), std::move(*location));
}

Result<std::shared_ptr<ports::Notifier>> AwsConnections::notifier(const NotifyTarget& target) {
  if (target.kind == NotifyTarget::Kind::webhook) {
    return adapters::http::make_webhook_notifier(target.address, transport());
  }
  const auto region = adapters::aws::region_of_topic(target.address);
  if (!region) return tl::unexpected(region.error());
  auto connected = aws_->client(*region);
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
