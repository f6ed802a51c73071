#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "adapters/aws/client/aws_client.h"
#include "adapters/aws/client/credentials.h"
#include "core/mutex.h"
#include "core/result.h"
#include "ports/clock.h"
#include "ports/http_transport.h"

namespace almanac::adapters::aws {

// What is said of AWS once for everything; the rest comes from the environment, the profile or the machine, as in the
// AWS command line.
struct AwsSettings {
  std::optional<std::string> region;
  std::optional<std::string> profile;
  std::optional<std::string> endpoint;  // of every service: an emulator or a private gateway
};

// One client a region, made on first use; all share one transport and one set of credentials. Thread-safe; making one
// asks nobody, so no caller waits for another's network.
class Connections {
 public:
  // `clock` is the real one: requests are signed by it. `transport` is asked at the first use.
  Connections(AwsSettings settings, std::shared_ptr<const ports::Clock> clock,
              std::function<std::shared_ptr<ports::HttpTransport>()> transport)
      : settings_(std::move(settings)), clock_(std::move(clock)), transport_(std::move(transport)) {}

  // Without a region that of the settings. invalid_input when none is known; errors of credentials come with the first
  // call.
  Result<std::shared_ptr<AwsClient>> client(const std::optional<std::string>& region = std::nullopt);

  // Whose credentials are in use (an ARN), for the examination of permissions; empty: nobody has answered yet.
  std::string identity() const;
  void set_identity(std::string identity);

 private:
  const AwsSettings settings_;
  const std::shared_ptr<const ports::Clock> clock_;
  const std::function<std::shared_ptr<ports::HttpTransport>()> transport_;
  mutable Mutex mutex_;
  std::shared_ptr<CredentialSource> credentials_ ALMANAC_GUARDED_BY(mutex_);
  // By region; "" is the default one.
  std::map<std::string, std::shared_ptr<AwsClient>> clients_ ALMANAC_GUARDED_BY(mutex_);
  std::string identity_ ALMANAC_GUARDED_BY(mutex_);
};

}  // namespace almanac::adapters::aws
