#pragma once

#include <memory>
#include <string>

#include "adapters/aws/client/connections.h"
#include "core/mutex.h"
#include "core/result.h"
#include "kinds/shelf.h"
#include "ports/clock.h"
#include "ports/http_transport.h"
#include "ports/notifier.h"
#include "ports/object_store.h"
#include "records/calendar_store.h"
#include "wiring/config.h"

namespace almanac::wiring {

// What goes over the network: one transport for everything, made on first use, so that a command that needs no network
// touches none. Thread-safe.
class AwsConnections {
 public:
  AwsConnections(adapters::aws::AwsSettings settings, std::shared_ptr<const ports::Clock> clock);

  std::shared_ptr<ports::HttpTransport> transport() ALMANAC_EXCLUDES(mutex_);
  adapters::aws::Connections& connections() { return *aws_; }
  // What the kinds of groups may use of it.
  const kinds::Shelf& shelf() const { return shelf_; }

  // s3://bucket/prefix.
  Result<std::unique_ptr<ports::ObjectStore>> object_store(const std::string& url);
  Result<std::shared_ptr<ports::Notifier>> notifier(const NotifyTarget& target);
  // One that cannot be a calendar's is reported when it is read, like one that does not answer.
  records::CalendarFeed calendar_feed(const std::string& url);

 private:
  Mutex mutex_;
  std::shared_ptr<ports::HttpTransport> transport_ ALMANAC_GUARDED_BY(mutex_);
  std::shared_ptr<adapters::aws::Connections> aws_;
  kinds::Shelf shelf_;
};

}  // namespace almanac::wiring
