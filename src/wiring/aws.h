#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "adapters/aws/client/aws_client.h"
#include "adapters/aws/client/credentials.h"
#include "control/group.h"
#include "core/mutex.h"
#include "core/result.h"
#include "ports/clock.h"
#include "ports/http_transport.h"
#include "ports/notifier.h"
#include "ports/object_store.h"
#include "records/calendar_store.h"
#include "wiring/config.h"

namespace almanac::wiring {

// Whether a calendar or notification is named by a URL.
bool is_web_address(const std::string& text);

// What goes over the network: one transport for everything, one client a region, all made on first use, so that a
// command that needs no network touches none. Clients share connections and credentials. Thread-safe; making one asks
// nobody, so no caller waits for another's network.
class AwsConnections {
 public:
  AwsConnections(AwsSettings settings, std::shared_ptr<const ports::Clock> clock)
      : settings_(std::move(settings)), clock_(std::move(clock)) {}

  std::shared_ptr<ports::HttpTransport> transport() ALMANAC_EXCLUDES(mutex_);
  // invalid_input when no region is known; errors of credentials come with the first call.
  Result<std::shared_ptr<adapters::aws::AwsClient>> client(const std::optional<std::string>& region);

  // s3://bucket/prefix.
  Result<std::unique_ptr<ports::ObjectStore>> object_store(const std::string& url);
  // Puts metrics, scaling group and collecting options of an Auto Scaling group into `wiring`. `clock` is the session's
  // time; requests are signed by the real one.
  Result<void> wire(const AwsSource& source, control::GroupParts& parts, std::shared_ptr<const ports::Clock> clock);
  Result<std::shared_ptr<ports::Notifier>> notifier(const NotifyTarget& target);
  // One that cannot be a calendar's is reported when it is read, like one that does not answer.
  records::CalendarFeed calendar_feed(const std::string& url);

 private:
  std::shared_ptr<ports::HttpTransport> shared_transport() ALMANAC_REQUIRES(mutex_);

  AwsSettings settings_;
  std::shared_ptr<const ports::Clock> clock_;
  Mutex mutex_;
  std::shared_ptr<ports::HttpTransport> transport_ ALMANAC_GUARDED_BY(mutex_);
  std::shared_ptr<adapters::aws::CredentialSource> credentials_ ALMANAC_GUARDED_BY(mutex_);
  // By region; "" is the default one.
  std::map<std::string, std::shared_ptr<adapters::aws::AwsClient>> clients_ ALMANAC_GUARDED_BY(mutex_);
};

}  // namespace almanac::wiring
