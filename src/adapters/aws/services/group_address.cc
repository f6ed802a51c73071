#include "adapters/aws/services/group_address.h"

#include "adapters/aws/client/connections.h"
#include "adapters/aws/services/kinds.h"
#include "core/check.h"

namespace almanac::adapters::aws {

std::optional<GroupAddress> target_address(const kinds::Surroundings& around) {
  if (&around.target != &auto_scaling_kind()) return std::nullopt;
  const settings::Values& values = around.target_values;
  return GroupAddress{values.find<std::string>("name").value_or(around.group), values.find<std::string>("region")};
}

Result<std::shared_ptr<AwsClient>> client_of(const kinds::Surroundings& around,
                                             const std::optional<std::string>& region) {
  const auto connections = around.session.find<Connections>();
  ALMANAC_CHECK(connections != nullptr, "the session has no connections to AWS");
  return connections->client(region);
}

}  // namespace almanac::adapters::aws
