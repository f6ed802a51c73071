#pragma once

#include <memory>
#include <optional>
#include <string>

#include "adapters/aws/client/aws_client.h"
#include "core/result.h"
#include "kinds/kind.h"

namespace almanac::adapters::aws {

// Which Auto Scaling group is meant.
struct GroupAddress {
  std::string name;
  std::optional<std::string> region;  // empty: that of the settings

  bool operator==(const GroupAddress&) const = default;
};

// The target, where that is an Auto Scaling group.
std::optional<GroupAddress> target_address(const kinds::Surroundings& around);

// A client of the session's connections, which wiring has put on the shelf.
Result<std::shared_ptr<AwsClient>> client_of(const kinds::Surroundings& around,
                                             const std::optional<std::string>& region);

}  // namespace almanac::adapters::aws
