#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/aws/client/aws_client.h"
#include "core/result.h"
#include "core/time.h"
#include "ports/scaling_group.h"

namespace almanac::adapters::aws {

// Launches among a group's scaling activities, newest first in the API and read back as far as asked. What was read is
// kept: a group that launches little costs one call. Not thread-safe.
class ScalingActivities {
 public:
  ScalingActivities(std::shared_ptr<AwsClient> client, std::string group)
      : client_(std::move(client)), group_(std::move(group)) {}

  // From StartTime to EndTime, when Auto Scaling counts the instance as in service, but at least `warm_up` (the group's
  // DefaultInstanceWarmup): its owner says that an instance needs so long before it does its share.
  Result<std::vector<ports::Launch>> launches(Timestamp since, Duration warm_up);
  Result<std::vector<ports::LaunchFailure>> failures(Timestamp since);

 private:
  struct Activity {
    Timestamp start;
    Timestamp end;
    bool failed = false;
    std::string message;
  };
  struct Page;
  Result<void> read_back_to(Timestamp since);
  Result<Page> read_page(const std::string& token);

  std::shared_ptr<AwsClient> client_;
  std::string group_;
  std::map<std::string, Activity> finished_;  // by activity id: launches that succeeded or failed
  std::optional<Timestamp> complete_since_;
};

// Whether a failed launch's message says that the cloud has no such instances to give (or not as many to this account),
// rather than that the group's settings are wrong.
bool says_no_capacity(std::string_view message);

}  // namespace almanac::adapters::aws
