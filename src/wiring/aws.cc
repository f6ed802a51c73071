#include "wiring/aws.h"

#include "wiring/session.h"

namespace almanac::wiring {

bool is_web_address(const std::string& text) {
  return text.starts_with("https://") || text.starts_with("http://");
}

std::shared_ptr<ports::HttpTransport> AwsConnections::transport() {
  return transport_;
}

Result<std::shared_ptr<adapters::aws::AwsClient>> AwsConnections::client(const std::optional<std::string>&) {
  return fail(ErrorCode::unsupported, "no AWS yet");
}

Result<std::unique_ptr<ports::ObjectStore>> AwsConnections::object_store(const std::string&) {
  return fail(ErrorCode::unsupported, "no AWS yet");
}

Result<void> AwsConnections::wire(const AwsSource&, GroupWiring&, Timestamp) {
  return fail(ErrorCode::unsupported, "no AWS yet");
}

Result<std::shared_ptr<ports::Notifier>> AwsConnections::notifier(const NotifyTarget&) {
  return fail(ErrorCode::unsupported, "no AWS yet");
}

control::CalendarFeed AwsConnections::calendar_feed(const std::string& url) {
  return {url, [] { return Result<std::string>(fail(ErrorCode::unsupported, "no AWS yet")); }};
}

}  // namespace almanac::wiring
